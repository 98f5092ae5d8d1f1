import { uniform } from "../init.js";
import { concat } from "../ops/concat.js";
import { softmax } from "../ops/cross-entropy.js";
import { tanh } from "../ops/elementwise.js";
import {
  type AttentionLengths,
  additiveScores,
  dotScores,
  weightedSum,
} from "../ops/encoder-attention.js";
import { linear } from "../ops/linear.js";
import type { Matrix } from "../ops/quantized.js";
import type { Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { Linear } from "./linear.js";

/** How a step of the decoder scores a step of the encoder. */
const attentionKinds = ["bahdanau", "luong", "luong-dot"] as const;
export type AttentionKind = (typeof attentionKinds)[number];

/** Sizes of an attention layer. */
export interface AttentionConfig {
  readonly kind: AttentionKind;
  /** Units of a query, H. */
  readonly query: number;
  /** Units of what is attended to, D; for "luong-dot" they must be H. */
  readonly memory: number;
  /** Units of the output, O. */
  readonly outputs: number;
}

/**
 * Attention after a recurrent layer, as Luong, Pham and Manning (2015) place it: with α the softmax of
 * the scores over the memory's steps, y = tanh(Wc [Σ α memory; query]). Scores:
 *
 *   luong-dot   query · memory
 *   luong       query · (W memory)                       their "general"
 *   bahdanau    v · tanh(W query + U memory)             the additive score of Bahdanau et al. (2015)
 *
 * Names: `memory.weight` (W or U), `query.weight` (W), `score` (v), `combine.weight` (Wc); no biases.
 */
export class Attention {
  readonly kind: AttentionKind;
  readonly #memory: Linear | undefined;
  readonly #query: Linear | undefined;
  readonly #score: Tensor | undefined;
  readonly #combine: Matrix;
  readonly #name: string;

  constructor(scope: Scope, { kind, query, memory, outputs }: AttentionConfig) {
    this.kind = kind;
    this.#name = scope.name;
    const plain = { bias: false };
    if (kind !== "luong-dot") {
      this.#memory = new Linear(scope.child("memory"), memory, query, plain);
    }
    if (kind === "bahdanau") {
      this.#query = new Linear(scope.child("query"), query, query, plain);
      this.#score = scope.param("score", [query], uniform(1 / Math.sqrt(query)));
    }
    const inputs = memory + query;
    const init = uniform(1 / Math.sqrt(inputs));
    this.#combine = scope.child("combine").matrix("weight", [outputs, inputs], init);
  }

  /** What queries are compared with, made once a sequence: memory (S, B, D) → keys (S, B, H) */
  keys(tape: Tape, memory: Tensor): Tensor {
    return this.#memory?.forward(tape, memory) ?? memory;
  }

  /**
   * query (T, B, H) → output (T, B, O) and weights α (T, B, S)
   *
   * @param keys of the same memory
   * @param lengths those of each row's queries and memory
   */
  forward(
    tape: Tape,
    query: Tensor,
    keys: Tensor,
    memory: Tensor,
    lengths?: AttentionLengths,
  ): { output: Tensor; weights: Tensor } {
    const scores = this.#score
      ? additiveScores(tape, this.#query!.forward(tape, query), keys, this.#score, lengths)
      : dotScores(tape, query, keys, lengths);
    const weights = tape.name(`${this.#name}.weights`, softmax(tape, scores));
    const context = weightedSum(tape, weights, memory, lengths);
    const both = concat(tape, context, query);
    const output = tanh(tape, linear(tape, both, this.#combine));
    return { output: tape.name(this.#name, output), weights };
  }
}
