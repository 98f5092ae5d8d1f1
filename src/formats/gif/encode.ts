// Pictures to animated GIF files: the same bytes in every runtime.

import { joined } from "../../host/joined.js";
import { compress } from "./lzw.js";
import { CLEAR, chosen, counted } from "./palette.js";

/** What becomes a GIF. */
export interface GIFPictures {
  readonly width: number;
  readonly height: number;
  /** Grey, RGB, RGBA. */
  readonly channels: 1 | 3 | 4;
  /** (height · width · channels) bytes each; pixels whose alpha is below 128 become transparent, others opaque. */
  readonly frames: readonly Uint8Array[];
  /** How long each is shown, in hundredths of a second. */
  readonly delays: readonly number[];
  /** How often all of it is shown; 0 for ever. */
  readonly loops: number;
}

/** Colours of one palette. */
const MOST = 256;

/**
 * All frames have one palette where their colours are 256 at most (with what is transparent), which then are exact; else
 * each has its own, exact where its colours are so few.
 */
export function encodeGIF({
  width,
  height,
  channels,
  frames,
  delays,
  loops,
}: GIFPictures): Uint8Array<ArrayBuffer> {
  const colours = frames.map((frame) => coloursOf(frame, channels));
  const clear = colours.some((own) => own.includes(CLEAR)) ? 1 : 0;
  const counts = colours.map(counted);
  const together = new Map<number, number>();
  for (const own of counts) {
    for (const [colour, n] of own) together.set(colour, (together.get(colour) ?? 0) + n);
  }
  const shared = together.size + clear <= MOST ? chosen(together, MOST) : undefined;
  const parts: ArrayLike<number>[] = [];
  const table = shared && tableOf(shared.palette, clear);
  parts.push(
    [...ascii("GIF89a"), ...words(width, height)],
    [0x70 | (table ? 0x80 | (table.bits - 1) : 0), 0, 0],
    table?.bytes ?? [],
  );
  if (frames.length > 1 && loops !== 1) {
    // Counts repetitions, not showings.
    const repeats = loops === 0 ? 0 : loops - 1;
    parts.push([0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, ...words(repeats), 0]);
  }
  for (const [i, own] of colours.entries()) {
    const { palette, places } = shared ?? chosen(counts[i], MOST - clear);
    const { bits, bytes, transparent } = table ?? tableOf(palette, clear);
    const numbers = Uint8Array.from(own, (colour) =>
      colour === CLEAR ? transparent : places.get(colour)!,
    );
    const minimum = Math.max(2, bits);
    // Where something is transparent, the frame before must not show through.
    const control = clear ? (2 << 2) | 1 : 1 << 2;
    parts.push(
      [0x21, 0xf9, 4, control, ...words(delays[i]), clear ? transparent : 0, 0],
      [0x2c, ...words(0, 0, width, height), table ? 0 : 0x80 | (bits - 1)],
      table ? [] : bytes,
      [minimum],
      inBlocks(compress(numbers, minimum)),
    );
  }
  parts.push([0x3b]);
  return joined(parts);
}

/** A palette as it is in the file, 2, 4, … or 256 colours, the one after the last for what is transparent. */
function tableOf(palette: Uint8Array, clear: number) {
  const transparent = palette.length / 3;
  let bits = 1;
  while (1 << bits < transparent + clear) bits++;
  const bytes = new Uint8Array(3 << bits);
  bytes.set(palette);
  return { bits, bytes, transparent };
}

/** r · 65536 + g · 256 + b of each pixel, or CLEAR. */
function coloursOf(data: Uint8Array, channels: number): Int32Array {
  const colours = channels < 3 ? 0 : 1;
  return Int32Array.from({ length: data.length / channels }, (_, p) => {
    const at = p * channels;
    if (channels === 4 && data[at + 3] < 128) return CLEAR;
    return (data[at] << 16) | (data[at + colours] << 8) | data[at + 2 * colours];
  });
}

/** In blocks of at most 255 bytes, each after its length, and an empty one. */
function inBlocks(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length + Math.ceil(bytes.length / 255) + 1);
  let to = 0;
  for (let from = 0; from < bytes.length; from += 255) {
    const block = bytes.subarray(from, from + 255);
    out[to] = block.length;
    out.set(block, to + 1);
    to += 1 + block.length;
  }
  return out;
}

function ascii(text: string): number[] {
  return Array.from(text, (c) => c.charCodeAt(0));
}

function words(...numbers: number[]): number[] {
  return numbers.flatMap((one) => [one & 255, one >> 8]);
}
