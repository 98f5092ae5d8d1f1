// A run from the command line's side, whatever the model: begin, take steps, stop when asked.

import type { ImageSet, StepReport, TrainingOptions, TrainingWarning } from "../../entries/node.js";
import type { AnyModel } from "../kinds/model.js";
import { percent, whole } from "../show/format.js";
import type { Interruption } from "./interruption.js";

/** Options of a run, by the names that the command line has for them. */
export type RunOptions = TrainingOptions & Readonly<Record<string, unknown>>;

/** What a job trains: a model, or an adapter of one. */
export type Trainee = Omit<AnyModel, "config" | "quantize"> & {
  /** With the `seed` of a model; an adapter has that of its model. */
  readonly config: object;
};

/** The run of what is trained: of the adapter in force, or else of the model. */
export function runOf(model: {
  readonly run: AnyModel["run"];
  readonly adapter: string | null;
  getAdapter(): Pick<AnyModel, "run">;
}): AnyModel["run"] {
  return model.adapter === null ? model.run : model.getAdapter().run;
}

/** A model of any kind, bound to the data and the options that it shall be trained with. */
export interface Job {
  readonly model: Trainee;
  readonly options: RunOptions;
  /** What it learns from, as `fit` takes it. */
  readonly data: unknown;
  /** The model's `fit`; `resume` in place of the options' own. */
  fit(signal?: AbortSignal, resume?: boolean): AsyncIterable<StepReport>;
  /** What can be said of the job; it takes a while to find out. */
  look(): Look;
}

/** Pictures that show how far a model is. */
export interface PictureSheet {
  /** Steps between two; 0: none. */
  readonly every: number;
  /** What each row shows, where they differ: prompts. */
  readonly rows?: readonly string[];
  /** The pictures, and how many are in a row; or one that is drawn. */
  make():
    | { readonly images: ImageSet; readonly columns: number }
    | { readonly png: Promise<Uint8Array> };
}

/** A job as people see it. */
export interface Look {
  /** Bits a character for one nat a token; undefined where bits are no measure of the model. */
  readonly bitsPerNat?: number;
  /** Steps of one pass over the training data, near enough. */
  readonly pass: number;
  /** What the model writes now, a line each; something else at every call. */
  readonly preview: () => readonly string[];
  /** What it draws, in pictures that are written beside the model and shown in a terminal that can. */
  readonly sheet?: PictureSheet | undefined;
  /** What it learns from: tokens, where nothing is said. */
  readonly targets?: string;
  readonly data: string;
  readonly model: string;
  /** What a batch is made of: "32 × 64 tokens". */
  readonly batch: string;
  /** What validations are made on; undefined: there are none. */
  readonly check: string | undefined;
  /** What the figures of a step are, where they need words. */
  readonly figures?: string | undefined;
  /** A word on the data, such as that they are few. */
  readonly note?: string | undefined;
  /** Lines that people should know of although the run continues. */
  readonly warnings?: string | undefined;
  /** Options that must be given again to resume the run. */
  readonly again: readonly string[];
  /** Words of a command that uses the model in this file. */
  use(path: string): string[];
}

/**
 * Begins the run without taking a step: checks options and data, and makes the model's state of step 0
 * one that can be saved and resumed.
 */
export async function begin<J extends Pick<Job, "fit">>(job: J, resume?: boolean): Promise<J> {
  const begun = new Error("begun");
  try {
    await job.fit(AbortSignal.abort(begun), resume)[Symbol.asyncIterator]().next();
  } catch (error) {
    if (error !== begun) throw error;
  }
  return job;
}

/**
 * What validations are made on, in words, with what they take of it where that is not all; undefined: there are none.
 * @param phrase "10 % of the pairs", from "10 %"
 */
export function checkedOn(
  val: number | undefined,
  run: AnyModel["run"],
  phrase: (percent: string) => string,
  targets: string = "token",
): string | undefined {
  if (!val) return undefined;
  const most = run?.validationTargets;
  const some = most == null ? "" : `, about ${whole(most)} ${targets}s of it`;
  return phrase(percent(val)) + some;
}

/** Steps that a report is of: one, or those of a round. */
export function stepsOf({ losses }: StepReport): number {
  return losses?.length ?? 1;
}

/** Whether one of a report's steps is a multiple of this. */
export function passes(report: StepReport, every: number): boolean {
  const before = report.step - stepsOf(report);
  return Math.floor(report.step / every) > Math.floor(before / every);
}

/** What belongs to one call of `fit`. */
export function call(
  signal?: AbortSignal,
  resume?: boolean,
): Pick<RunOptions, "signal" | "resume"> {
  return { ...(signal ? { signal } : {}), ...(resume === undefined ? {} : { resume }) };
}

/** What came of the steps. */
export interface Outcome {
  readonly last: StepReport | undefined;
  /** What the last validation measured besides the loss. */
  readonly measures: StepReport["measures"];
  /** What went wrong, as the steps said it. */
  readonly warnings: NonNullable<StepReport["warnings"]>;
  readonly interrupted: boolean;
  readonly seconds: number;
}

/** Takes a run's steps until it ends or is asked to stop, be it in the middle of a validation. */
export async function takeSteps(
  reports: AsyncIterable<StepReport>,
  interruption: Interruption,
  onStep: (report: StepReport) => void | Promise<void>,
): Promise<Outcome> {
  const started = performance.now();
  let last: StepReport | undefined;
  let measures: StepReport["measures"];
  const warnings: TrainingWarning[] = [];
  const outcome = (interrupted: boolean): Outcome => {
    const seconds = (performance.now() - started) / 1000;
    return { last, measures, warnings, interrupted, seconds };
  };
  if (interruption.asked) return outcome(true);
  try {
    for await (const report of reports) {
      last = report;
      measures = report.measures ?? measures;
      warnings.push(...(report.warnings ?? []));
      const busy = onStep(report);
      if (busy) await busy;
      if (interruption.asked && !report.finished) return outcome(true);
    }
    return outcome(false);
  } catch (error) {
    if (interruption.caused(error)) return outcome(true);
    throw error;
  }
}
