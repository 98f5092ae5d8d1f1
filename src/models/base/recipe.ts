// A model's recipe: its file without what training made. A model that is loaded from it stands before the first step of a run
// that was taken already, on the weights that follow from the seed, and `fit` takes that run again: with the options that
// are in the record, and on no other data.

import {
  type ModelFile,
  modelMetadata,
  type RunRecord,
  readModelFile,
  type TrainingRecord,
  untrained,
} from "../../formats/model-file.js";
import { writeSafetensors } from "../../formats/safetensors.js";
import { InvalidInputError } from "../../host/errors.js";
import { numerics, version } from "../../host/version.js";

/** Beginnings of the names of tensors that do not follow from the seed, and that training does not change. */
const lasting: Readonly<Record<string, readonly string[]>> = {
  // They say which matrices have one, and of which rank.
  Adapter: [""],
  StyleTransfer: ["style.", "features."],
};

/** A file, and what its record says. */
export interface Recipe {
  /** The class that loads it. */
  readonly model: string;
  readonly record: TrainingRecord;
  /** How many bits the weights have, where they are not f32. */
  readonly bits: 4 | 8 | undefined;
  /**
   * A file whose model stands before the first step of a run, on the weights that follow from the seed.
   * @param data "any": the run may be on others than those of the record
   * @param number of the run, from 0, the first where nothing is said
   */
  begin(data?: "same" | "any", number?: number): Uint8Array<ArrayBuffer>;
}

/**
 * The recipe in a file.
 * @throws InvalidInputError where the file does not say how its weights came about; ModelFileError
 */
export function recipeOf(bytes: Uint8Array | ArrayBuffer): Recipe {
  const json = modelMetadata(bytes);
  if (!json) {
    throw new InvalidInputError(
      "the file is not of simdream: it does not say how its weights were trained",
    );
  }
  const model = String(json.model);
  const file = readModelFile(bytes, model);
  const { record, weights: stored } = file.description!;
  if (stored && lasting[model]) {
    throw new InvalidInputError(
      "the file is quantised: what does not follow from the seed, its style, was rounded with the rest; give the file that it was made from",
    );
  }
  const bits = stored === undefined ? undefined : stored === "int4" ? 4 : 8;
  return {
    model,
    record,
    bits,
    begin(data = "same", number = 0) {
      const run = record.history[number];
      const first = data === "same" ? run : { ...run, data: "" };
      return written(file, json, first, number, "initial");
    },
  };
}

/**
 * A model's file, for the next run of a record.
 * @param bytes what the model saved after the run before it
 * @param number of the run, from 0
 */
export function nextRun(
  bytes: Uint8Array,
  run: RunRecord,
  number: number,
): Uint8Array<ArrayBuffer> {
  const json = modelMetadata(bytes)!;
  const file = readModelFile(bytes, String(json.model));
  return written(file, json, run, number, "next");
}

/** Why the record does not say all that was done to the weights; undefined where it does. */
export function gap({ imported, runs, steps, history }: TrainingRecord): string | undefined {
  if (imported) return "its weights were imported: training from data alone does not give them";
  if (steps === 0) return "it has not been trained";
  if (history.length === 0)
    return "its file is of a version that did not keep the record of its runs";
  if (history.length < runs) return `its record has the last ${history.length} of ${runs} runs`;
  return undefined;
}

/** What the promise of equal bits does not cover. */
export function doubts({ fast, history }: TrainingRecord): string[] {
  const other = history.find((run) => run.numerics !== numerics);
  return [
    ...(fast ? ["it was trained with simdream/fast, whose bits depend on the engine"] : []),
    ...(other
      ? [
          `it was computed with numerics version ${other.numerics} (simdream ${other.version}), this version computes with ${numerics}`,
        ]
      : []),
  ];
}

/** Versions that its runs were taken with, where they differ from this one. */
export function versions({ history }: TrainingRecord): string[] {
  const others = [...new Set(history.map((run) => run.version))].filter((one) => one !== version);
  if (others.length === 0) return [];
  return [
    `trained with simdream ${others.join(" and ")}, this is ${version}: numerics are the same`,
  ];
}

function written(
  file: ModelFile,
  json: Readonly<Record<string, unknown>>,
  run: RunRecord,
  number: number,
  recipe: "initial" | "next",
): Uint8Array<ArrayBuffer> {
  const { weights: _, progress: _p, recipe: _r, ...whole } = json;
  const { record, model } = file.description!;
  const { changes = [], options: last, data, dataOptions, given } = run;
  const options = changes[0]?.options ?? last;
  const progress = { run: number, options, data, dataOptions, given };
  const before = recipe === "initial" ? untrained : record;
  const simdream = JSON.stringify({ ...whole, numerics, record: before, recipe, progress });
  const kept = lasting[model] ?? [];
  const weights = [...file.weights.values()].filter(
    ({ name }) => recipe === "next" || kept.some((beginning) => name.startsWith(beginning)),
  );
  return writeSafetensors(weights, { simdream }) as Uint8Array<ArrayBuffer>;
}
