// How a GAN trains: its options of `fit`, its batches, and its validation.

import { InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { TrainingData } from "../../train/data.js";
import type { TrainingOptions } from "../../train/options.js";
import type { DataOptions } from "../../train/progress.js";
import type { StepBatch } from "../../train/shards.js";
import {
  type Labelled,
  type PictureDataOptions,
  pictureDataRules,
  restored,
  rowsBetween,
  suitedBatch,
} from "./batches.js";
import { pictureData } from "./data.js";
import type { PictureFeatures } from "./feature-kinds.js";
import type { GANConfig } from "./gan-config.js";
import { ganBytes } from "./gan-memory.js";
import type { GANBatch, GANNetwork } from "./gan-network.js";
import type { GANObjective } from "./gan-objective.js";
import { checkMeasuredBy, measureGAN, reference } from "./gan-score.js";
import type { watchGAN } from "./gan-watch.js";
import { checkFractions } from "./rows.js";
import { isPicture } from "./shape.js";

/** A GAN's own options of `fit`. */
export interface GANDataOptions extends PictureDataOptions {
  /** What both sides make small, see docs/gan.md. Default `non-saturating`. */
  readonly objective?: GANObjective;
  /** Real examples are real with a probability of 1 minus this; not for hinge. Default 0. */
  readonly labelSmoothing?: number;
  /** Deviation of the noise that is added to what the discriminator sees. Default 0. */
  readonly instanceNoise?: number;
  /** Steps in which that noise falls to 0; 0: it stays. Default 0. */
  readonly instanceNoiseSteps?: number;
  /** Weight of the gradient penalty on real examples; 0: none. Default 0, and 0.1 for vectors. */
  readonly r1?: number;
  /** The same on generated examples. Default 0, and 0.1 for vectors. */
  readonly r2?: number;
  /** Deviation of what the penalties move examples by. Default 0.05. */
  readonly sigma?: number;
  /** The discriminator sees pictures moved by up to this fraction of a side: for few pictures, about 0.125. Default 0. */
  readonly translation?: number;
  /** The discriminator sees pictures without a square of this fraction of a side: for few pictures, about 0.5. Default 0. */
  readonly cutout?: number;
  /** Updates of the discriminator for each of the generator. Default 1. */
  readonly discriminatorSteps?: number;
  /** Learning rate of the discriminator as a multiple of `lr`. Default 1. */
  readonly discriminatorLr?: number;
}

/** Options of `GAN.fit`. */
export interface GANFitOptions extends TrainingOptions, GANDataOptions {
  /**
   * What validations measure pictures by, such as `await pictureFeatures(digits)`; a run that is resumed needs the same.
   * Default: the means of 4×4 cells.
   */
  readonly features?: PictureFeatures;
}

/** What each option may be. */
export const ganDataRules: Rules<GANDataOptions> = {
  ...pictureDataRules,
  objective: {
    type: "choice",
    of: ["non-saturating", "hinge", "least-squares"],
    value: "non-saturating",
  },
  labelSmoothing: { type: "number", min: 0, max: 0.5, value: 0 },
  instanceNoise: { type: "number", min: 0, max: 1e6, value: 0 },
  instanceNoiseSteps: { type: "integer", min: 0, max: 1e9, value: 0 },
  r1: { type: "number", min: 0, max: 1e6, value: 0, fits: "kind" },
  r2: { type: "number", min: 0, max: 1e6, value: 0, fits: "kind" },
  sigma: { type: "number", min: 0, above: true, max: 1e6, value: 0.05 },
  translation: { type: "number", min: 0, max: 1, value: 0 },
  cutout: { type: "number", min: 0, max: 1, value: 0 },
  discriminatorSteps: { type: "integer", min: 1, max: 100, value: 1 },
  discriminatorLr: { type: "number", min: 0, above: true, max: 1e6, value: 1 },
};

/** What a run does where nothing is said: Radford's for pictures; for vectors what covers 25 Gaussians. */
const PICTURES: TrainingOptions = {
  ...{ lr: 2e-4, optimizer: "adam", betas: [0.5, 0.999] },
  ...{ ema: 0.999, emaFirst: 0.99, clip: 0 },
};
const VECTORS: TrainingOptions = {
  ...{ steps: 6000, lr: 1e-3, optimizer: "adam", betas: [0, 0.99], ema: 0.995, clip: 0 },
  ...{ schedule: "linear", lrMin: 0.1 },
};

/** Batches, as far as they are at most an eighth of the data. */
const [PICTURES_BATCH, VECTORS_BATCH] = [64, 256];

/** @throws InvalidInputError */
export function ganData(
  network: GANNetwork,
  config: GANConfig,
  all: Labelled,
  given: GANFitOptions,
  key: Key,
  begun: DataOptions | undefined,
): TrainingData {
  const picture = isPicture(config.shape);
  const most = picture ? PICTURES_BATCH : VECTORS_BATCH;
  const penalty = picture ? 0 : 0.1;
  const suited = begun
    ? restored(begun)
    : { ...suitedBatch(all.rows.count, most), r1: penalty, r2: penalty };
  const o = resolve(ganDataRules, given, suited);
  checkOptions(o, picture);
  checkFractions(config.shape, all.rows);
  const { batch: _, val, flip, shift, ...own } = o;
  const { features } = given;
  checkMeasuredBy(config.shape, features);
  const options = { ...own, measuredBy: features?.fingerprint ?? (picture ? "cells" : "numbers") };
  const rest = restOf(o);
  const known = reference(config.shape, features);
  let watching: ReturnType<typeof watchGAN> | undefined;
  const task = {
    shape: config.shape,
    options,
    run: picture ? PICTURES : VECTORS,
    phases: { discriminator: { lr: o.discriminatorLr, repeats: o.discriminatorSteps } },
    batch({ rows, places }: Labelled, index: number, _: Key, phase: string): StepBatch {
      const step = phase === "discriminator" ? Math.floor(index / o.discriminatorSteps) : index;
      const left = o.instanceNoiseSteps > 0 ? Math.max(0, 1 - step / o.instanceNoiseSteps) : 1;
      const noise = o.instanceNoise * left;
      const columns = places.length / rows.count;
      return {
        targets: rows.count,
        rows: rows.count,
        cut: (from, to): GANBatch => ({
          ...{ ...rest, noise, rows: to - from },
          places: places.slice(from * columns, to * columns),
          ...(phase === "discriminator"
            ? { values: rows.values.slice(from * rows.width, to * rows.width) }
            : {}),
        }),
      };
    },
    *measure(some: Labelled) {
      const part = rowsBetween(some, 0, Math.min(some.rows.count, MEASURED));
      const measures = yield* measureGAN(network, known(part), part, key.fold(VALIDATE));
      return { loss: measures.frechet, measures: { ...measures } };
    },
    async watch(...step: Parameters<ReturnType<typeof watchGAN>>) {
      watching ??= (await import("./gan-watch.js")).watchGAN(network, all, o, key.fold(WATCH));
      return watching(...step);
    },
    activationBytes: (rows: number) => ganBytes(config, rows, Number(o.r1 > 0) + Number(o.r2 > 0)),
  };
  return pictureData(task, all, o, key);
}

/** Most examples that a validation measures. */
const MEASURED = 2000;

/** Keys of the draws of every validation, and of every look at a run. */
const [VALIDATE, WATCH] = [100, 101];

/** The settings that go with every batch. */
function restOf(o: Required<GANDataOptions>) {
  const { objective, labelSmoothing: smoothing, r1, r2, sigma, translation, cutout } = o;
  return { objective, smoothing, r1, r2, sigma, translation, cutout };
}

function checkOptions(o: Required<GANDataOptions>, picture: boolean): void {
  if (o.objective === "hinge" && o.labelSmoothing > 0) {
    throw new InvalidInputError('labelSmoothing is not for objective "hinge", which has no labels');
  }
  if (o.instanceNoiseSteps > 0 && o.instanceNoise === 0) {
    throw new InvalidInputError("instanceNoiseSteps is for instanceNoise, which is 0");
  }
  const wrong = (["translation", "cutout"] as const).find((name) => o[name] > 0 && !picture);
  if (wrong) throw new InvalidInputError(`${wrong} is for pictures, these are vectors`);
}
