// What a model gives the loop: batches, and a validation.

import type { DataOptions } from "./progress.js";
import type { StepBatch } from "./shards.js";

/** What a model gives the loop. */
export interface TrainingData {
  /** Tells one corpus from another, so that a run is not resumed on other data. */
  readonly fingerprint: string;
  /** How the model makes batches of it; a resumed run must do the same. */
  readonly options: DataOptions;
  /** Most rows of a batch. */
  readonly rows: number;
  /** Batch `index` of a phase; the phases of a step may have different batches. */
  batch(index: number, phase: string): StepBatch;
  /** The validation with the current weights; between its batches it awaits `breathe`. */
  readonly validate?: (breathe: () => Promise<void>) => Promise<Validation>;
  /** Whether a state flows from batch to batch. */
  readonly carries: boolean;
  /** That state, all rows of it; replaced, never changed in place. */
  carried: Float32Array[];
}

/** What a validation finds. */
export interface Validation {
  readonly loss: number;
  /** Further measures, by name. */
  readonly measures?: Readonly<Record<string, number>>;
}
