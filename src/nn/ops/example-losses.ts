// Losses with one number for each example, which gradients flow from: what a network of one's own gives.

import { describe, InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import { sizeOf, type Tensor } from "../tensor.js";
import { IGNORED, logSoftmax } from "./cross-entropy.js";
import { add, exp, log, mul, relu, scale, sub } from "./elementwise.js";
import { checkIndices } from "./embedding.js";
import { sumLast } from "./rows.js";
import { expectShape, rowsAndColumns } from "./shape.js";

/** One number for each of the first axis: the sum over all others. */
function each(tape: Tape, x: Tensor): Tensor {
  const rows = x.shape[0];
  return sumLast(tape, x.reshaped([rows, x.size / rows]));
}

/**
 * Mean squared error of each example: the mean of (x - target)² over all axes but the first. The mean of these over a batch
 * is `torch.nn.functional.mse_loss`.
 *
 * @param x (N, …)
 * @param target the same shape
 * @returns (N)
 */
export function mse(tape: Tape, x: Tensor, target: Tensor): Tensor {
  expectShape("mse: target", target, x.shape);
  const error = sub(tape, x, target);
  return scale(tape, each(tape, mul(tape, error, error)), x.shape[0] / x.size);
}

/**
 * Cross-entropy of each row, in nats: -ln softmax(logits)[target], 0 where the target is -1.
 *
 * @param logits (…, V)
 * @param targets one a row: 0 to V - 1, or -1 where a row is left out
 * @returns (…)
 * @throws InvalidInputError for a target outside the classes
 */
export function crossEntropy(tape: Tape, logits: Tensor, targets: ArrayLike<number>): Tensor {
  const { rows, columns: V } = rowsAndColumns(logits);
  if (targets?.length !== rows) {
    const got = typeof targets?.length === "number" ? targets.length : describe(targets);
    throw new InvalidInputError(`crossEntropy: expected ${rows} targets, got ${got}`);
  }
  checkIndices("crossEntropy: targets", targets, IGNORED, V);
  const chosen = new Float32Array(sizeOf(logits.shape));
  for (let row = 0; row < rows; row++) {
    if (targets[row] !== IGNORED) chosen[row * V + targets[row]] = -1;
  }
  const mask = tape.tensor(chosen, logits.shape);
  return sumLast(tape, mul(tape, logSoftmax(tape, logits), mask));
}

/**
 * Binary cross-entropy of each example, in nats, summed over all axes but the first:
 * -t ln s - (1 - t) ln(1 - s), s = sigmoid(logits), computed as max(x, 0) - x t + ln(1 + e^-|x|).
 *
 * @param logits (N, …)
 * @param target the same shape, from 0 to 1, without gradient
 * @returns (N)
 */
export function binaryCrossEntropy(tape: Tape, logits: Tensor, target: Tensor): Tensor {
  expectShape("binaryCrossEntropy: target", target, logits.shape);
  const positive = relu(tape, logits);
  const negative = relu(tape, scale(tape, logits, -1));
  const one = tape.tensor(new Float32Array(logits.size).fill(1), logits.shape);
  const small = exp(tape, scale(tape, add(tape, positive, negative), -1));
  const rest = log(tape, add(tape, one, small));
  return each(tape, add(tape, sub(tape, positive, mul(tape, logits, target)), rest));
}
