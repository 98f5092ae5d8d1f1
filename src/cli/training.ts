// Training from the command line's side: begin, take steps, stop when asked.

import type { LanguageFitOptions, LanguageModel, StepReport } from "../index.js";
import type { Interruption } from "./interruption.js";

/** A model and what it shall be trained on. */
export interface Job {
  readonly model: LanguageModel;
  readonly data: string | readonly string[];
  readonly options: LanguageFitOptions;
}

/**
 * Begins the run without taking a step: checks options and data, and makes the model's state of step 0
 * one that can be saved and resumed.
 */
export async function begin({ model, data, options }: Job): Promise<void> {
  const begun = new Error("begun");
  try {
    await model.fit(data, { ...options, signal: AbortSignal.abort(begun) }).next();
  } catch (error) {
    if (error !== begun) throw error;
  }
}

/** What came of the steps. */
export interface Outcome {
  readonly last: StepReport | undefined;
  readonly interrupted: boolean;
  readonly seconds: number;
}

/** Takes the run's steps until it ends or is asked to stop. */
export async function takeSteps(
  { model, data, options }: Job,
  interruption: Interruption,
  onStep: (report: StepReport) => void,
): Promise<Outcome> {
  const started = performance.now();
  const outcome = (last: StepReport | undefined, interrupted: boolean): Outcome => ({
    last,
    interrupted,
    seconds: (performance.now() - started) / 1000,
  });
  if (interruption.asked) return outcome(undefined, true);
  let last: StepReport | undefined;
  for await (const report of model.fit(data, options)) {
    last = report;
    onStep(report);
    if (interruption.asked && !report.finished) return outcome(last, true);
  }
  return outcome(last, false);
}
