// What a language model needs of its network.

import type { Batch } from "../../data/texts.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Backbone } from "../../sampling/backbone.js";
import type { LossOf, StepTotals, Trainable } from "../../train/trainable.js";
import type { NetworkFile } from "../base/network-choice.js";

/** A network that predicts the next token from those before. */
export interface CausalNetwork<State = unknown> extends Backbone<State>, Trainable {
  /** Multiplications that a token costs, about: one that is only read, and one that is predicted after. */
  readonly work: { readonly read: number; readonly predict: number };
  /** The learning rate that suits it, whatever the data. Default: what suits a recurrent network on them. */
  readonly lr?: number;
  /** Numbers a row of each state that `loss` carries from batch to batch. Default: it carries none. */
  readonly carries?: readonly number[];
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
  /** What states are of, where they can be cut. Those that are of the last token alone cannot. */
  readonly cache?: {
    /** A state of one row that has read `tokens`, which the first row of another began with. Both are freed on their own. */
    begin(state: State, tokens: Int32Array, slides: boolean): State;
    /** Memory of a state, in bytes. */
    bytesOf(state: State): number;
  };
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

/** A network whose state is its own affair. */
// biome-ignore lint/suspicious/noExplicitAny: whoever uses it hands back the state that it was given
export type AnyCausalNetwork = CausalNetwork<any>;

/** What is known of a corpus when a network is made for it. */
export interface CorpusFacts {
  readonly characters: number;
  /** Characters, or bytes, of the longest document; 0 for one text. */
  readonly longest: number;
}

/** What the file of a language model's network says of it. */
export type CausalFile<Sizes extends object, Config extends object> = NetworkFile<
  Sizes,
  Config,
  AnyCausalNetwork,
  CorpusFacts
>;
