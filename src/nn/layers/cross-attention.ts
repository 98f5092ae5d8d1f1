// Attention of a decoder's block to what an encoder made of a source (Vaswani et al. 2017). Keys and values follow from
// the source alone, so they are made once; where they are, and where attention is computed, is the caller's.

import { columns } from "../ops/concat.js";
import type { Initializer, Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { Linear } from "./linear.js";
import type { SelfAttentionOptions } from "./self-attention.js";

/** Queries (B, T, H, d) → (B, T, H, d). */
export type Look = (tape: Tape, q: Tensor) => Tensor;

/** Sizes and initial values, and those of a memory where it is of another width. */
export interface CrossAttentionOptions
  extends Omit<SelfAttentionOptions, "headSize" | "qkvBias" | "qkNorm" | "normEps"> {
  /** Numbers of each place of the memory, M. Default `channels`. */
  readonly memory?: number;
  /** Of what makes keys and values. Default `init`. */
  readonly memoryInit?: Initializer;
}

/** softmax(Q Kᵀ / √d) V of H heads of d numbers, K and V of another sequence, between two products. */
export class CrossAttention {
  readonly #options: CrossAttentionOptions;
  readonly #query: Linear;
  readonly #project: (tape: Tape, memory: Tensor) => [Tensor, Tensor];
  readonly #out: Linear;

  /** @param options with `joint`, keys and values have one matrix, as in Hugging Face's GPT-2 */
  constructor(scope: Scope, options: CrossAttentionOptions) {
    this.#options = options;
    const { channels: C, heads, kvHeads, bias, init, outInit, joint } = options;
    const { memory: M = C, memoryInit = init } = options;
    const own = (C / heads) * kvHeads;
    const read = { bias, init: memoryInit };
    this.#query = new Linear(scope.child(joint ? "q_attn" : "q_proj"), C, C, { bias, init });
    if (joint) {
      const both = new Linear(scope.child("c_attn"), M, 2 * own, read);
      this.#project = (tape, memory) => {
        const y = both.forward(tape, memory);
        return [columns(tape, y, 0, own), columns(tape, y, own, 2 * own)];
      };
    } else {
      const k = new Linear(scope.child("k_proj"), M, own, read);
      const v = new Linear(scope.child("v_proj"), M, own, read);
      this.#project = (tape, memory) => [k.forward(tape, memory), v.forward(tape, memory)];
    }
    const out = scope.child(joint ? "c_proj" : "o_proj");
    this.#out = new Linear(out, C, C, { bias, init: outInit });
  }

  /** memory (B, S, M) → keys and values (B, S, G, d) */
  keysAndValues(tape: Tape, memory: Tensor): [Tensor, Tensor] {
    const { channels: C, heads, kvHeads } = this.#options;
    const [B, S] = memory.shape;
    const [k, v] = this.#project(tape, memory);
    const split = (y: Tensor) => y.reshaped([B, S, kvHeads, C / heads]);
    return [split(k), split(v)];
  }

  /** x (B, T, C) → (B, T, C) */
  forward(tape: Tape, x: Tensor, look: Look): Tensor {
    const { channels: C, heads } = this.#options;
    const [B, T] = x.shape;
    const q = this.#query.forward(tape, x).reshaped([B, T, heads, C / heads]);
    return this.#out.forward(tape, look(tape, q).reshaped([B, T, C]));
  }
}
