// Batches of pictures: gathered from a set, changed a little at random where that is asked for, and as numbers.

import { checkFlag, checkNumber } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { bytesOfOne, type ImageParts } from "./parts.js";

/** Changes that leave a picture what it is, drawn for each picture of each batch. */
export interface Augmentation {
  /** Every second picture is mirrored, left to right. */
  readonly flip?: boolean;
  /** Pictures move by up to so many pixels each way; what comes in repeats the edge. */
  readonly shift?: number;
}

/** @throws InvalidInputError */
export function checkAugmentation(
  { flip = false, shift = 0 }: Augmentation,
  side: number,
): Required<Augmentation> {
  checkFlag("flip", flip);
  checkNumber("shift", shift, { integer: true, min: 0, max: side - 1 });
  return { flip, shift };
}

/** (B, H, W, C), of clips (B, F, H, W, C): the pictures of these places. */
export function gathered(set: ImageParts, indices: ArrayLike<number>): Uint8Array {
  const { pixels } = set;
  const size = bytesOfOne(set);
  const out = new Uint8Array(indices.length * size);
  for (let b = 0; b < indices.length; b++) {
    out.set(pixels.subarray(indices[b] * size, (indices[b] + 1) * size), b * size);
  }
  return out;
}

/**
 * As `gathered`, with changes drawn from a key; the frames of a clip are changed alike.
 * @param key of the batch; each row has three numbers of its stream 0
 */
export function augmented(
  set: ImageParts,
  indices: ArrayLike<number>,
  { flip = false, shift = 0 }: Augmentation,
  key: Key,
): Uint8Array {
  if (!flip && shift === 0) return gathered(set, indices);
  const { pixels, frames = 1, height, width, channels } = set;
  const size = bytesOfOne(set);
  const out = new Uint8Array(indices.length * size);
  const drawn = key.integers(3 * indices.length, 2 * (2 * shift + 1));
  for (let b = 0; b < indices.length; b++) {
    const mirrored = flip && drawn[3 * b] % 2 === 1;
    const right = Math.floor(drawn[3 * b + 1] / 2) - shift;
    const down = Math.floor(drawn[3 * b + 2] / 2) - shift;
    // The rows of all frames: a row's frame stays, its place within the frame moves.
    for (let line = 0; line < frames * height; line++) {
      const y = line % height;
      const row = indices[b] * size + (line - y + within(y - down, height)) * width * channels;
      for (let x = 0; x < width; x++) {
        const seen = within(x - right, width);
        const at = row + (mirrored ? width - 1 - seen : seen) * channels;
        const to = b * size + (line * width + x) * channels;
        for (let s = 0; s < channels; s++) out[to + s] = pixels[at + s];
      }
    }
  }
  return out;
}

function within(place: number, side: number): number {
  return Math.max(0, Math.min(side - 1, place));
}

/** Bytes to numbers: [0, 1] by x / 255 ("unit"), [-1, 1] by x / 127.5 - 1 ("signed"), in float32. */
export function numbersOf(bytes: Uint8Array, range: "unit" | "signed"): Float32Array {
  const table = Float32Array.from({ length: 256 }, (_, byte) =>
    range === "unit" ? byte / 255 : byte / 127.5 - 1,
  );
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = table[bytes[i]];
  return out;
}

/** Numbers to bytes: the nearest, those outside of the range at its ends. */
export function bytesFrom(numbers: Float32Array, range: "unit" | "signed"): Uint8Array {
  const bytes = new Uint8Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const byte = range === "unit" ? numbers[i] * 255 : (numbers[i] + 1) * 127.5;
    bytes[i] = byte > 0 ? Math.min(255, Math.floor(byte + 0.5)) : 0;
  }
  return bytes;
}
