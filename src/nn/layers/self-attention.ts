// Attention of a Transformer's block, from the residual stream to what is added to it. Where keys and
// values of earlier positions come from, and where attention is computed, is the caller's: all positions at
// once in training, or a cache in sampling.

import { columns } from "../ops/concat.js";
import { rotary } from "../ops/rotary.js";
import type { Initializer, Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { Linear } from "./linear.js";

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
}

/** Queries (B, T, H, d), keys and values (B, T, G, d) → (B, T, H, d). */
export type Attend = (tape: Tape, q: Tensor, k: Tensor, v: Tensor) => Tensor;

/** softmax(Q Kᵀ / √d) V of H heads of d numbers, between two products. */
export class SelfAttention {
  readonly #options: SelfAttentionOptions;
  readonly #project: (tape: Tape, x: Tensor) => [Tensor, Tensor, Tensor];
  readonly #out: Linear;

  constructor(scope: Scope, options: SelfAttentionOptions) {
    this.#options = options;
    const { channels: C, heads, kvHeads, bias, init, outInit, joint } = options;
    const own = (C / heads) * kvHeads;
    if (joint) {
      const all = new Linear(scope.child("c_attn"), C, C + 2 * own, { bias, init });
      this.#project = (tape, x) => {
        const y = all.forward(tape, x);
        return [
          columns(tape, y, 0, C),
          columns(tape, y, C, C + own),
          columns(tape, y, C + own, C + 2 * own),
        ];
      };
    } else {
      const q = new Linear(scope.child("q_proj"), C, C, { bias, init });
      const k = new Linear(scope.child("k_proj"), C, own, { bias, init });
      const v = new Linear(scope.child("v_proj"), C, own, { bias, init });
      this.#project = (tape, x) => [q.forward(tape, x), k.forward(tape, x), v.forward(tape, x)];
    }
    const out = scope.child(joint ? "c_proj" : "o_proj");
    this.#out = new Linear(out, C, C, { bias, init: outInit });
  }

  /**
   * x (B, T, C) → (B, T, C)
   * @param table cosines and sines of the positions, where they are rotary
   */
  forward(tape: Tape, x: Tensor, table: Tensor | undefined, attend: Attend): Tensor {
    const { channels: C, heads, kvHeads } = this.#options;
    const d = C / heads;
    const [B, T] = x.shape;
    const [q, k, v] = this.#project(tape, x);
    const split = (y: Tensor, n: number) => y.reshaped([B, T, n, d]);
    const turn = (y: Tensor) => (table ? rotary(tape, y, table) : y);
    const mixed = attend(tape, turn(split(q, heads)), turn(split(k, kvHeads)), split(v, kvHeads));
    return this.#out.forward(tape, mixed.reshaped([B, T, C]));
  }
}
