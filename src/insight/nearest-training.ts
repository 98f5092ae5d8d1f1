// What made examples have of training examples: the nearest of each, beside those of held-out examples. How near is seen
// relative to the other near ones (Carlini et al., "Extracting Training Data from Diffusion Models", 2023): a blurred picture is
// near to many, a copy to one.

import type { ImageSet } from "../data/images/image-set.js";
import { checkKeys, checkNumber, InvalidInputError } from "../host/errors.js";
import { eventLoop } from "../host/event-loop.js";
import { nearestNeighbours } from "../metrics/neighbours.js";
import { checkFeatures, type PictureFeatures } from "../models/images/feature-kinds.js";
import type { PictureData } from "../models/images/rows.js";
import { type Interval, wilson } from "./intervals.js";

/** Options of `nearestTraining`. */
export interface NearestTrainingOptions {
  /** Examples that were not learned: what is usual is known from them. */
  readonly heldOut?: PictureData;
  /** Measures by features of pictures, too, such as `await pictureFeatures(train)`. */
  readonly features?: PictureFeatures;
  /** Neighbours that a distance is relative to. Default 50, or all that there are. */
  readonly among?: number;
}

/** Distances to training examples, in one space. */
export interface Likeness {
  /** Distance to the nearest training example, relative to the mean of its nearest `among`: the median. 0 is a copy. */
  readonly samples: number;
  readonly heldOut: number | undefined;
  /** Fraction of the samples nearer than the nearest twentieth of the held-out ones: 0.05 by chance. */
  readonly near: number | undefined;
  readonly interval: Interval | undefined;
}

/** How near made examples are to training examples. */
export interface NearestTraining {
  readonly samples: number;
  readonly among: number;
  readonly pixels: Likeness;
  readonly features: Likeness | undefined;
  /** Samples that are a training example, number for number. */
  readonly same: number;
  /** For each sample its nearest training example in pixels, and the relative distance. */
  readonly nearest: readonly { readonly example: number; readonly distance: number }[];
}

/** The fraction of held-out examples that counts as near. */
const NEAR = 0.05;
/** Training examples that are looked at together, so that memory is bounded. */
const PIECE = 1024;

/**
 * The nearest training example of each made one, in pixels and, where they are given, in features.
 *
 * ```ts
 * const { images } = model.generate({ samples: 200 });
 * const { pixels, nearest } = await nearestTraining(images, train, { heldOut: test });
 * ```
 *
 * @throws InvalidInputError where examples differ in size
 */
export async function nearestTraining(
  samples: PictureData,
  training: PictureData,
  options: NearestTrainingOptions = {},
): Promise<NearestTraining> {
  checkKeys("nearestTraining", options, ["heldOut", "features", "among"]);
  const { heldOut, features } = options;
  checkFeatures(features);
  const size = sizeOf(training);
  for (const [name, data] of Object.entries({ samples, heldOut })) {
    const own = data === undefined ? size : sizeOf(data);
    if (own === size) continue;
    throw new InvalidInputError(
      `${name} must be of the training examples' size, ${size}, got ${own}`,
    );
  }
  const asked = options.among ?? 50;
  checkNumber("among", asked, { integer: true, min: 2 });
  const among = Math.min(asked, training.length);
  const inPixels = (data: PictureData) => nearestOf(numbersOf(data), numbersOf(training), among);
  const found = await inPixels(samples);
  const usual = heldOut && (await inPixels(heldOut));
  const inFeatures = async (data: PictureData) => {
    const learned = featuresOf(training, features!);
    return nearestOf(featuresOf(data, features!), learned, among);
  };
  return {
    ...{ samples: samples.length, among },
    pixels: likeness(found, usual),
    features:
      features && likeness(await inFeatures(samples), heldOut && (await inFeatures(heldOut))),
    same: found.filter(({ distance }) => distance === 0).length,
    nearest: found,
  };
}

/** Whether examples are pictures or clips, and not rows of numbers. */
export function isPictures(data: unknown): data is ImageSet {
  return Object(data).pixels !== undefined;
}

/** The size of an example, in words. */
function sizeOf(data: PictureData): string {
  if (!isPictures(data)) return `${data[0]?.length ?? 0} numbers`;
  const { frames, height, width, channels } = data;
  return `${frames > 1 ? `${frames} × ` : ""}${height} × ${width} × ${channels}`;
}

/** Rows that are made when they are looked at. */
interface Numbers {
  readonly length: number;
  rows(from: number, to: number): readonly Float32Array[];
}

function numbersOf(data: PictureData): Numbers {
  const { length } = data;
  if (!isPictures(data)) return { length, rows: (from, to) => data.slice(from, to) };
  const width = data.pixels.length / length;
  const row = (i: number) =>
    Float32Array.from(data.pixels.subarray(i * width, (i + 1) * width), (byte) => byte / 255);
  return {
    length,
    rows: (from, to) => Array.from({ length: to - from }, (_, i) => row(from + i)),
  };
}

function featuresOf(data: PictureData, features: PictureFeatures): Numbers {
  if (!isPictures(data)) throw new InvalidInputError("features are of pictures");
  const { length } = data;
  const indices = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => from + i);
  return { length, rows: (from, to) => features.of(data.subset(indices(from, to))) };
}

type Found = { readonly example: number; readonly distance: number };

/** Of each query the nearest row, and how far it is relative to the `among` nearest. */
async function nearestOf(queries: Numbers, rows: Numbers, among: number): Promise<Found[]> {
  const own = queries.rows(0, queries.length);
  const best = own.map((): { readonly distance: number; readonly index: number }[] => []);
  for (let from = 0; from < rows.length; from += PIECE) {
    const piece = rows.rows(from, Math.min(rows.length, from + PIECE));
    const k = Math.min(among, piece.length);
    const { indices, distances } = nearestNeighbours(own, piece, k);
    for (const [q, known] of best.entries()) {
      for (let i = 0; i < k; i++) {
        known.push({ distance: distances[q * k + i], index: from + indices[q * k + i] });
      }
      known.sort((a, b) => a.distance - b.distance || a.index - b.index).splice(among);
    }
    await eventLoop();
  }
  return best.map((known) => {
    const mean = known.reduce((sum, { distance }) => sum + distance, 0) / known.length;
    const [{ distance, index }] = known;
    return { example: index, distance: mean > 0 ? distance / mean : 0 };
  });
}

function likeness(samples: readonly Found[], heldOut: readonly Found[] | undefined): Likeness {
  const [own, usual] = [samples, heldOut ?? []].map((all) =>
    all.map(({ distance }) => distance).sort((a, b) => a - b),
  );
  const middle = own[own.length >> 1];
  if (usual.length === 0) {
    return { samples: middle, heldOut: undefined, near: undefined, interval: undefined };
  }
  const limit = usual[Math.floor(NEAR * usual.length)];
  const near = own.filter((distance) => distance < limit).length;
  return {
    samples: middle,
    heldOut: usual[usual.length >> 1],
    near: near / own.length,
    interval: wilson(near, own.length),
  };
}
