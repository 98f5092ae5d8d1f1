// The Transformer as an encoder-decoder's network (Vaswani et al. 2017). An encoder, whose positions see each other,
// reads the source; a decoder, whose positions see those before, says the target, and in each of its blocks attends to
// what the encoder made. Both are stacks of blocks as language models have them, of the same sizes.

import { cutPairs, type PairBatch } from "../../data/pairs.js";
import type { Machine } from "../../host/machine.js";
import { measurePiece, type Pieces } from "../../host/pieces.js";
import { type Rule, type Rules, resolve } from "../../host/rules.js";
import { finite } from "../../nn/finite.js";
import { normal } from "../../nn/init.js";
import { CrossAttention, type Look } from "../../nn/layers/cross-attention.js";
import { Embedding } from "../../nn/layers/embedding.js";
import { Linear } from "../../nn/layers/linear.js";
import type { Attend } from "../../nn/layers/self-attention.js";
import { crossEntropy, softmax } from "../../nn/ops/cross-entropy.js";
import { add, scale } from "../../nn/ops/elementwise.js";
import { attention } from "../../nn/ops/multi-head-attention.js";
import { weightedCrossEntropy } from "../../nn/ops/weighted-cross-entropy.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { StepTotals } from "../../train/trainable.js";
import { DEVIATION } from "../base/transformer/block.js";
import { AttentionCache, type CacheState } from "../base/transformer/cache.js";
import {
  TRANSFORMER_LR,
  type TransformerOptions,
  transformerConfig,
  transformerRules,
} from "../base/transformer/config.js";
import { outputLoss } from "../base/transformer/loss.js";
import { batchMajor, lastRows, positionsFrom, transpose } from "../base/transformer/rows.js";
import { TransformerStack } from "../base/transformer/stack.js";
import { suitedNetwork } from "./defaults.js";
import { likeliestOf, withGuesses } from "./guesses.js";
import type { Measured, PairCounts, PairFile, PairNetwork, Seq2SeqBatch } from "./pair-network.js";
import { SourceCache } from "./source-cache.js";

/** Sizes of a Transformer's encoder and decoder, as options; they have `layers` blocks each, by default 2. */
export interface Seq2SeqTransformerSizes
  extends Omit<TransformerOptions, "window" | "context" | "tied"> {
  /** The most tokens of a side that a Transformer sees. Default: what the corpus needs, and half as many. */
  readonly context?: number;
  /** The output's weights are the decoder's embedding. Default false. */
  readonly tied?: boolean;
  /** One vocabulary and one embedding for both sides. Default false. */
  readonly shared?: boolean;
}

/** The same, complete. */
type Sizes = Required<Seq2SeqTransformerSizes>;

/** The same, with what the vocabularies and labels say. */
export type Seq2SeqTransformerConfig = Sizes & PairCounts;

/** What rows have said so far, and the sources that they look at: these do not change, and rows share them. */
interface State {
  readonly said: CacheState;
  readonly read: CacheState;
  /** Tokens of each row's source. */
  readonly lengths: Int32Array;
}

/** Embeddings, encoder, decoder, output and classifier. */
export class Seq2SeqTransformer implements PairNetwork<State> {
  readonly machine: Machine;
  readonly classes: number;
  readonly context: number;
  readonly risingDiverges = true;
  readonly recomputes = true;
  readonly lr: number = TRANSFORMER_LR;
  readonly work: { readonly source: number; readonly target: number };
  readonly #config: Seq2SeqTransformerConfig;
  readonly #sources: Embedding;
  readonly #encoder: TransformerStack;
  readonly #targets: Embedding;
  readonly #decoder: TransformerStack;
  readonly #output: Linear;
  readonly #classifier: Linear | undefined;
  readonly #said: AttentionCache;
  readonly #read: SourceCache;

