// What a training step of a Transformer needs of memory: the tensors of network.ts and its layers, counted.

import type { Machine } from "../../../host/machine.js";
import { linearCrossEntropyBytes } from "../../../nn/ops/linear-cross-entropy.js";
import { keptNumbers } from "../../../nn/ops/multi-head-attention.js";
import type { TransformerConfig } from "./config.js";

/** Bytes of activations and gradients at once, about, of `rows` rows of `steps` tokens. */
export function activationBytes(
  machine: Machine,
  config: TransformerConfig,
  classes: number,
  rows: number,
  steps: number,
  recompute: boolean,
): number {
  const { style, hidden: C, layers, heads, kvHeads, inner, dropout } = config;
  const tokens = rows * steps;
  const gpt = style === "gpt2";
  const dropped = dropout > 0 ? 1 : 0;
  // Numbers a token in a block: those with a gradient, and those without, which are kept of norms and attention.
  const own = (C / heads) * kvHeads;
  const graded = (gpt ? 13 * C + 2 * inner : 9 * C + 3 * own + 3 * inner) + 2 * dropped * C;
  const plain = (gpt ? 4 : 2) + heads * keptNumbers(steps);
  // Outside of the blocks: the embedding, positions, the last norm; ids and losses.
  const ends = (2 + Number(gpt) + dropped) * C;
  const loss = linearCrossEntropyBytes(machine, tokens, C, classes);
  const forward = ends + 6 + layers * (recompute ? C : graded + plain);
  const backward = ends + layers * (recompute ? C : graded) + (recompute ? 2 * graded + plain : 0);
  const work = machine.kernels.linear_backward_work(tokens, C, inner) >>> 0;
  return 4 * tokens * forward + loss.kept + Math.max(loss.work, 4 * tokens * backward + work);
}
