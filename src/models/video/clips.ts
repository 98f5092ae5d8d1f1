// Clips as models of video read them: frames of one size, row by row.

import { ImageSet } from "../../data/images/image-set.js";
import { describe, InvalidInputError } from "../../host/errors.js";
import type { Rows } from "../images/rows.js";
import { numbersOf, type Shape, shapeText } from "../images/shape.js";

/** Clips, all of them of so many frames of one shape. */
export interface Clips {
  /** Frames of each. */
  readonly frames: number;
  /** A row has a clip's frames one after the other: (F, H, W, C) bytes. */
  readonly rows: Rows;
  /** Of which whole each is a part: those of one are never on both sides of a validation. */
  readonly groups?: readonly string[] | undefined;
}

/**
 * What is given as clips.
 * @param shape of a frame
 * @param least frames that a clip must have
 * @throws InvalidInputError for frames of another size, and for clips that are too short
 */
export function clipsOf(what: string, data: unknown, shape: Shape, least: number): Clips {
  const set = checkClips(what, data);
  const own = [set.height, set.width, set.channels];
  if (own.some((size, i) => size !== shape[i])) {
    const mode = { 1: "grey", 3: "rgb", 4: "rgba" }[shape[2]];
    const hint = own[2] === shape[2] || !mode ? "" : `; read them with mode: "${mode}"`;
    throw new InvalidInputError(
      `${what}: the model takes frames of ${shapeText(shape)} (height × width × channels), ` +
        `got frames of ${shapeText(own)}${hint}`,
    );
  }
  if (set.frames < least) {
    throw new InvalidInputError(
      `${what}: clips must have at least ${least} frames, got clips of ${set.frames}`,
    );
  }
  const width = set.frames * numbersOf(shape);
  const rows = { count: set.length, width, values: set.pixels };
  return { frames: set.frames, rows, groups: set.groups };
}

/** @throws InvalidInputError where it is no set of pictures */
export function checkClips(what: string, data: unknown): ImageSet {
  if (data instanceof ImageSet) return data;
  throw new InvalidInputError(`${what} must be an ImageSet of clips, got ${describe(data)}`);
}

/** Frame `t` of rows of `frames` frames: (N, H, W, C). A copy. */
export function frameOf<T extends Uint8Array | Float32Array>(
  values: T,
  frames: number,
  size: number,
  t: number,
): T {
  const count = values.length / (frames * size);
  const all = new (values.constructor as new (n: number) => T)(count * size);
  for (let i = 0; i < count; i++) {
    const from = (i * frames + t) * size;
    all.set(values.subarray(from, from + size) as never, i * size);
  }
  return all;
}

/**
 * Pictures (N, H, W, C) in squares of `patch` pixels, whose numbers are channels: (N, H / patch, W / patch, patch · patch · C),
 * in a patch row by row.
 */
export function toPatches<T extends Uint8Array | Float32Array>(
  values: T,
  shape: Shape,
  patch: number,
): T {
  const patches = new (values.constructor as new (n: number) => T)(values.length);
  eachRun(values.length, shape, patch, (pixel, at, length) => {
    patches.set(values.subarray(pixel, pixel + length) as never, at);
  });
  return patches;
}

/** The opposite. */
export function fromPatches(patches: Float32Array, shape: Shape, patch: number): Float32Array {
  const values = new Float32Array(patches.length);
  eachRun(values.length, shape, patch, (pixel, at, length) => {
    values.set(patches.subarray(at, at + length), pixel);
  });
  return values;
}

/** Runs of numbers that are side by side in both: where they begin in pictures, where in patches, and how many they are. */
function eachRun(
  total: number,
  [, width, channels]: Shape,
  patch: number,
  run: (pixel: number, at: number, length: number) => void,
): void {
  const length = patch * channels;
  const across = width / patch;
  const rows = total / (width * channels);
  for (let y = 0; y < rows; y++) {
    // Sides are whole patches, so a row of patches never has rows of two pictures.
    const inside = y % patch;
    const first = (y - inside) * width * channels;
    for (let i = 0; i < across; i++) {
      run((y * width + i * patch) * channels, first + (i * patch + inside) * length, length);
    }
  }
}
