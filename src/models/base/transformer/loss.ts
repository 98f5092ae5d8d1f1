// The loss of what a Transformer predicts, in the order of its batch.

import type { Linear } from "../../../nn/layers/linear.js";
import { linearCrossEntropy } from "../../../nn/ops/linear-cross-entropy.js";
import type { Tape } from "../../../nn/tape.js";
import type { Tensor } from "../../../nn/tensor.js";
import { batchMajor, transpose } from "./rows.js";

/**
 * Cross-entropy of the output's logits for x (B, T, C).
 * @param targets (T, B)
 * @param options.weights one for each of the B rows
 * @returns the loss, and its positions' losses (T · B)
 */
export function outputLoss(
  tape: Tape,
  x: Tensor,
  output: Linear,
  targets: ArrayLike<number>,
  { weights, ...options }: Parameters<typeof linearCrossEntropy>[4] & object,
): { loss: Tensor; losses: Tensor } {
  const [B, T] = x.shape;
  const ordered = batchMajor(targets, T, B);
  const { loss, losses } = linearCrossEntropy(tape, x, output, ordered, {
    ...options,
    weights: weights && Array.from(ordered, (_, i) => weights[Math.floor(i / T)]),
  });
  const turned = transpose(new Float32Array(T * B), losses.data, B, T);
  return { loss, losses: tape.tensor(turned, [T * B]) };
}
