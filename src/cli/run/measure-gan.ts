// What `evaluate` measures of a GAN: of pictures by features, of rows by their numbers.

import {
  frechetDistance,
  type GAN,
  type PictureData,
  precisionRecall,
} from "../../entries/node.js";
import { flag, UsageError } from "../errors.js";
import { readVectors } from "../io/vectors.js";
import type { Flags, Measures } from "../kinds/model.js";
import type { PictureModel } from "../kinds/pictures.js";
import type { OptionRow } from "../options/options.js";
import { readNames } from "../options/picture-options.js";
import { whole } from "../show/format.js";
import {
  distances,
  GENERATED,
  generatedRow,
  type MeasureFlags,
  NEIGHBOURS,
  nearestRow,
  readForMeasures,
  readRows,
  seedRow,
} from "./measure-pictures.js";

export const ganEvaluationRows: readonly OptionRow[] = [
  ...readRows,
  generatedRow,
  nearestRow,
  seedRow,
];

/** @throws UsageError, Failure, InvalidInputError */
export async function measureGAN(
  path: string,
  model: GAN,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const { seed = 0, generated = GENERATED, nearest } = flags as MeasureFlags;
  if (model.shape.length !== 3) return measureRows(model, paths, flags);
  const { set, all } = await readForMeasures(path, model, paths, flags);
  const { images } = model.generate({ samples: generated, seed });
  const far = await distances(set, images, all, nearest);
  return {
    json: far.json,
    rows: [...far.rows, ["pictures", `${whole(set.length)}, ${whole(generated)} generated`]],
  };
}

function measureRows(model: GAN, paths: readonly string[], flags: Flags): Measures {
  const { seed = 0, generated = GENERATED } = flags as MeasureFlags;
  const real = rowsToMeasure(paths, flags);
  model.discriminate(real.slice(0, 1));
  return rowMeasures(real, model.generate({ samples: generated, seed }).rows);
}

/** Rows of numbers, as far as they are asked for. @throws UsageError for options of pictures; Failure */
export function rowsToMeasure(paths: readonly string[], flags: Flags): Float32Array[] {
  const foreign = [...readNames, "nearest"].find((name) => flags[name] !== undefined);
  if (foreign) throw new UsageError(`${flag(foreign)} is for pictures, the model makes rows`);
  return readVectors(paths).slice(0, (flags as MeasureFlags).limit);
}

/** Pictures, clips or rows of numbers, as the model takes them. @throws UsageError, Failure */
export async function readSameExamples(
  path: string,
  model: PictureModel,
  paths: readonly string[],
  flags: Flags,
): Promise<PictureData> {
  if (model.shape.length < 3) return rowsToMeasure(paths, flags);
  return (await readForMeasures(path, model, paths, flags as MeasureFlags)).set;
}

/** How near generated rows are to real ones, by their numbers. */
export function rowMeasures(
  real: readonly Float32Array[],
  rows: readonly Float32Array[],
): Measures {
  const generated = rows.length;
  const frechet = frechetDistance(real, rows);
  const { precision, recall } = precisionRecall(real, rows, NEIGHBOURS);
  return {
    json: {
      ...{ features: "numbers", frechet, precision, recall, neighbours: NEIGHBOURS },
      ...{ real: real.length, generated },
    },
    rows: [
      ["frechet distance", frechet.toFixed(4)],
      ["precision", precision.toFixed(3)],
      ["recall", recall.toFixed(3)],
      ["features", "the numbers themselves"],
      ["rows", `${whole(real.length)}, ${whole(generated)} generated`],
    ],
  };
}
