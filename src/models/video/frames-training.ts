// How a frame predictor trains: its options of `fit`, its batches, and its validation.

import type { Key } from "../../host/key.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { TrainingData } from "../../train/data.js";
import type { TrainingOptions } from "../../train/options.js";
import type { DataOptions } from "../../train/progress.js";
import {
  type Labelled,
  type PictureDataOptions,
  pictureDataRules,
  restored,
  stepBatch,
  suitedBatch,
} from "../images/batches.js";
import { pictureData } from "../images/data.js";
import { numbersOf } from "../images/shape.js";
import type { Clips } from "./clips.js";
import type { FramePredictorConfig } from "./frames-config.js";
import { measured } from "./frames-forecast.js";
import { type FramePredictorNetwork, framesBytes } from "./frames-network.js";

/** How `fit` makes batches of clips. `batch`: default 16, or fewer for few clips. */
export interface FramesDataOptions extends PictureDataOptions {
  /**
   * What the forecaster reads after its first frame: its `own` predictions, with gradients through them; the `truth`; or, of
   * each frame, one of the two, drawn with a probability of its own predictions that grows from 0 to 1 (`scheduled`;
   * Bengio et al. 2015). Default `own` with squared errors, else `truth`.
   */
  readonly feed?: "own" | "truth" | "scheduled";
  /** Steps after which `scheduled` reads nothing but its own predictions. Default 1000. */
  readonly feedSteps?: number;
}

/** Options of `FramePredictor.fit`. */
export interface FramePredictorFitOptions extends TrainingOptions, FramesDataOptions {}

/** Clips of a batch, at most, where nothing is said. */
const BATCH = 16;

/** What each option may be. */
export const framesDataRules: Rules<FramesDataOptions> = {
  ...pictureDataRules,
  batch: { ...pictureDataRules.batch, value: BATCH },
  feed: { type: "choice", of: ["own", "truth", "scheduled"], value: "own", fits: true },
  feedSteps: { type: "integer", min: 1, max: 1e9, value: 1000 },
};

/** Keys of a batch. */
const [BEGINNINGS, FED] = [0, 1];

/** @throws InvalidInputError */
export function framesData(
  network: FramePredictorNetwork,
  config: FramePredictorConfig,
  { frames, rows, groups }: Clips,
  given: FramesDataOptions,
  key: Key,
  begun: DataOptions | undefined,
): TrainingData {
  const feeds = config.loss === "squared" ? "own" : "truth";
  const usual = { ...suitedBatch(rows.count, BATCH), feed: feeds };
  const o = resolve(framesDataRules, given, begun ? restored(begun) : usual);
  const { feed, feedSteps } = o;
  const { shape, input, output } = config;
  const length = input + output;
  const task = {
    shape: [frames, ...shape],
    options: { feed, feedSteps },
    run: RUN,
    batch({ rows: some }: Labelled, index: number, own: Key) {
      const { count } = some;
      const values = windows(some.values as Uint8Array, frames, length, numbersOf(shape), own);
      const truth = new Uint8Array(count * (output - 1)).fill(Number(feed === "truth"));
      if (feed === "scheduled") {
        const share = Math.min(1, index / feedSteps);
        const drawn = own.fold(FED).uniform(truth.length);
        for (let i = 0; i < truth.length; i++) truth[i] = Number(drawn[i] >= share);
      }
      return stepBatch(count, { values, truth }, {});
    },
    *measure({ rows: some }: Labelled) {
      const clips = { frames, rows: some };
      const free = yield* measured(network, clips, false);
      const mse = free.squared.reduce((sum, one) => sum + one, 0) / output;
      const { loss } = feed === "own" ? free : yield* measured(network, clips, true);
      return { loss, measures: { mse } };
    },
    activationBytes: (count: number) => framesBytes(config, count),
  };
  return pictureData(task, { rows, places: new Int32Array(0), groups }, o, key);
}

/** What a run does where nothing is said. */
const RUN = { lr: 1e-3, clip: 100 } as const;

/** So many neighbouring frames of each clip, from one that is drawn where a clip has more. */
function windows(
  values: Uint8Array,
  frames: number,
  length: number,
  size: number,
  key: Key,
): Uint8Array {
  if (frames === length) return values;
  const count = values.length / (frames * size);
  const firsts = key.fold(BEGINNINGS).integers(count, frames - length + 1);
  const all = new Uint8Array(count * length * size);
  for (const [i, first] of firsts.entries()) {
    const from = (i * frames + first) * size;
    all.set(values.subarray(from, from + length * size), i * length * size);
  }
  return all;
}
