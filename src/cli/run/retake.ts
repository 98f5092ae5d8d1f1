// Runs of a file, taken again on the files that it was trained on.

import { InvalidInputError } from "../../entries/node.js";
import { type Following, type StepAgain, takeAgain } from "../../models/base/again.js";
import { doubts, gap, type Recipe, recipeOf, versions } from "../../models/base/recipe.js";
import { Failure, UsageError } from "../errors.js";
import { isAdaptable } from "../io/adapters.js";
import { readBytes } from "../io/files.js";
import { type Read, readModel } from "../io/models.js";
import { namingFile } from "../io/wrong-file.js";
import type { Kind, Trained } from "../kinds/kind.js";
import { kinds } from "../kinds/kinds.js";
import type { AnyModel } from "../kinds/model.js";
import { pick } from "../options/options.js";
import { type Task, type TrainFlags, withWorkers } from "../options/task.js";
import { readingNames, trainDefaults } from "../options/train-options.js";
import type { Job, RunOptions } from "./job.js";
import { beginOn } from "./resume.js";

/** What commands that take runs again are given. */
export interface RetakeFlags extends Readonly<Record<string, unknown>> {
  readonly then?: readonly string[];
  readonly from?: string;
  readonly workers?: number;
  readonly force?: boolean;
}

/** A file whose runs are to be taken again. */
export interface Retake {
  readonly path: string;
  readonly recipe: Recipe;
  readonly kind: Kind;
  /** What people should know before. */
  readonly notes: readonly string[];
  /** The model of such a file; of an adapter, the model of --from with it. */
  load(bytes: Uint8Array): Promise<AnyModel>;
  /** SHA-256 of the file's weights. */
  readonly fingerprint: string;
  /** Steps of all runs. */
  readonly steps: number;
  /**
   * Takes the runs.
   * @param onJob is told of each run before its first step
   * @param until ends after so many steps of the last run
   * @param state what was saved with its training after a step of the last run: it is resumed there
   */
  take(
    signal: AbortSignal | undefined,
    onJob: (job: Job, run: number) => void,
    until?: number,
    state?: Following<never>["state"],
  ): AsyncGenerator<StepAgain<Subject>, Subject, void>;
}

/** What is trained again: a model, or an adapter of one. */
export interface Subject {
  readonly run: AnyModel["run"];
  readonly record: AnyModel["record"];
  fingerprint(): string;
  save(options?: { readonly training?: boolean }): Uint8Array;
  /** Its fingerprint with weights of so many bits. */
  narrow(bits: 4 | 8): Promise<string>;
}

/**
 * @param explicit options that were given
 * @throws Failure where the file cannot be trained again, and why
 */
export async function openRetake(
  path: string,
  paths: readonly string[],
  flags: RetakeFlags,
  explicit: ReadonlySet<string>,
): Promise<Retake> {
  const opened = await openRecipe(path, flags.from);
  const { bytes, recipe, adapter, base, kind } = opened;
  const { record } = recipe;
  const done = base && !adapter ? base.model.record.runs : 0;
  const why = base && !adapter ? later(record, base.model) : gap(record);
  if (why) throw new Failure(`${path} cannot be trained again: ${why}`);
  const unsure = doubts(record);
  if (unsure.length > 0 && !flags.force) {
    throw new Failure(
      `${path} may not come to the same bits: ${unsure.join("; ")}. --force trains it all the same`,
    );
  }
  const files = [paths, ...(flags.then ?? []).map((one) => [one])];
  const given = (number: number) => files[Math.min(Math.max(0, number - done), files.length - 1)];

  const load = async (own: Uint8Array): Promise<Loaded> => {
    const model = await opened.load(own);
    return adapter && isAdaptable(model)
      ? new Loaded(model, model.getAdapter())
      : new Loaded(model);
  };
  const found = await load(bytes);
  const notes = versions(record);
  return {
    ...{ path, recipe, kind, fingerprint: found.fingerprint(), steps: record.steps },
    load: (own) => opened.load(own),
    notes: unsure.length > 0 ? [...notes, ...unsure] : notes,
    async *take(signal, onJob, until, state) {
      let known: { readonly model: AnyModel; readonly trained: Trained } | undefined;
      let shown: number | undefined;
      const begun = async (run: number, { model }: Loaded, options: object): Promise<Job> => {
        const before = record.history[run].given?.train;
        const further = run > 0 || adapter ? path : undefined;
        const task = taskOf(given(run), flags, explicit, before, further);
        const trained = known?.model === model ? known.trained : await kind.open(path, model, task);
        known = { model, trained };
        const all = { ...trained.ofRun, ...options, ...(adapter ? { lora: {} } : {}) };
        const asked = withWorkers({ ...all, ...pick(flags, ["workers"]) } as RunOptions);
        return naming(path, run, record.history.length, () => beginOn(trained.jobs(asked)));
      };
      const following: Following<Loaded> = {
        load,
        until,
        state,
        from: base && !adapter ? { model: new Loaded(base.model), runs: done } : undefined,
        async fit(loaded, run, options) {
          const job = await begun(run, loaded, options);
          if (shown !== run) onJob(job, run);
          shown = run;
          return () => job.fit(signal);
        },
      };
      // What is wrong with the data of a later run is known before the first is taken.
      const later = state ? record.history.length : done + 1;
      for (let run = later; run < record.history.length; run++) {
        const { options } = record.history[run];
        const model = await load(recipe.begin("same", run));
        await begun(run, model, { ...options, resume: true });
      }
      return yield* takeAgain(recipe, following);
    },
  };
}

