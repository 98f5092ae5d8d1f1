// Where a run stands, and what it reports of a step.

import type { GivenOptions, RunChange } from "../formats/model-file.js";
import type { PlateauState } from "../nn/optim/schedule.js";
import type { Guarded, GuardState } from "./guard-options.js";
import type { ResolvedTraining } from "./options.js";

/** One step of training, as `fit` reports it. */
export interface StepReport {
  /** Steps taken, from 1. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /**
   * Mean loss of the step's batch, in nats per target; the sum over the phases where there are several. With `rounds` the mean
   * over the round's steps.
   */
  readonly loss: number;
  /** With `rounds`, of which there is one report each: the loss of every step of the round. */
  readonly losses?: readonly number[];
  /** The parts that the loss is made of, by name, where it has several. */
  readonly parts?: Readonly<Record<string, number>>;
  /** What each phase did, by name, where there are several. */
  readonly phases?: Readonly<Record<string, PhaseReport>>;
  /** Validation loss, on the steps that have one. */
  readonly validation?: number;
  /** What else was measured with it, by name. */
  readonly measures?: Readonly<Record<string, number>>;
  /** Whether this validation is the best so far. */
  readonly best?: boolean;
  /** Learning rate; the first phase's where there are several. */
  readonly lr: number;
  /** Norm of the gradient before clipping; the first phase's where there are several. */
  readonly gradNorm: number;
  /** Examples seen since the run began. */
  readonly examples: number;
  /** Targets seen since the run began. */
  readonly targets: number;
  /** Targets a second, over this call of `fit` and without validation. */
  readonly targetsPerSecond: number;
  /** Seconds since this call of `fit`. */
  readonly elapsed: number;
  /** What is going wrong, and what helps: each kind once in a run, on the step where it is noticed. */
  readonly warnings?: readonly TrainingWarning[];
  /** On the last report: why the run ended. */
  readonly finished?: "steps" | "patience" | "guard";
  /** What the guard saw and did, on the step where it acts. */
  readonly guard?: Guarded;
  /** On the last report: the step whose weights the model has now, where those are the best ones. */
  readonly kept?: number;
}

/** A run that takes its steps and yet does not learn what it should. */
export interface TrainingWarning {
  /**
   * `collapse`: what is generated is much alike, or lacks most of the data. `discriminator-won`: the discriminator tells all
   * examples apart and the generator no longer learns from it. `oscillation`: the two sides chase each other. `overfitting`:
   * a guard saw that examples are learned by heart.
   */
  readonly kind: "collapse" | "discriminator-won" | "oscillation" | "overfitting";
  /** What was seen, and what to change. */
  readonly message: string;
}

/** A step of a model of texts: its targets are tokens. */
export interface TextStepReport extends StepReport {
  /** Target tokens seen since the run began. */
  readonly tokens: number;
  /** Target tokens a second, over this call of `fit` and without validation. */
  readonly tokensPerSecond: number;
}

/** What one phase of a step did; the last of its updates where it has several. */
export interface PhaseReport {
  readonly loss: number;
  readonly parts?: Readonly<Record<string, number>>;
  readonly lr: number;
  readonly gradNorm: number;
}

/** Where an optimizer and its schedule stand. */
export interface PhaseProgress {
  readonly optimizerSteps: number;
  readonly plateau: Readonly<PlateauState>;
}

/** Where a run stands, as JSON. */
export interface RunProgress {
  readonly options: ResolvedTraining;
  /** Fingerprint of the training data; "" before the first step. */
  readonly data: string;
  readonly dataOptions: DataOptions;
  /** Targets that a validation predicts; null: all that are kept for it. */
  readonly validationTargets: number | null;
  readonly run: number;
  readonly step: number;
  readonly examples: number;
  readonly targets: number;
  /** In the order of the phases. */
  readonly phases: readonly PhaseProgress[];
  /** With rounds: the steps that the optimizers of each shard have taken, by phase. */
  readonly taken?: readonly (readonly number[])[];
  readonly bestLoss: number | null;
  readonly bestStep: number;
  /**
   * Where the best is of a validation that came only because the run ended, between two others: the best before,
   * from which the run is continued.
   */
  readonly before?: { readonly bestLoss: number | null; readonly bestStep: number };
  readonly waited: number;
  readonly firstLoss: number | null;
  readonly lastLoss: number | null;
  readonly lastValidation: number | null;
  readonly rising: number;
  readonly finished: "steps" | "patience" | "guard" | null;
  /** The step whose weights the model has, where a run that has finished ended with its best. */
  readonly kept: number | null;
  /** What the guard remembers; absent without one. */
  readonly guard?: GuardState;
  /** What whoever watches the steps remembers of them; absent where nobody does. */
  readonly watched?: readonly number[];
  /** Options before the run was resumed with others, and until which step. */
  readonly changes?: readonly RunChange[];
  /** What was asked for. */
  readonly given?: GivenOptions;
}

/** A model's own options of `fit`, as JSON. */
export type DataOptions = Readonly<Record<string, string | number>>;
