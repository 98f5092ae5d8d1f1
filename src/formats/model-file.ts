// A model as one safetensors file. The weights have PyTorch's names and layouts, so PyTorch loads them
// as they are; what makes them a model is JSON in the file's metadata, under "simdream". A checkpoint
// has the run's further state as tensors whose names begin with "training.".

import { checkNumber, describe, ModelFileError, SimdreamError } from "../host/errors.js";
import { numerics, version } from "../host/version.js";
import { regionEntries, weightEntries } from "../nn/entries.js";
import type { Parameters } from "../nn/parameters.js";
import { QuantizedParameters } from "../nn/quantized-parameters.js";
import { checkProgress } from "../train/checkpoint.js";
import type { RunProgress } from "../train/progress.js";
import type { TrainingRun } from "../train/run.js";
import { f32Entry, readSafetensors, type TensorEntry, writeSafetensors } from "./safetensors.js";

/** Version of the file's layout. */
const FORMAT = 1;
export const TRAINING = "training.";

/** What a model knows of its training. It has no clock in it: the same run gives the same file. */
export interface TrainingRecord {
  /** Whether the weights came from a file that does not say how they were trained: PyTorch's. */
  readonly imported: boolean;
  /** Whether a step was taken with `simdream/fast`, whose bits depend on the engine. */
  readonly fast: boolean;
  /** Runs begun. */
  readonly runs: number;
  /** Optimizer steps over all runs. */
  readonly steps: number;
  /** Targets seen over all runs. */
  readonly tokens: number;
  /** Loss of the last step. */
  readonly loss: number | null;
  /** Last validation loss; the best one where the best weights were kept. */
  readonly validation: number | null;
}

/** The record of a model that was never trained. */
export const untrained: TrainingRecord = {
  imported: false,
  fast: false,
  runs: 0,
  steps: 0,
  tokens: 0,
  loss: null,
  validation: null,
};

/** What describes a model, in the file's metadata. */
export interface ModelDescription {
  readonly model: string;
  /** How matrices are stored: as f32 where it is undefined. */
  readonly weights?: "int8" | undefined;
  readonly config: unknown;
  readonly tokenizer: unknown;
  readonly record: TrainingRecord;
}

/** A file, read and checked, but not yet in a model. */
export interface ModelFile {
  /** The package's version that wrote the file; undefined where the file does not say. */
  readonly savedBy: string | undefined;
  /** Undefined where the file was not written by simdream: weights only, from PyTorch for example. */
  readonly description: ModelDescription | undefined;
  readonly weights: ReadonlyMap<string, TensorEntry>;
  readonly progress: RunProgress | undefined;
  /** Tensors of the run, without their prefix. */
  readonly training: ReadonlyMap<string, TensorEntry>;
}

/** Writes a model, and its run where one is given. */
export function writeModelFile(
  description: ModelDescription,
  parameters: Parameters | QuantizedParameters,
  run?: TrainingRun,
): Uint8Array<ArrayBuffer> {
  const tensors = weightEntries(parameters);
  if (run && !(parameters instanceof QuantizedParameters)) {
    for (const [name, address] of run.regions) {
      tensors.push(...regionEntries(parameters, `${TRAINING}${name}.`, address));
    }
    if (run.best) tensors.push(f32Entry(`${TRAINING}best`, [run.best.length], run.best));
    for (const [i, state] of run.carried.entries()) {
      tensors.push(f32Entry(`${TRAINING}carried.${i}`, [state.length], state));
    }
  }
  const json = { format: FORMAT, version, numerics, ...description, progress: run?.progress };
  return writeSafetensors(tensors, { simdream: JSON.stringify(json) }) as Uint8Array<ArrayBuffer>;
}

/**
 * Which class's `load` takes the file, such as "LanguageModel"; undefined where simdream did not write it.
 * Only the file's head is read. @throws ModelFileError
 */
export function modelKind(bytes: Uint8Array): string | undefined {
  const text = readSafetensors(bytes).metadata.get("simdream");
  if (text === undefined) return undefined;
  return checkString("model", parseObject(text, "the simdream metadata").model);
}

/** Reads and checks a file. @throws ModelFileError */
export function readModelFile(bytes: Uint8Array, model: string): ModelFile {
  const file = readSafetensors(bytes);
  const weights = new Map<string, TensorEntry>();
  const training = new Map<string, TensorEntry>();
  for (const [name, entry] of file.tensors) {
    if (name.startsWith(TRAINING)) training.set(name.slice(TRAINING.length), entry);
    else weights.set(name, entry);
  }
  const text = file.metadata.get("simdream");
  if (text === undefined) {
    const [savedBy, description, progress] = [undefined, undefined, undefined];
    return { savedBy, description, weights, progress, training };
  }

  const json = parseObject(text, "the simdream metadata");
  if (json.format !== FORMAT) {
    throw new ModelFileError(
      `the file has format ${describe(json.format)}, this version of simdream reads format ${FORMAT}`,
    );
  }
  const savedBy = json.version === undefined ? undefined : checkString("version", json.version);
  if (json.numerics !== numerics) {
    throw new ModelFileError(
      `the file has numerics version ${describe(json.numerics)}, this version of simdream (${version}) ` +
        `computes with ${numerics}: results would not be the same bits. Use the simdream that wrote ` +
        `it${savedBy ? `, version ${savedBy.slice(0, 40)}` : ""}`,
    );
  }
  if (json.model !== model) {
    throw new ModelFileError(`the file holds a ${describe(json.model)}, expected a "${model}"`);
  }
  const quantized = json.weights !== undefined;
  if (quantized && json.weights !== "int8") {
    throw new ModelFileError(
      `the file's weights are ${describe(json.weights)}, this version of simdream reads "int8" and f32`,
    );
  }
  if (quantized && (json.progress !== undefined || training.size > 0)) {
    throw new ModelFileError("the file is of a quantised model and yet holds a run of training");
  }
  return {
    savedBy,
    description: {
      model,
      weights: quantized ? "int8" : undefined,
      config: json.config,
      tokenizer: json.tokenizer,
      record: checkRecord(json.record),
    },
    weights,
    progress: json.progress === undefined ? undefined : checkProgress(json.progress),
    training,
  };
}

function parseObject(text: string, what: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ModelFileError(`${what} is not JSON`, { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ModelFileError(`${what} must be an object, got ${describe(json)}`);
  }
  return json as Record<string, unknown>;
}

function checkRecord(json: unknown): TrainingRecord {
  const record = (json ?? {}) as TrainingRecord;
  return inFile("the training record", () => ({
    imported: record.imported === true,
    fast: record.fast === true,
    runs: checkNumber("runs", record.runs, { integer: true, min: 0 }),
    steps: checkNumber("steps", record.steps, { integer: true, min: 0 }),
    tokens: checkNumber("tokens", record.tokens, { integer: true, min: 0 }),
    loss: orNull("loss", record.loss),
    validation: orNull("validation", record.validation),
  }));
}

export function checkString(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new ModelFileError(`${name} must be a string, got ${describe(value)}`);
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
