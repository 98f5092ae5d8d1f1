// What every model's `fit` understands: defaults and checks in one place.

import { checkKeys, checkSignal, InvalidInputError } from "../host/errors.js";
import { checkOption, type Rules, resolve, tenth } from "../host/rules.js";
import { Adam } from "../nn/optim/adam.js";
import type { Choice, DecayOf, Optimizer } from "../nn/optim/optimizer.js";
import type { ScheduleOptions } from "../nn/optim/schedule.js";
import { SGD } from "../nn/optim/sgd.js";
import type { Parameters } from "../nn/parameters.js";
import { checkGuard, type Guard, type GuardOptions, VALIDATIONS } from "./guard-options.js";
import type { ShardRunner } from "./shard-runner.js";
import type { Trainable } from "./trainable.js";

/**
 * Rounds (DiLoCo, Douillard et al. 2023). In a round every shard takes `steps` steps of the optimizer on its own rows, from the
 * same weights θ and with moments of its own; then
 *
 *     Δ = mean over the shards of θ − θₛ,   v ← momentum · v + Δ,   θ ← θ − lr (Δ + momentum · v)
 */
export interface RoundOptions {
  /** Steps of each shard in a round, H. A round ends where the steps taken are a multiple of it, and at the end of the run. */
  readonly steps: number;
  /** Rate of the step between rounds. Default 0.7. */
  readonly lr?: number;
  /** Nesterov momentum of that step. Default 0.5; 0.9 is for runs of hundreds of rounds. */
  readonly momentum?: number;
  /**
   * Bits of each number of the differences θ − θₛ. With 8, 256 numbers share a power of two, and what was rounded off is added
   * to the shard's next difference. Default 32.
   */
  readonly bits?: 32 | 8;
}

/** Options of `fit` that all models share. */
export interface TrainingOptions extends ScheduleOptions {
  /** Optimizer steps of the whole run. Default: as many as suit the size of the data. */
  readonly steps?: number;
  /** The same in passes over the training data, instead of `steps`: 2.5 are two and a half. */
  readonly epochs?: number;
  /** Learning rate. Default 2e-3; where neither `steps` nor `epochs` is given, one that suits the data. */
  readonly lr?: number;
  /** Default "adamw". */
  readonly optimizer?: "adamw" | "adam" | "sgd";
  /** Adam's decay of the moments. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** SGD's momentum. Default 0.9. */
  readonly momentum?: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /**
   * What weight decay applies to: `matrices` are the weights that are multiplied with, and tables that are
   * the output's too; biases, norms and embeddings are not decayed. `all` decays everything, as
   * torch.optim.AdamW over `model.parameters()` does. Default "matrices".
   */
  readonly decay?: DecayOf;
  /** Largest norm of the gradient; 0 turns clipping off. Default 1. */
  readonly clip?: number;
  /** Batches whose gradients are added up for one step. Default 1. */
  readonly accumulate?: number;
  /**
   * Parts that each batch is cut into, by rows, whose gradients are added up in order; at most `batch`.
   * A part of the computation, like `accumulate`: another number gives other bits. Default 1.
   */
  readonly shards?: number;
  /**
   * Shards take so many steps each on their own before they are brought together, so that hardly anything has to be
   * sent: see `RoundOptions`. A part of the computation. Default: they are brought together in every step.
   */
  readonly rounds?: RoundOptions;
  /**
   * Backward computes what is inside a Transformer's blocks again instead of keeping it: the same bits in much
   * less memory, in a third more time (gradient checkpointing). Default false.
   */
  readonly recompute?: boolean;
  /** Decay of an exponential moving average of the weights, which the run ends with; 0: none. */
  readonly ema?: number;
  /**
   * The average's decay grows to `ema`: after n steps it is at most (1 + n) / (10 + n), so that a short run
   * is not an average of initial weights. Default true.
   */
  readonly emaWarmup?: boolean;
  /** The average's decay in the first pass over the data, where it is to be another one; 0: as later. Default 0. */
  readonly emaFirst?: number;
  /** Steps between validations. Default: a tenth of the run. */
  readonly evalEvery?: number;
  /** Stop after so many validations without a better one; 0: never. Default 0 where `steps` or `epochs` is given. */
  readonly patience?: number;
  /**
   * Watches at each validation whether examples are learned by heart, and then acts: where a validation is no longer the best one,
   * the gap of training and validation loss has grown and copying of training examples has doubled. `true` stops the run; its
   * best weights are kept. With a guard there are a hundred validations, where `evalEvery` does not say otherwise. Default false.
   */
  readonly guard?: boolean | GuardOptions;
  /**
   * Which weights a run with validation ends with: the `best`, those of its best validation, or the `last`.
   * A run that is continued continues from the last in either case. Default "best".
   */
  readonly keep?: "best" | "last";
  /**
   * How much each example of the data counts in the loss, a number of 0 or more for each: documents, pairs, pictures, clips,
   * grids. They are divided by their mean over what is trained on. A validation counts all examples the same. Not for one
   * text. Default: all of them the same.
   */
  readonly weights?: ArrayLike<number>;
  /**
   * Continue the unfinished run (default), or begin a new one (false). `true` insists: it also
   * extends a finished run to more steps.
   */
  readonly resume?: boolean;
  /**
   * Stops the run before its next step; `fit` then throws the signal's reason. With a signal that is
   * aborted already the run is begun but takes no step, so that it can be saved before the first.
   */
  readonly signal?: AbortSignal;
  /**
   * Threads that compute the shards, as far as there are shards; or a pool that several fits share.
   * Changes nothing but the time; a runtime without workers computes the shards in turn. Default 1:
   * the caller's own thread.
   */
  readonly workers?: number | ShardRunner;
}