  constructor(parameters: ParameterSource, classes: number, config: Seq2SeqTransformerConfig) {
    this.machine = parameters.machine;
    this.classes = classes;
    this.context = config.context;
    this.#config = config;
    const { sources, hidden: C, shared, tied, labels } = config;
    const root = new Scope(parameters);
    const [encoder, decoder] = [root.child("encoder"), root.child("decoder")];
    const init = normal(DEVIATION);
    const read = encoder.child("embedding");
    this.#sources = new Embedding(read, sources, C, { tied: shared && tied, init });
    this.#encoder = new TransformerStack(encoder, config);
    this.#targets = shared
      ? this.#sources
      : new Embedding(decoder.child("embedding"), classes, C, { tied, init });
    this.#decoder = new TransformerStack(decoder, config, CrossAttention);
    const weight = this.#targets.matrix;
    const output = { weight, bias: false, init, logits: true };
    this.#output = new Linear(root.child("linear"), C, classes, output);
    const classifier = root.child("classifier");
    if (labels > 0) this.#classifier = new Linear(classifier, C, labels, { logits: true });
    this.#said = new AttentionCache(this.machine, config);
    this.#read = new SourceCache(this.machine, config);
    this.work = { source: this.#encoder.work, target: this.#decoder.work + C * classes };
  }

  loss(
    tape: Tape,
    batch: Seq2SeqBatch,
    _: unknown,
    totals: StepTotals,
  ): { loss: Tensor; losses: Tensor; parts?: Record<string, Tensor> } {
    const { smoothing, lambda, weights } = batch;
    const memory = this.#encode(tape, batch);
    const inputs = withGuesses(tape, batch, () => this.#guesses(batch));
    const x = this.#decode(tape, { ...batch, inputs }, memory);
    const options = { denominator: totals.targets, smoothing, weights };
    const decoder = outputLoss(tape, x, this.#output, batch.targets, options);
    if (!this.#classifier) return decoder;
    const guess = this.#classifier.forward(tape, this.#mean(tape, memory, batch));
    const encoder = weightedCrossEntropy(tape, guess, batch.labels, totals.rows, weights);
    const loss = add(tape, encoder, scale(tape, decoder.loss, lambda));
    return {
      loss,
      losses: decoder.losses,
      parts: { encoder, decoder: decoder.loss },
    };
  }

  async activationBytes(
    rows: number,
    { source, target: steps }: { readonly source: number; readonly target: number },
    recompute: boolean,
  ): Promise<number> {
    const { transformerBytes } = await import("../base/memory.js");
    const stacks = [{ steps: source }, { steps, source }];
    return transformerBytes(this.machine, this.#config, this.classes, rows, stacks, recompute);
  }

  /** Blocks of the caches that are in use, and the bytes that they have. */
  get memory(): { readonly used: number; readonly bytes: number } {
    const [said, read] = [this.#said.memory, this.#read.memory];
    return { used: said.used + read.used, bytes: said.bytes + read.bytes };
  }

  /** A piece is a layer. */
  *open(batch: PairBatch, _tokens: number, slides = false): Pieces<State> {
    const { rows: B, sourceSteps: S, sourceLengths: lengths } = batch;
    const shape = [B, S, this.#config.hidden];
    let x = this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      return this.#encoder
        .enter(tape, this.#embedded(tape, batch), positionsFrom(0, S))
        .data.slice();
    });
    for (const block of this.#encoder.blocks) {
      yield;
      x = this.machine.scoped(() => {
        const tape = new Tape(this.machine);
        const angles = this.#encoder.angles(tape, positionsFrom(0, S));
        const attend = this.#attend(tape, batch);
        return block.forward(tape, tape.tensor(x, shape), angles, { attend }).data.slice();
      });
    }
    const state = { said: this.#said.start(B, slides), read: this.#read.start(B, false), lengths };
    try {
      this.#read.advance(state.read, batch.sources, S, () =>
        this.machine.scoped(() => {
          const tape = new Tape(this.machine);
          const memory = this.#encoder.leave(tape, tape.tensor(x, shape));
          this.#read.write(tape, state.read, this.#keysAndValues(tape, memory));
        }),
      );
    } catch (error) {
      this.free(state);
      throw error;
    }
    return state;
  }

  step(state: State, tokens: ArrayLike<number>, into?: Float32Array, steps = 1): void {
    const rows = tokens.length / steps;
    const read = (some: Int32Array, T: number) => {
      this.machine.scoped(() => {
        const tape = new Tape(this.machine);
        const attend = this.#said.enter(tape, state.said, T);
        const look = this.#read.look(tape, state.read, state.lengths, T);
        const x = this.#decoder.forward(
          tape,
          this.#targets.forward(tape, some, [rows, T]),
          positionsFrom(state.said.length, T),
          (layer) => ({ attend: attend(layer), look: look(layer) }),
        );
        if (into) into.set(finite(this.#output.forward(tape, lastRows(tape, x))).data);
      });
    };
    this.#said.advance(state.said, batchMajor(tokens, steps, rows), steps, read);
  }

  select({ said, read, lengths }: State, rows: ArrayLike<number>): State {
    return {
      said: this.#said.select(said, rows),
      read: this.#read.select(read, rows),
      lengths: Int32Array.from(rows, (row) => lengths[row]),
    };
  }

  free({ said, read }: State): void {
    this.#said.free(said);
    this.#read.free(read);
  }

  /** A piece is some rows. */
  *measure(batch: PairBatch): Pieces<Measured> {
    const { rows, steps } = batch;
    const losses = new Float32Array(steps * rows);
    const right = new Array<boolean>(steps * rows).fill(false);
    const labelled = batch.labels.some((label) => label >= 0);
    const labels = labelled ? new Float32Array(rows * this.#config.labels) : undefined;
    const tokens = measurePiece(this.work.source + this.work.target);
    const piece = Math.max(1, Math.floor(tokens / Math.max(steps, batch.sourceSteps)));
    for (let from = 0; from < rows; from += piece) {
      const some = cutPairs(batch, from, Math.min(from + piece, rows));
      this.machine.scoped(() => {
        const tape = new Tape(this.machine);
        const memory = this.#encode(tape, some);
        const logits = this.#output.forward(tape, this.#decode(tape, some, memory));
        const targets = batchMajor(some.targets, some.steps, some.rows);
        const own = crossEntropy(tape, logits, targets).losses.data;
        const best = likeliestOf(logits);
        for (let i = 0; i < own.length; i++) {
          const at = (i % some.steps) * rows + from + Math.floor(i / some.steps);
          losses[at] = own[i];
          right[at] = best[i] === targets[i];
        }
        labels?.set(this.#labels(tape, memory, some), from * this.#config.labels);
      });
      yield;
    }
    return { losses, right, labels };
  }

  classify(batch: PairBatch): Float32Array {
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      return this.#labels(tape, this.#encode(tape, batch), batch);
    });
  }

  /** The mean of the encoder's outputs over the source's positions. */
  latent(batch: PairBatch): Float32Array {
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      return finite(this.#mean(tape, this.#encode(tape, batch), batch)).data.slice();
    });
  }

  /** The weights of the last block, of all heads on average; of one pair. */
  align(batch: PairBatch): Float32Array {
    const { heads } = this.#config;
    const { steps: T, sourceSteps: S } = batch;
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const weights = tape.empty([1, heads, T, S]);
      this.#decode(tape, batch, this.#encode(tape, batch), weights);
      const sum = new Float32Array(T * S);
      for (const [i, weight] of finite(weights).data.entries()) sum[i % (T * S)] += weight;
      return sum.map((weight) => weight / heads);
    });
  }

  /** Sources (S, B) → (B, S, C) */
  #embedded(tape: Tape, { sources, sourceSteps: S, rows: B }: PairBatch): Tensor {
    return this.#sources.forward(tape, batchMajor(sources, S, B), [B, S]);
  }

  /** Attention of a source's positions to all of them. */
  #attend(tape: Tape, { sourceLengths }: PairBatch): Attend {
    const lengths = tape.indices(sourceLengths);
    return (tape, q, k, v) => attention(tape, q, k, v, { lengths, dropout: this.#config.dropout });
  }

  /** What the decoder attends to (B, S, C). */
  #encode(tape: Tape, batch: PairBatch): Tensor {
    const attend = this.#attend(tape, batch);
    const positions = positionsFrom(0, batch.sourceSteps);
    return this.#encoder.forward(tape, this.#embedded(tape, batch), positions, () => ({ attend }));
  }

  /**
   * What the output's layer reads (B, T, C).
   * @param weights (B, H, T, S), is given those of the last block's attention to the source
   */
  #decode(
    tape: Tape,
    { inputs, steps: T, rows: B, sourceLengths }: PairBatch,
    memory: Tensor,
    weights?: Tensor,
  ): Tensor {
    const { dropout } = this.#config;
    const lengths = tape.indices(sourceLengths);
    const attend: Attend = (tape, q, k, v) => attention(tape, q, k, v, { causal: true, dropout });
    const attentions = this.#keysAndValues(tape, memory).map(([k, v], layer, { length }) => {
      const shown = layer === length - 1 ? weights : undefined;
      const look: Look = (tape, q) =>
        attention(tape, q, k, v, { lengths, dropout, weights: shown });
      return { attend, look, reads: [k, v] };
    });
    const x = this.#targets.forward(tape, batchMajor(inputs, T, B), [B, T]);
    return this.#decoder.forward(tape, x, positionsFrom(0, T), (layer) => attentions[layer]);
  }

