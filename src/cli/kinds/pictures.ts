// What the kinds of models of pictures share: reading the pictures, a job, and what is shown of a model.

import {
  type AutoencoderConfig,
  type DiffusionConfig,
  ImageSet,
  type LabelColumn,
  type Made,
  type PictureData,
  type StepReport,
  type Tokenizer,
  type VAEConfig,
} from "../../entries/node.js";
import { Failure, UsageError } from "../errors.js";
import type { PictureShape } from "../io/pictures.js";
import { holdVectors } from "../io/vectors.js";
import { readWeights, weightsAgain } from "../io/weights.js";
import { pick, typedAgain } from "../options/options.js";
import { commandLineName, namesOf, type OptionTable } from "../options/tables.js";
import { checkValidated, type Task } from "../options/task.js";
import { type Amount, fewWords, validatedOn } from "../run/few-data.js";
import { call, checkedOn, type Job, type PictureSheet, type RunOptions } from "../run/job.js";
import { plural, shellWords, size } from "../show/format.js";
import { sized, vocabulary } from "../show/model-rows.js";
import { type Body, bodyWords, classRows, optionRows, shapeRow } from "../show/picture-rows.js";
import { scatter } from "../show/scatter.js";
import { type Examples, readExamples } from "./examples.js";
import type { Trained } from "./kind.js";
import type { AnyModel, Inspection, Rows } from "./model.js";

/** What every model of pictures is to the command line. */
export interface PictureModel extends AnyModel {
  readonly shape: readonly number[];
  readonly labels: readonly LabelColumn[];
  readonly config: AnyModel["config"] & { readonly body: Body };
  fit(data: PictureData, options: object): AsyncIterable<StepReport>;
}

/** What a kind adds. */
export interface PictureKind<M extends PictureModel, D extends PictureData = ImageSet> {
  readonly options: readonly OptionTable[];
  /** "VAE of 16 latent numbers" */
  words(model: M): string;
  /** It learns from clips. */
  readonly clips?: true;
  /** Options that a model keeps, besides its body's and its seed. */
  fixed(model: M): Readonly<Record<string, unknown>>;
  /** What the run in a file says of the kind's own options of `fit`. */
  ofRun(run: Readonly<Record<string, string | number>>): Readonly<Record<string, unknown>>;
  /** What the figures of a step are, where they need words. */
  readonly figures?: string;
  /** Pictures that show how far it is; undefined where it makes none. */
  sheet?(model: M, data: D): Omit<PictureSheet, "every"> | undefined;
  /** The fewest steps between two such pictures where nothing is said: for those that take their time. Default 1. */
  readonly sheetEvery?: number;
  /** A command that uses it. */
  use(path: string, paths: readonly string[], model: M, data: D): string[];
}

/**
 * Samples as they are shown while a model learns: pictures, or points beside real ones; undefined for rows of one number.
 * @param points real ones that are shown, and generated ones
 */
export function sampleSheet(
  data: PictureData,
  points: number,
  generate: (samples: number) => Made,
): Omit<PictureSheet, "every"> | undefined {
  if (data instanceof ImageSet) {
    return { make: () => ({ images: generate(64).images, columns: 16 }) };
  }
  if (data[0].length < 2) return undefined;
  const real = { name: "real", rows: data.slice(0, points), colour: 0 } as const;
  return {
    make() {
      const { rows } = generate(real.rows.length);
      return { png: scatter([real, { name: "generated", rows, colour: 1 }]) };
    },
  };
}

/** A command that uses a model of pictures, or of rows of numbers. */
export function useGenerate(path: string, [data]: readonly string[]): string[] {
  return holdVectors([data])
    ? ["generate", path, "--samples", "1000", "--out", "generated.csv"]
    : ["generate", path, "--samples", "64", "--out", "grid.png"];
}

