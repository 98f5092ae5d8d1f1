// The Transformer as a grid model's network: the sum of the features, blocks whose cells see those before, and output.

import type { Machine } from "../../host/machine.js";
import { finite } from "../../nn/finite.js";
import { normal } from "../../nn/init.js";
import { EmbeddingBag } from "../../nn/layers/embedding-bag.js";
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
import { outputLoss } from "../base/transformer/loss.js";
import { batchMajor, lastRows, positionsFrom } from "../base/transformer/rows.js";
import { TransformerStack } from "../base/transformer/stack.js";
import { suitedGridNetwork, WINDOW } from "./defaults.js";
import type { GridBatch, GridFile, GridNetwork, KnownFeatures } from "./grid-network.js";

/** Sizes of a Transformer, one of Llama's style; what it reads is never what it writes, so nothing is tied. */
type Sizes = Pick<TransformerOptions, (typeof SIZES)[number]>;
type Config = Pick<TransformerConfig, (typeof SIZES)[number]>;

const SIZES = ["hidden", "layers", "heads", "inner", "context", "dropout"] as const;

/** Keys and values of the cells that were read, and the features of them, which are read again where the oldest are forgotten. */
interface GridCache {
  cache: CacheState;
  /** Features of each row's cells, all of them. */
  features: number[][];
}

/** Features, blocks and output. */
export class GridTransformer implements GridNetwork<GridCache> {
  readonly machine: Machine;
  readonly classes: number;
  readonly context: number;
  readonly features: number;
  readonly risingDiverges = true;
  readonly recomputes = true;
  readonly lr: number = TRANSFORMER_LR;
  readonly work: number;
  readonly #config: TransformerConfig;
  readonly #embedding: EmbeddingBag;
  readonly #stack: TransformerStack;
  readonly #output: Linear;
  readonly #cache: AttentionCache;

  constructor(parameters: ParameterSource, classes: number, config: Config & KnownFeatures) {
    const { hidden: C, table, features } = config;
    this.machine = parameters.machine;
    this.classes = classes;
    this.context = config.context;
    this.features = features;
    this.#config = transformerConfig(config);
    const root = new Scope(parameters);
    const scope = root.child("model");
    const init = normal(DEVIATION);
    this.#embedding = new EmbeddingBag(scope.child("embed_tokens"), table, C, init);
    this.#stack = new TransformerStack(scope, this.#config);
    const output = { bias: false, init, logits: true };
    this.#output = new Linear(root.child("lm_head"), C, classes, output);
    this.#cache = new AttentionCache(this.machine, this.#config);
    this.work = this.#stack.work + C * classes;
  }

  /** Every row is read from its beginning. */
  loss(
    tape: Tape,
    { inputs, targets, steps: T, rows: B, weights }: GridBatch,
    _carried?: Float32Array[],
    totals?: StepTotals,
  ): { loss: Tensor; losses: Tensor; state: () => Float32Array[] } {
    const { dropout: p } = this.#config;
    const attend: Attend = (tape, q, k, v) =>
      attention(tape, q, k, v, { causal: true, dropout: p });
    const ids = bagMajor(inputs, T, B, this.features);
    const x = this.#blocksOf(tape, ids, [B, T], 0, () => attend);
    const options = { denominator: totals?.targets, weights };
    return { ...outputLoss(tape, x, this.#output, targets, options), state: () => [] };
  }

  async activationBytes(rows: number, steps: number, recompute: boolean): Promise<number> {
    const { transformerBytes } = await import("../base/memory.js");
    const stacks = [{ steps }];
    return transformerBytes(this.machine, this.#config, this.classes, rows, stacks, recompute);
  }

  /** The state forgets the older half where the context is full. */
  start(rows: number): GridCache {
    return {
      cache: this.#cache.start(rows, true),
      features: Array.from({ length: rows }, () => []),
    };
  }

  step(state: GridCache, ids: ArrayLike<number>, into?: Float32Array, steps = 1): void {
    const { features: K } = this;
    const rows = ids.length / (steps * K);
    const own = bagMajor(ids, steps, rows, K);
    const read = state.features[0].length / K;
    for (const [r, row] of state.features.entries()) {
      for (let i = r * steps * K; i < (r + 1) * steps * K; i++) row.push(own[i]);
    }
    // The cache holds places of cells, by which their features are found where they are read again.
    const places = Int32Array.from({ length: rows * steps }, (_, i) => read + (i % steps));
    this.#cache.advance(state.cache, places, steps, (some, count) => {
      const again = new Int32Array(some.length * K);
      for (const [i, place] of some.entries()) {
        const row = state.features[Math.floor(i / count)];
        for (let k = 0; k < K; k++) again[i * K + k] = row[place * K + k];
      }
      this.#read(state.cache, again, rows, count, into);
    });
  }

  select(state: GridCache, rows: ArrayLike<number>): GridCache {
    return {
      cache: this.#cache.select(state.cache, rows),
      features: Array.from(rows, (r) => state.features[r].slice()),
    };
  }

  free(state: GridCache): void {
    this.#cache.free(state.cache);
    state.features = [];
  }

  /** Reads features (B, T, K) after those in the cache, which has room for them. */
  #read(
    state: CacheState,
    ids: Int32Array,
    B: number,
    T: number,
    into: Float32Array | undefined,
  ): void {
    this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const entered = this.#cache.enter(tape, state, T);
      const x = this.#blocksOf(tape, ids, [B, T], state.length, entered);
      into?.set(finite(this.#output.forward(tape, lastRows(tape, x))).data);
    });
  }

  /** Features (B, T, K) → (B, T, C), normalised. */
  #blocksOf(
    tape: Tape,
    ids: Int32Array,
    shape: readonly [number, number],
    first: number,
    attend: (layer: number) => Attend,
  ): Tensor {
    const x = this.#embedding.forward(tape, ids, shape);
    const positions = positionsFrom(first, shape[1]);
    return this.#stack.forward(tape, x, positions, (layer) => ({ attend: attend(layer) }));
  }
}

/** Features (T, B, K) → (B, T, K). */
function bagMajor(ids: ArrayLike<number>, T: number, B: number, K: number): Int32Array {
  if (T === 1 || B === 1) return batchMajor(ids, 1, ids.length);
  const turned = new Int32Array(ids.length);
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      for (let k = 0; k < K; k++) turned[(b * T + t) * K + k] = ids[(t * B + b) * K + k];
    }
  }
  return turned;
}

const { hidden, layers, heads, inner, context, dropout } = transformerRules;
const rules = { hidden, layers, heads, inner, context, dropout };

/** The Transformer as a grid model's choice; its context is what the grids need, up to a window. */
export const network: GridFile<Sizes, Config> = {
  rules,
  suited({ cells, largest }, { hidden }) {
    const context = Math.min(WINDOW, 16 * Math.ceil(largest / 16));
    if (hidden !== undefined) return { context };
    const small = cells < 40_000;
    const dropout = suitedGridNetwork(cells).dropout / 2;
    return { hidden: small ? 64 : 96, layers: 3, dropout, context };
  },
  complete(given, suited) {
    const { hidden, layers, heads, inner, context, dropout } = transformerConfig(given, suited);
    return { hidden, layers, heads, inner, context, dropout };
  },
  Network: GridTransformer,
};
