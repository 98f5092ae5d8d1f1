// A Transformer's block, with normalisation before each layer:
//
//   x += Attention(Norm(x)) [, x += CrossAttention(Norm(x), memory)], x += FeedForward(Norm(x))
//
// Parameters have Hugging Face's names; GPT-2's products are stored as (outputs, inputs), as nanoGPT has them.

import { normal } from "../../../nn/init.js";
import type { CrossAttention, Look } from "../../../nn/layers/cross-attention.js";
import { GELUFeedForward, SwiGLUFeedForward } from "../../../nn/layers/feed-forward.js";
import { Norm } from "../../../nn/layers/norm.js";
import { type Attend, SelfAttention } from "../../../nn/layers/self-attention.js";
import { dropout } from "../../../nn/ops/dropout.js";
import { add } from "../../../nn/ops/elementwise.js";
import type { Scope } from "../../../nn/parameters.js";
import type { Tape } from "../../../nn/tape.js";
import type { Tensor } from "../../../nn/tensor.js";
import type { TransformerConfig } from "./config.js";
import type { TransformerDetails } from "./details.js";

/** Deviation of initial weights, as in GPT-2; what is added to the residual stream has less (nanoGPT). */
export const DEVIATION = 0.02;

/** What parameters are called in each style. */
const names = {
  llama: {
    first: "input_layernorm",
    attends: "self_attn",
    between: "cross_attention_layernorm",
    looks: "cross_attn",
    second: "post_attention_layernorm",
  },
  gpt2: {
    first: "ln_1",
    attends: "attn",
    between: "ln_cross_attn",
    looks: "crossattention",
    second: "ln_2",
  },
} as const;

/** Sizes of a stack. */
export type StackConfig = Omit<TransformerConfig, "window" | "tied"> & TransformerDetails;

/** Where a layer's attention is computed. */
export interface Attention {
  readonly attend: Attend;
  /** Attention to a source, where the stack has it. */
  readonly look?: Look;
  /** What `look` reads that wants a gradient. */
  readonly reads?: readonly Tensor[];
}

/** A layer, and the norm before it. */
type Normed<Layer> = readonly [Norm, Layer];

/** Attention, attention to a source where the stack has it, and what looks at each position alone. */
export class Block {
  readonly #name: string;
  readonly #dropout: number;
  readonly #attention: Normed<SelfAttention>;
  readonly #cross: Normed<CrossAttention> | undefined;
  readonly #feedForward: Normed<GELUFeedForward | SwiGLUFeedForward>;

  constructor(scope: Scope, config: StackConfig, Looks: typeof CrossAttention | undefined) {
    this.#name = scope.name;
    const { style, hidden: channels, layers, heads, kvHeads, inner, bias } = config;
    const { headSize, qkvBias, qkNorm, normEps } = config;
    const joint = style === "gpt2";
    const { first, attends, between, looks, second } = names[style];
    const outInit = normal(DEVIATION / Math.sqrt((Looks ? 3 : 2) * layers));
    const shared = { channels, bias, init: normal(DEVIATION), outInit };
    const heading = { ...shared, heads, kvHeads, joint };
    const own = { ...heading, headSize, qkvBias, qkNorm, normEps };
    const norm = (name: string) =>
      new Norm(scope.child(name), channels, { kind: joint ? "layer" : "rms", bias, eps: normEps });
    this.#dropout = config.dropout;
    this.#attention = [norm(first), new SelfAttention(scope.child(attends), own)];
    this.#cross = Looks && [norm(between), new Looks(scope.child(looks), heading)];
    const Feed = joint ? GELUFeedForward : SwiGLUFeedForward;
    this.#feedForward = [norm(second), new Feed(scope.child("mlp"), { ...shared, inner })];
  }

  /** x (B, T, C) → (B, T, C) */
  forward(tape: Tape, x: Tensor, angles: Tensor | undefined, { attend, look }: Attention): Tensor {
    const plus = <Layer>(
      x: Tensor,
      [norm, layer]: Normed<Layer>,
      run: (layer: Layer, x: Tensor) => Tensor,
    ) => add(tape, x, dropout(tape, run(layer, norm.forward(tape, x)), this.#dropout));
    let y = plus(x, this.#attention, (layer, x) => layer.forward(tape, x, angles, attend));
    if (this.#cross) y = plus(y, this.#cross, (layer, x) => layer.forward(tape, x, look!));
    y = plus(y, this.#feedForward, (layer, x) => layer.forward(tape, x));
    return tape.name(this.#name, y);
  }

  /** Keys and values (B, S, G, d) of the attention to memory (B, S, C). */
  keysAndValues(tape: Tape, memory: Tensor): [Tensor, Tensor] {
    return this.#cross![1].keysAndValues(tape, memory);
  }
}