/** Examples of any kind, and the run's options for them. @throws UsageError, Failure, InvalidInputError */
export async function newExamples<D extends PictureData>(
  task: Task,
  asked: RunOptions,
  read: () => Promise<Examples<D>>,
): Promise<{ readonly examples: Examples<D>; readonly run: RunOptions }> {
  const own = task.explicit.has("val") ? asked : { ...asked, val: 0 };
  checkValidated(own, task);
  const examples = await read();
  return { examples, run: validatedOn(own, amountOf(examples), task) };
}

function amountOf({ of, data: { length } }: Examples<PictureData>): Amount {
  return { of, count: length, different: length };
}

/** Options of a class's `create` as they were given; without labels where those of the pictures shall be ignored. */
export function createOptions(
  { flags }: Task,
  options: readonly OptionTable[],
  of: string,
): Record<string, unknown> {
  const call = `${of}.create`;
  const given = pick(flags, namesOf(options, call));
  const learns = options.some((one) => one.call === call && Object.hasOwn(one.rules, "labels"));
  return flags.ignoreLabels && learns ? { ...given, labels: false } : given;
}

/**
 * A job on a new model of pictures.
 * @param of the name of its class
 * @param create the class's own
 * @throws UsageError, Failure, InvalidInputError
 */
export async function createPictures<M extends PictureModel>(
  kind: PictureKind<M>,
  of: string,
  task: Task,
  asked: RunOptions,
  create: (
    options: Readonly<Record<string, unknown>> & { readonly images: ImageSet },
  ) => Promise<M>,
): Promise<Job> {
  checkBody(task);
  const { examples, run } = await newExamples(task, asked, () =>
    readExamples(task, undefined, kind.clips),
  );
  const given = createOptions(task, kind.options, of);
  return pictureJob(kind, await create({ ...given, images: examples.data }), task, examples, run);
}

/** What `fit` is given that is no option of the command line, and the words that give it again. */
interface More {
  readonly fit?: object;
  readonly again?: readonly string[];
}

export function pictureJob<M extends PictureModel, D extends PictureData>(
  kind: PictureKind<M, D>,
  model: M,
  { paths, flags }: Task,
  examples: Examples<D>,
  options: RunOptions,
  { fit = {}, again = [] }: More = {},
): Job {
  const { data, of } = examples;
  const weights = readWeights(flags, data instanceof ImageSet ? data.names : undefined);
  return {
    model,
    options,
    data,
    fit: (signal, resume) =>
      model.fit(data, { ...options, ...fit, ...weights, ...call(signal, resume) }),
    look() {
      const { run, parameterCount } = model;
      const { batch } = run!.dataOptions;
      const val = Number(options.val ?? 0);
      const every =
        (flags.previewEvery as number | undefined) ??
        Math.max(kind.sheetEvery ?? 1, Math.round(run!.options.steps / 20));
      const sheet = kind.sheet?.(model, data);
      return {
        targets: of,
        data: examples.words,
        model: `${kind.words(model)}, ${bodyWords(model.config.body)}: ${plural(parameterCount, "parameter")}, ${size(4 * parameterCount)}`,
        batch: plural(Number(batch), of),
        note: fewWords(amountOf(examples)),
        figures: kind.figures,
        pass: Math.ceil(((1 - val) * data.length) / Number(batch)) / run!.options.accumulate,
        check: checkedOn(val, run, (percent) => `${percent} of the ${of}s`, of),
        preview: () => [],
        sheet: sheet && { ...sheet, every },
        again: [
          ...examples.again,
          ...again,
          ...typedAgain(flags, ["previewEvery"]),
          ...weightsAgain(flags),
        ],
        use: (path) => kind.use(path, paths, model, data),
      };
    },
  };
}

/** What a file's model is to `train`. */
export async function openPictures<M extends PictureModel>(
  kind: PictureKind<M>,
  path: string,
  model: M,
  task: Task,
): Promise<Trained> {
  const examples = await readExamples(task, shapeOf(path, model), kind.clips);
  return trainedOn(kind, model, task, examples);
}

