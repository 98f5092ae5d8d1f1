// What `train` must know of a kind of model. Everything else is the same for all.

import type { Task } from "../options/task.js";
import type { Job, RunOptions } from "../run/job.js";

/** A kind of model. */
export interface Kind {
  /** As `--model` calls it. */
  readonly name: string;
  /** Options of `train` that only this kind has. */
  readonly own: readonly string[];
  /** Options of a run, which `fit` takes. */
  readonly fitNames: readonly string[];
  /** A job on a new model. @throws UsageError for options without effect; Failure, InvalidInputError */
  create(task: Task, options: RunOptions): Promise<Job>;
}

/** A model of a file, to be trained further. */
export interface Trained {
  readonly kind: Kind;
  /** Options that the model was made with and keeps. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** Options of the run in progress that belong to the kind, and cannot change either. */
  readonly ofRun: Readonly<Record<string, unknown>>;
  /** Refuses what else does not go with the model. @throws UsageError */
  check(options: RunOptions): void;
  /** Jobs, one for each way of reading the data that the run may have been begun with. */
  jobs(options: RunOptions): Iterable<Job>;
}
