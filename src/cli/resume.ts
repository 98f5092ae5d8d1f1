// Going on with a run: everything that makes its bits comes from the file; the command line may only
// change what a run may change.

import { createTokenizer, InvalidInputError, type LanguageModel } from "../index.js";
import { Failure, flag, UsageError } from "./errors.js";
import { arrange, checkCharacters, type DocumentMode, readModel, type TextFile } from "./files.js";
import { pick } from "./options.js";
import { checkTogether, fitNames, type TrainFlags, withWorkers } from "./train-options.js";
import { begin, type Job } from "./training.js";

/** A job to go on with, or why there is nothing left to do. */
export interface Resumed {
  readonly job: Job;
  readonly done?: string;
}

/** @throws UsageError for options that contradict the file; Failure, InvalidInputError */
export async function resumeJob(
  path: string,
  files: readonly TextFile[],
  flags: TrainFlags,
  explicit: ReadonlySet<string>,
): Promise<Resumed> {
  const { model } = await readModel(path);
  if (model.quantized) {
    throw new Failure(`${path} is quantised, for sampling only; resume the file it was made from`);
  }
  checkModel(path, model, files, flags, explicit);
  const { run, record } = model;
  const given = pick(
    flags,
    fitNames.filter((name) => explicit.has(name) || (!run && record.steps === 0)),
  );
  const options = withWorkers({ ...run?.dataOptions, ...run?.options, ...given });
  checkTogether({ ...options, documents: model.config.documents }, explicit);
  const job: Job = { model, data: "", options };
  const steps = explicit.has("steps") ? flags.steps! : (run?.options.steps ?? 0);
  if (!run && record.steps > 0) {
    // A run that ended by --patience has fewer steps than were asked for.
    if (steps <= record.steps || Number(given.patience ?? 0) > 0) return { job, done: whole(path) };
    throw new Failure(
      `${path} holds a finished run of ${record.steps} steps without the optimizer's state, which ` +
        `${steps} steps would need; to train further later, train with --keep-state`,
    );
  }
  if (run) {
    checkRun(path, { ...run.dataOptions, optimizer: run.options.optimizer }, given);
    if (run.finished && steps <= run.options.steps) return { job, done: whole(path) };
    if (run.step > 0 && steps <= run.step) {
      throw new UsageError(
        `${path} is at step ${run.step}; --steps must be above it, got ${steps}`,
      );
    }
  }
  return { job: await beginOn(job, files, modes(model, flags, explicit), run !== undefined) };
}

function whole(path: string): string {
  return `${path} holds a finished run; there is nothing left to do`;
}

/** Begins with the first way of cutting the files that gives the data which the run was begun on. */
async function beginOn(
  { model, options }: Job,
  files: readonly TextFile[],
  modes: readonly DocumentMode[],
  resume: boolean,
): Promise<Job> {
  let first: unknown;
  for (const mode of modes) {
    checkCharacters(model, files, mode);
    const job = { model, data: arrange(files, mode), options: { ...options, resume } };
    try {
      await begin(job);
      return job;
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      first ??= error;
    }
  }
  throw first;
}

function modes(
  model: LanguageModel,
  flags: TrainFlags,
  explicit: ReadonlySet<string>,
): readonly DocumentMode[] {
  if (explicit.has("documents")) return [flags.documents];
  return model.config.documents ? ["lines", "files"] : ["none"];
}

/** What cannot be changed in a model. @throws UsageError */
function checkModel(
  path: string,
  model: LanguageModel,
  files: readonly TextFile[],
  flags: TrainFlags,
  explicit: ReadonlySet<string>,
): void {
  const { config, tokenizer } = model;
  const { embed, hidden, layers, dropout, seed } = config;
  const fixed = { embed, hidden, layers, dropout, seed, tokenizer: tokenizer.kind };
  for (const [name, value] of Object.entries(fixed)) {
    const given = flags[name as keyof typeof fixed];
    if (explicit.has(name) && given !== value) throw contradiction(path, name, given, value);
  }
  if (explicit.has("documents") && (flags.documents !== "none") !== config.documents) {
    const value = config.documents ? "lines or files" : "none";
    throw contradiction(path, "documents", flags.documents, value);
  }
  if (!explicit.has("vocab")) return;
  const specials = config.documents ? ["<start>", "<end>"] : [];
  const texts = files.map(({ text }) => text);
  const same = createTokenizer(tokenizer.kind, texts, { vocab: flags.vocab, specials });
  if (same.size === tokenizer.size) return;
  throw contradiction(path, "vocab", flags.vocab, tokenizer.size - specials.length);
}

/** What cannot be changed in a run. @throws UsageError */
function checkRun(path: string, fixed: object, given: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(fixed)) {
    if (given[name] === undefined || given[name] === value) continue;
    throw contradiction(path, name, given[name], value);
  }
}

function contradiction(path: string, name: string, given: unknown, value: unknown): UsageError {
  return new UsageError(
    `${flag(name)} ${given} contradicts ${path}, which was trained with ${value}; ` +
      "leave it out, or begin a new run without --resume",
  );
}
