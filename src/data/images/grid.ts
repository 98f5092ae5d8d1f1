// Pictures side by side in one PNG file, or the frames of clips.

import { encode } from "../../formats/png/encode.js";
import { MAX_PIXELS, type PNGPicture } from "../../formats/png/picture.js";
import { checkNumber, InvalidInputError } from "../../host/errors.js";
import { checkColour } from "./colours.js";
import type { Channels, ImageParts } from "./parts.js";

export interface GridOptions {
  /** Pictures in a row; by default about as many as there are rows, and of clips the frames of one. */
  readonly columns?: number;
  /** Pixels between pictures, before they are enlarged; 1 by default. */
  readonly gap?: number;
  /** How many times as large each pixel is; 1 by default. */
  readonly scale?: number;
  /** What is between the pictures; white by default, and transparent between pictures in RGBA. */
  readonly background?: string | readonly number[];
}

/** @throws InvalidInputError for options that cannot be used, or more pixels than a PNG may have here */
export function grid(parts: ImageParts, options?: GridOptions): Uint8Array<ArrayBuffer> {
  return encode(arranged(parts, options));
}

/** The same as a picture's samples. @throws InvalidInputError */
export function arranged(
  { pixels, frames = 1, height, width, channels }: ImageParts,
  options: GridOptions = {},
): PNGPicture & { readonly channels: Channels; readonly data: Uint8Array } {
  const size = height * width * channels;
  const count = pixels.length / size;
  const usual = frames > 1 ? frames : Math.ceil(Math.sqrt(count));
  const { columns = usual, gap = 1, scale = 1, background } = options;
  checkNumber("columns", columns, { integer: true, min: 1 });
  checkNumber("gap", gap, { integer: true, min: 0, max: 1024 });
  checkNumber("scale", scale, { integer: true, min: 1, max: 1024 });
  const across = Math.min(columns, count);
  const rows = Math.ceil(count / across);
  const sheetWidth = scale * (across * (width + gap) - gap);
  const sheetHeight = scale * (rows * (height + gap) - gap);
  if (sheetWidth * sheetHeight > MAX_PIXELS) {
    throw new InvalidInputError(
      `a grid of ${count} pictures would have ${sheetWidth} × ${sheetHeight} pixels, at most ` +
        `${MAX_PIXELS}; take fewer pictures (subset) or a smaller scale`,
    );
  }
  const colour = checkColour("background", background ?? "#ffffff");
  const coloured = channels === 1 && (colour[0] !== colour[1] || colour[1] !== colour[2]);
  if (coloured) throw new InvalidInputError("background must be grey for grey pictures");
  const between = channels === 4 ? [...colour, background === undefined ? 0 : 255] : colour;
  const data = new Uint8Array(sheetWidth * sheetHeight * channels);
  for (let i = 0; i < data.length; i++) data[i] = between[i % channels];
  for (let n = 0; n < count; n++) {
    const left = scale * (n % across) * (width + gap);
    const top = scale * Math.floor(n / across) * (height + gap);
    for (let y = 0; y < height * scale; y++) {
      const from = n * size + Math.floor(y / scale) * width * channels;
      const to = ((top + y) * sheetWidth + left) * channels;
      for (let x = 0; x < width * scale; x++) {
        const at = from + Math.floor(x / scale) * channels;
        for (let s = 0; s < channels; s++) data[to + x * channels + s] = pixels[at + s];
      }
    }
  }
  return { width: sheetWidth, height: sheetHeight, channels, data };
}
