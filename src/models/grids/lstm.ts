// The LSTM as a grid model's network: logits = Linear(LSTM(EmbeddingBag(features))).

import type { Machine } from "../../host/machine.js";
import { finite } from "../../nn/finite.js";
import { normal } from "../../nn/init.js";
import { EmbeddingBag } from "../../nn/layers/embedding-bag.js";
import { Linear } from "../../nn/layers/linear.js";
import { LSTM } from "../../nn/layers/lstm.js";
import {
  advance,
  enter,
  leave,
  type RecurrentState,
  selectRows,
} from "../../nn/layers/recurrent-state.js";
import { dropout } from "../../nn/ops/dropout.js";
import { linearCrossEntropy } from "../../nn/ops/linear-cross-entropy.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { StepTotals } from "../../train/trainable.js";
import {
  type RecurrentConfig,
  type RecurrentSizes,
  recurrentSizes,
} from "../language/recurrent.js";
import { suitedGridNetwork } from "./defaults.js";
import type { GridBatch, GridFile, GridNetwork, KnownFeatures } from "./grid-network.js";

/** Table of features, LSTM and linear layer. */
class GridLSTM implements GridNetwork<RecurrentState> {
  readonly machine: Machine;
  readonly classes: number;
  readonly features: number;
  readonly risingDiverges = true;
  readonly work: number;
  readonly carries: readonly number[];
  readonly #config: RecurrentConfig;
  readonly #embedding: EmbeddingBag;
  readonly #lstm: LSTM;
  readonly #linear: Linear;

  constructor(
    parameters: ParameterSource,
    classes: number,
    config: RecurrentConfig & KnownFeatures,
  ) {
    const { embed, hidden, layers, table, features } = config;
    this.machine = parameters.machine;
    this.classes = classes;
    this.features = features;
    this.#config = config;
    this.work = 4 * hidden * (embed + hidden * (2 * layers - 1)) + hidden * classes;
    this.carries = new Array(2 * layers).fill(hidden);
    const root = new Scope(parameters);
    // The sum of all features is as large as one standard normal vector.
    const init = normal(1 / Math.sqrt(features));
    this.#embedding = new EmbeddingBag(root.child("embedding"), table, embed, init);
    this.#lstm = new LSTM(root.child("lstm"), {
      inputs: embed,
      hidden,
      layers,
      dropout: config.dropout,
    });
    this.#linear = new Linear(root.child("linear"), hidden, classes, { logits: true });
  }

  loss(
    tape: Tape,
    { inputs, targets, steps, rows, continues, weights }: GridBatch,
    carried: RecurrentState | undefined,
    totals?: StepTotals,
  ): { loss: Tensor; losses: Tensor; state: () => RecurrentState } {
    const { dropout: p } = this.#config;
    const initial = carried && continues ? enter(tape, carried, rows) : undefined;
    const x = dropout(tape, this.#embedding.forward(tape, inputs, [steps, rows]), p);
    const { output, states } = this.#lstm.forward(tape, x, initial);
    const y = dropout(tape, output, p);
    const options = { denominator: totals?.targets, weights };
    const result = linearCrossEntropy(tape, y, this.#linear, targets, options);
    return { ...result, state: () => leave(states) };
  }

  async activationBytes(rows: number, steps: number): Promise<number> {
    const { recurrentBytes } = await import("../base/memory.js");
    return recurrentBytes(this.machine, this.#config, this.classes, rows, steps);
  }

  start(rows: number): RecurrentState {
    const { hidden, layers } = this.#config;
    return Array.from({ length: 2 * layers }, () => new Float32Array(rows * hidden));
  }

  step(state: RecurrentState, ids: ArrayLike<number>, into?: Float32Array, steps = 1): void {
    this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const rows = ids.length / (steps * this.features);
      const x = this.#embedding.forward(tape, ids, [steps, rows]);
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

/** The LSTM as a grid model's choice. */
export const network: GridFile<RecurrentSizes, RecurrentConfig> = {
  ...recurrentSizes,
  suited: ({ cells }, { hidden }) => (hidden === undefined ? suitedGridNetwork(cells) : {}),
  Network: GridLSTM,
};
