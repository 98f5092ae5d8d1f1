import { packedCopy } from "../packed.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { expectShape, rowsAndColumns, withLast } from "./shape.js";

/**
 * y += x Wᵀ, in place: y is one that was just computed, and that nothing has read yet.
 *
 * @param y (…, O)
 * @param x (…, I)
 * @param weight (O, I)
 * @returns y
 */
export function addLinear(tape: Tape, y: Tensor, x: Tensor, weight: Tensor): Tensor {
  const { kernels } = tape.machine;
  const { rows, columns: I } = rowsAndColumns(x);
  const O = weight.shape[0];
  expectShape("addLinear: weight", weight, [O, I]);
  expectShape("addLinear: y", y, withLast(x.shape, O));

  const packed = packedCopy(tape, weight);
  tape.scratch(kernels.matmul_packed_work(), (work) =>
    kernels.matmul_packed(y.address, x.address, packed, 0, rows, I, O, true, work),
  );
  y.requiresGrad ||= tape.recording && (x.requiresGrad || weight.requiresGrad);
  tape.record([y], () => {
    const [dx, dw] = [tape.grad(x), tape.grad(weight)];
    const [dy, from, w] = [y.gradAddress, x.address, weight.address];
    tape.scratch(kernels.linear_backward_work(rows, I, O), (work) =>
      kernels.linear_backward(dx, dw, 0, dy, from, w, rows, I, O, work),
    );
  });
  return y;
}
