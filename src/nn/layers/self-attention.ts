// Attention of a Transformer's block, from the residual stream to what is added to it. Where keys and
// values of earlier positions come from, and where attention is computed, is the caller's: all positions at
// once in training, or a cache in sampling.

import { columns } from "../ops/concat.js";
import { rotary } from "../ops/rotary.js";
import type { Initializer, Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { Linear } from "./linear.js";
import { Norm } from "./norm.js";

/** Sizes and initial values. */
export interface SelfAttentionOptions {
  readonly channels: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly bias: boolean;
  /** One matrix for queries, keys and values, as GPT-2 has it. */
  readonly joint: boolean;
  readonly init: Initializer;
  /** Of what is added to the residual stream. */
  readonly outInit: Initializer;
  /** Numbers of a head, d. Default: channels / heads. */
  readonly headSize?: number;
  /** Biases of queries, keys and values alone, as Qwen2 has them. Default `bias`. */
  readonly qkvBias?: boolean;
  /** RMS norms of each head's query and key before they are turned, as Qwen3 has them. Default false. */
  readonly qkNorm?: boolean;
  /** Of these norms. Default 1e-5. */
  readonly normEps?: number;
}

/** Queries (B, T, H, d), keys and values (B, T, G, d) → (B, T, H, d). */
export type Attend = (tape: Tape, q: Tensor, k: Tensor, v: Tensor) => Tensor;

/** softmax(Q Kᵀ / √d) V of H heads of d numbers, between two products. */
export class SelfAttention {
  readonly #heads: number;
  readonly #kvHeads: number;
  readonly #project: (tape: Tape, x: Tensor) => [Tensor, Tensor, Tensor];
  readonly #out: Linear;
  readonly #norms: readonly [Norm, Norm] | undefined;

  constructor(scope: Scope, options: SelfAttentionOptions) {
    const { channels: C, heads, kvHeads, bias, init, outInit, joint } = options;
    const { headSize: d = C / heads, qkvBias = bias, qkNorm = false, normEps: eps } = options;
    const [Q, own] = [heads * d, kvHeads * d];
    this.#heads = heads;
    this.#kvHeads = kvHeads;
    if (joint) {
      const all = new Linear(scope.child("c_attn"), C, Q + 2 * own, { bias, init });
      this.#project = (tape, x) => {
        const y = all.forward(tape, x);
        return [
          columns(tape, y, 0, Q),
          columns(tape, y, Q, Q + own),
          columns(tape, y, Q + own, Q + 2 * own),
        ];
      };
    } else {
      const read = { bias: qkvBias, init };
      const q = new Linear(scope.child("q_proj"), C, Q, read);
      const k = new Linear(scope.child("k_proj"), C, own, read);
      const v = new Linear(scope.child("v_proj"), C, own, read);
      this.#project = (tape, x) => [q.forward(tape, x), k.forward(tape, x), v.forward(tape, x)];
    }
    const out = scope.child(joint ? "c_proj" : "o_proj");
    this.#out = new Linear(out, Q, C, { bias, init: outInit });
    const norm = (name: string) => new Norm(scope.child(name), d, { kind: "rms", eps });
    this.#norms = qkNorm ? [norm("q_norm"), norm("k_norm")] : undefined;
  }

  /**
   * x (B, T, C) → (B, T, C)
   * @param table cosines and sines of the positions, where they are rotary
   */
  forward(tape: Tape, x: Tensor, table: Tensor | undefined, attend: Attend): Tensor {
    const [B, T] = x.shape;
    const [q, k, v] = this.#project(tape, x);
    const Q = q.shape[2];
    const split = (y: Tensor, n: number) => y.reshaped([B, T, n, Q / this.#heads]);
    const turn = (y: Tensor, norm: Norm | undefined) => {
      const normed = norm ? norm.forward(tape, y) : y;
      return table ? rotary(tape, normed, table) : normed;
    };
    const [qNorm, kNorm] = this.#norms ?? [];
    const mixed = attend(
      tape,
      turn(split(q, this.#heads), qNorm),
      turn(split(k, this.#kvHeads), kNorm),
      split(v, this.#kvHeads),
    );
    return this.#out.forward(tape, mixed.reshaped([B, T, Q]));
  }
}
