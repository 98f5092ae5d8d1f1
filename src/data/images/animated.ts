// Clips to animated files, GIF and PNG: one, or several that play side by side.

import { encodeGIF } from "../../formats/gif/encode.js";
import { encodeAnimation } from "../../formats/png/encode.js";
import { checkNumber, InvalidInputError } from "../../host/errors.js";
import { arranged, type GridOptions } from "./grid.js";
import { bytesOfOne, type ImageParts, USUAL_FPS } from "./parts.js";

/** How clips are written; how several are arranged, as `grid` does. */
export interface AnimationOptions extends GridOptions {
  /** Frames a second; those of the set by default. Programs show GIF files with at most 50. */
  readonly fps?: number;
  /** How often the clip is shown; 0, the default, for ever. */
  readonly loops?: number;
}

/** An animated GIF of all clips of a set. @throws InvalidInputError */
export function gif(parts: ImageParts, options: AnimationOptions = {}): Uint8Array<ArrayBuffer> {
  const { pictures, delays, loops } = picturesOf(parts, options);
  const [{ width, height, channels }] = pictures;
  const frames = pictures.map(({ data }) => data);
  return encodeGIF({ width, height, channels, frames, delays, loops });
}

/** The same as an animated PNG, in full colour. @throws InvalidInputError */
export function apng(parts: ImageParts, options: AnimationOptions = {}): Uint8Array<ArrayBuffer> {
  return encodeAnimation(picturesOf(parts, options));
}

/** Hundredths of a second that programs still show as they are. */
const FASTEST = 2;
/** What has 16 bits in the files. */
const MOST = 65535;
const MOST_PIXELS = 2 ** 27;

function picturesOf(
  parts: ImageParts,
  { fps = parts.fps ?? USUAL_FPS, loops = 0, ...how }: AnimationOptions,
) {
  const { pixels, frames: count = 1 } = parts;
  checkNumber("fps", fps, { min: 0.01, max: 100 });
  checkNumber("loops", loops, { integer: true, min: 0, max: MOST });
  const size = bytesOfOne({ ...parts, frames: 1 });
  const clips = pixels.length / (size * count);
  const pictures = Array.from({ length: count }, (_, f) => {
    const all = new Uint8Array(clips * size);
    for (let i = 0; i < clips; i++) {
      const from = (i * count + f) * size;
      all.set(pixels.subarray(from, from + size), i * size);
    }
    const picture = arranged({ ...parts, pixels: all, frames: 1 }, how);
    const { width, height } = picture;
    if (width > MOST || height > MOST || width * height * count > MOST_PIXELS) {
      throw new InvalidInputError(
        `${count} frames of ${width} × ${height} pixels are too many for an animation; take fewer clips or a smaller scale`,
      );
    }
    return picture;
  });
  // Hundredths in whole numbers, whose sum is as long as all of the clip.
  const until = (f: number) => Math.round((100 * f) / fps);
  const delays = pictures.map((_, f) => Math.min(MOST, Math.max(FASTEST, until(f + 1) - until(f))));
  return { pictures, delays, loops };
}