/** A file that says how it was trained. */
export interface OpenedRecipe {
  readonly bytes: Uint8Array;
  readonly recipe: Recipe;
  /** Whether it holds an adapter, of the model of --from. */
  readonly adapter: boolean;
  /** The model of --from. */
  readonly base: Read | undefined;
  /** What trains it. */
  readonly kind: Kind;
  /** The model of such a file; of an adapter, a model with it. @throws Failure, ModelFileError */
  load(bytes: Uint8Array): Promise<AnyModel>;
}

/** @throws UsageError for an adapter without its model; Failure for what the command line does not train */
export async function openRecipe(path: string, from: string | undefined): Promise<OpenedRecipe> {
  const bytes = readBytes(path);
  const recipe = await namingFile(path, async () => recipeOf(bytes));
  const adapter = recipe.model === "Adapter";
  if (adapter && from === undefined) {
    throw new UsageError(`${path} holds an adapter: give --from, the model that it was trained on`);
  }
  const base = from === undefined ? undefined : await readModel(from);
  const kind = base && adapter ? base.kind : kinds.find(({ model }) => model === recipe.model);
  if (!kind)
    throw new Failure(
      `${path} holds a ${JSON.stringify(recipe.model)}, which the command line does not train`,
    );
  const load = async (own: Uint8Array): Promise<AnyModel> => {
    if (!adapter) return namingFile(path, () => kind.load(own));
    const { model } = await readModel(from!);
    if (!isAdaptable(model))
      throw new Failure(`${from} holds ${kind.title}, which has no adapters`);
    await namingFile(path, () => model.loadAdapter(own));
    return model;
  };
  return { bytes, recipe, adapter, base, kind, load };
}

/** A model that is trained again, or its adapter. */
class Loaded implements Subject {
  readonly model: AnyModel;
  readonly #own: Pick<AnyModel, "run" | "record" | "fingerprint" | "save">;

  constructor(
    model: AnyModel,
    adapter?: Pick<AnyModel, "run" | "record" | "fingerprint" | "save">,
  ) {
    this.model = model;
    this.#own = adapter ?? model;
  }

  get run(): AnyModel["run"] {
    return this.#own.run;
  }

  get record(): AnyModel["record"] {
    return this.#own.record;
  }

  fingerprint(): string {
    return this.#own.fingerprint();
  }

  save(options?: { readonly training?: boolean }): Uint8Array {
    return this.#own.save(options);
  }

  async narrow(bits: 4 | 8): Promise<string> {
    return (await this.model.quantize({ bits })).fingerprint();
  }
}

/** Says of which file and run an error is. @throws Failure */
async function naming<T>(
  path: string,
  run: number,
  runs: number,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    const which = runs > 1 ? `, run ${run + 1} of ${runs}` : "";
    throw new Failure(`${path}${which}: ${error.message}`, { cause: error });
  }
}

/** What reading the files needs, as `train` has it. */
function taskOf(
  paths: readonly string[],
  flags: RetakeFlags,
  explicit: ReadonlySet<string>,
  before: Readonly<Record<string, unknown>> | undefined,
  from: string | undefined,
): Task {
  const said = pick(
    before ?? {},
    readingNames.filter((name) => before?.[name] !== true),
  );
  const now = pick(
    flags,
    readingNames.filter((name) => explicit.has(name)),
  );
  const { out: _, resume: _r, from: _f, ...defaults } = trainDefaults();
  const own: TrainFlags = { ...defaults, ...said, ...now, ...(from ? { from } : {}) };
  // The fraction of validation is the run's, whatever the size of the data would suggest.
  return {
    paths,
    flags: own,
    explicit: new Set([...Object.keys(said), ...Object.keys(now), "val"]),
  };
}

/** Why the runs after those of the base cannot be taken again. */
function later(record: AnyModel["record"], { record: before }: AnyModel): string | undefined {
  const { history } = record;
  if (before.runs >= record.runs) {
    return `it has ${record.runs} runs, and the model of --from as many as ${before.runs}`;
  }
  const same = before.history.every(
    (run, i) => run.data === history[i]?.data && run.steps === history[i]?.steps,
  );
  return same ? undefined : "the model of --from is of other runs";
}
