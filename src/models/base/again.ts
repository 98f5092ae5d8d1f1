// The runs of a file, taken again: step for step what made its weights, on the data that they were made of.

import type { RunRecord } from "../../formats/model-file.js";
import { InvalidInputError } from "../../host/errors.js";
import type { StepReport } from "../../train/progress.js";
import { nextRun, type Recipe } from "./recipe.js";

/** What can be trained again. */
export interface Retrained {
  readonly run: { readonly step: number } | undefined;
  save(): Uint8Array;
}

/** How a recipe is followed. */
export interface Following<M extends Retrained> {
  /** A model of a file's bytes. */
  load(bytes: Uint8Array): Promise<M>;
  /** What takes the steps of a run, on its data, with these options of `fit`. */
  fit(model: M, run: number, options: object): Promise<() => AsyncIterable<StepReport>>;
  /** A model that the first runs made, and how many those were; by default all are taken again. */
  readonly from?: { readonly model: M; readonly runs: number } | undefined;
  /** Ends after so many steps of the last run. */
  readonly until?: number | undefined;
  /** What was saved with its training after a step of the last run: it is not begun again, but resumed there. */
  readonly state?: { readonly bytes: Uint8Array; readonly step: number } | undefined;
}

/** A step of a run that is taken again. */
export interface StepAgain<M> {
  /** From 0. */
  readonly run: number;
  readonly model: M;
  readonly report: StepReport;
}

/**
 * Takes the runs of a recipe again.
 * @returns the model, with the weights of the file
 * @throws InvalidInputError for data that are not those of the run, before its first step
 */
export async function* takeAgain<M extends Retrained>(
  recipe: Recipe,
  { load, fit, from, until, state }: Following<M>,
): AsyncGenerator<StepAgain<M>, M, void> {
  const { history } = recipe.record;
  let model = from?.model;
  for (const [number, run] of history.entries()) {
    const last = number === history.length - 1;
    if ((from && number < from.runs) || (state && !last)) continue;
    const bytes = state?.bytes ?? (model ? nextRun(model.save(), run, number) : recipe.begin());
    model = await load(bytes);
    const end = last ? Math.min(until ?? run.steps, run.steps) : run.steps;
    for (const part of partsOf(run, state?.step ?? 0, end)) {
      if (part.from > 0 && model.run!.step !== part.from)
        throw ended(number, model.run!.step, part.from);
      const steps = await fit(model, number, part.options);
      for await (const report of steps()) {
        yield { run: number, model, report };
        if (report.step >= part.to) break;
      }
    }
    const { step } = model.run!;
    if (step !== end) throw ended(number, step, end);
  }
  return model!;
}

/** Parts of a run that were taken with the same options each, from a step up to another. */
function partsOf({ changes = [], options, steps }: RunRecord, begin: number, end: number) {
  const all = [...changes, { step: steps, options }];
  return all
    .map(({ step, options }, i) => ({
      from: Math.max(begin, i === 0 ? 0 : all[i - 1].step),
      to: Math.min(step, end),
      options: { ...options, resume: true },
    }))
    .filter(({ from, to }) => to > from);
}

function ended(run: number, step: number, expected: number): InvalidInputError {
  return new InvalidInputError(
    `run ${run + 1} ended after step ${step}, the one of the record after step ${expected}: it does not come to the same`,
  );
}
