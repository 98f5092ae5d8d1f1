// The LSTM as a language model's network: logits = Linear(LSTM(Embedding(tokens))).

import type { Batch } from "../../data/texts.js";
import type { Machine } from "../../host/machine.js";
import { finite } from "../../nn/finite.js";
import { Embedding } from "../../nn/layers/embedding.js";
import { Linear } from "../../nn/layers/linear.js";
import { LSTM } from "../../nn/layers/lstm.js";
import {
  advance,
  enter,
  leave,
  type RecurrentState,
  readTokens,
  selectRows,
} from "../../nn/layers/recurrent-state.js";
import { dropout } from "../../nn/ops/dropout.js";
import { linearCrossEntropy } from "../../nn/ops/linear-cross-entropy.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import { Tape } from "../../nn/tape.js";
import { sizeOf, Tensor } from "../../nn/tensor.js";
import type { StepTotals } from "../../train/trainable.js";
import type { CausalFile, CausalNetwork } from "./causal-network.js";
import { type RecurrentConfig, type RecurrentSizes, recurrentSizes } from "./recurrent.js";

/** Embedding, LSTM and linear layer, with the loss for training and the steps for sampling. */
export class LSTMNetwork implements CausalNetwork<RecurrentState> {
  readonly machine: Machine;
  readonly classes: number;
  readonly risingDiverges = true;
  readonly work: { readonly read: number; readonly predict: number };
  readonly carries: readonly number[];
  readonly #config: RecurrentConfig;
  readonly #embedding: Embedding;
  readonly #lstm: LSTM;
  readonly #linear: Linear;
  readonly #projection: Projection | undefined;

  constructor(parameters: ParameterSource, classes: number, config: RecurrentConfig) {
    this.machine = parameters.machine;
    this.classes = classes;
    this.#config = config;
    const { embed, hidden, layers } = config;
    const read = 4 * hidden * (embed + hidden * (2 * layers - 1));
    this.work = { read, predict: read + hidden * classes };
    this.carries = new Array(2 * layers).fill(hidden);
    const root = new Scope(parameters);
    this.#embedding = new Embedding(root.child("embedding"), classes, embed);
    this.#lstm = new LSTM(root.child("lstm"), {
      inputs: embed,
      hidden,
      layers,
      dropout: config.dropout,
    });
    this.#linear = new Linear(root.child("linear"), hidden, classes, { logits: true });
    if (16 * classes * hidden <= MAX_PROJECTION) {
      this.#projection = new Projection(parameters, this.#embedding.weight, this.#lstm);
    }
  }

  /**
   * Loss of a batch, its rows' losses (T · B), and the state after it, ready to be carried on. It
   * begins with `carried` where it continues the batch before.
   */
  loss(
    tape: Tape,
    batch: Batch,
    carried: RecurrentState | undefined,
    totals?: StepTotals,
  ): { loss: Tensor; losses: Tensor; state: () => RecurrentState } {
    const { steps, rows, inputs, targets } = batch;
    const lengths = batch.lengths && tape.indices(batch.lengths);
    const { dropout: p } = this.#config;
    const initial = carried && batch.continues ? enter(tape, carried, rows) : undefined;
    const x = readTokens(tape, this.#embedding, inputs, [steps, rows], p);
    const { output, states } = this.#lstm.forward(tape, x, initial, lengths);
    const options = { denominator: totals?.targets, weights: batch.weights };
    const y = dropout(tape, output, p);
    const result = linearCrossEntropy(tape, y, this.#linear, targets, options);
    return { ...result, state: () => leave(states) };
  }

  async activationBytes(rows: number, steps: number): Promise<number> {
    const { recurrentBytes } = await import("../base/memory.js");
    return recurrentBytes(this.machine, this.#config, this.classes, rows, steps);
  }

  /** The state of `rows` rows before any token. */
  start(rows: number): RecurrentState {
    const { hidden, layers } = this.#config;
    return Array.from({ length: 2 * layers }, () => new Float32Array(rows * hidden));
  }

  step(state: RecurrentState, tokens: ArrayLike<number>, into?: Float32Array, steps = 1): void {
    // Who listens hears the embedding.
    const projected = this.machine.listener ? undefined : this.#projection?.after(tokens.length);
    this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const rows = tokens.length / steps;
      const shape = [steps, rows];
      const x = projected
        ? { projected, ids: tokens, shape }
        : readTokens(tape, this.#embedding, tokens, shape, 0);
      const { states } = this.#lstm.forward(tape, x, enter(tape, state, rows));
      into?.set(finite(this.#linear.forward(tape, states[states.length - 1].h)).data);
      advance(state, states);
    });
  }

  /** A state is nothing but numbers outside the machine. */
  free(): void {}

  select(state: RecurrentState, rows: ArrayLike<number>): RecurrentState {
    const { hidden } = this.#config;
    return state.map((values) => selectRows(values, hidden, rows));
  }
}

/** The LSTM as a language model's choice. */
export const network: CausalFile<RecurrentSizes, RecurrentConfig> = {
  ...recurrentSizes,
  Network: LSTMNetwork,
};

/** The most memory that a projected table may take, in bytes. */
const MAX_PROJECTION = 2 ** 24;

/**
 * The table of the embedding as the LSTM's first sums begin, made again when a weight has changed; but
 * only once as many tokens were read as it has rows, because making it is as much work as those.
 */
class Projection {
  readonly #parameters: ParameterSource;
  readonly #table: Tensor;
  readonly #lstm: LSTM;
  /** Reserved when it is first made. */
  #projected: Tensor | undefined;
  #made = false;
  #version = -1;
  #read = 0;

  constructor(parameters: ParameterSource, table: Tensor, lstm: LSTM) {
    this.#parameters = parameters;
    this.#table = table;
    this.#lstm = lstm;
  }

  /** (V, 4H), or undefined where it is not worth it yet, and with an adapter. Call it while no activation is alive. */
  after(tokens: number): Tensor | undefined {
    const { machine, version } = this.#parameters;
    if (machine.adapter) return undefined;
    if (this.#version !== version) {
      this.#version = version;
      this.#read = 0;
      this.#made = false;
    }
    if (this.#made) return this.#projected;
    const [classes] = this.#table.shape;
    this.#read += tokens;
    if (this.#read <= classes) return undefined;
    const shape = [classes, 4 * this.#lstm.config.hidden];
    this.#projected ??= new Tensor(machine, machine.reserve(4 * sizeOf(shape)), shape, false);
    const kept = this.#projected;
    machine.scoped(() => {
      const made = this.#lstm.projectTable(new Tape(machine), this.#table);
      kept.data.set(made.data);
    });
    this.#made = true;
    return kept;
  }
}
