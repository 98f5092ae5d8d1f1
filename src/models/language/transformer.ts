// The Transformer as a language model's network: embedding, blocks whose positions see those before, and output.

import type { Batch } from "../../data/texts.js";
import { InvalidInputError } from "../../host/errors.js";
import type { Machine } from "../../host/machine.js";
import { finite } from "../../nn/finite.js";
import { normal } from "../../nn/init.js";
import { Embedding } from "../../nn/layers/embedding.js";
import { Linear } from "../../nn/layers/linear.js";
import type { Attend } from "../../nn/layers/self-attention.js";
import { attention } from "../../nn/ops/multi-head-attention.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { StepTotals } from "../../train/trainable.js";
import { DEVIATION } from "../base/transformer/block.js";
import { AttentionCache, type CacheState } from "../base/transformer/cache.js";
import {
  TRANSFORMER_LR,
  type TransformerConfig,
  type TransformerOptions,
  transformerConfig,
  transformerRules,
} from "../base/transformer/config.js";
import {
  detailRules,
  type TransformerDetails,
  transformerDetails,
} from "../base/transformer/details.js";
import { outputLoss } from "../base/transformer/loss.js";
import { batchMajor, lastRows, positionsFrom } from "../base/transformer/rows.js";
import { TransformerStack } from "../base/transformer/stack.js";
import type { CausalFile, CausalNetwork, CorpusFacts } from "./causal-network.js";
import { suitedNetwork } from "./defaults.js";

/** Sizes of a Transformer, and what pretrained ones have beside. */
type Sizes = TransformerOptions & TransformerDetails;
type Config = TransformerConfig & TransformerDetails;

/** Embedding, blocks and output, with the loss for training and the steps for sampling. */
export class TransformerNetwork implements CausalNetwork<CacheState> {
  readonly machine: Machine;
  readonly classes: number;
  readonly context: number;
  readonly risingDiverges = true;
  readonly recomputes = true;
  readonly lr: number = TRANSFORMER_LR;
  readonly work: { readonly read: number; readonly predict: number };
  readonly #config: Config;
  readonly #embedding: Embedding;
  readonly #stack: TransformerStack;
  readonly #output: Linear;
  readonly cache: AttentionCache;

  constructor(parameters: ParameterSource, classes: number, config: Config) {
    this.machine = parameters.machine;
    this.classes = classes;
    this.context = config.context;
    this.#config = config;
    const { style, hidden: C, tied } = config;
    const gpt = style === "gpt2";
    const root = new Scope(parameters);
    const scope = root.child(gpt ? "transformer" : "model");
    const init = normal(DEVIATION);
    const table = scope.child(gpt ? "wte" : "embed_tokens");
    this.#embedding = new Embedding(table, classes, C, { tied, init });
    this.#stack = new TransformerStack(scope, config);
    const weight = this.#embedding.matrix;
    const output = { weight, bias: false, init, logits: true };
    this.#output = new Linear(root.child("lm_head"), C, classes, output);
    this.cache = new AttentionCache(this.machine, config);
    const read = this.#stack.work;
    this.work = { read, predict: read + C * classes };
  }

  /** Loss of a batch and its positions' losses (T · B). Every row is read from its beginning. */
  loss(
    tape: Tape,
    batch: Batch,
    _carried?: Float32Array[],
    totals?: StepTotals,
  ): { loss: Tensor; losses: Tensor; state: () => Float32Array[] } {
    const { steps: T, rows: B, inputs, targets, weights } = batch;
    const { window, dropout: p } = this.#config;
    const attend: Attend = (tape, q, k, v) =>
      attention(tape, q, k, v, { causal: true, window, dropout: p });
    const x = this.#blocksOf(tape, batchMajor(inputs, T, B), [B, T], 0, () => attend);
    const options = { denominator: totals?.targets, weights };
    return { ...outputLoss(tape, x, this.#output, targets, options), state: () => [] };
  }

  /** @throws InvalidInputError for more tokens than the context holds */
  attention(tokens: Int32Array): Float32Array[][] {
    const { heads, window, context } = this.#config;
    const T = tokens.length;
    if (T < 1 || T > context) {
      throw new InvalidInputError(
        `attention: expected 1 to ${context} tokens, what the model's context holds, got ${T}`,
      );
    }
    const found: Float32Array[][] = [];
    this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const weights = tape.empty([1, heads, T, T]);
      const attend: Attend = (tape, q, k, v) => {
        const y = attention(tape, q, k, v, { causal: true, window, weights });
        const { data } = finite(weights);
        found.push(Array.from({ length: heads }, (_, h) => data.slice(h * T * T, (h + 1) * T * T)));
        return y;
      };
      this.#blocksOf(tape, tokens, [1, T], 0, () => attend);
    });
    return found;
  }

  async activationBytes(rows: number, steps: number, recompute: boolean): Promise<number> {
    const { transformerBytes } = await import("../base/memory.js");
    const stacks = [{ steps }];
    return transformerBytes(this.machine, this.#config, this.classes, rows, stacks, recompute);
  }

  start(rows: number, slides = false): CacheState {
    return this.cache.start(rows, slides);
  }

  step(state: CacheState, tokens: ArrayLike<number>, into?: Float32Array, steps = 1): void {
    const rows = tokens.length / steps;
    this.cache.advance(state, batchMajor(tokens, steps, rows), steps, (some, count) =>
      this.#read(state, some, count, into),
    );
  }

  select(state: CacheState, rows: ArrayLike<number>): CacheState {
    return this.cache.select(state, rows);
  }

  free(state: CacheState): void {
    this.cache.free(state);
  }

  /** Reads tokens (B, T) after those in the cache, which has room for them. */
  #read(state: CacheState, tokens: Int32Array, T: number, into: Float32Array | undefined): void {
    this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const B = tokens.length / T;
      const entered = this.cache.enter(tape, state, T);
      const x = this.#blocksOf(tape, tokens, [B, T], state.length, entered);
      if (!into) return;
      into.set(finite(this.#output.forward(tape, lastRows(tape, x))).data);
    });
  }

  /** tokens (B, T) → (B, T, C), normalised. */
  #blocksOf(
    tape: Tape,
    tokens: Int32Array,
    shape: readonly [number, number],
    first: number,
    attend: (layer: number) => Attend,
  ): Tensor {
    const x = this.#embedding.forward(tape, tokens, shape);
    const positions = positionsFrom(first, shape[1]);
    return this.#stack.forward(tape, x, positions, (layer) => ({ attend: attend(layer) }));
  }
}

/** A Transformer's sizes for a corpus; its context is what the documents need, whatever `hidden` is. */
function suited(
  { characters, longest }: CorpusFacts,
  { hidden }: TransformerOptions,
): TransformerOptions {
  const context = longest === 0 ? 128 : Math.min(256, 16 * Math.ceil((longest + 1) / 16));
  if (hidden !== undefined) return { context };
  const small = characters < 40_000;
  const dropout = suitedNetwork(characters).dropout / 2;
  return { hidden: small ? 64 : 128, layers: small ? 3 : 4, dropout, context };
}

/** The Transformer as a language model's choice. */
export const network: CausalFile<Sizes, Config> = {
  rules: { ...transformerRules, ...detailRules },
  suited,
  complete(given, suited) {
    const config = transformerConfig(given, suited);
    return { ...config, ...transformerDetails(given, config) };
  },
  Network: TransformerNetwork,
};
