// What a model of grids needs of its network.

import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Backbone } from "../../sampling/backbone.js";
import type { LossOf, StepTotals, Trainable } from "../../train/trainable.js";
import type { NetworkFile } from "../base/network-choice.js";

/** Some rows of cells, each a stretch of a path; plain data. */
export interface GridBatch {
  /** Features (T, B, K), time-major. */
  readonly inputs: Int32Array;
  /** Symbols (T, B); -1 after a row's end. */
  readonly targets: Int32Array;
  /** T */
  readonly steps: number;
  /** B */
  readonly rows: number;
  /** How much each row counts in the loss (B); absent where all count the same. */
  readonly weights?: Float32Array;
  /** Whether the rows continue those of the batch before. */
  readonly continues: boolean;
}

/**
 * A network that predicts the symbol of a cell from its features and those of the cells before. As a `Backbone` it is fed
 * features, (T, B, K) a step, and its logits are those of the cell that they are of.
 */
export interface GridNetwork<State = unknown> extends Backbone<State>, Trainable {
  /** Features of a cell, K. */
  readonly features: number;
  /** Multiplications of a cell, about. */
  readonly work: number;
  /** The learning rate that suits it, whatever the data. */
  readonly lr?: number;
  /** Numbers a row of each state that `loss` can carry from batch to batch. Default: it carries none. */
  readonly carries?: readonly number[];
  /** Memory that a training step needs beside the parameters, in bytes, about. */
  activationBytes(rows: number, steps: number, recompute: boolean): Promise<number>;
  /** The state of `rows` rows before any cell. */
  start(rows: number): State;
  /** Loss of a batch, the losses of its cells (T · B), and the state after it. */
  loss(
    tape: Tape,
    batch: GridBatch,
    carried: Float32Array[] | undefined,
    totals?: StepTotals,
  ): LossOf & { readonly losses: Tensor; state(): Float32Array[] };
}

/** A network whose state is its own affair. */
// biome-ignore lint/suspicious/noExplicitAny: whoever uses it hands back the state that it was given
export type AnyGridNetwork = GridNetwork<any>;

/** What is known of the grids when a network is made for them. */
export interface GridFacts {
  /** Cells of all of them. */
  readonly cells: number;
  /** Cells of the largest. */
  readonly largest: number;
}

/** What a network is told beside its sizes: rows of the table of features, and features of a cell. */
export interface KnownFeatures {
  readonly table: number;
  readonly features: number;
}

/** What the file of a grid model's network says of it. */
export type GridFile<Sizes extends object, Config extends object> = NetworkFile<
  Sizes,
  Config,
  AnyGridNetwork,
  GridFacts,
  KnownFeatures
>;
