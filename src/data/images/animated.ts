// Clips to files: animated GIF and PNG, and one PNG of all frames.

import { encodeGIF } from "../../formats/gif/encode.js";
import { encodeAnimation } from "../../formats/png/encode.js";
import { checkNumber, InvalidInputError } from "../../host/errors.js";
import { bytesOfOne, type ImageParts, USUAL_FPS } from "./parts.js";

/** How a clip is written. */
export interface AnimationOptions {
  /** Frames a second; those of the set by default. Programs show GIF files with at most 50. */
  readonly fps?: number;
  /** How often the clip is shown; 0, the default, for ever. */
  readonly loops?: number;
  /** How many times as large each pixel is; 1 by default. */
  readonly scale?: number;
}

/** The first clip of a set as an animated GIF. @throws InvalidInputError */
export function gif(parts: ImageParts, options: AnimationOptions = {}): Uint8Array<ArrayBuffer> {
  const { width, height, frames, delays, loops } = framesOf(parts, options);
  return encodeGIF({ width, height, channels: parts.channels, frames, delays, loops });
}

/** The same as an animated PNG, in full colour. @throws InvalidInputError */
export function apng(parts: ImageParts, options: AnimationOptions = {}): Uint8Array<ArrayBuffer> {
  const { width, height, frames, delays, loops } = framesOf(parts, options);
  const { channels } = parts;
  const pictures = frames.map((data) => ({ width, height, channels, data }));
  return encodeAnimation({ pictures, delays, loops });
}

/** Hundredths of a second that programs still show as they are. */
const FASTEST = 2;
const LONGEST = 65535;

function framesOf(parts: ImageParts, options: AnimationOptions) {
  const { pixels, frames: count = 1 } = parts;
  const { fps = parts.fps ?? USUAL_FPS, loops = 0, scale = 1 } = options;
  checkNumber("fps", fps, { min: 0.01, max: 100 });
  checkNumber("loops", loops, { integer: true, min: 0, max: LONGEST });
  checkNumber("scale", scale, { integer: true, min: 1, max: 1024 });
  const [width, height] = [parts.width * scale, parts.height * scale];
  if (width > LONGEST || height > LONGEST || width * height > MOST_PIXELS) {
    throw new InvalidInputError(
      `a frame would have ${width} × ${height} pixels, at most ${MOST_PIXELS} can be written; take a smaller scale`,
    );
  }
  const size = bytesOfOne({ ...parts, frames: 1 });
  const frames = Array.from({ length: count }, (_, f) =>
    enlarged(pixels.subarray(f * size, (f + 1) * size), parts, scale),
  );
  // Hundredths in whole numbers, whose sum is as long as all of the clip.
  const until = (f: number) => Math.round((100 * f) / fps);
  const delays = frames.map((_, f) =>
    Math.min(LONGEST, Math.max(FASTEST, until(f + 1) - until(f))),
  );
  return { width, height, frames, delays, loops };
}

const MOST_PIXELS = 2 ** 24;

function enlarged(
  data: Uint8Array,
  { width, height, channels }: ImageParts,
  scale: number,
): Uint8Array {
  if (scale === 1) return data;
  const across = width * scale;
  const out = new Uint8Array(across * height * scale * channels);
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < across; x++) {
      const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
      for (let s = 0; s < channels; s++) out[(y * across + x) * channels + s] = data[from + s];
    }
  }
  return out;
}
