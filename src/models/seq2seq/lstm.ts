// The LSTM as an encoder-decoder's network: one reads the source, another says the target, begun from
// the first one's final state (Sutskever, Vinyals and Le 2014), attending to its outputs or not.

import type { PairBatch } from "../../data/pairs.js";
import { InvalidInputError } from "../../host/errors.js";
import type { Machine } from "../../host/machine.js";
import { atOnce, measurePiece, type Pieces, promptPiece } from "../../host/pieces.js";
import { type Rules, resolve } from "../../host/rules.js";
import { finite, notFinite } from "../../nn/finite.js";
import { Embedding } from "../../nn/layers/embedding.js";
import { Attention, type AttentionKind } from "../../nn/layers/encoder-attention.js";
import { Linear } from "../../nn/layers/linear.js";
import { LSTM } from "../../nn/layers/lstm.js";
import {
  advance,
  enter,
  type RecurrentState,
  readTokens,
  selectRows,
} from "../../nn/layers/recurrent-state.js";
import { concat } from "../../nn/ops/concat.js";
import { crossEntropy, softmax } from "../../nn/ops/cross-entropy.js";
import { dropout } from "../../nn/ops/dropout.js";
import { add, scale } from "../../nn/ops/elementwise.js";
import { linearCrossEntropy } from "../../nn/ops/linear-cross-entropy.js";
import type { LSTMState } from "../../nn/ops/lstm.js";
import { weightedCrossEntropy } from "../../nn/ops/weighted-cross-entropy.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import { Tape } from "../../nn/tape.js";
import type { Indices, Tensor } from "../../nn/tensor.js";
import type { StepTotals } from "../../train/trainable.js";
import { suitedNetwork } from "./defaults.js";
import { encodeInPieces, lengthsWithin } from "./encode.js";
import { likeliestOf, withGuesses } from "./guesses.js";
import type { Measured, PairCounts, PairFile, PairNetwork, Seq2SeqBatch } from "./pair-network.js";

/** Sizes and parts of the network, as options. */
export interface Seq2SeqLSTMSizes {
  /** LSTM: size of the embeddings. Default 64. */
  readonly embed?: number;
  /**
   * LSTM: units of a layer, of both directions together where the encoder has two; even where `bidirectional`.
   * Default 256, or less for few pairs.
   */
  readonly hidden?: number;
  /** Layers of encoder and decoder each. Default 1. */
  readonly layers?: number;
  /**
   * LSTM: dropout of embeddings, between layers, and before the output. Default 0, or up to 0.2 for few pairs where
   * `hidden` follows from them, too.
   */
  readonly dropout?: number;
  /** LSTM: the encoder reads in both directions, half of `hidden` each. Default false. */
  readonly bidirectional?: boolean;
  /** LSTM: how the decoder looks back. Default "none". */
  readonly attention?: "none" | AttentionKind;
  /**
   * The output's weights are the decoder's embedding. An LSTM without attention needs `embed` to be `hidden`.
   * Default false.
   */
  readonly tied?: boolean;
  /** One vocabulary and one embedding for both sides. Default false. */
  readonly shared?: boolean;
}

/** The same, complete. */
type Sizes = Required<Seq2SeqLSTMSizes>;

const rules: Rules<Seq2SeqLSTMSizes> = {
  embed: { type: "integer", min: 1, max: 1e6, value: 64 },
  hidden: { type: "integer", min: 1, max: 1e6, value: 256, fits: true },
  layers: { type: "integer", min: 1, max: 1000, value: 1 },
  dropout: { type: "number", min: 0, max: 0.99, value: 0, fits: true },
  bidirectional: { type: "flag", value: false },
  attention: { type: "choice", of: ["none", "bahdanau", "luong", "luong-dot"], value: "none" },
  tied: { type: "flag", value: false },
  shared: { type: "flag", value: false },
};

/** The decoder's state of B rows, and what they attend to, which does not change. */
interface DecoderState {
  readonly layers: RecurrentState;
  readonly memory?: Memory;
}

/** Keys and values (B, S, H), row by row, so that rows can be chosen; the same array where they are one. */
interface Memory {
  readonly keys: Float32Array;
  readonly values: Float32Array;
  readonly steps: number;
  readonly lengths: Int32Array;
}

