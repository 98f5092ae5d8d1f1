// What an encoder-decoder needs of its network.

import type { Pair, PairBatch } from "../../data/pairs.js";
import type { Pieces } from "../../host/pieces.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Backbone } from "../../sampling/backbone.js";
import type { LossOf, StepTotals, Trainable } from "../../train/trainable.js";
import type { NetworkFile } from "../base/network-choice.js";

/** A batch as training takes it: with the objective's numbers. */
export interface Seq2SeqBatch extends PairBatch {
  /** λ of L = L_encoder + λ L_decoder. */
  readonly lambda: number;
  readonly smoothing: number;
  /** Probability that the decoder reads its own guess instead of the target. */
  readonly sampled: number;
}

/** What a network says of pairs. */
export interface Measured {
  /** Loss of each target token (T · B); 0 after a target's end. */
  readonly losses: Float32Array;
  /** Whether it is the likeliest token there. */
  readonly right: readonly boolean[];
  /** Probabilities of the labels (B, labels), where a pair of the batch has one. */
  readonly labels?: Float32Array | undefined;
}

/** A network that reads sources and says targets. */
export interface PairNetwork<State = unknown> extends Backbone<State>, Trainable {
  /** Multiplications that a token costs, about: one that is read, and one that is said. */
  readonly work: { readonly source: number; readonly target: number };
  /** The learning rate that suits it, whatever the pairs. Default: what suits a recurrent network on them. */
  readonly lr?: number;
  /**
   * Memory that a training step needs beside the parameters, in bytes, about: activations and their gradients of
   * `rows` pairs, the longest of `source` and `target` tokens. Not all networks know it.
   */
  activationBytes?(
    rows: number,
    sizes: { readonly source: number; readonly target: number },
    recompute: boolean,
  ): Promise<number>;
  /**
   * L_decoder, the mean cross-entropy of the targets' tokens; with labels L_encoder + λ L_decoder, where
   * L_encoder is that of the sources' labels. `losses` are those of the tokens (T · B).
   */
  loss(
    tape: Tape,
    batch: Seq2SeqBatch,
    carried: Float32Array[] | undefined,
    totals: StepTotals,
  ): LossOf & { readonly losses: Tensor };
  /**
   * The state of the batch's sources before the first token: read in pieces of about `tokens`, of all rows
   * together.
   * @param slides whether the oldest tokens of an answer are forgotten where the context is full
   * @throws NotFiniteError
   */
  open(batch: PairBatch, tokens: number, slides?: boolean): Pieces<State>;
  /** How well the targets are predicted. A pair has the same bits whatever the batch. */
  measure(batch: PairBatch): Pieces<Measured>;
  /** Probabilities of the labels (B, labels). @throws NotFiniteError */
  classify(batch: PairBatch): Float32Array;
  /** Vectors of the sources (B, hidden). @throws NotFiniteError */
  latent(batch: PairBatch): Float32Array;
  /** What each target step attends to (T, B, S); undefined without attention. @throws NotFiniteError */
  align(batch: PairBatch): Float32Array | undefined;
}

/** A network whose state is its own affair. */
// biome-ignore lint/suspicious/noExplicitAny: whoever uses it hands back the state that it was given
export type AnyPairNetwork = PairNetwork<any>;

/** What vocabularies and labels say of a network. */
export interface PairCounts {
  /** Tokens of the sources' vocabulary. */
  readonly sources: number;
  /** Labels that sources are classified by; 0: none. */
  readonly labels: number;
}

/** What the file of an encoder-decoder's network says of it. */
export type PairFile<Sizes extends object, Config extends object> = NetworkFile<
  Sizes,
  Config,
  AnyPairNetwork,
  readonly Pair[],
  PairCounts
>;