/** The same, complete and checked; without what belongs to one call. It goes into checkpoints. */
export type ResolvedTraining = Required<
  Omit<
    TrainingOptions,
    | "recompute"
    | "emaFirst"
    | "rounds"
    | "guard"
    | "weights"
    | "epochs"
    | "resume"
    | "signal"
    | "workers"
  >
> &
  Pick<TrainingOptions, "recompute" | "emaFirst"> & {
    readonly rounds?: ResolvedRounds;
    readonly guard?: Guard;
  };

/** The same, complete. */
export type ResolvedRounds = Required<RoundOptions>;

/** What follows from the size of the data: how long a run is, and what goes with that. */
export type SuitedTraining = Pick<TrainingOptions, "steps" | "lr" | "patience">;

/** What each option may be. */
export const trainingRules: Rules<
  TrainingOptions,
  "rounds" | "guard" | "weights" | "epochs" | "resume" | "signal" | "workers"
> = {
  steps: { type: "integer", min: 1, max: 1e9, value: 2000, fits: true },
  epochs: { type: "number", min: 0, max: 1e9, above: true, own: true },
  lr: { type: "number", min: 0, max: 1e6, above: true, value: 2e-3, fits: true },
  optimizer: { type: "choice", of: ["adamw", "adam", "sgd"], value: "adamw" },
  betas: { type: "pair", min: 0, max: 0.999999, value: [0.9, 0.999] },
  momentum: { type: "number", min: 0, max: 1, value: 0.9 },
  weightDecay: { type: "number", min: 0, max: 1e6, value: 0 },
  decay: { type: "choice", of: ["matrices", "all"], value: "matrices" },
  clip: { type: "number", min: 0, value: 1 },
  accumulate: { type: "integer", min: 1, max: 65536, value: 1 },
  shards: { type: "integer", min: 1, max: 65536, value: 1 },
  rounds: { type: "other", own: true },
  recompute: { type: "flag", value: false },
  ema: { type: "number", min: 0, max: 0.999999, value: 0 },
  emaWarmup: { type: "flag", value: true },
  emaFirst: { type: "number", min: 0, max: 0.999999, value: 0 },
  evalEvery: { type: "integer", min: 1, tenthOf: "steps" },
  patience: { type: "integer", min: 0, value: 0, fits: true },
  guard: { type: "other", own: true },
  keep: { type: "choice", of: ["best", "last"], value: "best" },
  weights: { type: "other", own: true },
  resume: { type: "flag", own: true },
  signal: { type: "other", own: true },
  workers: { type: "integer", min: 1, max: 1024, value: 1, own: true },
  schedule: {
    type: "choice",
    of: ["constant", "linear", "cosine", "step", "plateau"],
    value: "constant",
  },
  warmup: { type: "integer", min: 0, value: 0 },
  lrMin: { type: "number", min: 0, max: 1, value: 0 },
  lrFactor: { type: "number", min: 0, max: 1, above: true, value: 0.5 },
  lrEvery: { type: "integer", min: 1, tenthOf: "steps" },
  lrPatience: { type: "integer", min: 1, value: 2 },
};

/** What each option of `rounds` may be. */
export const roundRules: Rules<RoundOptions, "steps"> = {
  steps: { type: "integer", min: 1, max: 1e6, own: true },
  lr: { type: "number", min: 0, max: 100, above: true, value: 0.7 },
  momentum: { type: "number", min: 0, max: 0.999999, value: 0.5 },
  bits: { type: "integer", min: 8, max: 32, value: 32 },
};

/**
 * @param fitting what the run does where nothing is said
 * @throws InvalidInputError naming the first option that cannot be used
 */
export function resolveTraining(
  options: TrainingOptions,
  fitting: TrainingOptions = {},
): ResolvedTraining {
  const guard = checkGuard(options.guard ?? fitting.guard);
  const rounds = options.rounds ?? fitting.rounds;
  const resolved = resolve(trainingRules, options, fitting);
  const { recompute, emaFirst, ...o } = resolved;
  const said = options.evalEvery ?? fitting.evalEvery;
  const often = guard && said === undefined ? { evalEvery: guardedEvery(o.steps) } : {};
  // Files of runs without them are as they were before there were such options.
  return {
    ...{ ...o, ...often },
    ...(recompute ? { recompute } : {}),
    ...(emaFirst > 0 ? { emaFirst } : {}),
    ...(rounds === undefined ? {} : { rounds: resolveRounds(rounds, fitting.rounds) }),
    ...(guard ? { guard } : {}),
  };
}