/** A source in the machine. */
interface Encoded {
  readonly states: readonly LSTMState[];
  /** (S, B, H) */
  readonly memory?: Tensor;
  readonly keys?: Tensor;
  readonly lengths?: Indices;
}

/** Encoder, decoder, attention, output and classifier. */
export class Seq2SeqLSTM implements PairNetwork<DecoderState> {
  readonly machine: Machine;
  readonly classes: number;
  readonly risingDiverges = true;
  readonly work: { readonly source: number; readonly target: number };
  readonly #config: Sizes & PairCounts;
  readonly #sources: Embedding;
  readonly #encoder: LSTM;
  readonly #targets: Embedding;
  readonly #decoder: LSTM;
  readonly #attention: Attention | undefined;
  readonly #output: Linear;
  readonly #classifier: Linear | undefined;

  constructor(parameters: ParameterSource, classes: number, config: Sizes & PairCounts) {
    this.machine = parameters.machine;
    this.classes = classes;
    this.#config = config;
    const { sources, embed, hidden, layers, bidirectional, attention: kind, labels } = config;
    const root = new Scope(parameters);
    const [encoder, decoder] = [root.child("encoder"), root.child("decoder")];
    const shape = { inputs: embed, layers, dropout: config.dropout };
    const half = bidirectional ? hidden / 2 : hidden;
    const recurrent = 4 * hidden * (embed + hidden * (2 * layers - 1));
    const outputs = config.tied ? embed : hidden;
    this.work = { source: recurrent, target: recurrent + outputs * classes };
    const table = { tied: config.tied };
    const read = config.shared ? table : {};
    this.#sources = new Embedding(encoder.child("embedding"), sources, embed, read);
    this.#encoder = new LSTM(encoder.child("lstm"), { ...shape, hidden: half, bidirectional });
    this.#targets = config.shared
      ? this.#sources
      : new Embedding(decoder.child("embedding"), classes, embed, table);
    this.#decoder = new LSTM(decoder.child("lstm"), { ...shape, hidden });
    if (kind !== "none") {
      const sizes = { kind, query: hidden, memory: hidden, outputs };
      this.#attention = new Attention(root.child("attention"), sizes);
    }
    const weight = this.#targets.matrix;
    this.#output = new Linear(root.child("linear"), outputs, classes, { weight, logits: true });
    const classifier = root.child("classifier");
    if (labels > 0) this.#classifier = new Linear(classifier, hidden, labels, { logits: true });
  }

