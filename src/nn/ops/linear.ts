import { adapterOf } from "../adapter.js";
import { packedCopy } from "../packed.js";
import type { Tape } from "../tape.js";
import { isTensor, type Tensor } from "../tensor.js";
import type { Matrix } from "./quantized.js";
import { expectShape, rowsAndColumns, withLast } from "./shape.js";

/**
 * y = x Wᵀ + b, and what an adapter adds to it.
 *
 * @param x (…, I)
 * @param weight (O, I), as in PyTorch; a quantised one has no gradient
 * @param bias (O)
 * @returns (…, O)
 */
export function linear(tape: Tape, x: Tensor, weight: Matrix, bias?: Tensor): Tensor {
  const y = product(tape, x, weight, bias);
  return adapterOf(tape)?.plus(tape, x, y, weight) ?? y;
}

function product(tape: Tape, x: Tensor, weight: Matrix, bias?: Tensor): Tensor {
  const { kernels } = tape.machine;
  const { rows, columns: I } = rowsAndColumns(x);
  const O = weight.shape[0];
  expectShape("linear: weight", weight, [O, I]);
  if (bias) expectShape("linear: bias", bias, [O]);
  if (!isTensor(weight)) {
    const y = tape.empty(withLast(x.shape, O));
    weight.product(tape, y.address, x.address, rows, { bias });
    return y;
  }

  const y = tape.empty(withLast(x.shape, O), x, weight, bias);
  const packed = packedCopy(tape, weight);
  tape.scratch(kernels.matmul_packed_work(), (work) =>
    kernels.matmul_packed(
      y.address,
      x.address,
      packed,
      bias?.address ?? 0,
      rows,
      I,
      O,
      false,
      work,
    ),
  );
  tape.record([y], () => {
    const [dx, dw, db] = [tape.grad(x), tape.grad(weight), tape.grad(bias)];
    tape.scratch(kernels.linear_backward_work(rows, I, O), (work) =>
      kernels.linear_backward(
        dx,
        dw,
        db,
        y.gradAddress,
        x.address,
        weight.address,
        rows,
        I,
        O,
        work,
      ),
    );
  });
  return y;
}
