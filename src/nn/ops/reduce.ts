import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** Σ x over all elements, a scalar. */
export function sum(tape: Tape, x: Tensor): Tensor {
  return total(tape, x, 1);
}

/** Mean over all elements, a scalar. */
export function mean(tape: Tape, x: Tensor): Tensor {
  return total(tape, x, x.size);
}

function total(tape: Tape, x: Tensor, denominator: number): Tensor {
  const { kernels } = tape.machine;
  const y = tape.empty([], x);
  y.data[0] = kernels.sum_forward(x.address, x.size) / denominator;
  tape.record([y], () => kernels.sum_backward(tape.grad(x), y.grad![0] / denominator, x.size));
  return y;
}
