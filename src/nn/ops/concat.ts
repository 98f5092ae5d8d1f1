import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import { Tensor } from "../tensor.js";
import { expectAxes, expectShape, rowsAndColumns, withLast } from "./shape.js";

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

/**
 * Tensors of one shape as the entries of a new first axis, as torch.stack.
 *
 * @param parts n of shape (…)
 * @returns (n, …)
 * @throws InvalidInputError for parts of several shapes, or none
 */
export function stack(tape: Tape, parts: readonly Tensor[]): Tensor {
  const { kernels } = tape.machine;
  const { shape, size } = expectAxes("stack: a part", parts[0], 0);
  for (const part of parts) expectShape("stack: a part", part, shape);
  const y = tape.empty([parts.length, ...shape], ...parts);
  const at = (address: number, i: number) => address + 4 * i * size;
  for (const [i, part] of parts.entries()) {
    kernels.columns_forward(at(y.address, i), part.address, 1, size, 0, size);
  }
  tape.record([y], () => {
    for (const [i, part] of parts.entries()) {
      const dx = tape.grad(part);
      if (dx !== 0) kernels.columns_backward(dx, at(y.gradAddress, i), 1, size, 0, size);
    }
  });
  return y;
}

/**
 * The entries of x's first axis, as torch.unbind: views, whose numbers and gradients are x's own.
 *
 * @param x (n, …)
 * @returns n of shape (…)
 * @throws InvalidInputError for a scalar
 */
export function unstack(tape: Tape, x: Tensor): Tensor[] {
  const [n, ...shape] = expectAxes("unstack", x, 1).shape;
  const bytes = (4 * x.size) / n;
  const { requiresGrad } = tape.view(x.address, x.shape, x);
  return Array.from({ length: n }, (_, i) => {
    const life = {
      scope: tape.machine.scopes,
      get address() {
        const whole = tape.grad(x);
        return whole === 0 ? 0 : whole + i * bytes;
      },
    };
    return new Tensor(tape.machine, x.address + i * bytes, shape, requiresGrad, life);
  });
}