  /** Keys and values (B, S, G, d) of each layer's attention to memory (B, S, C). */
  #keysAndValues(tape: Tape, memory: Tensor): [Tensor, Tensor][] {
    return this.#decoder.blocks.map((block) => block.keysAndValues(tape, memory));
  }

  /** Mean over each source's positions: memory (B, S, C) → (B, C). A query of zeros sees all of them alike. */
  #mean(tape: Tape, memory: Tensor, { rows: B, sourceSteps: S, sourceLengths }: PairBatch): Tensor {
    const { hidden: C, heads } = this.#config;
    const x = memory.reshaped([B, S, heads, C / heads]);
    const zeros = tape.tensor(new Float32Array(B * C), [B, 1, heads, C / heads]);
    return attention(tape, zeros, x, x, { lengths: tape.indices(sourceLengths) }).reshaped([B, C]);
  }

  /** Probabilities of the labels (B, labels). */
  #labels(tape: Tape, memory: Tensor, batch: PairBatch): Float32Array {
    const guess = this.#classifier!.forward(tape, this.#mean(tape, memory, batch));
    return finite(softmax(tape, guess)).data.slice();
  }

  /** The likeliest token at each step (T, B), without dropout. */
  #guesses(batch: PairBatch): Int32Array {
    const { steps: T, rows: B } = batch;
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const x = this.#decode(tape, batch, this.#encode(tape, batch));
      return transpose(new Int32Array(T * B), likeliestOf(this.#output.forward(tape, x)), B, T);
    });
  }
}

const { window: _, ...kept } = transformerRules;
const own: Rules<Pick<Seq2SeqTransformerSizes, "tied" | "shared">> = {
  tied: { type: "flag", value: false },
  shared: { type: "flag", value: false },
};
const rules: Readonly<Record<keyof Seq2SeqTransformerSizes, Rule>> = { ...kept, ...own };

/** @throws InvalidInputError naming the first size that cannot be used */
function complete(given: Seq2SeqTransformerSizes, suited: object): Sizes {
  const { tied, shared } = resolve(own, given);
  const { window, ...sizes } = transformerConfig({ ...given, tied }, suited);
  return { ...sizes, shared };
}

/** The Transformer as an encoder-decoder's choice. */
export const network: PairFile<Seq2SeqTransformerSizes, Sizes> = {
  rules,
  suited(pairs, { hidden: given }) {
    if (given !== undefined) return {};
    const { hidden, dropout } = suitedNetwork(pairs);
    return { hidden: hidden / 2, layers: 2, dropout: dropout / 2 };
  },
  complete,
  Network: Seq2SeqTransformer,
};
