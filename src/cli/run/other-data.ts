// What a file's model would be had its data been others: trained from its beginning, as it was asked for then, on other files.
// What followed from the data follows from those.

import type { GivenOptions, StepReport } from "../../entries/node.js";
import type { Recipe } from "../../models/base/recipe.js";
import { Failure, flag, UsageError } from "../errors.js";
import type { Kind } from "../kinds/kind.js";
import type { AnyModel } from "../kinds/model.js";
import { type Task, type TrainFlags, withWorkers } from "../options/task.js";
import { trainDefaults } from "../options/train-options.js";
import { adapterJob } from "./adapter.js";
import { givenFiles } from "./given.js";
import { begin, type RunOptions, type Trainee } from "./job.js";
import { adapts, newJob } from "./new-job.js";

/** A run on other data, begun. */
export interface OtherRun {
  readonly model: Trainee;
  /** The model that was trained, also where `model` is an adapter of it. */
  fit(signal?: AbortSignal): AsyncIterable<StepReport>;
  /** What it learns from, in words; where that is known. */
  readonly words: string | undefined;
  readonly bitsPerNat?: number | undefined;
  readonly targets?: string | undefined;
  /** What people should know of how it was begun. */
  readonly notes: readonly string[];
}

/** What it takes. */
export interface Asked {
  readonly path: string;
  readonly kind: Kind;
  /** The file's model. */
  readonly model: AnyModel;
  readonly recipe: Recipe;
  readonly paths: readonly string[];
  /** Options that were given now: how files are read, what else is learned from, workers. */
  readonly now: Readonly<Record<string, unknown>>;
  /** The model that the file's was trained further from, or whose adapter it is. */
  readonly from: string | undefined;
}

/** @throws UsageError where something has to be given again; Failure, InvalidInputError */
export async function otherRun(asked: Asked): Promise<OtherRun> {
  const { history } = asked.recipe.record;
  const { given } = history[history.length - 1];
  if (given?.train) return byCommand(asked, given.train);
  if (asked.from !== undefined) {
    throw new Failure(
      `${asked.path} was trained further by a program, or by a version that did not note what was asked for: ` +
        "the command line can say what would be without some data of a model's only run",
    );
  }
  return given?.create && given.fit ? byLibrary(asked, given) : asResolved(asked);
}

/** As `simdream train` was asked. */
async function byCommand(
  { path, paths, now, from }: Asked,
  train: Readonly<Record<string, unknown>>,
): Promise<OtherRun> {
  const again = Object.keys(train).filter(
    (name) => train[name] === true && givenFiles.includes(name),
  );
  const missing = again.find((name) => now[name] === undefined);
  if (missing) {
    throw new UsageError(
      `${path} was trained with ${flag(missing)}: give it again, a file's record holds no names of files`,
    );
  }
  const said = Object.fromEntries(Object.entries(train).filter(([name]) => !again.includes(name)));
  const flags = {
    ...trainDefaults(),
    ...said,
    ...now,
    quiet: true,
    ...(from && { from }),
  } as TrainFlags;
  const task: Task = {
    paths,
    flags,
    explicit: new Set([...Object.keys(said), ...Object.keys(now)]),
  };
  const job = adapts(flags) ? await adapterJob(from!, task) : (await newJob(task)).job;
  const { data, bitsPerNat, targets } = job.look();
  return {
    model: job.model,
    fit: (signal) => job.fit(signal),
    words: data,
    bitsPerNat,
    targets,
    notes: [],
  };
}

/** Options of `create` that are the data. */
const DATA = ["corpus", "images", "clips", "grids"];

/** As a program called `create` and `fit`. */
async function byLibrary(asked: Asked, { create = {}, fit = {} }: GivenOptions): Promise<OtherRun> {
  const { path, kind, model, now } = asked;
  const notes = [
    "asked for by a program: create and fit are called as there, on what these files hold",
  ];
  const own = model as unknown as Record<string, unknown>;
  const made: Record<string, unknown> = {};
  const data = await dataOf(kind, path, model, asked.paths, now);
  for (const [name, value] of Object.entries(create)) {
    if (value !== true || typeof own[name] === "boolean") made[name] = value;
    else if (DATA.includes(name)) made[name] = data;
    else if (name === "tokenizer") {
      made[name] = own.tokenizer ?? own.tokenizers;
      notes.push("the tokenizer was made elsewhere: its vocabulary stays, whatever the data");
    } else if (isFlag(model, name)) made[name] = value;
    else
      throw new Failure(
        `${path} was created with ${name}, which is in no file: a program can do the same again`,
      );
  }
  const beyond = Object.keys(fit).find((name) => fit[name] === true && !FLAGS.includes(name));
  if (beyond)
    throw new Failure(
      `${path} was trained with ${beyond}, which is in no file: a program can do the same again`,
    );
  const type = (model as object).constructor as unknown as {
    create(
      options: object,
    ): Promise<AnyModel & { fit(data: unknown, options: object): AsyncIterable<StepReport> }>;
  };
  const fresh = await type.create(made);
  const options = withWorkers({
    ...fit,
    ...(now.workers === undefined ? {} : { workers: now.workers }),
  } as RunOptions);
  const take = (signal?: AbortSignal) => fresh.fit(data, { ...options, ...(signal && { signal }) });
  await begin({ fit: take });
  return { model: fresh, fit: take, words: undefined, notes };
}

/** Options that are `true` or `false`. */
const FLAGS = ["flip", "recompute", "emaWarmup"];

/** Whether an option of `create` is a flag, as the model keeps it. */
function isFlag({ config }: AnyModel, name: string): boolean {
  const body = (config as { body?: object }).body;
  return [config, body].some((one) => typeof Object(one)[name] === "boolean");
}

/** With the options that followed from the whole data, and its vocabulary: what was asked for is not known. */
async function asResolved({ path, kind, recipe, paths, now }: Asked): Promise<OtherRun> {
  const model = await kind.load(recipe.begin("any"));
  const [run] = recipe.record.history;
  const trained = await kind.open(path, model, taskFor(paths, now, run.given?.train));
  const options = { ...trained.ofRun, ...run.options, resume: true } as unknown as RunOptions;
  const [job] = trained.jobs(withWorkers(options));
  await begin(job);
  const notes = [
    "the file does not say what was asked for: sizes, vocabulary and steps are those that the whole data had",
  ];
  const { data, bitsPerNat, targets } = job.look();
  return { model, fit: (signal) => job.fit(signal), words: data, bitsPerNat, targets, notes };
}

/** What files hold, as the model's `fit` and `score` take it. */
export async function dataOf(
  kind: Kind,
  path: string,
  model: AnyModel,
  paths: readonly string[],
  now: Readonly<Record<string, unknown>>,
  before?: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  // What the model does not know is left out, as evaluate does it.
  const { weights: _, weightField: _f, ...others } = now;
  const how = { ...others, from: path, unknown: "skip" };
  const trained = await kind.open(path, model, taskFor(paths, how, before));
  const [job] = trained.jobs({ val: 0 } as RunOptions);
  return job.data;
}

function taskFor(
  paths: readonly string[],
  now: Readonly<Record<string, unknown>>,
  before: Readonly<Record<string, unknown>> = {},
): Task {
  const said = Object.fromEntries(
    Object.entries(before).filter(
      ([name, value]) => !(value === true && givenFiles.includes(name)),
    ),
  );
  const flags = { ...trainDefaults(), ...said, ...now } as TrainFlags;
  return { paths, flags, explicit: new Set([...Object.keys(said), ...Object.keys(now), "val"]) };
}
