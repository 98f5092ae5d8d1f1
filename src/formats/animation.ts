// What animated files are read to, whatever their format: whole pictures in turn. A file may be hostile, or only large: how
// many pictures it has, of how many pixels, is known and bounded before the first is made.

import { InvalidInputError } from "../host/errors.js";

/** Pictures in turn, all of one size. */
export interface Animation {
  readonly width: number;
  readonly height: number;
  /** How long each picture is shown, in hundredths of a second. */
  readonly delays: readonly number[];
  /** The pictures, RGBA bytes each, made when they are asked for; alpha is not premultiplied. */
  frames(): Iterable<Uint8Array>;
}

/** Where a picture of an animation is put. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Pictures of a file. */
const MOST_PICTURES = 2 ** 14;
/** Pixels of one picture of an animation: 4,096 × 4,096; of all, 64 of 1,920 × 1,080. */
const [MOST_OF_ONE, MOST_OF_ALL] = [2 ** 24, 2 ** 27];

/** Refuses an animation that would take too long, or too much memory. @throws InvalidInputError */
export function checkAnimation(what: string, width: number, height: number, count: number): void {
  const pixels = width * height;
  if (count <= MOST_PICTURES && pixels <= MOST_OF_ONE && pixels * count <= MOST_OF_ALL) return;
  throw new InvalidInputError(
    `${what} has ${count} frames of ${width} × ${height} pixels; at most ${MOST_PICTURES} frames of ${MOST_OF_ONE} pixels ` +
      `and ${MOST_OF_ALL} pixels in all are read; cut the file into shorter ones, or make it smaller`,
  );
}

/** Whether a region is within a picture. */
export function isWithin(
  { left, top, width, height }: Region,
  whole: Pick<Region, "width" | "height">,
): boolean {
  return width > 0 && height > 0 && left + width <= whole.width && top + height <= whole.height;
}

/** Makes a region of an RGBA picture transparent. */
export function clear(
  canvas: Uint8Array,
  across: number,
  { left, top, width, height }: Region,
): void {
  for (let y = top; y < top + height; y++) {
    canvas.fill(0, 4 * (y * across + left), 4 * (y * across + left + width));
  }
}
