// The Transformer as a language model's network (Vaswani et al. 2017), with normalisation before each layer:
//
//   x = Embedding(tokens) [+ positions];  for each block: x += Attention(Norm(x)), x += FeedForward(Norm(x));
//   logits = Norm(x) Wᵀ
//
// Parameters have Hugging Face's names; GPT-2's products are stored as (outputs, inputs), as nanoGPT has them.

import type { Batch } from "../../../data/texts.js";
import type { Machine } from "../../../host/machine.js";
import { finite } from "../../../nn/finite.js";
import { normal } from "../../../nn/init.js";
import { Embedding } from "../../../nn/layers/embedding.js";
import {
  type FeedForwardOptions,
  GELUFeedForward,
  SwiGLUFeedForward,
} from "../../../nn/layers/feed-forward.js";
import { Norm } from "../../../nn/layers/norm.js";
import { type Attend, SelfAttention } from "../../../nn/layers/self-attention.js";
import { crossEntropy } from "../../../nn/ops/cross-entropy.js";
import { dropout } from "../../../nn/ops/dropout.js";
import { add } from "../../../nn/ops/elementwise.js";
import { addPositions } from "../../../nn/ops/embedding.js";
import { linear } from "../../../nn/ops/linear.js";
import { linearCrossEntropy } from "../../../nn/ops/linear-cross-entropy.js";
import { attention } from "../../../nn/ops/multi-head-attention.js";
import { type Matrix, QuantizedMatrix } from "../../../nn/ops/quantized.js";
import { rotaryFrequencies, rotaryTable } from "../../../nn/ops/rotary.js";
import { type ParameterSource, Scope } from "../../../nn/parameters.js";
import { Tape } from "../../../nn/tape.js";
import type { Tensor } from "../../../nn/tensor.js";
import type { Backbone } from "../../../sampling/backbone.js";
import type { StepTotals } from "../../../train/trainable.js";
import { AttentionCache, type CacheState } from "./cache.js";
import type { TransformerConfig } from "./config.js";
import { activationBytes } from "./memory.js";

/** Deviation of initial weights, as in GPT-2; what is added to the residual stream has less (nanoGPT). */
const DEVIATION = 0.02;

/** The output layer's name. */
const OUTPUT = "lm_head";

/** One block's layers. */
interface Block {
  readonly attentionNorm: Norm;
  readonly attention: SelfAttention;
  readonly feedForwardNorm: Norm;
  readonly feedForward: GELUFeedForward | SwiGLUFeedForward;
}

/** Embedding, blocks and output, with the loss for training and the steps for sampling. */
export class TransformerNetwork implements Backbone<CacheState> {
  readonly machine: Machine;
  readonly classes: number;
  readonly context: number;
  readonly risingDiverges = true;
  readonly recomputes = true;
  readonly work: { readonly read: number; readonly predict: number };
  readonly #config: TransformerConfig;
  readonly #embedding: Embedding;
  readonly #positions: Tensor | undefined;
  readonly #frequencies: Float64Array | undefined;
  readonly #blocks: readonly Block[];
  readonly #norm: Norm;
  /** The output's weight (V, C). */
  readonly #output: Matrix;
  readonly #cache: AttentionCache;