/** Steps between the validations of a guarded run, by default. */
function guardedEvery(steps: number): number {
  return Math.max(1, Math.round(steps / VALIDATIONS));
}

/** Rounds after which the moments of shards that others keep come back. */
export const returnedEvery = 10;

/** @throws InvalidInputError */
export function resolveRounds(
  given: RoundOptions,
  kept: Partial<RoundOptions> = {},
): ResolvedRounds {
  checkKeys("rounds", given, Object.keys(roundRules));
  const named = Object.entries(roundRules).map(([name, rule]) => {
    const rest = { ...("value" in rule && { [name]: rule.value }), ...kept };
    const value = (given as unknown as Record<string, unknown>)[name] ?? rest[name as never];
    return [name, checkOption(`rounds.${name}`, rule, value)];
  });
  const rounds = Object.fromEntries(named) as ResolvedRounds;
  if (rounds.bits === 32 || rounds.bits === 8) return rounds;
  throw new InvalidInputError(`rounds.bits must be 32 or 8, got ${rounds.bits}`);
}

/**
 * The options in a checkpoint. One that was written before an option came does not say it, and its run still
 * does what was done then.
 * @throws InvalidInputError
 */
export function storedTraining(json: unknown): ResolvedTraining {
  checkCall(json as object, []);
  const stored = json as TrainingOptions;
  const keep = typeof stored.patience === "number" && stored.patience > 0 ? "best" : "last";
  return resolveTraining({ decay: "all", emaWarmup: false, keep, ...stored });
}

/**
 * What a run that is resumed does where nothing is said: all that it was begun with. What was a tenth of its steps, as by
 * default, is a tenth of those that it has now.
 */
export function keptTraining(run: ResolvedTraining | undefined): TrainingOptions {
  if (!run) return {};
  const usual = tenth(run.steps);
  const { evalEvery, lrEvery, ...kept } = run;
  const often = run.guard ? guardedEvery(run.steps) : usual;
  return {
    ...kept,
    ...(evalEvery === often ? {} : { evalEvery }),
    ...(lrEvery === usual ? {} : { lrEvery }),
  };
}

/** Refuses options that wait for a validation loss where there is none. @throws InvalidInputError */
export function checkValidation(o: ResolvedTraining, validated: boolean): void {
  if (validated) return;
  const waiting =
    o.patience > 0
      ? "patience"
      : o.guard
        ? "guard"
        : o.schedule === "plateau"
          ? 'schedule "plateau"'
          : "";
  if (waiting === "") return;
  throw new InvalidInputError(
    `${waiting} goes by the validation loss, and there is no validation; set val, for example 0.1`,
  );
}

/** @throws InvalidInputError where a batch has fewer rows than there are shards */
export function checkShards({ shards }: ResolvedTraining, rows: number): void {
  if (shards <= rows) return;
  throw new InvalidInputError(
    `shards must be at most batch, because each has rows of its own: got ${shards} shards of ` +
      `${rows} ${rows === 1 ? "row" : "rows"}`,
  );
}

/** @throws InvalidInputError where a model has adapters */
export function checkBare(adapters: object | undefined): void {
  if (!adapters) return;
  throw new InvalidInputError(
    "the model has adapters, which go with its weights as they are: give lora, or train what merge() gives",
  );
}

/** @throws InvalidInputError where a network keeps everything that it computes */
export function checkRecompute({ recompute }: ResolvedTraining, network: Trainable): void {
  if (!recompute || network.recomputes) return;
  throw new InvalidInputError("recompute is for a Transformer");
}

/** Checks what does not depend on the data: names, and what belongs to one call. @throws InvalidInputError */
export function checkCall(options: TrainingOptions, own: readonly string[]): void {
  checkKeys("fit", options, [...own, ...Object.keys(trainingRules)]);
  checkSignal(options.signal);
  const { resume, epochs } = options;
  if (resume !== undefined) checkOption("resume", trainingRules.resume, resume);
  if (epochs === undefined) return;
  checkOption("epochs", trainingRules.epochs, epochs);
  if (options.steps !== undefined) throw new InvalidInputError("give steps or epochs, not both");
}

/** @param choice the parameters that it updates, by name */
export function makeOptimizer(
  parameters: Parameters,
  o: ResolvedTraining,
  choice?: Choice,
): Optimizer {
  const { weightDecay, decay, momentum, betas } = o;
  if (o.optimizer === "sgd") {
    return new SGD(parameters, { momentum, weightDecay, decay }, choice);
  }
  const decoupled = o.optimizer === "adamw";
  return new Adam(parameters, { betas, weightDecay, decay, decoupled }, choice);
}

/** @throws InvalidInputError */
export function checkWorkers(workers: unknown): number {
  return checkOption("workers", trainingRules.workers, workers) as number;
}
