// What `evaluate` measures of a frame predictor.

import type { FramePredictor, ImageSet } from "../../entries/node.js";
import type { PictureShape } from "../io/pictures.js";
import type { Flags, Measures } from "../kinds/model.js";
import { shapeOf } from "../kinds/pictures.js";
import type { OptionRow } from "../options/options.js";
import { percent, whole } from "../show/format.js";
import { type MeasureFlags, readForMeasures, readRows } from "./measure-pictures.js";

/** What it takes: clips of any length, of frames of its shape. */
export function anyClips(path: string, model: FramePredictor): PictureShape {
  return { ...shapeOf(path, model), frames: "any" };
}

export const framesEvaluationRows: readonly OptionRow[] = readRows;

/** Clips, as the model reads them. @throws UsageError, Failure */
export async function readSameClips(
  path: string,
  model: FramePredictor,
  paths: readonly string[],
  flags: Flags,
): Promise<ImageSet> {
  const shape = anyClips(path, model);
  return (await readForMeasures(path, model, paths, flags as MeasureFlags, shape)).set;
}

/** @throws UsageError, Failure, InvalidInputError */
export async function measureFrames(
  path: string,
  model: FramePredictor,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const score = model.score(await readSameClips(path, model, paths, flags));
  const { mse, frames, copying, nats, examples } = score;
  return {
    json: score,
    rows: [
      ["squared error", `${mse.toFixed(4)} a frame`],
      ["of each frame", frames.map((one) => one.toFixed(2)).join(", ")],
      ["copying the last", `${copying.toFixed(4)} (${percent(copying === 0 ? 1 : mse / copying)})`],
      ...(nats === undefined ? [] : [["nats", `${nats.toFixed(4)} a frame`] as const]),
      ["clips", whole(examples)],
    ],
  };
}
