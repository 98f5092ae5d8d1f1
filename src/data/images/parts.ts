// What a set of pictures consists of, and its checks.

import { checkNumber, describe, InvalidInputError, listed } from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";
import type { Captions } from "./captions.js";

/** What is said of each picture under one name: its class, or an attribute. */
export interface ImageLabel {
  readonly name: string;
  /** The values that there are. */
  readonly classes: readonly string[];
  /** (N): the place of each picture's value among `classes`. */
  readonly indices: Int32Array;
}

/** Grey, RGB, RGBA. */
export type Channels = 1 | 3 | 4;

/** A file that was left out, and why. */
export interface SkippedPicture {
  readonly name: string;
  readonly reason: string;
}

/** Pictures of one size, or clips of one size and length. */
export interface ImageParts {
  /** (N, H, W, C) bytes, of clips (N, F, H, W, C), row by row, channels together; alpha is not premultiplied. */
  readonly pixels: Uint8Array;
  /** Frames of a clip, F; 1, the default, for pictures. */
  readonly frames?: number;
  /** Frames a second, of clips; 10 by default. */
  readonly fps?: number;
  readonly height: number;
  readonly width: number;
  readonly channels: Channels;
  readonly labels?: readonly ImageLabel[];
  /** (N): what is said of each in words, one caption or several, in whatever languages. */
  readonly captions?: Captions | undefined;
  /** (N): what the pictures are called, such as their files' names. */
  readonly names?: readonly string[] | undefined;
  /** (N): of which whole each is a part, such as a character or a longer clip: those of one are never split. */
  readonly groups?: readonly string[] | undefined;
  readonly skipped?: readonly SkippedPicture[];
}

/** What a label is called where nobody names it. */
export const LABEL = "label";
/** Frames a second where nobody says how many. */
export const USUAL_FPS = 10;
/** Bytes of a set: what every engine has room for in one array. */
export const MOST_BYTES: number = 2 ** 31 - 1;
/** A side of a picture. */
export const MOST_SIDE: number = 2 ** 16;
/** Frames of a clip. */
export const MOST_FRAMES: number = 2 ** 12;
/** Frames a second: GIF counts hundredths. */
export const LEAST_FPS = 0.01;
export const MOST_FPS = 100;
const MOST_LABELS = 64;

/** Bytes of one picture, or of one clip. */
export function bytesOfOne({
  frames = 1,
  height,
  width,
  channels,
}: Pick<ImageParts, "frames" | "height" | "width" | "channels">): number {
  return frames * height * width * channels;
}

/** How many pictures there are, or clips. @throws InvalidInputError naming the first part that does not fit */
export function checkParts(parts: ImageParts): number {
  const {
    pixels,
    frames = 1,
    fps = USUAL_FPS,
    height,
    width,
    channels,
    labels = [],
    names,
    groups,
  } = parts;
  if (!isKind(pixels, "Uint8Array")) {
    const floats = ArrayBuffer.isView(pixels) ? "; bring numbers to bytes from 0 to 255 first" : "";
    throw new InvalidInputError(`pixels must be a Uint8Array, got ${describe(pixels)}${floats}`);
  }
  checkNumber("height", height, { integer: true, min: 1, max: MOST_SIDE });
  checkNumber("width", width, { integer: true, min: 1, max: MOST_SIDE });
  if (![1, 3, 4].includes(channels)) {
    throw new InvalidInputError(
      `channels must be 1 (grey), 3 (RGB) or 4 (RGBA), got ${describe(channels)}`,
    );
  }
  checkNumber("frames", frames, { integer: true, min: 1, max: MOST_FRAMES });
  checkNumber("fps", fps, { min: LEAST_FPS, max: MOST_FPS });
  const size = bytesOfOne({ frames, height, width, channels });
  const count = pixels.length / size;
  if (!Number.isInteger(count) || count === 0) {
    const [what, first] = frames > 1 ? ["clips", `${frames} × `] : ["pictures", ""];
    throw new InvalidInputError(
      `pixels must be of whole ${what} of ${first}${height} × ${width} × ${channels} = ` +
        `${size} bytes, at least one; got ${pixels.length} bytes`,
    );
  }
  checkSaid("picture", count, { labels, names, groups });
  return count;
}

/**
 * What is said of each example of a set, be it a picture or a grid.
 * @param one what an example is called, for errors
 * @throws InvalidInputError
 */
