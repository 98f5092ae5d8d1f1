// What a language model needs of its network, and the networks that it can have.

import type { Batch } from "../../data/texts.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Backbone } from "../../sampling/backbone.js";
import type { LossOf, NetworkBuilder, StepTotals, Trainable } from "../../train/trainable.js";
import { builderOf } from "../base/network-choice.js";
import type { TransformerConfig } from "../base/transformer/config.js";
import { LSTMNetwork, type LSTMNetworkConfig } from "./lstm.js";

/** A network that predicts the next token from those before. */
export interface CausalNetwork<State = unknown> extends Backbone<State>, Trainable {
  /** Multiplications that a token costs, about: one that is only read, and one that is predicted after. */
  readonly work: { readonly read: number; readonly predict: number };
  /**
   * Memory that a training step needs beside the parameters, in bytes, about: activations and their gradients of
   * `rows` rows of `steps` tokens.
   */
  activationBytes(rows: number, steps: number, recompute: boolean): Promise<number>;
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
  /**
   * How much each of T tokens attends to each, for every layer and head: (T, T). Not all networks attend.
   * @throws InvalidInputError for more tokens than the context holds
   */
  attention?(tokens: Int32Array): Float32Array[][];
}

/** Sizes of a network, by its kind. */
export type CausalNetworkConfig =
  | ({ readonly kind: "lstm" } & LSTMNetworkConfig)
  | ({ readonly kind: "transformer" } & TransformerConfig);

/** A network whose state is its own affair. */
// biome-ignore lint/suspicious/noExplicitAny: whoever uses it hands back the state that it was given
export type AnyCausalNetwork = CausalNetwork<any>;

/** What adds a network's parameters, imported where it is not an LSTM. A further kind is one more line here. */
export async function causalNetwork(
  kind: CausalNetworkConfig["kind"],
): Promise<NetworkBuilder<AnyCausalNetwork>> {
  if (kind === "transformer") {
    const { TransformerNetwork } = await import("./transformer.js");
    return builderOf(TransformerNetwork);
  }
  return builderOf(LSTMNetwork);
}
