// Colours and sizes of one picture: whole numbers only, so that every runtime gets the same pixels.

import { narrowed, type PNGPicture } from "../../formats/png/picture.js";
import { checkChoice, checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";
import { type Channels, MOST_SIDE } from "./parts.js";

/** What pictures become: "auto" is grey where all of them are grey, else RGB. */
export type ImageMode = (typeof modes)[number];
const modes = ["auto", "grey", "rgb", "rgba"] as const;

/** A side in pixels, or both. */
export type ImageSize = number | { readonly width: number; readonly height: number };

/** Samples of 8 bits. */
export interface Raw {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array;
}

/** @throws InvalidInputError */
export function checkSize(what: string, size: ImageSize): { width: number; height: number } {
  const rule = { integer: true, min: 1, max: MOST_SIDE };
  if (typeof size === "number") {
    checkNumber(what, size, rule);
    return { width: size, height: size };
  }
  const { width, height } = Object(size) as { width: number; height: number };
  checkNumber(`${what}.width`, width, rule);
  checkNumber(`${what}.height`, height, rule);
  return { width, height };
}

/** "#rgb", "#rrggbb" or three bytes. @throws InvalidInputError */
export function checkColour(what: string, colour: string | readonly number[]): readonly number[] {
  if (typeof colour === "string") {
    const hex = /^#?(?:([0-9a-f]{3})|([0-9a-f]{6}))$/i.exec(colour);
    const digits = hex?.[2] ?? hex?.[1].replace(/./g, "$&$&");
    if (digits) return [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16));
  } else if (Array.isArray(colour) && colour.length === 3) {
    return colour.map((byte) => checkNumber(what, byte, { integer: true, min: 0, max: 255 }));
  }
  throw new InvalidInputError(
    `${what} must be a colour such as "#ffffff" or [255, 255, 255], got ${describe(colour)}`,
  );
}

/** Samples of 8 bits. */
export function toBytes({ width, height, channels, data }: PNGPicture): Raw {
  const wide = isKind(data, "Uint16Array");
  return { width, height, channels, data: wide ? narrowed(data) : data };
}

/** Whether every pixel is grey and opaque. */
export function isGrey({ channels, data }: Raw, background: readonly number[]): boolean {
  const coloured = background[0] !== background[1] || background[1] !== background[2];
  for (let i = 0; i < data.length; i += channels) {
    if (channels >= 3 && (data[i] !== data[i + 1] || data[i] !== data[i + 2])) return false;
    if (coloured && channels % 2 === 0 && data[i + channels - 1] < 255) return false;
  }
  return true;
}

/** In the colours of a mode; what is transparent is put on the background, or stays so in "rgba". */
export function inMode(
  { width, height, channels, data }: Raw,
  mode: Exclude<ImageMode, "auto">,
  background: readonly number[],
  out: Uint8Array,
): void {
  const colours = channels < 3 ? 0 : 1;
  const alphaAt = channels === 2 ? 1 : channels === 4 ? 3 : -1;
  for (let p = 0; p < width * height; p++) {
    const at = p * channels;
    const alpha = alphaAt < 0 ? 255 : data[at + alphaAt];
    const colour = (s: number) => {
      const value = data[at + s * colours];
      return mode === "rgba" || alpha === 255 ? value : over(value, alpha, background[s]);
    };
    if (mode === "grey") out[p] = luminance(colour(0), colour(1), colour(2));
    else {
      const to = p * (mode === "rgb" ? 3 : 4);
      for (let s = 0; s < 3; s++) out[to + s] = colour(s);
      if (mode === "rgba") out[to + 3] = alpha;
    }
  }
}

/** (c · alpha + background · (255 - alpha)) / 255, rounded. */
function over(value: number, alpha: number, background: number): number {
  return Math.floor((2 * (value * alpha + background * (255 - alpha)) + 255) / 510);
}

/** ITU-R 601: 0.299 R + 0.587 G + 0.114 B in 16 bits, as Pillow has it. */
function luminance(r: number, g: number, b: number): number {
  return (19595 * r + 38470 * g + 7471 * b + 32768) >>> 16;
}

export function channelsOf(mode: Exclude<ImageMode, "auto">): Channels {
  return mode === "grey" ? 1 : mode === "rgb" ? 3 : 4;
}

/** The mode of a name. @throws InvalidInputError */
export function checkMode(mode: ImageMode): ImageMode {
  return checkChoice("mode", mode, modes);
}
