// PNG files to samples (ISO/IEC 15948): every depth, palettes, transparent colours, interlacing. Gamma and colour
// profiles are not applied: a sample is the number in the file, in every runtime. The compression is fflate's, the
// rest is here, because a file may be hostile: sizes are checked before anything is allocated.

import { damaged, inflate } from "../deflate.js";
import { type PNGParts, readChunks } from "./chunks.js";
import type { PNGPicture } from "./picture.js";

export interface DecodedPNG extends PNGPicture {
  /** Pictures of an animation, of which `data` is the one that is shown where animations are not known. */
  readonly frames: number;
}

/** Passes of Adam7: x and y of the first pixel, and steps. */
const ADAM7 = [
  ...[[0, 0, 8, 8] as const, [4, 0, 8, 8] as const, [0, 4, 4, 8] as const, [2, 0, 4, 4] as const],
  ...[[0, 2, 2, 4] as const, [1, 0, 2, 2] as const, [0, 1, 1, 2] as const],
];

/** Samples of a pixel in the file, by the kind of colour. */
const SAMPLES: Readonly<Record<PNGParts["color"], 1 | 2 | 3 | 4>> = {
  0: 1,
  2: 3,
  3: 1,
  4: 2,
  6: 4,
};

/**
 * Palettes become RGB, a transparent colour becomes alpha, 1, 2 and 4 bits become the bytes 0 to 255.
 * @param what the file is called, for errors
 * @throws InvalidInputError where the bytes are no PNG, damaged, or of more than 2²⁶ pixels
 */
export function decode(what: string, bytes: Uint8Array): DecodedPNG {
  const parts = readChunks(what, bytes);
  return { ...pictureOf(what, parts), frames: parts.frames };
}

/** The picture of compressed data. @throws InvalidInputError where they are damaged */
export function pictureOf(what: string, parts: PNGParts): PNGPicture {
  const { width, height, depth, color } = parts;
  const passes = (parts.interlaced ? ADAM7 : [[0, 0, 1, 1] as const])
    .map(([x, y, dx, dy]) => ({
      ...{ x, y, dx, dy },
      columns: Math.ceil((width - x) / dx),
      rows: Math.ceil((height - y) / dy),
    }))
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
  const bits = depth * SAMPLES[color];
  const length = (columns: number) => Math.ceil((columns * bits) / 8);
  const total = passes.reduce((sum, { rows, columns }) => sum + rows * (1 + length(columns)), 0);
  const raw = inflate(what, parts.compressed, total);
  const samples = SAMPLES[color];
  const size = width * height * samples;
  const data = depth === 16 ? new Uint16Array(size) : new Uint8Array(size);
  const step = Math.max(1, bits >> 3);
  let at = 0;
  for (const { x, y, dx, dy, columns, rows } of passes) {
    const bytesOfRow = length(columns);
    let above: Uint8Array = new Uint8Array(bytesOfRow);
    for (let row = 0; row < rows; row++) {
      const line = raw.subarray(at + 1, at + 1 + bytesOfRow);
      unfilter(what, raw[at], line, above, step);
      const to = ((y + row * dy) * width + x) * samples;
      spread(line, depth, columns, samples, data, to, dx * samples);
      above = line;
      at += 1 + bytesOfRow;
    }
  }
  return { width, height, ...coloured(what, parts, data) };
}

/** A row's bytes in place: each was written as a difference to what was before it (section 9). */
function unfilter(
  what: string,
  filter: number,
  line: Uint8Array,
  above: Uint8Array,
  step: number,
): void {
  const n = line.length;
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = step; i < n; i++) line[i] += line[i - step];
      return;
    case 2:
      for (let i = 0; i < n; i++) line[i] += above[i];
      return;
    case 3:
      for (let i = 0; i < step && i < n; i++) line[i] += above[i] >> 1;
      for (let i = step; i < n; i++) line[i] += (line[i - step] + above[i]) >> 1;
      return;
    case 4:
      for (let i = 0; i < step && i < n; i++) line[i] += above[i];
      for (let i = step; i < n; i++) line[i] += paeth(line[i - step], above[i], above[i - step]);
      return;
    default:
      throw damaged(what, `a row has the filter ${filter}, expected 0 to 4`);
  }
}

/** Of left, above and above left, the one nearest to left + above - above left. */
export function paeth(left: number, above: number, corner: number): number {
  const a = Math.abs(above - corner);
  const b = Math.abs(left - corner);
  const c = Math.abs(left + above - 2 * corner);
  return a <= b && a <= c ? left : b <= c ? above : corner;
}

/** A row's samples, each at its place; those of less than 8 bits are packed, the first in the upper bits. */
function spread(
  line: Uint8Array,
  depth: number,
  columns: number,
  samples: number,
  data: Uint8Array | Uint16Array,
  to: number,
  step: number,
): void {
  const perByte = 8 / depth;
  for (let column = 0; column < columns; column++, to += step) {
    for (let s = 0; s < samples; s++) {
      const i = column * samples + s;
      if (depth === 8) data[to + s] = line[i];
      else if (depth === 16) data[to + s] = (line[2 * i] << 8) | line[2 * i + 1];
      else {
        const shift = 8 - depth * (1 + (i % perByte));
        data[to + s] = (line[Math.floor(i / perByte)] >> shift) & ((1 << depth) - 1);
      }
    }
  }
}

/** Samples as colours. */
function coloured(
  what: string,
  { color, depth, palette, transparency, width, height }: PNGParts,
  data: Uint8Array | Uint16Array,
): Pick<PNGPicture, "channels" | "data"> {
  const pixels = width * height;
  if (color === 3) return fromPalette(what, data, palette!, transparency);
  const samples = SAMPLES[color];
  const most = 2 ** Math.min(depth, 8) - 1;
  const key = transparency && color < 3 ? words(transparency).slice(0, samples) : undefined;
  if (key && key.length < samples) throw damaged(what, "its transparent colour (tRNS) is cut off");
  const scale = depth < 8 ? 255 / most : 1;
  if (!key) {
    if (scale > 1) for (let i = 0; i < data.length; i++) data[i] *= scale;
    return { channels: samples, data };
  }
  const channels = (samples + 1) as 2 | 4;
  const out = depth === 16 ? new Uint16Array(pixels * channels) : new Uint8Array(pixels * channels);
  const opaque = depth === 16 ? 65535 : 255;
  for (let p = 0; p < pixels; p++) {
    let same = true;
    for (let s = 0; s < samples; s++) {
      const value = data[p * samples + s];
      same &&= value === key[s];
      out[p * channels + s] = value * scale;
    }
    out[p * channels + samples] = same ? 0 : opaque;
  }
  return { channels, data: out };
}

function fromPalette(
  what: string,
  indices: Uint8Array | Uint16Array,
  palette: Uint8Array,
  alpha: Uint8Array | undefined,
): Pick<PNGPicture, "channels" | "data"> {
  const colours = palette.length / 3;
  const channels = alpha ? 4 : 3;
  const data = new Uint8Array(indices.length * channels);
  for (let p = 0; p < indices.length; p++) {
    const index = indices[p];
    if (index >= colours) {
      throw damaged(what, `a pixel has colour ${index} of a palette of ${colours}`);
    }
    for (let s = 0; s < 3; s++) data[p * channels + s] = palette[3 * index + s];
    if (alpha) data[p * channels + 3] = alpha[index] ?? 255;
  }
  return { channels, data };
}

function words(bytes: Uint8Array): number[] {
  return Array.from(
    { length: bytes.length >> 1 },
    (_, i) => (bytes[2 * i] << 8) | bytes[2 * i + 1],
  );
}
