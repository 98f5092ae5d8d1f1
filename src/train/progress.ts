// Where a run stands, and what it reports of a step.

import type { PlateauState } from "../nn/optim/schedule.js";
import type { ResolvedTraining } from "./options.js";

/** One step of training, as `fit` reports it. */
export interface StepReport {
  /** Steps taken, from 1. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Mean loss of the step's batch, in nats per target. */
  readonly loss: number;
  /** The parts that the loss is made of, by name, where it has several. */
  readonly parts?: Readonly<Record<string, number>>;
  /** Validation loss, on the steps that have one. */
  readonly validation?: number;
  /** What else was measured with it, by name. */
  readonly measures?: Readonly<Record<string, number>>;
  /** Whether this validation is the best so far. */
  readonly best?: boolean;
  readonly lr: number;
  /** Norm of the gradient before clipping. */
  readonly gradNorm: number;
  /** Targets seen since the run began. */
  readonly tokens: number;
  /** Targets a second, over this call of `fit` and without validation. */
  readonly tokensPerSecond: number;
  /** Seconds since this call of `fit`. */
  readonly elapsed: number;
  /** On the last report: why the run ended. */
  readonly finished?: "steps" | "patience";
}

/** Where a run stands, as JSON. */
export interface RunProgress {
  readonly options: ResolvedTraining;
  /** Fingerprint of the training data; "" before the first step. */
  readonly data: string;
  readonly dataOptions: DataOptions;
  readonly run: number;
  readonly step: number;
  readonly tokens: number;
  readonly optimizerSteps: number;
  readonly plateau: PlateauState;
  readonly bestLoss: number | null;
  readonly bestStep: number;
  readonly waited: number;
  readonly firstLoss: number | null;
  readonly lastLoss: number | null;
  readonly lastValidation: number | null;
  readonly rising: number;
  readonly finished: "steps" | "patience" | null;
}

/** A model's own options of `fit`, as JSON. */
export type DataOptions = Readonly<Record<string, string | number>>;
