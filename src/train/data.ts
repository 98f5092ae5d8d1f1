// What a model gives the loop: batches, and a validation.

import type { SuitedTraining, TrainingOptions } from "./options.js";
import type { DataOptions, PhaseReport, TrainingWarning } from "./progress.js";
import type { StepBatch } from "./shards.js";

/** What a model gives the loop. */
export interface TrainingData {
  /** Tells one corpus from another, so that a run is not resumed on other data. */
  readonly fingerprint: string;
  /** How the model makes batches of it; a resumed run must do the same. */
  readonly options: DataOptions;
  /** Most rows of a batch. */
  readonly rows: number;
  /** What batches are made of, where each row is of one example: for weights. */
  readonly examples?: () => Examples;
  /** Batch `index` of a phase; the phases of a step may have different batches. */
  batch(index: number, phase: string): StepBatch;
  /** Memory that so many rows need in training, about, and how long the longest may be in tokens. */
  readonly activations?: (
    rows: number,
    recompute: boolean,
  ) => Promise<{ readonly bytes: number; readonly steps: number }>;
  /** What one pass over the training data is: batches, and what they predict. */
  readonly pass?: { readonly batches: number; readonly targets: number };
  /** What a run of the model does where nothing is said, whatever the data: a learning rate of its own. */
  readonly own?: TrainingOptions;
  /** What these data ask of a phase, by its name, in place of what the network says. */
  readonly phases?: Readonly<Record<string, PhaseChange>> | undefined;
  /** What a run does where nobody says how long it is; follows from the size of the data. */
  readonly defaults?: SuitedTraining;
  /**
   * The validation with the current weights, on a fixed part of the data of about `most` targets; between
   * its batches it awaits `breathe`.
   */
  readonly validate?: (breathe: () => Promise<void>, most: number) => Promise<Validation>;
  /**
   * Looks at every step, with the weights after it, and says where a run goes wrong. What it says follows from the steps
   * alone, so that a resumed run says the same.
   * @param watched what it remembered after the step before; empty at first
   */
  readonly watch?: (
    step: WatchedStep,
    watched: readonly number[],
    breathe: () => Promise<void>,
  ) => Promise<Watched>;
  /**
   * How much of the training examples the model continues as they are, beyond what it does of held-out ones, with the current
   * weights: tokens on average. For a guard; absent where it makes no text.
   */
  readonly copying?: (breathe: () => Promise<void>) => Promise<number>;
  /** What the whole of the validation predicts. */
  readonly validationTargets?: number;
  /** Whether a state flows from batch to batch. */
  readonly carries: boolean;
  /** That state, all rows of it; replaced, never changed in place. */
  carried: Float32Array[];
}

/** What the rows of batches are of. */
export interface Examples {
  /** How many examples were given. */
  readonly count: number;
  /** What they are: "documents". */
  readonly what: string;
  /** Number of the example that each row of an epoch is of; those of all examples in order where it is absent. */
  readonly of?: Iterable<number> | undefined;
  /** Which rows of an epoch batch `index` has. */
  rows(index: number): Iterable<number>;
}

/** A step as it is watched. */
export interface WatchedStep {
  /** From 1. */
  readonly step: number;
  /** What its phases did, by name. */
  readonly phases: Readonly<Record<string, PhaseReport>>;
}

/** What comes of watching a step. */
export interface Watched {
  /** What it remembers. */
  readonly watched: readonly number[];
  readonly warnings: readonly TrainingWarning[];
}

/** What changes of a phase. */
export interface PhaseChange {
  /** Its learning rate, as a multiple of the run's. Default 1. */
  readonly lr?: number;
  /** Its updates within a step. */
  readonly repeats?: number;
}

/** What a validation finds. */
export interface Validation {
  readonly loss: number;
  /** Further measures, by name. */
  readonly measures?: Readonly<Record<string, number>>;
}
