// A model as one safetensors file. The weights have PyTorch's names and layouts, so PyTorch loads them
// as they are; what makes them a model is JSON in the file's metadata, under "simdream". A checkpoint
// has the run's further state as tensors whose names begin with "training.".

import { checkFlag, checkNumber, describe, ModelFileError, SimdreamError } from "../host/errors.js";
import { numerics, version } from "../host/version.js";
import { checkObject, checkString, type Json, parseObject } from "./json.js";
import {
  readMetadata,
  readSafetensors,
  type TensorEntry,
  writeSafetensors,
} from "./safetensors.js";

/** Version of the file's layout. Version 1, of simdream 0.1, is read as well. */
const FORMAT = 2;
export const TRAINING = "training.";

/** A run of training, as it could be begun again. */
export interface RunRecord {
  /** Version of simdream, and of its arithmetic. */
  readonly version: string;
  readonly numerics: number;
  /** Seed of the model. */
  readonly seed: number;
  /** All options of the run: of the loop, and of the data. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly dataOptions: Readonly<Record<string, unknown>>;
  /** Hash of the training data. */
  readonly data: string;
  readonly steps: number;
  /** Options that a call which resumed the run replaced, in order; absent where the run had one set of options. */
  readonly changes?: readonly RunChange[];
  /** What was asked for; absent in files of versions before 0.3. */
  readonly given?: GivenOptions;
}

