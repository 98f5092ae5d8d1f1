// What a denoising autoencoder reads: examples with noise added, or a part masked.

import type { Key } from "../../host/key.js";
import type { Rules } from "../../host/rules.js";
import { isPicture, numbersOf, type Shape } from "./shape.js";

/** How examples are corrupted. */
export interface CorruptOptions {
  /** Deviation of the Gaussian noise that is added; the numbers of pictures are from 0 to 1. Default 0. */
  readonly noise?: number;
  /**
   * Fraction that is masked, 0 to 0.9: of a picture a rectangle of its form at a random place, set to the middle grey; of
   * a vector random numbers, set to 0. Default 0.
   */
  readonly mask?: number;
}

/** What each option may be. */
export const corruptRules: Rules<CorruptOptions> = {
  noise: { type: "number", min: 0, max: 100, value: 0 },
  mask: { type: "number", min: 0, max: 0.9, value: 0 },
};

/** Keys: of noise, of places. */
const [NOISE, PLACES] = [0, 1];
const GREY = 0.5;

/**
 * Corrupted copies of rows (Vincent et al., "Extracting and Composing Robust Features with Denoising Autoencoders", 2008).
 * @param rows (N, numbers of the shape)
 */
export function corrupt(
  rows: Float32Array,
  shape: Shape,
  { noise = 0, mask = 0 }: CorruptOptions,
  key: Key,
): Float32Array {
  const copy = rows.slice();
  if (noise > 0) {
    const drawn = key.fold(NOISE).normal(copy.length);
    for (let i = 0; i < copy.length; i++) copy[i] += noise * drawn[i];
  }
  if (mask > 0) {
    const places = key.fold(PLACES);
    if (isPicture(shape)) maskRectangles(copy, shape, mask, places);
    else maskNumbers(copy, mask, places);
  }
  return copy;
}

function maskRectangles(rows: Float32Array, shape: Shape, mask: number, key: Key): void {
  const [height, width, channels] = shape;
  const side = Math.sqrt(mask);
  const [h, w] = [Math.max(1, Math.round(side * height)), Math.max(1, Math.round(side * width))];
  const count = rows.length / numbersOf(shape);
  const tops = key.fold(0).integers(count, height - h + 1);
  const lefts = key.fold(1).integers(count, width - w + 1);
  for (let i = 0; i < count; i++) {
    for (let y = tops[i]; y < tops[i] + h; y++) {
      const from = ((i * height + y) * width + lefts[i]) * channels;
      rows.fill(GREY, from, from + w * channels);
    }
  }
}

function maskNumbers(rows: Float32Array, mask: number, key: Key): void {
  const drawn = key.uniform(rows.length);
  for (let i = 0; i < rows.length; i++) if (drawn[i] < mask) rows[i] = 0;
}
