// The network of the language model: logits = Linear(LSTM(Embedding(tokens))).

import type { Batch } from "../data/batching.js";
import type { Machine } from "../host/machine.js";
import { Embedding } from "../nn/layers/embedding.js";
import { Linear } from "../nn/layers/linear.js";
import { LSTM, type LSTMInput } from "../nn/layers/lstm.js";
import { crossEntropy } from "../nn/ops/cross-entropy.js";
import { dropout } from "../nn/ops/dropout.js";
import type { LSTMState } from "../nn/ops/lstm.js";
import { type ParameterSource, Scope } from "../nn/parameters.js";
import { Tape } from "../nn/tape.js";
import { sizeOf, Tensor } from "../nn/tensor.js";
import type { Backbone } from "./sampling/backbone.js";

/** Sizes of the network. */
export interface LanguageNetworkConfig {
  readonly embed: number;
  readonly hidden: number;
  readonly layers: number;
  readonly dropout: number;
}

/** The state of B rows, outside the machine: h and c (B, H) of each layer in turn. */
export type LanguageState = Float32Array[];

/** Embedding, LSTM and linear layer, with the loss for training and the steps for sampling. */
export class LanguageNetwork implements Backbone<LanguageState> {
  readonly machine: Machine;
  readonly classes: number;
  readonly #config: LanguageNetworkConfig;
  readonly #embedding: Embedding;
  readonly #lstm: LSTM;
  readonly #linear: Linear;
  readonly #projection: Projection | undefined;
  /** What `step` returns; used again, because an array a token is much to make and to clear away. */
  #logits = new Float32Array(0);

  constructor(parameters: ParameterSource, classes: number, config: LanguageNetworkConfig) {
    this.machine = parameters.machine;
    this.classes = classes;
    this.#config = config;
    const { embed, hidden, layers } = config;
    const root = new Scope(parameters);
    this.#embedding = new Embedding(root.child("embedding"), classes, embed);
    this.#lstm = new LSTM(root.child("lstm"), {
      inputs: embed,
      hidden,
      layers,
      dropout: config.dropout,
    });
    this.#linear = new Linear(root.child("linear"), hidden, classes);
    if (16 * classes * hidden <= MAX_PROJECTION) {
      this.#projection = new Projection(parameters, this.#embedding.weight, this.#lstm);
    }
  }

  /**
   * Loss of a batch, its rows' losses (T · B), and the state behind it, ready to be carried on. It
   * begins with `carried` where it continues the batch before.
   */
  loss(
    tape: Tape,
    batch: Batch,
    carried: LanguageState | undefined,
    totals?: { readonly tokens: number },
  ): { loss: Tensor; losses: Tensor; state: () => LanguageState } {
    const { steps, rows, inputs, targets } = batch;
    const lengths = batch.lengths && tape.indices(batch.lengths);
    const initial = carried && batch.continues && this.#enter(tape, carried, rows);
    const x = this.#read(tape, inputs, [steps, rows]);
    const { output, states } = this.#lstm.forward(tape, x, initial || undefined, lengths);
    const logits = this.#linear.forward(tape, dropout(tape, output, this.#config.dropout));
    const result = crossEntropy(tape, logits, targets, { denominator: totals?.tokens });
    return { ...result, state: () => leave(states) };
  }

  start(rows: number): LanguageState {
    const { hidden, layers } = this.#config;
    return Array.from({ length: 2 * layers }, () => new Float32Array(rows * hidden));
  }

  step(state: LanguageState, tokens: ArrayLike<number>, steps = 1): Float32Array {
    const projected = this.#projection?.tensor();
    return this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const rows = tokens.length / steps;
      const shape = [steps, rows];
      const x = projected ? { projected, ids: tokens, shape } : this.#read(tape, tokens, shape);
      const { states } = this.#lstm.forward(tape, x, this.#enter(tape, state, rows));
      const logits = this.#linear.forward(tape, states[states.length - 1].h);
      states.forEach(({ h, c }, layer) => {
        state[2 * layer].set(h.data);
        state[2 * layer + 1].set(c.data);
      });
      if (this.#logits.length !== logits.size) this.#logits = new Float32Array(logits.size);
      this.#logits.set(logits.data);
      return this.#logits;
    });
  }

  select(state: LanguageState, rows: ArrayLike<number>): LanguageState {
    const { hidden } = this.#config;
    return state.map((values) => {
      const chosen = new Float32Array(rows.length * hidden);
      for (let r = 0; r < rows.length; r++) {
        chosen.set(values.subarray(rows[r] * hidden, (rows[r] + 1) * hidden), r * hidden);
      }
      return chosen;
    });
  }

  /** What the LSTM reads: vectors where dropout changes them, else the table and the tokens. */
  #read(tape: Tape, ids: ArrayLike<number>, shape: readonly number[]): LSTMInput {
    if (!tape.dropping || this.#config.dropout === 0) {
      return { table: this.#embedding.weight, ids, shape };
    }
    return dropout(tape, this.#embedding.forward(tape, ids, shape), this.#config.dropout);
  }

  #enter(tape: Tape, state: LanguageState, rows: number): LSTMState[] {
    const { hidden, layers } = this.#config;
    const shape = [rows, hidden];
    return Array.from({ length: layers }, (_, layer) => ({
      h: tape.tensor(state[2 * layer], shape),
      c: tape.tensor(state[2 * layer + 1], shape),
    }));
  }
}

/** The most memory that a projected table may take, in bytes. */
const MAX_PROJECTION = 2 ** 24;

/** The table of the embedding as the LSTM's first sums begin, made anew when a weight has changed. */
class Projection {
  readonly #parameters: ParameterSource;
  readonly #table: Tensor;
  readonly #lstm: LSTM;
  #tensor: Tensor | undefined;
  #version: number | undefined;

  constructor(parameters: ParameterSource, table: Tensor, lstm: LSTM) {
    this.#parameters = parameters;
    this.#table = table;
    this.#lstm = lstm;
  }

  /** (V, 4H). Call it while no activation is alive: the first call reserves its memory. */
  tensor(): Tensor {
    const { machine, version } = this.#parameters;
    const shape = [this.#table.shape[0], 4 * this.#lstm.config.hidden];
    this.#tensor ??= new Tensor(machine, machine.reserve(4 * sizeOf(shape)), shape, false);
    const kept = this.#tensor;
    if (this.#version !== version) {
      machine.scoped(() => {
        const made = this.#lstm.projectTable(new Tape(machine), this.#table);
        kept.data.set(made.data);
      });
      this.#version = version;
    }
    return kept;
  }
}

function leave(states: readonly LSTMState[]): LanguageState {
  return states.flatMap(({ h, c }) => [h.data.slice(), c.data.slice()]);
}
