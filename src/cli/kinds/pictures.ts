// What the kinds of models of pictures share: reading the pictures, a job, and what is shown of a model.

import type { ImageSet, LabelColumn, StepReport } from "../../entries/node.js";
import { Failure, UsageError } from "../errors.js";
import { named } from "../io/files.js";
import { type PictureFlags, type PictureShape, readPictures } from "../io/pictures.js";
import { pick } from "../options/options.js";
import { readNames } from "../options/picture-options.js";
import { namesOf, type OptionTable } from "../options/tables.js";
import { checkValidated, type Task } from "../options/task.js";
import { fewWords, validatedOn } from "../run/few-data.js";
import { bounded, call, type Job, type PictureSheet, type RunOptions } from "../run/job.js";
import { percent, plural, shellWords, size, whole } from "../show/format.js";
import type { Trained } from "./kind.js";
import type { AnyModel, Inspection, Rows } from "./model.js";

/** What every model of pictures is to the command line. */
export interface PictureModel extends AnyModel {
  readonly shape: readonly number[];
  readonly labels: readonly LabelColumn[];
  readonly config: AnyModel["config"] & {
    readonly body: Readonly<Record<string, string | number>> & { readonly network: string };
  };
  fit(data: ImageSet, options: object): AsyncIterable<StepReport>;
}

/** What a kind adds. */
export interface PictureKind<M extends PictureModel> {
  readonly options: readonly OptionTable[];
  /** "VAE of 16 latent numbers" */
  words(model: M): string;
  /** Options that a model keeps, besides its body's and its seed. */
  fixed(model: M): Readonly<Record<string, unknown>>;
  /** What the run in a file says of the kind's own options of `fit`. */
  ofRun(run: Readonly<Record<string, string | number>>): Readonly<Record<string, unknown>>;
  /** Pictures that show how far it is; undefined where it makes none. */
  sheet?(model: M, set: ImageSet): Omit<PictureSheet, "every">;
  /** A command that uses it. */
  use(path: string, paths: readonly string[]): string[];
}

/** The pictures of a task, and the run's options for them. @throws UsageError, Failure, InvalidInputError */
export async function newPictures(
  task: Task,
  asked: RunOptions,
): Promise<{ readonly set: ImageSet; readonly run: RunOptions }> {
  const { flags, explicit } = task;
  const own = explicit.has("val") ? asked : { ...asked, val: 0 };
  checkValidated(own, task);
  const set = await readPictures(task.paths, flags as PictureFlags);
  return {
    set,
    run: validatedOn(own, { of: "picture", count: set.length, different: set.length }, task),
  };
}

/** Options of `create` as they were given. */
export function createOptions(
  { flags }: Task,
  options: readonly OptionTable[],
  of: string,
): Record<string, unknown> {
  return pick(flags, namesOf(options, `${of}.create`));
}

export function pictureJob<M extends PictureModel>(
  kind: PictureKind<M>,
  model: M,
  { paths, flags }: Task,
  set: ImageSet,
  options: RunOptions,
): Job {
  return {
    model,
    options,
    fit: (signal, resume) => model.fit(set, { ...options, ...call(signal, resume) }),
    look() {
      const { run, parameterCount } = model;
      const { batch } = run!.dataOptions;
      const val = Number(options.val ?? 0);
      const every =
        (flags.previewEvery as number | undefined) ??
        Math.max(1, Math.round(run!.options.steps / 20));
      const sheet = kind.sheet?.(model, set);
      return {
        targets: "picture",
        data: `${named(paths)}: ${plural(set.length, "picture")} of ${set.width} × ${set.height}${labelled(set)}`,
        model: `${kind.words(model)}, ${bodyWords(model)}: ${plural(parameterCount, "parameter")}, ${size(4 * parameterCount)}`,
        batch: plural(Number(batch), "picture"),
        note: fewWords({ of: "picture", count: set.length, different: set.length }),
        pass: Math.ceil(((1 - val) * set.length) / Number(batch)) / run!.options.accumulate,
        check: percent(val, (part) =>
          bounded(`${part} of the pictures`, run).replace("tokens", "pictures"),
        ),
        preview: () => [],
        sheet: sheet && { ...sheet, every },
        again: [
          ...readAgain(flags as PictureFlags),
          ...(flags.previewEvery === undefined
            ? []
            : ["--preview-every", String(flags.previewEvery)]),
        ],
        use: (path) => kind.use(path, paths),
      };
    },
  };
}

