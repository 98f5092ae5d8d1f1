import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { expectShape, rowsAndColumns, withLast } from "./shape.js";

/**
 * a beside b along the last axis.
 *
 * @param a (…, M)
 * @param b (…, N)
 * @returns (…, M + N)
 */
export function concat(tape: Tape, a: Tensor, b: Tensor): Tensor {
  const { kernels } = tape.machine;
  const { rows, columns: na } = rowsAndColumns(a);
  const { columns: nb } = rowsAndColumns(b);
  expectShape("concat: second operand", b, withLast(a.shape, nb));
  const y = tape.empty(withLast(a.shape, na + nb), a, b);
  kernels.concat_forward(y.address, a.address, b.address, rows, na, nb);
  tape.record([y], () =>
    kernels.concat_backward(tape.grad(a), tape.grad(b), y.gradAddress, rows, na, nb),
  );
  return y;
}

/**
 * Some columns of x: the last axis from `from` to below `to`.
 *
 * @param x (…, N)
 * @returns (…, to - from)
 * @throws InvalidInputError for columns that it does not have
 */
export function columns(tape: Tape, x: Tensor, from: number, to: number): Tensor {
  const { kernels } = tape.machine;
  const { rows, columns: n } = rowsAndColumns(x);
  if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= n)) {
    throw new InvalidInputError(`columns: expected some of 0 to ${n}, got ${from} to ${to}`);
  }
  const y = tape.empty(withLast(x.shape, to - from), x);
  kernels.columns_forward(y.address, x.address, rows, n, from, to - from);
  tape.record([y], () =>
    kernels.columns_backward(tape.grad(x), y.gradAddress, rows, n, from, to - from),
  );
  return y;
}
