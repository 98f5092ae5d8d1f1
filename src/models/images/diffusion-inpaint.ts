// Pictures of which a part is made new, the rest kept.

import { ImageSet } from "../../data/images/image-set.js";
import { describe, InvalidInputError } from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";
import type { Process } from "./diffusion-process.js";
import { type Known, type Walk, weighted } from "./diffusion-samplers.js";
import { frameOf, hasPixels, isClip, numbersOf, type Shape, shapeText } from "./shape.js";

/**
 * Where examples are made new: of pictures white pixels (128 and more), black ones stay; or lists of numbers, one for each
 * pixel or each number, above 0.5 for new. One mask for all examples, or one for each. Of clips a mask is a clip, or one
 * picture for all frames.
 */
export type PictureMasks = ImageSet | readonly Float32Array[];

/**
 * Which numbers stay, (count, numbers), 1 or 0.
 * @throws InvalidInputError where there are not as many masks, or of another size
 */
export function keptNumbers(masks: PictureMasks, shape: Shape, count: number): Uint8Array {
  const numbers = numbersOf(shape);
  const channels = hasPixels(shape) ? frameOf(shape)[2] : 1;
  const pixels = numbersOf(frameOf(shape)) / channels;
  const own = newPixels(masks, shape);
  if (own.length !== 1 && own.length !== count) {
    throw new InvalidInputError(
      `masks must be one for all ${count} examples or one for each, got ${own.length}`,
    );
  }
  const kept = new Uint8Array(count * numbers);
  for (let i = 0; i < count; i++) {
    const mask = own[own.length === 1 ? 0 : i];
    const each = mask.length === numbers ? 1 : channels;
    if (![numbers, numbers / channels, pixels].includes(mask.length)) {
      const fewer = channels > 1 ? `${numbers / channels} numbers, one for each pixel, or ` : "";
      throw new InvalidInputError(
        `masks: one for examples of ${shapeText(shape)} has ${fewer}${numbers} numbers, got ${mask.length}`,
      );
    }
    for (let j = 0; j < numbers; j++) {
      kept[i * numbers + j] = mask[Math.floor(j / each) % mask.length] ? 0 : 1;
    }
  }
  return kept;
}

/** Of each mask, what is made new. */
function newPixels(masks: PictureMasks, shape: Shape): boolean[][] {
  if (masks instanceof ImageSet) {
    const { pixels, channels, frames, length, height, width } = masks;
    if (channels !== 1) {
      throw new InvalidInputError(`masks must be grey pictures, got ${channels} channels`);
    }
    const [high, wide] = frameOf(shape);
    if (hasPixels(shape) && (height !== high || width !== wide)) {
      throw new InvalidInputError(
        `masks must be pictures of ${high}×${wide} (height × width), as the model's, got ${height}×${width}`,
      );
    }
    if (frames > 1 && !(isClip(shape) && frames === shape[0])) {
      throw new InvalidInputError(
        `masks are clips of ${frames} frames, the model makes ${shapeText(shape)}; one picture counts for all frames`,
      );
    }
    const size = pixels.length / Math.max(1, length);
    return Array.from({ length }, (_, i) =>
      Array.from(pixels.subarray(i * size, (i + 1) * size), (byte) => byte >= 128),
    );
  }
  if (!Array.isArray(masks) || !masks.every((one) => isKind(one, "Float32Array"))) {
    throw new InvalidInputError(
      `masks must be an ImageSet, or a list of Float32Array, got ${describe(masks)}`,
    );
  }
  return masks.map((mask: Float32Array, i) => {
    const wrong = mask.findIndex(Number.isNaN);
    if (wrong < 0) return Array.from(mask, (value) => value > 0.5);
    throw new InvalidInputError(`masks[${i}][${wrong}] must be a number, got NaN`);
  });
}

/**
 * Keeps what is known of rows: after each step these numbers are as the process has them at that time, with other noise each
 * time, so that every step says more of them (Lugmayr et al., "RePaint", 2022).
 */
export function keeping(process: Process, { values, kept }: Known): NonNullable<Walk["keep"]> {
  return (x, t, draw) => {
    const seen = t > 0 ? weighted(process.seen(t), values, draw()) : values;
    for (let i = 0; i < x.length; i++) if (kept[i]) x[i] = seen[i];
  };
}
