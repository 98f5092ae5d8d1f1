// Attention of places of a picture to what was read of a caption.

import { uniform } from "../../nn/init.js";
import { CrossAttention } from "../../nn/layers/cross-attention.js";
import { attention } from "../../nn/ops/multi-head-attention.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Memory } from "./caption-encoder.js";

/** softmax(Q Kᵀ / √d) V, keys and values of a memory of `width` numbers a place. */
export class Look {
  readonly #layer: CrossAttention;

  constructor(scope: Scope, channels: number, heads: number, width: number) {
    const init = uniform(1 / Math.sqrt(channels));
    this.#layer = new CrossAttention(scope, {
      ...{ channels, heads, kvHeads: heads, bias: true, joint: true, init, outInit: init },
      ...{ memory: width, memoryInit: uniform(1 / Math.sqrt(width)) },
    });
  }

  /** x (N, T, C) → (N, T, C) */
  forward(tape: Tape, x: Tensor, { x: memory, lengths }: Memory): Tensor {
    const [k, v] = this.#layer.keysAndValues(tape, memory);
    return this.#layer.forward(tape, x, (tape, q) => attention(tape, q, k, v, { lengths }));
  }
}
