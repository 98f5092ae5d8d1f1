// What `train` was asked for, and what follows from it for a run.

import { availableParallelism } from "node:os";
import type { RoundOptions, TrainingOptions } from "../../entries/node.js";
import { UsageError } from "../errors.js";
import type { ClusterFlags } from "../io/cluster.js";
import type { Unknown } from "../io/new-characters.js";
import type { WeightFlags } from "../io/weights.js";
import type { RunOptions } from "../run/job.js";
import { given, pick } from "./options.js";
import { namesOf, type OptionTable } from "./tables.js";
import { roundTable, trainingTable } from "./training-help.js";

/** The options as commander gives them; those of its own a kind knows. */
export interface TrainFlags
  extends ClusterFlags,
    Omit<TrainingOptions, "rounds" | "resume" | "signal" | "weights">,
    WeightFlags,
    Readonly<Record<string, unknown>> {
  readonly model: string;
  readonly out?: string;
  readonly resume?: string;
  readonly from?: string;
  readonly unknown?: Unknown;
  readonly rounds?: number;
  readonly roundLr?: number;
  readonly roundMomentum?: number;
  readonly roundBits?: number;
  readonly lora?: number;
  readonly loraAlpha?: number;
  readonly loraTargets?: string;
  readonly checkpointEvery?: number;
  readonly keepState?: boolean;
  readonly log?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

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
  if (explicit.has("guard")) throw new UsageError(`--guard${needs}`);
  if (explicit.has("schedule") && o.schedule === "plateau") {
    throw new UsageError(`--schedule plateau${needs}`);
  }
}

/** The options with as many workers as help, unless they say how many. */
export function withWorkers(options: RunOptions): RunOptions {
  const { shards = 1, workers = Math.min(shards, availableParallelism()) } = options;
  return { ...options, workers };
}

/** Names of all options that `fit` of a kind takes, as the command line has them. */
export function fitNames(own: readonly OptionTable[]): string[] {
  return namesOf([...own, trainingTable, roundTable], "fit");
}

/** Those of these options that are given, as `fit` takes them. */
export function fitOptions(flags: TrainFlags, names: Iterable<string>): RunOptions {
  const {
    rounds: steps,
    roundLr: lr,
    roundMomentum: momentum,
    roundBits: bits,
    ...rest
  } = pick(flags, names);
  const rounds = given({ steps, lr, momentum, bits });
  return Object.keys(rounds).length === 0
    ? rest
    : { ...rest, rounds: rounds as unknown as RoundOptions };
}