export function checkSaid(
  one: string,
  count: number,
  { labels = [], names, groups }: Pick<ImageParts, "labels" | "names" | "groups">,
): void {
  checkCount(labels);
  for (const label of labels) checkLabel(one, label, count);
  const twice = labels.find(({ name }, i) => labels.findIndex((one) => one.name === name) < i);
  if (twice)
    throw new InvalidInputError(
      `labels must have names that differ, got ${describe(twice.name)} twice`,
    );
  for (const [what, own] of Object.entries({ names, groups })) {
    if (own === undefined || own.length === count) continue;
    throw new InvalidInputError(`${what} must be one a ${one}, ${count}, got ${own.length}`);
  }
}

/** Labels of one set, or columns that would be: before work is done for each. @throws InvalidInputError */
function checkCount({ length }: readonly unknown[]): void {
  if (length <= MOST_LABELS) return;
  throw new InvalidInputError(`labels may be at most ${MOST_LABELS}, got ${length}`);
}

function checkLabel(one: string, { name, classes, indices }: ImageLabel, count: number): void {
  if (typeof name !== "string" || name === "") {
    throw new InvalidInputError(`a label needs a name, got ${describe(name)}`);
  }
  const what = `label ${describe(name)}`;
  if (!isKind(indices, "Int32Array") || indices.length !== count) {
    throw new InvalidInputError(
      `${what}: indices must be an Int32Array of one a ${one}, ${count}, got ${describe(indices)}` +
        (indices?.length === undefined ? "" : ` of ${indices.length}`),
    );
  }
  if (classes.length === 0 || new Set(classes).size !== classes.length) {
    throw new InvalidInputError(`${what}: classes must be texts that differ, at least one`);
  }
  const wrong = indices.findIndex((index) => !(index >= 0 && index < classes.length));
  if (wrong >= 0) {
    throw new InvalidInputError(
      `${what}: ${one} ${wrong} has class ${indices[wrong]} of ${classes.length} (0 to ${classes.length - 1})`,
    );
  }
}

/** Rows of what is said of pictures, such as a line of a CSV file each. */
export type LabelRow = Readonly<Record<string, string | number | boolean>>;

/**
 * A label for each column of rows. Classes are ordered as numbers where all of them are numbers, else by their
 * characters.
 * @param one what an example is called, for errors
 * @throws InvalidInputError where a row lacks a column
 */
export function labelsOf(
  rows: readonly LabelRow[],
  whose: (i: number) => string,
  one = "picture",
): ImageLabel[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  checkCount(columns);
  return columns.map((name) => {
    const values = rows.map((row, i) => {
      const value = Object.hasOwn(row, name) ? row[name] : undefined;
      if (["string", "number", "boolean"].includes(typeof value) && value !== "")
        return String(value);
      throw new InvalidInputError(
        `${whose(i)} has no ${describe(name)} (got ${describe(value)}); give it to every ${one} or to none`,
      );
    });
    const classes = ordered(values);
    const places = new Map(classes.map((one, i) => [one, i]));
    return { name, classes, indices: Int32Array.from(values, (value) => places.get(value)!) };
  });
}

function ordered(values: readonly string[]): string[] {
  const classes = [...new Set(values)].sort();
  const numbers = classes.every((one) => String(Number(one)) === one);
  return numbers ? classes.sort((a, b) => Number(a) - Number(b)) : classes;
}

/** The label of a name, or the first. @throws InvalidInputError where there is none */
export function labelNamed(
  labels: readonly ImageLabel[],
  name: string | undefined,
  ones: string,
): ImageLabel {
  const found = name === undefined ? labels[0] : labels.find((one) => one.name === name);
  if (found) return found;
  throw new InvalidInputError(
    labels.length === 0
      ? `the ${ones} have no labels`
      : `the ${ones} have no label ${describe(name)}; they have ${listed(labels.map((one) => one.name))}`,
  );
}

/** Places of the examples whose label has this class. @throws InvalidInputError where there are none */
export function placesWhere({ name, classes, indices }: ImageLabel, value: string): number[] {
  const place = classes.indexOf(value);
  const found = Array.from(indices.keys()).filter((i) => indices[i] === place);
  if (place >= 0 && found.length > 0) return found;
  throw new InvalidInputError(`none has ${name} ${describe(value)}; there are ${listed(classes)}`);
}

/** The class of each example. */
export function valuesOf({ classes, indices }: ImageLabel): string[] {
  return Array.from(indices, (index) => classes[index]);
}

/** Labels of some examples, in an order. */
export function labelsAt(labels: readonly ImageLabel[], order: Int32Array): ImageLabel[] {
  return labels.map((label) => ({ ...label, indices: order.map((i) => label.indices[i]) }));
}
