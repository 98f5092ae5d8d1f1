// What the loop needs of a network: a loss of some rows, for each phase of a step.

import type { ParameterSource } from "../nn/parameters.js";
import type { Tape } from "../nn/tape.js";
import type { Tensor } from "../nn/tensor.js";

/**
 * What a worker, on this machine or another, builds the same network from. Plain data; only the model's
 * own class knows what the settings mean.
 */
export interface NetworkDescription {
  /** Name of the model's class. */
  readonly model: string;
  readonly [setting: string]: unknown;
}

/** Adds a network's parameters to a source. */
export type NetworkBuilder<N = Trainable> = (
  parameters: ParameterSource,
  description: NetworkDescription,
) => N;

/** What a whole step has of each: the losses of its shards are sums divided by one of these. */
export interface StepTotals {
  /** What is predicted: tokens, pixels, labels. */
  readonly targets: number;
  /** Examples. */
  readonly rows: number;
}

/** Batch statistics by name, such as a layer's mean: joined over shards, weighted by their rows. */
export type Statistics = Readonly<Record<string, Float32Array>>;

/** What a network says of some rows. */
export interface LossOf {
  readonly loss: Tensor;
  /** The parts it is made of, where it has several. */
  readonly parts?: Readonly<Record<string, Tensor>>;
  /** The state after the rows, a copy. */
  state?(): Float32Array[];
  /** What the buffers are updated from, a copy. */
  statistics?(): Statistics;
}

/** One phase of a step, as a network declares it. */
export interface Phase {
  /** As reports and files call it. */
  readonly name: string;
  /** Beginnings of the names of the parameters that it trains; all of them where it is absent. */
  readonly trains?: readonly string[];
  /** What differs from the run's options. */
  readonly options?: PhaseOptions;
  /** Updates within one step of the run, each on a batch of its own. Default 1. */
  readonly repeats?: number;
}

/** Options that a phase may have of its own. */
interface PhaseOptions {
  readonly lr?: number;
  readonly optimizer?: "adamw" | "adam" | "sgd";
  readonly betas?: readonly [number, number];
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly decay?: "matrices" | "all";
  readonly clip?: number;
}

/** What a network needs to be trained on batches of its kind. */
export interface Trainable {
  /** The phases of a step, in order; one over all parameters where it is absent. */
  readonly phases?: readonly Phase[];
  /** Beginnings of the names of what `ema` averages, buffers too; the rest is taken as it is. Default: everything. */
  readonly averages?: readonly string[];
  /** Whether a loss that keeps rising means that training has diverged. Default false. */
  readonly risingDiverges?: boolean;
  /** Whether it has parts that backward can compute again, as `recompute` asks. Default false. */
  readonly recomputes?: boolean;
  /**
   * Loss of some rows: a sum over them, divided by what `totals` counts. A batch that continues no other
   * ignores `carried`. Forward never writes a buffer: see `statistics`.
   * @param phase name of the phase, where there are several
   */
  loss(
    tape: Tape,
    batch: unknown,
    carried: Float32Array[] | undefined,
    totals: StepTotals,
    phase: string,
  ): LossOf;
  /** Called once before a phase's batches are cut: advances buffers that do not depend on them. */
  advance?(phase: string): void;
  /** Called once after a phase's step with the statistics of the whole step: updates buffers, and holds what has bounds. */
  observe?(phase: string, statistics: Statistics): void;
}
