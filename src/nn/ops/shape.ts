import { InvalidInputError } from "../../host/errors.js";
import type { Tensor } from "../tensor.js";

/** Refuses a tensor of another shape before its address reaches a kernel. */
export function expectShape(
  what: string,
  tensor: Pick<Tensor, "shape">,
  shape: readonly number[],
): void {
  let same = tensor.shape.length === shape.length;
  for (let i = 0; i < shape.length; i++) same &&= shape[i] === tensor.shape[i];
  if (same) return;
  throw new InvalidInputError(`${what}: expected shape [${shape}], got [${tensor.shape}]`);
}

/** The last axis, and the product of the others. */
export function rowsAndColumns(tensor: Tensor): { rows: number; columns: number } {
  const columns = tensor.shape[tensor.shape.length - 1];
  return { rows: tensor.size / columns, columns };
}

/** The shape with another last axis. */
export function withLast(shape: readonly number[], columns: number): number[] {
  const changed = shape.slice();
  changed[changed.length - 1] = columns;
  return changed;
}
