// The network of the encoder-decoder: an LSTM reads the source, another says the target, begun from
// the first one's final state (Sutskever, Vinyals and Le 2014), attending to its outputs or not.

import type { PairBatch } from "../../data/pairs.js";
import type { Machine } from "../../host/machine.js";
import type { Pieces } from "../../host/pieces.js";
import { finite } from "../../nn/finite.js";
import { Attention, type AttentionKind } from "../../nn/layers/attention.js";
import { Embedding } from "../../nn/layers/embedding.js";
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
import { linear } from "../../nn/ops/linear.js";
import type { LSTMState } from "../../nn/ops/lstm.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import { Tape } from "../../nn/tape.js";
import type { Indices, Tensor } from "../../nn/tensor.js";
import type { Backbone } from "../../sampling/backbone.js";
import type { StepTotals } from "../../train/trainable.js";
import { encodeInPieces, lengthsWithin, stretch } from "./encode.js";

/** Sizes and parts of the network. */
export interface Seq2SeqNetworkConfig {
  /** Tokens of the sources' vocabulary. */
  readonly sources: number;
  readonly embed: number;
  /** Units of a layer; of both directions together where the encoder has two. */
  readonly hidden: number;
  readonly layers: number;
  readonly dropout: number;
  readonly bidirectional: boolean;
  readonly attention: "none" | AttentionKind;
  /** One embedding for both sides. */
  readonly shared: boolean;
  /** The output's weights are the decoder's embedding. */
  readonly tied: boolean;
  /** Labels that sources are classified by; 0: none. */
  readonly labels: number;
}

/** A batch as training takes it: with the objective's numbers. */
export interface Seq2SeqBatch extends PairBatch {
  /** λ of L = L_encoder + λ L_decoder. */
  readonly lambda: number;
  readonly smoothing: number;
  /** Probability that the decoder reads its own guess instead of the target. */
  readonly sampled: number;
}

/** The decoder's state of B rows, and what they attend to, which does not change. */
export interface DecoderState {
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
  readonly memory: Tensor;
  readonly keys: Tensor | undefined;
  readonly lengths: Indices;
}

export class Seq2SeqNetwork implements Backbone<DecoderState> {
  readonly machine: Machine;
  readonly classes: number;
  readonly risingDiverges = true;
  /** Multiplications that a token costs, about: one that is read, and one that is said. */
  readonly work: { readonly source: number; readonly target: number };
  readonly #config: Seq2SeqNetworkConfig;
  readonly #sources: Embedding;
  readonly #encoder: LSTM;
  readonly #targets: Embedding;
  readonly #decoder: LSTM;
  readonly #attention: Attention | undefined;
  readonly #project: (tape: Tape, x: Tensor) => Tensor;
  readonly #classifier: Linear | undefined;