function labelled({ channels, labels }: ImageSet): string {
  const colours = { 1: "grey", 3: "RGB", 4: "RGBA" }[channels];
  const said = labels.map(({ name, classes }) => `${name} (${whole(classes.length)})`);
  return `, ${colours}${said.length > 0 ? `, with ${said.slice(0, 6).join(", ")}${said.length > 6 ? ", …" : ""}` : ""}`;
}

/** Options with which the files are read as they were. */
function readAgain(flags: PictureFlags): string[] {
  return readNames.flatMap((name) => {
    const value = (flags as Readonly<Record<string, unknown>>)[name];
    return value === undefined ? [] : [`--${name}`, String(value)];
  });
}

/** What a file's model is to `train`. */
export async function openPictures<M extends PictureModel>(
  kind: PictureKind<M>,
  path: string,
  model: M,
  task: Task,
): Promise<Trained> {
  const { network, ...sizes } = model.config.body;
  const { flags } = task;
  const set = await readPictures(task.paths, flags as PictureFlags, shapeOf(path, model));
  const of = model.run?.dataOptions;
  return {
    fixed: { network, ...sizes, ...kind.fixed(model), seed: model.config.seed },
    ofRun: of
      ? { ...pick(of, ["batch", "val", "shift"]), flip: of.flip === 1, ...kind.ofRun(of) }
      : {},
    check() {},
    *jobs(run) {
      const val = task.explicit.has("val") || run.resume ? run.val : 0;
      yield pictureJob(kind, model, task, set, { ...run, val });
    },
  };
}

/** What the model takes. @throws Failure for a model of vectors, which files of pictures are not */
export function shapeOf(path: string, { shape }: Pick<PictureModel, "shape">): PictureShape {
  const [height, width, channels] = shape;
  if (shape.length === 3 && (channels === 1 || channels === 3 || channels === 4)) {
    return { height, width, channels };
  }
  throw new Failure(
    `${path} holds a model of vectors of ${shape.join(" × ")} numbers, which no pictures are`,
  );
}

/** A network in a few words. */
function bodyWords({ config: { body } }: PictureModel): string {
  const { network, layers, hidden, channels, norm } = body;
  const deep = plural(Number(layers), "layer");
  if (network === "dense") return `dense, ${deep} of ${hidden}`;
  const norms = norm === undefined || norm === "none" ? "" : `, ${norm} norm`;
  return `convolutions, ${deep} from ${channels} channels${norms}`;
}

export function inspectPictures<M extends PictureModel>(
  kind: PictureKind<M>,
  model: M,
): Inspection {
  const { body } = model.config;
  const rows = Object.entries(body).map(([name, value]) => [name, String(value)] as const);
  const own = Object.entries(kind.fixed(model)).map(
    ([name, value]) => [name, String(value)] as const,
  );
  return {
    model: kind.words(model),
    traits: [
      ["pictures", `${model.shape.join(" × ")} (height × width × channels)`],
      ...rows,
      ...own,
    ],
    assets: labelRows(model.labels),
    unit: "nats a picture",
    targets: "picture",
    json: model.labels.length > 0 ? { labels: model.labels } : {},
  };
}

function labelRows(labels: readonly LabelColumn[]): Rows {
  return labels.map(({ name, classes }) => {
    const more = classes.length > 8 ? ` and ${classes.length - 8} more` : "";
    return [`label ${name}`, `${classes.slice(0, 8).join(", ")}${more}`];
  });
}

/** Refuses options of another network, before the library does in words of its own. @throws UsageError */
export function checkBody({ flags }: Task): void {
  const network = flags.network as string | undefined;
  if (network !== undefined && network !== "dense" && network !== "conv") {
    throw new UsageError(
      `--network must be dense or conv for pictures, got ${shellWords([network])}`,
    );
  }
}
