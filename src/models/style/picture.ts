// Pictures as what is optimised: numbers (H, W, 3) from 0 to 1, and back to bytes.

import { bytesFrom, numbersOf as numbers } from "../../data/images/batches.js";
import { ImageSet } from "../../data/images/image-set.js";
import type { Pixels } from "../../data/images/read.js";
import { resized } from "../../data/images/resize.js";
import { describe, InvalidInputError } from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";

/** A picture: a set of one, or what a canvas gives. */
export type StylePicture = ImageSet | Pixels;

/** Bytes of one picture in RGB, and how opaque each pixel is where that is said. */
export interface Colours {
  readonly width: number;
  readonly height: number;
  /** (H, W, 3) */
  readonly data: Uint8Array;
  /** (H, W) */
  readonly alpha?: Uint8Array;
}

/** @throws InvalidInputError where it is no picture, or more than one */
export function coloursOf(what: string, picture: StylePicture): Colours {
  const { width, height, channels, data } = raw(what, picture);
  const pixels = width * height;
  const rgb = new Uint8Array(3 * pixels);
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < 3; c++) rgb[3 * p + c] = data[p * channels + (channels < 3 ? 0 : c)];
  }
  if (channels < 4) return { width, height, data: rgb };
  const alpha = new Uint8Array(pixels);
  for (let p = 0; p < pixels; p++) alpha[p] = data[4 * p + 3];
  return { width, height, data: rgb, alpha };
}

function raw(what: string, picture: StylePicture) {
  if (picture instanceof ImageSet) {
    if (picture.length === 1)
      return { ...sides(picture), channels: picture.channels, data: picture.pixels };
    throw new InvalidInputError(
      `${what}: expected one picture, got a set of ${picture.length}; take one with subset([i])`,
    );
  }
  const { width, height, data } = Object(picture) as Partial<Pixels>;
  const sized = [width, height].every((side) => Number.isInteger(side) && side! >= 1);
  if (!(sized && isKind(data, "Uint8Array", "Uint8ClampedArray"))) {
    throw new InvalidInputError(
      `${what}: expected an ImageSet of one picture, or an object with width, height and RGBA data, got ${describe(picture)}`,
    );
  }
  if (data!.length !== 4 * width! * height!) {
    throw new InvalidInputError(
      `${what}: ${width} × ${height} pixels are ${4 * width! * height!} bytes of RGBA, got ${data!.length}`,
    );
  }
  return { width: width!, height: height!, channels: 4, data: data! };
}

function sides({ width, height }: ImageSet) {
  return { width, height };
}

/** The same at another size, each pixel the mean of what it covers. */
export function scaled(picture: Colours, width: number, height: number): Colours {
  if (picture.width === width && picture.height === height) return picture;
  const { data } = resized({ ...picture, channels: 3 }, width, height, "area");
  const { alpha } = picture;
  if (!alpha) return { width, height, data };
  const mask = { width: picture.width, height: picture.height, channels: 1 as const, data: alpha };
  return { width, height, data, alpha: resized(mask, width, height, "area").data };
}

/** Transparent pixels on white: what a style looks like. */
export function onWhite({ width, height, data, alpha }: Colours): Colours {
  if (!alpha) return { width, height, data };
  const over = data.map((value, i) => {
    const a = alpha[Math.floor(i / 3)];
    return Math.floor((2 * (value * a + 255 * (255 - a)) + 255) / 510);
  });
  return { width, height, data: over };
}

/** Bytes as numbers from 0 to 1. */
export function numbersOf({ data }: Pick<Colours, "data">): Float32Array {
  return numbers(data, "unit");
}

/** Numbers as bytes: what is below 0 is 0, what is above 1 is 255. */
export function bytesOf(values: Float32Array): Uint8Array {
  return bytesFrom(values, "unit");
}

/** A set of one picture, RGBA where there is alpha. */
export function pictureOf({ width, height, data, alpha }: Colours): ImageSet {
  if (!alpha) return new ImageSet({ width, height, channels: 3, pixels: data });
  const pixels = new Uint8Array(4 * alpha.length);
  for (const [p, a] of alpha.entries()) {
    for (let c = 0; c < 3; c++) pixels[4 * p + c] = data[3 * p + c];
    pixels[4 * p + 3] = a;
  }
  return new ImageSet({ width, height, channels: 4, pixels });
}

/** How bright colours are, as ITU-R 601 has it: 0.299 R + 0.587 G + 0.114 B. */
export const LUMINANCE: readonly [number, number, number] = [0.299, 0.587, 0.114];

/** Of pixel p. */
export function luminance(data: ArrayLike<number>, p: number): number {
  return (
    LUMINANCE[0] * data[3 * p] + LUMINANCE[1] * data[3 * p + 1] + LUMINANCE[2] * data[3 * p + 2]
  );
}

/** The same numbers again and again. */
export function repeated(values: Float32Array, size: number): Float32Array {
  const all = new Float32Array(size);
  for (let at = 0; at < size; at += values.length) all.set(values, at);
  return all;
}
