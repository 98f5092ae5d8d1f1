// The loss of what a Transformer's output layer predicts.

import { type CrossEntropyOptions, crossEntropy } from "../../../nn/ops/cross-entropy.js";
import { linear } from "../../../nn/ops/linear.js";
import { linearCrossEntropy } from "../../../nn/ops/linear-cross-entropy.js";
import { type Matrix, QuantizedMatrix } from "../../../nn/ops/quantized.js";
import type { Tape } from "../../../nn/tape.js";
import type { Tensor } from "../../../nn/tensor.js";
import { batchMajor, transpose } from "./rows.js";

/**
 * Cross-entropy of x (B, T, C) times the output's weight (V, C).
 * @param targets (T, B)
 * @returns the loss, and its positions' losses (T · B)
 */
export function outputLoss(
  tape: Tape,
  x: Tensor,
  output: Matrix,
  targets: ArrayLike<number>,
  options: CrossEntropyOptions,
): { loss: Tensor; losses: Tensor } {
  const [B, T] = x.shape;
  const ordered = batchMajor(targets, T, B);
  // Logits of all positions at once would be most of the memory where the vocabulary is large.
  const { loss, losses } =
    output instanceof QuantizedMatrix
      ? crossEntropy(tape, linear(tape, x, output), ordered, options)
      : linearCrossEntropy(tape, x, output, ordered, options);
  const turned = transpose(new Float32Array(T * B), losses.data, B, T);
  return { loss, losses: tape.tensor(turned, [T * B]) };
}
