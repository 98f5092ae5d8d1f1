// Resuming a run: everything that makes its bits comes from the file; the command line may only
// change what a run may change.

import { InvalidInputError } from "../../entries/node.js";
import { contradiction, Failure, UsageError } from "../errors.js";
import { readModel } from "../io/models.js";
import { checkKind, kindNamed } from "../kinds/kinds.js";
import type { AnyModel } from "../kinds/model.js";
import { pick } from "../options/options.js";
import { checkValidated, fitNames, fitOptions, type Task, withWorkers } from "../options/task.js";
import { noteGiven } from "./given.js";
import { begin, type Job } from "./job.js";

/** A job to resume; or a model with which there is nothing left to do, and why. */
export type Resumed = { readonly job: Job } | { readonly model: AnyModel; readonly done: string };

/** @throws UsageError for options that contradict the file; Failure, InvalidInputError */
export async function resumeJob(path: string, task: Task): Promise<Resumed> {
  const { flags, explicit } = task;
  const { kind, model } = await readModel(path);
  if (model.quantized) {
    throw new Failure(`${path} is quantised, for sampling only; resume the file it was made from`);
  }
  if (explicit.has("epochs")) {
    throw new UsageError("a run that is resumed counts steps: give --steps instead of --epochs");
  }
  const trained = await kind.open(path, model, task);
  const { ofRun } = trained;
  checkFixed(path, { ...trained.fixed, model: kind.name }, pick(flags, explicit));
  checkKind(kind, explicit);
  const { run, record } = model;
  const given = fitOptions(
    flags,
    fitNames(kind.options).filter((name) => explicit.has(name) || (!run && record.steps === 0)),
  );
  const options = withWorkers({ ...ofRun, ...run?.options, ...given });
  trained.check(options);
  checkValidated(options, task);
  const steps = explicit.has("steps") ? flags.steps! : (run?.options.steps ?? 0);
  const done = { model, done: `${path} holds a finished run; there is nothing left to do` };
  if (!run && record.steps > 0) {
    // A run that ended by --patience has fewer steps than were asked for.
    if (steps <= record.steps || Number(given.patience ?? 0) > 0) return done;
    throw new Failure(
      `${path} holds a finished run of ${record.steps} steps without the optimizer's state, which ` +
        `${steps} steps would need; to train further later, train with --keep-state`,
    );
  }
  if (run) {
    checkFixed(path, { ...ofRun, optimizer: run.options.optimizer }, given);
    if (run.finished && steps <= run.options.steps) return done;
    if (run.step > 0 && steps <= run.step) {
      throw new UsageError(
        `${path} is at step ${run.step}; --steps must be above it, got ${steps}`,
      );
    }
  }
  noteGiven(model, task);
  return { job: await beginOn(trained.jobs({ ...options, resume: run !== undefined })) };
}

/**
 * Begins with the first job whose data are those which the run was begun on.
 * @throws what was wrong with the first way of reading the data
 */
export async function beginOn(jobs: Iterable<Job>): Promise<Job> {
  let first: unknown;
  try {
    for (const job of jobs) {
      try {
        return await begin(job);
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
        first ??= error;
      }
    }
  } catch (error) {
    // Another way of reading the data, that cannot be, says nothing of the one that is meant.
    throw first ?? error;
  }
  throw first;
}

/** What cannot be changed in a model or a run. @throws UsageError */
export function checkFixed(
  path: string,
  fixed: object,
  given: Readonly<Record<string, unknown>>,
): void {
  for (const [name, value] of Object.entries(fixed)) {
    const said = name === "model" ? kindSaid(given) : given[name];
    if (said === undefined || said === value) continue;
    throw contradiction(path, name, said, value);
  }
}

/** The kind that `--model` says, by whichever of its names. */
function kindSaid({ model }: Readonly<Record<string, unknown>>): string | undefined {
  return model === undefined ? undefined : kindNamed(String(model))?.name;
}
