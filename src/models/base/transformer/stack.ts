// A Transformer's blocks between an embedding and what reads the result (Vaswani et al. 2017), with normalisation
// before each layer:
//
//   x [+= positions];  for each block: x += Attention(Norm(x)) [, x += CrossAttention(Norm(x), memory)],
//   x += FeedForward(Norm(x));  Norm(x)
//
// Parameters have Hugging Face's names; GPT-2's products are stored as (outputs, inputs), as nanoGPT has them.

import { normal } from "../../../nn/init.js";
import type { CrossAttention, Look } from "../../../nn/layers/cross-attention.js";
import { GELUFeedForward, SwiGLUFeedForward } from "../../../nn/layers/feed-forward.js";
import { Norm } from "../../../nn/layers/norm.js";
import { type Attend, SelfAttention } from "../../../nn/layers/self-attention.js";
import { dropout } from "../../../nn/ops/dropout.js";
import { add } from "../../../nn/ops/elementwise.js";
import { addPositions } from "../../../nn/ops/embedding.js";
import { rotaryFrequencies, rotaryTable } from "../../../nn/ops/rotary.js";
import type { Scope } from "../../../nn/parameters.js";
import type { Tape } from "../../../nn/tape.js";
import type { Tensor } from "../../../nn/tensor.js";
import type { TransformerConfig } from "./config.js";

/** Deviation of initial weights, as in GPT-2; what is added to the residual stream has less (nanoGPT). */
export const DEVIATION = 0.02;

/** What parameters are called in each style. */
const names = {
  llama: {
    blocks: "layers",
    first: "input_layernorm",
    attends: "self_attn",
    between: "cross_attention_layernorm",
    looks: "cross_attn",
    second: "post_attention_layernorm",
    last: "norm",
  },
  gpt2: {
    blocks: "h",
    first: "ln_1",
    attends: "attn",
    between: "ln_cross_attn",
    looks: "crossattention",
    second: "ln_2",
    last: "ln_f",
  },
} as const;

/** Sizes of a stack. */
export type StackConfig = Omit<TransformerConfig, "window" | "tied">;

/** One block's layers. */
interface Block {
  readonly attentionNorm: Norm;
  readonly attention: SelfAttention;
  readonly cross?: { readonly norm: Norm; readonly attention: CrossAttention };
  readonly feedForwardNorm: Norm;
  readonly feedForward: GELUFeedForward | SwiGLUFeedForward;
}

/** Where a layer's attention is computed. */
export interface Attention {
  readonly attend: Attend;
  /** Attention to a source, where the stack has it. */
  readonly look?: Look;
  /** What `look` reads that wants a gradient. */
  readonly reads?: readonly Tensor[];
}

/** Positions, blocks and the norm after them. */
export class TransformerStack {
  readonly layers: number;
  /** Multiplications a position, about, but for those of the scores. */
  readonly work: number;
  readonly #dropout: number;
  readonly #positions: Tensor | undefined;
  readonly #frequencies: Float64Array | undefined;
  readonly #blocks: readonly Block[];
  readonly #norm: Norm;

  /** @param looks what each block attends to a source with, where it does: only who needs the class imports it */
  constructor(scope: Scope, config: StackConfig, looks?: typeof CrossAttention) {
    const { style, hidden: C, layers, heads, kvHeads, inner, bias, context, theta } = config;
    const gpt = style === "gpt2";
    const attention = 2 * C * C + 2 * C * (C / heads) * kvHeads;
    this.work = layers * (attention * (looks ? 2 : 1) + (gpt ? 2 : 3) * C * inner);
    this.layers = layers;
    this.#dropout = config.dropout;
    if (gpt) {
      const init = normal(DEVIATION);
      const positions = scope.child("wpe");
      this.#positions = positions.param("weight", [context, C], init, { decayed: true });
    } else this.#frequencies = rotaryFrequencies(C / heads, theta);
    const { blocks, last } = names[style];
    this.#blocks = Array.from({ length: layers }, (_, i) =>
      makeBlock(scope.child(blocks).child(String(i)), config, looks),
    );
    this.#norm = new Norm(scope.child(last), C, { kind: gpt ? "layer" : "rms", bias });
  }

  /** Embedded tokens (B, T, C) → what the first block reads. */
  enter(tape: Tape, x: Tensor, positions: Int32Array): Tensor {
    const placed = this.#positions ? addPositions(tape, x, this.#positions, positions) : x;
    return dropout(tape, placed, this.#dropout);
  }

  /** Angles of positions, made once for all blocks; undefined where they are learned. */
  angles(tape: Tape, positions: Int32Array): Tensor | undefined {
    return this.#frequencies && rotaryTable(tape, this.#frequencies, positions);
  }

  /** One block: x (B, T, C) → (B, T, C) */
  block(
    tape: Tape,
    layer: number,
    x: Tensor,
    angles: Tensor | undefined,
    { attend, look }: Attention,
  ): Tensor {
    const { attentionNorm, attention, cross, feedForwardNorm, feedForward } = this.#blocks[layer];
    const plus = (to: Tensor, y: Tensor) => add(tape, to, dropout(tape, y, this.#dropout));
    let y = plus(x, attention.forward(tape, attentionNorm.forward(tape, x), angles, attend));
    if (cross) y = plus(y, cross.attention.forward(tape, cross.norm.forward(tape, y), look!));
    return plus(y, feedForward.forward(tape, feedForwardNorm.forward(tape, y)));
  }

  /** The norm after the last block. */
  leave(tape: Tape, x: Tensor): Tensor {
    return this.#norm.forward(tape, x);
  }

  /** All of it: embedded tokens (B, T, C) → (B, T, C) */
  forward(
    tape: Tape,
    embedded: Tensor,
    positions: Int32Array,
    attention: (layer: number) => Attention,
  ): Tensor {
    const angles = this.angles(tape, positions);
    let x = this.enter(tape, embedded, positions);
    for (let i = 0; i < this.layers; i++) {
      const own = attention(i);
      x = tape.checkpoint(x, (tape, x) => this.block(tape, i, x, angles, own), own.reads);
    }
    return this.leave(tape, x);
  }

  /** Keys and values (B, S, G, d) of each layer's attention to memory (B, S, C). */
  keysAndValues(tape: Tape, memory: Tensor): [Tensor, Tensor][] {
    return this.#blocks.map(({ cross }) => cross!.attention.keysAndValues(tape, memory));
  }
}

function makeBlock(
  scope: Scope,
  config: StackConfig,
  Looks: typeof CrossAttention | undefined,
): Block {
  const { style, hidden: channels, layers, heads, kvHeads, inner, bias } = config;
  const joint = style === "gpt2";
  const { first, attends, between, looks: cross, second } = names[style];
  const outInit = normal(DEVIATION / Math.sqrt((Looks ? 3 : 2) * layers));
  const shared = { channels, bias, init: normal(DEVIATION), outInit };
  const heading = { ...shared, heads, kvHeads, joint };
  const norm = (name: string) =>
    new Norm(scope.child(name), channels, { kind: joint ? "layer" : "rms", bias });
  const attentionNorm = norm(first);
  const attention = new SelfAttention(scope.child(attends), heading);
  const crossing = Looks && {
    cross: { norm: norm(between), attention: new Looks(scope.child(cross), heading) },
  };
  const feedForwardNorm = norm(second);
  const Feed = joint ? GELUFeedForward : SwiGLUFeedForward;
  const feedForward = new Feed(scope.child("mlp"), { ...shared, inner });
  return { attentionNorm, attention, ...crossing, feedForwardNorm, feedForward };
}
