// What `train` was asked for, and what follows from it for a run.

import { availableParallelism } from "node:os";
import { UsageError } from "../errors.js";
import type { RunOptions } from "../run/job.js";
import type { TrainFlags } from "./train-options.js";

/** What `train` was asked for. */
export interface Task {
  readonly paths: readonly string[];
  readonly flags: TrainFlags;
  /** Options that the user gave. */
  readonly explicit: ReadonlySet<string>;
}

/** Refuses options that wait for a validation where there is none. @throws UsageError */
export function checkValidated(o: RunOptions, { flags, explicit }: Task): void {
  if (flags.valFile !== undefined && explicit.has("val")) {
    throw new UsageError("give --val-file or --val, not both");
  }
  if (o.val !== 0 || flags.valFile !== undefined) return;
  const needs = " needs validation: --val above 0";
  if (explicit.has("patience") && (o.patience ?? 0) > 0) throw new UsageError(`--patience${needs}`);
  if (explicit.has("schedule") && o.schedule === "plateau") {
    throw new UsageError(`--schedule plateau${needs}`);
  }
}

/** The options with as many workers as help, unless they say how many. */
export function withWorkers(options: RunOptions): RunOptions {
  const { shards = 1, workers = Math.min(shards, availableParallelism()) } = options;
  return { ...options, workers };
}
