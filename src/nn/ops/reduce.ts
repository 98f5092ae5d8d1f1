import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./elementwise.js";

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

/**
 * Σ weights[i] · x[i], a scalar; the plain sum where there are no weights.
 * @param weights constants, as many numbers as x has
 */
export function weightedSum(tape: Tape, x: Tensor, weights: Float32Array | undefined): Tensor {
  return sum(tape, weights ? mul(tape, x, tape.tensor(weights, x.shape)) : x);
}

/**
 * A loss that sums over rows, each as often as its weight says; the plain sum where there are no weights.
 * @param loss is a scalar, or with `perRow` of each row (N)
 */
export function weighted(
  tape: Tape,
  weights: Float32Array | undefined,
  loss: (perRow: boolean) => Tensor,
): Tensor {
  return weights ? weightedSum(tape, loss(true), weights) : loss(false);
}