  loss(
    tape: Tape,
    batch: Seq2SeqBatch,
    _: unknown,
    totals: StepTotals,
  ): { loss: Tensor; losses: Tensor; parts?: Record<string, Tensor>; state: () => Float32Array[] } {
    const encoded = this.#encode(tape, batch);
    const inputs = withGuesses(tape, batch, () => this.#guesses(batch));
    const { output } = this.#decode(tape, inputs, batch, encoded, tape.indices(batch.lengths));
    const { smoothing, weights } = batch;
    const options = { denominator: totals.targets, smoothing, weights };
    const decoder = linearCrossEntropy(tape, output, this.#output, batch.targets, options);
    const { losses } = decoder;
    const state = () => [];
    if (!this.#classifier) return { loss: decoder.loss, losses, state };
    const guess = this.#classify(tape, encoded.states);
    const encoder = weightedCrossEntropy(tape, guess, batch.labels, totals.rows, weights);
    const loss = add(tape, encoder, scale(tape, decoder.loss, batch.lambda));
    return { loss, losses, parts: { encoder, decoder: decoder.loss }, state };
  }

  *open(batch: PairBatch, tokens: number): Pieces<DecoderState> {
    const { rows, sourceSteps: steps, sourceLengths: lengths } = batch;
    const piece = Math.max(1, Math.floor(tokens / rows));
    const read = encodeInPieces(this.machine, this.#sources, this.#encoder, batch, piece);
    const { outputs, states: layers } = yield* read;
    if (!layers.every((values) => values.every(Number.isFinite))) notFinite();
    if (!this.#attention) return { layers };
    const values = byRows(outputs, steps, rows);
    const same = this.#attention.kind === "luong-dot";
    const keys = same ? values : byRows(this.#keys(outputs, steps, rows), steps, rows);
    return { layers, memory: { keys, values, steps, lengths } };
  }

  /** What queries are compared with, of the encoder's outputs; both (S, B, H), outside the machine. */
  #keys(outputs: Float32Array, steps: number, rows: number): Float32Array {
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const memory = tape.tensor(outputs, [steps, rows, this.#config.hidden]);
      return this.#attention!.keys(tape, memory).data.slice();
    });
  }

  *measure(batch: PairBatch): Pieces<Measured> {
    const { rows, steps } = batch;
    const { source, target } = this.work;
    const state = yield* this.open(batch, measurePiece(source));
    const labels = batch.labels.some((label) => label >= 0) ? this.#labels(state) : undefined;
    const attended = target + 2 * batch.sourceSteps * this.#config.hidden;
    const piece = Math.max(1, Math.floor(measurePiece(attended) / rows));
    const losses = new Float32Array(steps * rows);
    const right: boolean[] = [];
    for (let from = 0; from < steps; from += piece) {
      const part = this.#measure(state, batch, from, Math.min(from + piece, steps));
      losses.set(part.losses, from * rows);
      right.push(...part.right);
      yield;
    }
    return { losses, right, labels };
  }

  /**
   * Of the batch's target tokens `from` to below `to`: the loss of each (T · B); and whether it is the
   * likeliest there. The state, which was theirs before `from`, moves on.
   */
  #measure(state: DecoderState, batch: PairBatch, from: number, to: number): Measured {
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const { rows } = batch;
      const [inputs, targets] = [batch.inputs, batch.targets].map((all) =>
        all.subarray(from * rows, to * rows),
      );
      const lengths = tape.indices(lengthsWithin(batch.lengths, from, to));
      const shape = { steps: to - from, rows };
      const encoded = this.#enter(tape, state, rows);
      const { output, states } = this.#decode(tape, inputs, shape, encoded, lengths);
      const logits = this.#output.forward(tape, output);
      const { losses } = crossEntropy(tape, logits, targets);
      const best = likeliestOf(logits);
      advance(state.layers, states);
      return {
        losses: losses.data.slice(),
        right: Array.from(targets, (target, i) => target === best[i]),
      };
    });
  }

  classify(batch: PairBatch): Float32Array {
    return this.#labels(this.#opened(batch));
  }

  /** h of the last layer before the first token. */
  latent(batch: PairBatch): Float32Array {
    const { layers } = this.#opened(batch);
    return layers[layers.length - 2];
  }

  #opened(batch: PairBatch): DecoderState {
    return atOnce(this.open(batch, promptPiece(this.work.source)));
  }

  /** Probabilities of the labels, from the state before the first token. */
  #labels(state: DecoderState): Float32Array {
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const rows = state.layers[0].length / this.#config.hidden;
      return finite(
        softmax(tape, this.#classify(tape, enter(tape, state.layers, rows))),
      ).data.slice();
    });
  }

  align(batch: PairBatch): Float32Array | undefined {
    const state = this.#opened(batch);
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const encoded = this.#enter(tape, state, batch.rows);
      const { weights } = this.#decode(tape, batch.inputs, batch, encoded);
      return weights && finite(weights).data.slice();
    });
  }

  step(state: DecoderState, tokens: ArrayLike<number>, into?: Float32Array): void {
    this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const rows = tokens.length;
      const encoded = this.#enter(tape, state, rows);
      const { output, states } = this.#decode(tape, tokens, { steps: 1, rows }, encoded);
      into?.set(finite(this.#output.forward(tape, output)).data);
      advance(state.layers, states);
    });
  }

  /** A state is nothing but numbers outside the machine. */
  free(): void {}

  select({ layers, memory }: DecoderState, rows: ArrayLike<number>): DecoderState {
    const chosen = layers.map((values) => selectRows(values, this.#config.hidden, rows));
    if (!memory) return { layers: chosen };
    const width = memory.steps * this.#config.hidden;
    const values = selectRows(memory.values, width, rows);
    const same = memory.keys === memory.values;
    const keys = same ? values : selectRows(memory.keys, width, rows);
    const lengths = Int32Array.from(rows, (row) => memory.lengths[row]);
    return { layers: chosen, memory: { ...memory, keys, values, lengths } };
  }

  #encode(tape: Tape, batch: PairBatch): Encoded {
    const { sources, sourceSteps, sourceLengths, rows } = batch;
    const lengths = tape.indices(sourceLengths);
    const x = readTokens(tape, this.#sources, sources, [sourceSteps, rows], this.#config.dropout);
    const { output, states } = this.#encoder.forward(tape, x, undefined, lengths);
    const keys = this.#attention?.keys(tape, output);
    const merged = this.#config.bidirectional ? bothDirections(tape, states) : states;
    return { states: merged, memory: output, keys, lengths };
  }

  /** A state of the decoder, back in the machine. */
  #enter(tape: Tape, { layers, memory }: DecoderState, rows: number): Encoded {
    const states = enter(tape, layers, rows);
    if (!memory) return { states };
    const { keys, values, steps, lengths } = memory;
    const shape = [steps, rows, this.#config.hidden];
    const entered = tape.tensor(byRows(values, rows, steps), shape);
    const own = keys === values ? entered : tape.tensor(byRows(keys, rows, steps), shape);
    return { states, memory: entered, keys: own, lengths: tape.indices(lengths) };
  }

  /** What the output's layer reads (T, B, …), and what was attended to. */
  #decode(
    tape: Tape,
    inputs: ArrayLike<number>,
    { steps, rows }: { readonly steps: number; readonly rows: number },
    { states, memory, keys, lengths }: Encoded,
    query?: Indices,
  ): { output: Tensor; weights?: Tensor; states: LSTMState[] } {
    const p = this.#config.dropout;
    const x = readTokens(tape, this.#targets, inputs, [steps, rows], p);
    const own = this.#decoder.forward(tape, x, states, query);
    const attended = keys
      ? this.#attention!.forward(tape, own.output, keys, memory!, { query, keys: lengths })
      : own;
    return { ...attended, output: dropout(tape, attended.output, p), states: own.states };
  }

  #classify(tape: Tape, states: readonly LSTMState[]): Tensor {
    return this.#classifier!.forward(tape, states[states.length - 1].h);
  }

  /** The likeliest token at each step (T, B), without dropout. */
  #guesses(batch: PairBatch): Int32Array {
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const lengths = tape.indices(batch.lengths);
      const encoded = this.#encode(tape, batch);
      const { output } = this.#decode(tape, batch.inputs, batch, encoded, lengths);
      return likeliestOf(this.#output.forward(tape, output));
    });
  }
}