  constructor(parameters: ParameterSource, classes: number, config: TransformerConfig) {
    this.machine = parameters.machine;
    this.classes = classes;
    this.context = config.context;
    this.#config = config;
    const { style, hidden: C, layers, heads, kvHeads, inner, tied, bias } = config;
    const gpt = style === "gpt2";
    const own = (C / heads) * kvHeads;
    const read = layers * (2 * C * C + 2 * C * own + (gpt ? 2 : 3) * C * inner);
    this.work = { read, predict: read + C * classes };

    const root = new Scope(parameters);
    const scope = root.child(gpt ? "transformer" : "model");
    const init = normal(DEVIATION);
    const norm = { kind: gpt ? "layer" : "rms", bias } as const;
    const table = scope.child(gpt ? "wte" : "embed_tokens");
    this.#embedding = new Embedding(table, classes, C, { tied, init });
    if (gpt) {
      const options = { decayed: true };
      this.#positions = scope.child("wpe").param("weight", [config.context, C], init, options);
    } else this.#frequencies = rotaryFrequencies(C / heads, config.theta);
    this.#blocks = Array.from({ length: layers }, (_, i) =>
      makeBlock(scope.child(gpt ? "h" : "layers").child(String(i)), config),
    );
    this.#norm = new Norm(scope.child(gpt ? "ln_f" : "norm"), C, norm);
    const output = root.child(OUTPUT);
    this.#output = this.#embedding.matrix ?? output.matrix("weight", [classes, C], init);
    this.#cache = new AttentionCache(this.machine, config);
  }

  /** Loss of a batch and its positions' losses (T · B). Every row is read from its beginning. */
  loss(
    tape: Tape,
    batch: Batch,
    _carried?: Float32Array[],
    totals?: StepTotals,
  ): { loss: Tensor; losses: Tensor; state: () => Float32Array[] } {
    const { steps: T, rows: B, inputs, targets } = batch;
    const { window, dropout: p } = this.#config;
    const positions = Int32Array.from({ length: T }, (_, t) => t);
    const attend: Attend = (tape, q, k, v) =>
      attention(tape, q, k, v, { causal: true, window, dropout: p });
    const x = this.#blocksOf(tape, batchMajor(inputs, T, B), [B, T], positions, () => attend);
    const ordered = batchMajor(targets, T, B);
    const options = { denominator: totals?.targets };
    // Logits of all positions at once would be most of the memory where the vocabulary is large.
    const { loss, losses } =
      this.#output instanceof QuantizedMatrix
        ? crossEntropy(tape, this.#logits(tape, x), ordered, options)
        : linearCrossEntropy(tape, x, this.#output, ordered, options);
    const turned = transpose(new Float32Array(T * B), losses.data, B, T);
    return { loss, losses: tape.tensor(turned, [T * B]), state: () => [] };
  }

  activationBytes(rows: number, steps: number, recompute: boolean): number {
    return activationBytes(this.machine, this.#config, this.classes, rows, steps, recompute);
  }

  /** Blocks of the cache that are in use, and the bytes that it has. */
  get memory(): { readonly used: number; readonly bytes: number } {
    return this.#cache.memory;
  }

  start(rows: number, slides = false): CacheState {
    return this.#cache.start(rows, slides);
  }

  step(state: CacheState, tokens: ArrayLike<number>, into?: Float32Array, steps = 1): void {
    const rows = tokens.length / steps;
    this.#cache.advance(state, batchMajor(tokens, steps, rows), steps, (some, count) =>
      this.#read(state, some, count, into),
    );
  }

  select(state: CacheState, rows: ArrayLike<number>): CacheState {
    return this.#cache.select(state, rows);
  }

  free(state: CacheState): void {
    this.#cache.free(state);
  }

  /** Reads tokens (B, T) after those in the cache, which has room for them. */
  #read(state: CacheState, tokens: Int32Array, T: number, into: Float32Array | undefined): void {
    this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const B = tokens.length / T;
      const positions = Int32Array.from({ length: T }, (_, t) => state.length + t);
      const entered = this.#cache.enter(tape, state, T);
      const x = this.#blocksOf(tape, tokens, [B, T], positions, entered);
      if (!into) return;
      into.set(finite(this.#logits(tape, lastRows(tape, x))).data);
    });
  }

  /** x (…, C) → (…, V) */
  #logits(tape: Tape, x: Tensor): Tensor {
    return tape.name(OUTPUT, linear(tape, x, this.#output));
  }

  /** tokens (B, T) → (B, T, C), normalised. */
  #blocksOf(
    tape: Tape,
    tokens: Int32Array,
    shape: readonly [number, number],
    positions: Int32Array,
    attend: (layer: number) => Attend,
  ): Tensor {
    const { dropout: p } = this.#config;
    const table = this.#frequencies && rotaryTable(tape, this.#frequencies, positions);
    let x = this.#embedding.forward(tape, tokens, shape);
    if (this.#positions) x = addPositions(tape, x, this.#positions, positions);
    x = dropout(tape, x, p);
    for (const [layer, block] of this.#blocks.entries()) {
      const own = attend(layer);
      x = tape.checkpoint(x, (tape, x) => {
        const normed = block.attentionNorm.forward(tape, x);
        const mixed = block.attention.forward(tape, normed, table, own);
        const between = add(tape, x, dropout(tape, mixed, p));
        const inner = block.feedForward.forward(tape, block.feedForwardNorm.forward(tape, between));
        return add(tape, between, dropout(tape, inner, p));
      });
    }
    return this.#norm.forward(tape, x);
  }
}

function makeBlock(scope: Scope, config: TransformerConfig): Block {
  const { style, hidden: channels, layers, heads, kvHeads, inner, bias } = config;
  const init = normal(DEVIATION);
  const shared = { channels, bias, init, outInit: normal(DEVIATION / Math.sqrt(2 * layers)) };
  const sizes: FeedForwardOptions = { ...shared, inner };
  const joint = style === "gpt2";
  const kind = joint ? "layer" : "rms";
  const [first, attends, second, feeds] = joint
    ? ["ln_1", "attn", "ln_2", "mlp"]
    : ["input_layernorm", "self_attn", "post_attention_layernorm", "mlp"];
  return {
    attentionNorm: new Norm(scope.child(first), channels, { kind, bias }),
    attention: new SelfAttention(scope.child(attends), { ...shared, heads, kvHeads, joint }),
    feedForwardNorm: new Norm(scope.child(second), channels, { kind, bias }),
    feedForward: new (joint ? GELUFeedForward : SwiGLUFeedForward)(scope.child(feeds), sizes),
  };
}

/** (B, T, C) → (B, C): the last position of each row. */
function lastRows(tape: Tape, x: Tensor): Tensor {
  const [B, T, C] = x.shape;
  if (T === 1) return x.reshaped([B, C]);
  const last = tape.empty([B, C]);
  for (let b = 0; b < B; b++) {
    const row = x.data.subarray((b * T + T - 1) * C, (b * T + T) * C);
    last.data.set(row, b * C);
  }
  return last;
}

/** (rows, columns) → (columns, rows), in `turned`. */
function transpose<A extends Int32Array | Float32Array>(
  turned: A,
  values: ArrayLike<number>,
  rows: number,
  columns: number,
): A {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) turned[c * rows + r] = values[r * columns + c];
  }
  return turned;
}

/** Ids (T, B) → (B, T). */
function batchMajor(ids: ArrayLike<number>, T: number, B: number): Int32Array {
  return T === 1 || B === 1 ? Int32Array.from(ids) : transpose(new Int32Array(T * B), ids, T, B);
}