  constructor(parameters: ParameterSource, classes: number, config: Seq2SeqNetworkConfig) {
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
    // A table that is the output's too is a matrix to weight decay.
    const output = root.child("linear");
    const table = { decayed: config.tied };
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
    if (config.tied) {
      const bias = output.param("bias", [classes], () => {});
      this.#project = (tape, x) =>
        tape.name(output.name, linear(tape, x, this.#targets.weight, bias));
    } else {
      const layer = new Linear(output, outputs, classes);
      this.#project = (tape, x) => layer.forward(tape, x);
    }
    if (labels > 0) this.#classifier = new Linear(root.child("classifier"), hidden, labels);
  }

  /**
   * L_decoder, the mean cross-entropy of the targets' tokens; with labels L_encoder + λ L_decoder, where
   * L_encoder is that of the sources' labels.
   */
  loss(
    tape: Tape,
    batch: Seq2SeqBatch,
    _: unknown,
    totals: StepTotals,
  ): { loss: Tensor; losses: Tensor; parts?: Record<string, Tensor>; state: () => Float32Array[] } {
    const encoded = this.#encode(tape, batch);
    const inputs = batch.sampled > 0 ? this.#guessed(tape, batch) : batch.inputs;
    const logits = this.#decode(tape, batch, inputs, encoded).logits;
    const { smoothing } = batch;
    const decoder = crossEntropy(tape, logits, batch.targets, {
      denominator: totals.targets,
      smoothing,
    });
    const { losses } = decoder;
    const state = () => [];
    if (!this.#classifier) return { loss: decoder.loss, losses, state };
    const guess = this.#classify(tape, encoded);
    const encoder = crossEntropy(tape, guess, batch.labels, { denominator: totals.rows });
    const loss = add(tape, encoder.loss, scale(tape, decoder.loss, batch.lambda));
    return { loss, losses, parts: { encoder: encoder.loss, decoder: decoder.loss }, state };
  }

  /**
   * The state of the batch's sources, before the first token: read in pieces of about `tokens`, of all
   * rows together.
   */
  *open(batch: PairBatch, tokens: number): Pieces<DecoderState> {
    const { rows, sourceSteps: steps, sourceLengths: lengths } = batch;
    const { machine } = this;
    const piece = Math.max(1, Math.floor(tokens / rows));
    const read = encodeInPieces(machine, this.#sources, this.#encoder, batch, piece);
    const { outputs, states: layers } = yield* read;
    if (!this.#attention) return { layers };
    const values = byRows(outputs, steps, rows);
    if (this.#attention.kind === "luong-dot") {
      return { layers, memory: { keys: values, values, steps, lengths } };
    }
    const keys = new Float32Array(values.length);
    for (let from = 0; from < steps; from += piece) {
      machine.scoped(() => {
        const tape = new Tape(machine);
        const [some, shape] = stretch(outputs, from, Math.min(from + piece, steps), steps, rows);
        keys.set(
          this.#attention!.keys(tape, tape.tensor(some, shape)).data,
          from * rows * shape[2],
        );
      });
      yield;
    }
    return { layers, memory: { keys: byRows(keys, steps, rows), values, steps, lengths } };
  }

  /**
   * Of the batch's target tokens `from` to below `to`: the loss of each (T · B); and whether it is the
   * likeliest there. The state, which was theirs before `from`, moves on.
   */
  measure(
    state: DecoderState,
    batch: PairBatch,
    from: number,
    to: number,
  ): { losses: Float32Array; right: boolean[] } {
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const { output, states } = this.#decodePiece(tape, state, batch, from, to);
      const logits = this.#project(tape, output);
      const targets = batch.targets.subarray(from * batch.rows, to * batch.rows);
      const { losses } = crossEntropy(tape, logits, targets);
      const best = likeliest(logits);
      advance(state.layers, states);
      return {
        losses: losses.data.slice(),
        right: Array.from(targets, (target, i) => target === best[i]),
      };
    });
  }

  /** Probabilities of the labels, a row a source (B, labels), from the state before the first token. */
  classify(state: DecoderState): Float32Array {
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const h = latent(state);
      const { hidden } = this.#config;
      const guess = this.#classifier!.forward(tape, tape.tensor(h, [h.length / hidden, hidden]));
      return finite(softmax(tape, guess)).data.slice();
    });
  }

  /** Units of a decoder's layer. */
  get width(): number {
    return this.#config.hidden;
  }

  /** Attention of each target step to each source step (T, B, S); undefined without attention. */
  align(state: DecoderState, batch: PairBatch): Float32Array | undefined {
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const { weights } = this.#decodePiece(tape, state, batch, 0, batch.steps);
      return weights && finite(weights).data.slice();
    });
  }

  step(state: DecoderState, tokens: ArrayLike<number>, into?: Float32Array): void {
    this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const rows = tokens.length;
      const x = readTokens(tape, this.#targets, tokens, [1, rows], 0);
      const { output, states } = this.#decoder.forward(tape, x, enter(tape, state.layers, rows));
      into?.set(
        finite(this.#project(tape, this.#attend(tape, output, state.memory, rows).output)).data,
      );
      advance(state.layers, states);
    });
  }

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

  #decode(
    tape: Tape,
    batch: PairBatch,
    inputs: Int32Array,
    { states, memory, keys, lengths: attended }: Encoded,
  ): { logits: Tensor } {
    const p = this.#config.dropout;
    const lengths = tape.indices(batch.lengths);
    const x = readTokens(tape, this.#targets, inputs, [batch.steps, batch.rows], p);
    const { output } = this.#decoder.forward(tape, x, states, lengths);
    if (!keys) return { logits: this.#project(tape, dropout(tape, output, p)) };
    const both = { query: lengths, keys: attended };
    const attention = this.#attention!.forward(tape, output, keys, memory, both);
    const logits = this.#project(tape, dropout(tape, attention.output, p));
    return { logits };
  }

  /** Target steps `from` to below `to`, without the output's layer. */
  #decodePiece(
    tape: Tape,
    { layers, memory }: DecoderState,
    { inputs, lengths, rows }: PairBatch,
    from: number,
    to: number,
  ): { output: Tensor; weights?: Tensor; states: LSTMState[] } {
    const own = tape.indices(lengthsWithin(lengths, from, to));
    const some = inputs.subarray(from * rows, to * rows);
    const x = readTokens(tape, this.#targets, some, [to - from, rows], 0);
    const { output, states } = this.#decoder.forward(tape, x, enter(tape, layers, rows), own);
    return { ...this.#attend(tape, output, memory, rows, own), states };
  }

  #attend(
    tape: Tape,
    output: Tensor,
    memory: Memory | undefined,
    rows: number,
    query?: Indices,
  ): { output: Tensor; weights?: Tensor } {
    if (!memory) return { output };
    const { keys, values, steps, lengths } = memory;
    const shape = [steps, rows, this.#config.hidden];
    const entered = tape.tensor(byRows(values, rows, steps), shape);
    const own = keys === values ? entered : tape.tensor(byRows(keys, rows, steps), shape);
    const attended = { query, keys: tape.indices(lengths) };
    return this.#attention!.forward(tape, output, own, entered, attended);
  }

  #classify(tape: Tape, { states }: Encoded): Tensor {
    return this.#classifier!.forward(tape, states[states.length - 1].h);
  }

  /**
   * The decoder's inputs with some targets replaced by what it would say itself: scheduled sampling
   * (Bengio et al. 2015), all steps at once from a first pass (Duckworth et al. 2019).
   */
  #guessed(tape: Tape, batch: Seq2SeqBatch): Int32Array {
    const key = tape.nextDropoutKey();
    if (!key) return batch.inputs;
    const { rows, steps, sampled } = batch;
    const guesses = this.machine.scoped(() => {
      const own = new Tape(this.machine);
      return likeliest(this.#decode(own, batch, batch.inputs, this.#encode(own, batch)).logits);
    });
    const replace = key.uniform(rows * steps);
    // The first step reads the start marker, whatever happens.
    return batch.inputs.map((token, i) =>
      i >= rows && replace[i] < sampled ? guesses[i - rows] : token,
    );
  }
}

/** The latent vectors of sources: h of the last layer (B, hidden) before the first token. */
export function latent({ layers }: DecoderState): Float32Array {
  return layers[layers.length - 2];
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

/** The likeliest class of each row; the first of equal ones. */
function likeliest(logits: Tensor): Int32Array {
  const { data } = logits;
  const classes = logits.shape[logits.shape.length - 1];
  return Int32Array.from({ length: data.length / classes }, (_, r) => {
    let best = 0;
    for (let i = 1; i < classes; i++) {
      if (data[r * classes + i] > data[r * classes + best]) best = i;
    }
    return best;
  });
}
