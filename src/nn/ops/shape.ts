import { describe, InvalidInputError } from "../../host/errors.js";
import { isTensor, sizeOf, type Tensor } from "../tensor.js";

/** Refuses a tensor of another shape before its address reaches a kernel. */
export function expectShape(
  what: string,
  tensor: Pick<Tensor, "shape">,
  shape: readonly number[],
): void {
  if (!Array.isArray(tensor?.shape)) throw noTensor(what, tensor);
  let same = tensor.shape.length === shape.length;
  for (let i = 0; i < shape.length; i++) same &&= shape[i] === tensor.shape[i];
  if (same) return;
  throw new InvalidInputError(`${what}: expected shape [${shape}], got [${tensor.shape}]`);
}

function noTensor(what: string, value: unknown): InvalidInputError {
  return new InvalidInputError(`${what}: expected a tensor, got ${describe(value)}`);
}

/** Gives back a tensor with at least so many axes. @throws InvalidInputError */
export function expectAxes(what: string, x: Tensor, least: number): Tensor {
  if (!isTensor(x)) throw noTensor(what, x);
  if (x.shape.length >= least) return x;
  throw new InvalidInputError(
    `${what}: expected a tensor of at least ${least} ${least === 1 ? "axis" : "axes"}, got shape [${x.shape}]`,
  );
}

/** The last axis, and the product of the others. @throws InvalidInputError for a scalar */
export function rowsAndColumns(tensor: Tensor): { rows: number; columns: number } {
  expectAxes("an operation along the last axis", tensor, 1);
  const { shape, size } = tensor;
  const columns = shape[shape.length - 1];
  return { rows: columns > 0 ? size / columns : sizeOf(shape.slice(0, -1)), columns };
}

/** The shape with another last axis. */
export function withLast(shape: readonly number[], columns: number): number[] {
  const changed = shape.slice();
  changed[changed.length - 1] = columns;
  return changed;
}
