// How a diffusion trains: its options of `fit`, its batches, and its validation.

import { InvalidInputError } from "../../host/errors.js";
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
} from "./batches.js";
import { pictureData } from "./data.js";
import type { DiffusionConfig } from "./diffusion-config.js";
import { diffusionBytes } from "./diffusion-memory.js";
import type { DiffusionNetwork } from "./diffusion-network.js";
import { measureDiffusion } from "./diffusion-score.js";
import { numbersOf } from "./shape.js";

/** A diffusion's own options of `fit`. */
export interface DiffusionDataOptions extends PictureDataOptions {
  /**
   * Fraction of the examples whose labels are left out, so that the model also knows examples without them, as guidance and
   * inpainting need it. Default 0.1 where the model learns labels.
   */
  readonly labelDropout?: number;
}

/** Options of `Diffusion.fit`. */
export interface DiffusionFitOptions extends TrainingOptions, DiffusionDataOptions {}

/** What each option may be. */
export const diffusionDataRules: Rules<DiffusionDataOptions> = {
  ...pictureDataRules,
  labelDropout: { type: "number", min: 0, max: 1, value: 0.1, fits: true },
};

/** What a run does where nothing is said. */
const RUN: TrainingOptions = { lr: 1e-3, clip: 1, ema: 0.998 };
const VECTORS: TrainingOptions = { ...RUN, steps: 4000 };

/** Batches, as far as they are at most an eighth of the data. */
const [PICTURES_BATCH, VECTORS_BATCH] = [64, 256];

/** @throws InvalidInputError */
export function diffusionData(
  network: DiffusionNetwork,
  config: DiffusionConfig,
  all: Labelled,
  given: DiffusionDataOptions,
  key: Key,
  begun: DataOptions | undefined,
): TrainingData {
  const { pictures } = network;
  const most = pictures ? PICTURES_BATCH : VECTORS_BATCH;
  const batch = Math.max(8, Math.min(most, Math.floor(all.rows.count / 8)));
  const learns = all.places.length > 0;
  const suited = begun ? restored(begun) : { batch, labelDropout: learns ? 0.1 : 0 };
  const o = resolve(diffusionDataRules, given, suited);
  if (!learns && o.labelDropout > 0) {
    throw new InvalidInputError(
      "labelDropout is for a model that learns labels, this one has none",
    );
  }
  checkNumbers(config, all);
  const { labelDropout } = o;
  const task = {
    shape: config.shape,
    options: { labelDropout },
    run: pictures ? RUN : VECTORS,
    batch: ({ rows, places }: Labelled) =>
      stepBatch(rows.count, { values: rows.values, places }, { dropout: labelDropout }),
    *measure(some: Labelled) {
      return { loss: yield* measureDiffusion(network, some, key.fold(VALIDATE)) };
    },
    activationBytes: (rows: number) => diffusionBytes(config, rows),
  };
  return pictureData(task, all, o, key);
}

/** Key of the draws of every validation. */
const VALIDATE = 100;

/** Numbers of pictures are from 0 to 1. @throws InvalidInputError */
export function checkNumbers(
  { shape }: Pick<DiffusionConfig, "shape">,
  { rows: { values } }: Pick<Labelled, "rows">,
): void {
  if (shape.length !== 3 || values instanceof Uint8Array) return;
  const wrong = values.findIndex((value) => value < 0 || value > 1);
  if (wrong < 0) return;
  throw new InvalidInputError(
    `numbers of pictures are from 0 to 1, got ${values[wrong]}; ` +
      `for other numbers create the model with one axis: shape: [${numbersOf(shape)}]`,
  );
}
