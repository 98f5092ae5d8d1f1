// The importance-weighted bound: ln 1/k Σ p(x, z) / q(z | x) over k draws z of q, which is closer to ln p(x) the more draws
// there are (Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders", 2016).

import type { Machine } from "../../host/machine.js";
import { scalar } from "../../host/scalar.js";
import { add, mul, scale, sub } from "../../nn/ops/elementwise.js";
import { linear } from "../../nn/ops/linear.js";
import { gaussianNoise, reparameterize } from "../../nn/ops/noise.js";
import { squaredError } from "../../nn/ops/pixel-losses.js";
import { sum } from "../../nn/ops/reduce.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";

/** A Gaussian of latent vectors for each row, q(z | x). */
export interface Posterior {
  /** (N, latent) */
  readonly mean: Tensor;
  /** (N, latent), natural logarithms. */
  readonly logVariance: Tensor;
}

/**
 * -Σ over rows of the bound. The gradient is that of Σ w (-ln p(x, z) / q(z | x)), w the weights normalised, constants.
 * @param nll -ln p(x | z) of each row, (N)
 * @param counts how much each row counts, (N); all the same where it is absent
 */
export function importanceLoss(
  tape: Tape,
  { mean, logVariance }: Posterior,
  draws: number,
  nll: (z: Tensor) => Tensor,
  counts?: Float32Array,
): Tensor {
  const [rows] = mean.shape;
  const costs = Array.from({ length: draws }, () => {
    const noise = gaussianNoise(tape, mean.shape, tape.nextNoiseKey()!);
    const z = reparameterize(tape, mean, logVariance, noise);
    return add(tape, nll(z), logRatio(tape, z, logVariance, noise));
  });
  const bound = new Float64Array(rows);
  const weights = costs.map(() => new Float32Array(rows));
  for (let i = 0; i < rows; i++) {
    const logs = Float32Array.from(costs, ({ data }) => -data[i]);
    const { value, shares } = logMeanExp(tape.machine, logs);
    const count = counts?.[i] ?? 1;
    bound[i] = count * value;
    for (const [k, share] of shares.entries()) weights[k][i] = count * share;
  }
  const total = costs
    .map((cost, k) => sum(tape, mul(tape, cost, tape.tensor(weights[k], [rows]))))
    .reduce((all, one) => add(tape, all, one));
  // The value is the bound's, the gradient that of the weighted sum.
  const value = -bound.reduce((all, one) => all + one, 0);
  return add(tape, total, tape.tensor([value - total.data[0]], []));
}

/** ln q(z | x) - ln p(z) of each row: ½ Σ z² - noise² - logVariance. */
export function logRatio(tape: Tape, z: Tensor, logVariance: Tensor, noise: Tensor): Tensor {
  const zero = tape.tensor(new Float32Array(z.size), z.shape);
  const squares = squaredError(tape, z, zero, true);
  const drawn = squaredError(tape, noise, zero, true);
  const [rows, latent] = logVariance.shape;
  const ones = tape.tensor(new Float32Array(latent).fill(1), [1, latent]);
  const spread = linear(tape, logVariance, ones).reshaped([rows]);
  return scale(tape, sub(tape, sub(tape, squares, drawn), spread), 0.5);
}

/** ln 1/k Σ exp(logs), and exp(logs) / Σ. With our own exp and log, so that they are the same everywhere. */
export function logMeanExp(
  machine: Machine,
  logs: Float32Array,
): { value: number; shares: Float32Array } {
  const count = logs.length;
  const most = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  return machine.scoped(() => {
    const at = machine.alloc(4 * count);
    const room = machine.f32(at, count);
    for (let k = 0; k < count; k++) room[k] = logs[k] - most;
    machine.kernels.exp_forward(at, at, count);
    const shares = machine.f32(at, count).slice();
    const total = shares.reduce((all, one) => all + one, 0);
    const value = most + scalar(machine, "log_forward", total / count);
    return { value, shares: shares.map((one) => one / total) };
  });
}
