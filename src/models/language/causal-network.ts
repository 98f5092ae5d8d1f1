// What a language model needs of its network, and the networks that it can have.

import type { Batch } from "../../data/texts.js";
import type { ParameterSource } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Backbone } from "../../sampling/backbone.js";
import type { LossOf, StepTotals, Trainable } from "../../train/trainable.js";
import { LSTMNetwork, type LSTMNetworkConfig } from "./lstm.js";

/** A network that predicts the next token from those before. */
export interface CausalNetwork<State = unknown> extends Backbone<State>, Trainable {
  /** Multiplications that a token costs, about: one that is only read, and one that is predicted after. */
  readonly work: { readonly read: number; readonly predict: number };
  /**
   * The state of `rows` rows before any token.
   * @param slides whether the oldest tokens are forgotten where the context is full
   */
  start(rows: number, slides?: boolean): State;
  /** Loss of a batch, the losses of its targets (T · B), and the state after it. */
  loss(
    tape: Tape,
    batch: Batch,
    carried: Float32Array[] | undefined,
    totals?: StepTotals,
  ): LossOf & { readonly losses: Tensor; state(): Float32Array[] };
}

/** Sizes of a network, by its kind. */
export type CausalNetworkConfig = { readonly kind: "lstm" } & LSTMNetworkConfig;

/** Adds the network's parameters. A further kind is one more line here. */
export function buildCausalNetwork(
  parameters: ParameterSource,
  classes: number,
  config: CausalNetworkConfig,
): CausalNetwork<Float32Array[]> {
  return new LSTMNetwork(parameters, classes, config);
}
