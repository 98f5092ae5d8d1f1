// The cross-entropy of rows that do not all count the same.

import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { crossEntropy } from "./cross-entropy.js";
import { scale } from "./elementwise.js";
import { crossEntropy as crossEntropyOfEach } from "./example-losses.js";
import { weightedSum } from "./reduce.js";

/**
 * Cross-entropy of rows that count as their weights say, divided by `denominator`.
 * @param logits (N, V)
 * @param targets (N)
 */
export function weightedCrossEntropy(
  tape: Tape,
  logits: Tensor,
  targets: ArrayLike<number>,
  denominator: number,
  weights: Float32Array | undefined,
): Tensor {
  if (!weights) return crossEntropy(tape, logits, targets, { denominator }).loss;
  const each = crossEntropyOfEach(tape, logits, targets);
  return scale(tape, weightedSum(tape, each, weights), 1 / denominator);
}
