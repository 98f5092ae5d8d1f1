// What the layers of picture networks have in common: an activation by name, and a norm of channels that is none,
// of groups, or of the batch.

import { BatchNorm2d, type BatchStatistics } from "../../nn/layers/batch-norm.js";
import { GroupNorm } from "../../nn/layers/group-norm.js";
import { leakyRelu } from "../../nn/ops/activations.js";
import { relu, tanh } from "../../nn/ops/elementwise.js";
import { silu } from "../../nn/ops/gated.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Statistics } from "../../train/trainable.js";
import type { Activation } from "./body-config.js";

/** Channels of a group, as far as they divide. */
const GROUP = 8;

const functions: Record<Activation, (tape: Tape, x: Tensor) => Tensor> = {
  tanh,
  relu,
  leaky_relu: (tape, x) => leakyRelu(tape, x, 0.2),
  silu,
};

export function activate(tape: Tape, activation: Activation, x: Tensor): Tensor {
  return functions[activation](tape, x);
}

/** A norm of channels. */
export interface ChannelNorm {
  /** @param collected is given a batch's statistics, in training */
  forward(tape: Tape, x: Tensor, collected?: BatchStatistics): Tensor;
  /** Moves running averages, where it has some. */
  observe?(statistics: Statistics): void;
}

export function channelNorm(
  scope: Scope,
  channels: number,
  kind: "none" | "group" | "batch",
): ChannelNorm {
  if (kind === "none") return { forward: (_, x) => x };
  if (kind === "batch") return new BatchNorm2d(scope, channels);
  let groups = Math.max(1, Math.floor(channels / GROUP));
  while (channels % groups !== 0) groups--;
  return new GroupNorm(scope, groups, channels);
}