/** The same on examples of any kind. */
export function trainedOn<M extends PictureModel, D extends PictureData>(
  kind: PictureKind<M, D>,
  model: M,
  task: Task,
  examples: Examples<D>,
  more?: More,
): Trained {
  const fixed = { ...model.config.body, ...kind.fixed(model), seed: model.config.seed };
  const of = model.run?.dataOptions;
  return {
    fixed: typed(fixed, kind.options),
    ofRun: of
      ? { ...pick(of, ["batch", "val", "shift"]), flip: of.flip === 1, ...kind.ofRun(of) }
      : {},
    check() {},
    *jobs(run) {
      const val = task.explicit.has("val") || run.resume ? run.val : 0;
      yield pictureJob(kind, model, task, examples, { ...run, val }, more);
    },
  };
}

/** Options by the names that the command line has for them. */
function typed(values: object, tables: readonly OptionTable[]): Record<string, unknown> {
  const own = Object.entries(values).map(([name, value]) => {
    const of = tables.find(({ called }) => Object.hasOwn(called, name));
    return [of ? commandLineName(of, name) : name, value];
  });
  return Object.fromEntries(own);
}

/** What the model takes. @throws Failure for a model of vectors, which files of pictures are not */
export function shapeOf(path: string, { shape }: Pick<PictureModel, "shape">): PictureShape {
  const [channels, width, height, frames] = [...shape].reverse();
  if (shape.length >= 3 && (channels === 1 || channels === 3 || channels === 4)) {
    return { height, width, channels, ...(frames === undefined ? {} : { frames }) };
  }
  throw new Failure(
    `${path} holds a model of vectors of ${shape.join(" × ")} numbers, not of pictures`,
  );
}

/** What `inspect` shows of a model of pictures. */
export function inspectPictures<M extends PictureModel>(
  kind: PictureKind<M>,
  model: M,
): Inspection {
  const { shape, labels, config } = model;
  return {
    model: kind.words(model),
    traits: [shapeRow(shape), ...optionRows(config.body), ...optionRows(kind.fixed(model))],
    assets: classRows(labels),
    unit: "nats a picture",
    targets: "picture",
    json: labels.length > 0 ? { labels } : {},
  };
}

/** The options that made a model's adversary, where it has one. */
export function adversaryFixed({ adversary }: VAEConfig | AutoencoderConfig): object {
  return adversary ? { adversary: adversary.name, adversaryHidden: adversary.hidden } : {};
}

/** The same of a model that learned captions: its tokenizer, and further rows. */
export function inspectWords(all: Inspection, tokenizer: Tokenizer, more: Rows = []): Inspection {
  return {
    ...all,
    traits: all.traits.filter(([name]) => name !== "tokenizer"),
    assets: [...all.assets, ["tokenizer", vocabulary(tokenizer)], ...more],
    json: { ...all.json, tokenizer: sized(tokenizer) },
  };
}

/** What a model keeps of what reads captions, by the names of its options. */
export function keptWords(
  { width, layers, heads, context, levels }: NonNullable<DiffusionConfig["text"]>,
  tokenizer: Tokenizer,
): Readonly<Record<string, unknown>> {
  return {
    ...{ textWidth: width, textLayers: layers, textHeads: heads, textContext: context },
    ...(levels === undefined ? {} : { textLevels: levels }),
    tokenizer: tokenizer.kind,
  };
}

/** Refuses options of another network, before the library does in words of its own. @throws UsageError */
export function checkBody({ flags }: Task, convolutions = "conv"): void {
  const network = flags.network as string | undefined;
  if (network === undefined || network === "dense" || network === convolutions) return;
  const hints: Readonly<Record<string, string>> = {
    dcgan: "; dcgan is for --model gan",
    conv: "; conv is for other models",
    unet: "; unet is for --model diffusion",
    mlp: "; mlp is for --model diffusion",
  };
  const other = Object.hasOwn(hints, network) ? hints[network] : undefined;
  throw new UsageError(
    `--network must be dense or ${convolutions} for ${convolutions === "conv" ? "pictures" : "a GAN"}, got ${shellWords([network])}${other ?? ""}`,
  );
}