/** One state a layer out of one a layer and direction. */
function bothDirections(tape: Tape, states: readonly LSTMState[]): LSTMState[] {
  return states
    .filter((_, i) => i % 2 === 0)
    .map(({ h, c }, layer) => ({
      h: concat(tape, h, states[2 * layer + 1].h),
      c: concat(tape, c, states[2 * layer + 1].c),
    }));
}

/** (A, B, H) → (B, A, H) */
function byRows(values: Float32Array, a: number, b: number): Float32Array {
  const width = values.length / (a * b);
  const turned = new Float32Array(values.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = (i * b + j) * width;
      turned.set(values.subarray(from, from + width), (j * a + i) * width);
    }
  }
  return turned;
}

/** @throws InvalidInputError naming the first size that cannot be used */
function complete(given: Seq2SeqLSTMSizes, suited: object): Sizes {
  const sizes = resolve(rules, given, suited);
  const { embed, hidden, attention, tied, bidirectional } = sizes;
  if (bidirectional && hidden % 2 === 1) {
    throw new InvalidInputError(
      `hidden must be even where bidirectional, half for each direction; got ${hidden}`,
    );
  }
  if (tied && attention === "none" && embed !== hidden) {
    throw new InvalidInputError(
      `tied needs embed to be hidden where there is no attention, got ${embed} and ${hidden}`,
    );
  }
  return sizes;
}

/** The LSTM as an encoder-decoder's choice. */
export const network: PairFile<Seq2SeqLSTMSizes, Sizes> = {
  rules,
  suited: (pairs, { hidden }) => (hidden === undefined ? suitedNetwork(pairs) : {}),
  complete,
  Network: Seq2SeqLSTM,
};