/** Options of a run until it was resumed with others. */
export interface RunChange {
  /** The last step that was taken with them. */
  readonly step: number;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Options as they were given, as far as they are JSON: what is not in here followed from the data, or was the default.
 * Data, and what else is no JSON, are `true`.
 */
export interface GivenOptions {
  /** Options of `create`; of the first run. */
  readonly create?: Readonly<Record<string, unknown>>;
  /** Options of `fit`. */
  readonly fit?: Readonly<Record<string, unknown>>;
  /** Options of `simdream train`, in place of both. */
  readonly train?: Readonly<Record<string, unknown>>;
}

/** What a model knows of its training. It has no clock in it: the same run gives the same file. */
export interface TrainingRecord {
  /** Whether the weights came from a file that does not say how they were trained: PyTorch's. */
  readonly imported: boolean;
  /** Whether a step was taken with `simdream/fast`, whose bits depend on the engine. */
  readonly fast: boolean;
  /** Runs begun. */
  readonly runs: number;
  /** Steps over all runs. */
  readonly steps: number;
  /** Examples seen over all runs. */
  readonly examples: number;
  /** Targets seen over all runs: tokens of a text model. */
  readonly targets: number;
  /** Loss of the last step. */
  readonly loss: number | null;
  /** Last validation loss; the best one where the best weights were kept. */
  readonly validation: number | null;
  /** The runs, the last thousand of them. */
  readonly history: readonly RunRecord[];
}

/** The record of a model that was never trained. */
export const untrained: TrainingRecord = {
  imported: false,
  fast: false,
  runs: 0,
  steps: 0,
  examples: 0,
  targets: 0,
  loss: null,
  validation: null,
  history: [],
};

const count = { integer: true, min: 0 };

/** Runs that a record keeps. */
export const HISTORY = 1000;

/** Weights of few bits: with which products are computed, or which are f32 again once they are read. */
export type QuantizedWeights = (typeof quantizedWeights)[number];
const quantizedWeights = ["int8", "int4", "int8-stored"] as const;

/** What a model's own class says of it, in the file's metadata. Only that class knows what it means. */
export interface StoredModel {
  readonly model: string;
  /** The network: its kind and sizes. */
  readonly network: Readonly<Record<string, unknown>>;
  /** What else the model was created with. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Tokenizers, palettes, labels. */
  readonly assets: Readonly<Record<string, unknown>>;
}

/** What describes a model, in the file's metadata. */
export interface ModelDescription extends StoredModel {
  /** How weights are stored: as f32 where it is undefined. */
  readonly weights?: QuantizedWeights | undefined;
  readonly record: TrainingRecord;
}

/** A file, read and checked, but not yet in a model. */
export interface ModelFile {
  /** The package's version that wrote the file; undefined where the file does not say. */
  readonly savedBy: string | undefined;
  /** Version of the arithmetic that its run was computed with. */
  readonly numerics: number;
  /** Undefined where the file was not written by simdream: weights only, from PyTorch for example. */
  readonly description: ModelDescription | undefined;
  readonly weights: ReadonlyMap<string, TensorEntry>;
  /** The run in progress, as JSON that has not been checked. */
  readonly progress: unknown;
  /** Tensors of the run, without their prefix. */
  readonly training: ReadonlyMap<string, TensorEntry>;
  /**
   * Of a recipe: a run that is to be taken again stands before its first step. `initial`: on the weights that follow from the
   * seed, but for those that the file has; `next`: on those of the file.
   */
  readonly recipe?: Recipe | undefined;
}

/** What a recipe begins with. */
type Recipe = (typeof recipes)[number];
const recipes = ["initial", "next"] as const;

/** What a file's metadata say, as they are; undefined where simdream did not write it. @throws ModelFileError */
export function modelMetadata(bytes: Uint8Array | ArrayBuffer): Json | undefined {
  const text = readMetadata(bytes).get("simdream");
  return text === undefined ? undefined : upgraded(parseObject(text, "the simdream metadata"));
}

/** Writes a model, and its run where one is given. */
export function writeModelFile(
  description: ModelDescription,
  weights: readonly TensorEntry[],
  run?: { readonly progress: unknown; readonly tensors: readonly TensorEntry[] },
): Uint8Array<ArrayBuffer> {
  const training = run?.tensors.map((entry) => ({ ...entry, name: TRAINING + entry.name })) ?? [];
  const json = { format: FORMAT, version, numerics, ...description, progress: run?.progress };
  const metadata = { simdream: JSON.stringify(json) };
  return writeSafetensors([...weights, ...training], metadata) as Uint8Array<ArrayBuffer>;
}

/**
 * Which class's `load` takes the file, such as "LanguageModel"; undefined where simdream did not write it.
 * Only the file's head is read. @throws ModelFileError
 */
export function modelKind(bytes: Uint8Array | ArrayBuffer): string | undefined {
  const text = readMetadata(bytes).get("simdream");
  if (text === undefined) return undefined;
  return checkString("model", parseObject(text, "the simdream metadata").model);
}

/** Reads and checks a file. @throws ModelFileError */
export function readModelFile(bytes: Uint8Array | ArrayBuffer, model: string): ModelFile {
  const file = readSafetensors(bytes);
  const tensors = new Map<string, TensorEntry>();
  const training = new Map<string, TensorEntry>();
  for (const [name, entry] of file.tensors) {
    if (name.startsWith(TRAINING)) training.set(name.slice(TRAINING.length), entry);
    else tensors.set(name, entry);
  }
  const text = file.metadata.get("simdream");
  if (text === undefined) {
    const [savedBy, description, progress] = [undefined, undefined, undefined];
    return { savedBy, numerics, description, weights: tensors, progress, training };
  }

  const json = upgraded(parseObject(text, "the simdream metadata"));
  const savedBy = json.version === undefined ? undefined : checkString("version", json.version);
  if (json.model !== model) {
    throw new ModelFileError(`the file holds a ${describe(json.model)}, expected a "${model}"`);
  }
  const weights = quantizedWeights.find((one) => one === json.weights);
  if (json.weights !== undefined && !weights) {
    throw new ModelFileError(
      `the file's weights are ${describe(json.weights)}, this version of simdream reads ${quantizedWeights.map((one) => `"${one}"`).join(", ")} and f32`,
    );
  }
  if (weights && (json.progress !== undefined || training.size > 0)) {
    throw new ModelFileError("the file is of a quantised model and yet holds a run of training");
  }
  return {
    savedBy,
    numerics: inFile("the numerics version", () => checkNumber("numerics", json.numerics, count)),
    description: {
      model,
      weights,
      network: checkObject("the file's network", json.network),
      config: checkObject("the file's configuration", json.config),
      assets: checkObject("the file's assets", json.assets),
      record: checkRecord(json.record),
    },
    weights: tensors,
    progress: json.progress,
    training,
    recipe: recipes.find((one) => one === json.recipe),
  };
}

/** The metadata in the present format. @throws ModelFileError for a format that is not known */
function upgraded(json: Json): Json {
  if (json.format === FORMAT) return json;
  if (json.format !== 1) {
    throw new ModelFileError(
      `the file has format ${describe(json.format)}, this version of simdream reads formats 1 and ${FORMAT}`,
    );
  }
  // Format 1: the network's sizes among the configuration, one optimizer, and tokens for targets.
  const { tokenizer, progress, ...rest } = json;
  const record = checkObject("the training record in the file", json.record);
  const assets = checkObject("the tokenizer in the file", tokenizer);
  return {
    ...rest,
    network: {},
    assets: assets.kind ? { tokenizer } : assets,
    record: { ...record, examples: 0, targets: record.tokens, history: [] },
    ...(progress === undefined ? {} : { progress: upgradedRun(progress) }),
  };
}

function upgradedRun(json: unknown): unknown {
  const run = checkObject("the run's progress in the file", json);
  const { optimizerSteps, plateau, tokens: targets, ...rest } = run;
  return { ...rest, examples: 0, targets, phases: [{ optimizerSteps, plateau }] };
}

function checkRecord(json: unknown): TrainingRecord {
  return inFile("the training record", () => recordOf(checkObject("it", json)));
}

function recordOf(record: Json): TrainingRecord {
  return {
    imported: checkFlag("imported", record.imported ?? false),
    fast: checkFlag("fast", record.fast ?? false),
    runs: checkNumber("runs", record.runs, count),
    steps: checkNumber("steps", record.steps, count),
    examples: checkNumber("examples", record.examples, count),
    targets: checkNumber("targets", record.targets, count),
    loss: orNull("loss", record.loss),
    validation: orNull("validation", record.validation),
    history: checkHistory(record.history),
  };
}

function checkHistory(json: unknown): readonly RunRecord[] {
  if (!Array.isArray(json) || json.length > HISTORY) {
    throw new ModelFileError(`history must be a list of at most ${HISTORY}, got ${describe(json)}`);
  }
  return json.map((one) => {
    const run = checkObject("a run in history", one);
    for (const name of ["version", "data"]) checkString(name, run[name]);
    for (const name of ["numerics", "seed", "steps"]) checkNumber(name, run[name], count);
    for (const name of ["options", "dataOptions"]) checkObject(name, run[name]);
    return run as unknown as RunRecord;
  });
}

export function orNull(name: string, value: unknown): number | null {
  return value === null ? null : checkNumber(name, value, {});
}

export function inFile<T>(what: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof SimdreamError)) throw error;
    throw new ModelFileError(`${what} in the file is damaged: ${error.message}`, { cause: error });
  }
}
