// How near a GAN's examples are to real ones: vectors by their numbers, pictures by features, where there are some, or by the
// means of a grid's cells, which says little of what they show, but is there at once.

import { checkKeys, checkNumber, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import type { Pieces } from "../../host/pieces.js";
import { frechetDistance } from "../../metrics/frechet.js";
import { precisionRecall } from "../../metrics/precision-recall.js";
import type { FeatureRows } from "../../metrics/rows.js";
import type { Labelled } from "./batches.js";
import { checkFeatures, type PictureFeatures } from "./feature-kinds.js";
import type { GANNetwork } from "./gan-network.js";
import { makeRows } from "./gan-samples.js";
import { drawLatents } from "./latents.js";
import { Made } from "./made.js";
import { eachRow } from "./rows.js";
import { isPicture, type Shape } from "./shape.js";

/** Options of `GAN.score`. */
export interface GANScoreOptions {
  /** Of the examples that are made. Default 0. */
  readonly seed?: number;
  /** Neighbours of precision and recall. Default 3. */
  readonly neighbours?: number;
  /**
   * What pictures are measured by, such as `await pictureFeatures(digits)`. Default: the means of 4×4 cells.
   */
  readonly features?: PictureFeatures;
}

/** How near examples are that the model makes, as many as there are real ones, with the same labels. */
export interface GANScore {
  /** Fréchet distance of what they are measured by; 0 for the same examples. */
  readonly frechet: number;
  /** Fraction of what is made that is among the real examples. */
  readonly precision: number;
  /** Fraction of the real examples that are among what is made. */
  readonly recall: number;
}

/** Cells of the grid, down and across, whose means a picture is measured by. */
const CELLS = 4;

/** Real examples as they are measured. */
export interface Reference {
  readonly real: FeatureRows;
  measured(rows: readonly Float32Array[]): FeatureRows;
}

/** Real examples are looked at once. @param features of pictures; default: cells' means */
export function reference(shape: Shape, features?: PictureFeatures): (some: Labelled) => Reference {
  const measured = (rows: readonly Float32Array[]) => {
    if (features) return features.of(new Made(shape, rows).images);
    return isPicture(shape) ? rows.map((row) => cellMeans(row, shape)) : rows;
  };
  let known: Reference | undefined;
  return ({ rows }) => {
    if (known) return known;
    known = { real: measured(eachRow(rows)), measured };
    return known;
  };
}

/** Means of the cells of a picture, of each channel; a small picture's own pixels. */
function cellMeans(row: Float32Array, [H, W, C]: Shape): Float32Array {
  const [down, across] = [Math.min(CELLS, H), Math.min(CELLS, W)];
  const sums = new Float64Array(down * across * C);
  const counts = new Float64Array(down * across * C);
  for (let y = 0, at = 0; y < H; y++) {
    for (let x = 0; x < W; x++) {
      const cell = Math.floor((y * down) / H) * across + Math.floor((x * across) / W);
      for (let c = 0; c < C; c++, at++) {
        sums[cell * C + c] += row[at];
        counts[cell * C + c]++;
      }
    }
  }
  return Float32Array.from(sums, (sum, i) => sum / counts[i]);
}

export function* measureGAN(
  network: GANNetwork,
  { real, measured }: Reference,
  { rows, places }: Labelled,
  key: Key,
  neighbours = 3,
): Pieces<GANScore> {
  const count = rows.count;
  const latents = drawLatents(count, network.config.latent, 1, key);
  const made = yield* makeRows(network, latents, places);
  const generated = measured(made);
  const k = Math.max(1, Math.min(neighbours, count - 1));
  const { precision, recall } = precisionRecall(real, generated, k);
  return { frechet: frechetDistance(real, generated), precision, recall };
}

/** @throws InvalidInputError for what are no features, or features of vectors */
export function checkMeasuredBy(shape: Shape, features: PictureFeatures | undefined): void {
  checkFeatures(features);
  if (features === undefined || isPicture(shape)) return;
  throw new InvalidInputError("features are of pictures, these are vectors");
}

/** @throws InvalidInputError */
export function checkScore(
  { rows }: Labelled,
  options: GANScoreOptions,
): { readonly seed: number; readonly neighbours: number } {
  checkKeys("score", options, ["seed", "neighbours", "features"]);
  const { seed = 0, neighbours = 3 } = options;
  checkNumber("seed", seed, { integer: true, min: 0 });
  checkNumber("neighbours", neighbours, { integer: true, min: 1 });
  if (rows.count <= neighbours) {
    throw new InvalidInputError(
      `score needs more than ${neighbours} examples, for as many neighbours, got ${rows.count}`,
    );
  }
  return { seed, neighbours };
}
