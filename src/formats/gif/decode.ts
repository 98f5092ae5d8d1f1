// GIF files to pictures (GIF87a, GIF89a): local palettes, transparency, interlacing, what happens to a picture after it was
// shown. The blocks are walked first, so that nothing is made of a file that is damaged further on, or far too large.

import { InvalidInputError } from "../../host/errors.js";
import { joined } from "../../host/joined.js";
import { type Animation, checkAnimation, clear, isWithin, type Region } from "../animation.js";
import { damaged } from "../deflate.js";
import { decompress } from "./lzw.js";

/** A picture in the file. */
interface Frame extends Region {
  readonly delay: number;
  /** 2: its region becomes transparent; 3: what was there before comes back; others: it stays. */
  readonly disposal: number;
  /** The number of what is transparent, or -1. */
  readonly transparent: number;
  /** RGB, RGB, … */
  readonly palette: Uint8Array;
  readonly interlaced: boolean;
  /** Bits of a number before compression. */
  readonly minimum: number;
  readonly compressed: readonly Uint8Array[];
}

/** Whether bytes begin as a GIF does. */
export function isGIF(bytes: Uint8Array): boolean {
  const head = String.fromCharCode(...bytes.subarray(0, 6));
  return head === "GIF87a" || head === "GIF89a";
}

/**
 * @param what the file is called, for errors
 * @throws InvalidInputError where the bytes are no GIF, damaged, or of too many pixels; while frames are made, too
 */
export function readGIF(what: string, bytes: Uint8Array): Animation {
  if (!isGIF(bytes)) throw new InvalidInputError(`${what} is not a GIF file`);
  const { width, height, frames } = blocksOf(what, bytes);
  return {
    ...{ width, height },
    delays: frames.map(({ delay }) => delay),
    frames: () => shown(what, width, height, frames),
  };
}

/** The whole pictures, one after the other. */
function* shown(
  what: string,
  width: number,
  height: number,
  frames: readonly Frame[],
): Generator<Uint8Array> {
  const canvas = new Uint8Array(4 * width * height);
  for (const [i, frame] of frames.entries()) {
    const before = frame.disposal === 3 ? canvas.slice() : undefined;
    draw(`frame ${i} of ${what}`, frame, canvas, width);
    yield canvas.slice();
    if (before) canvas.set(before);
    else if (frame.disposal === 2) clear(canvas, width, frame);
  }
}

/** First lines and steps of the four passes of interlacing. */
const PASSES = [[0, 8] as const, [4, 8] as const, [2, 4] as const, [1, 2] as const];

function draw(what: string, frame: Frame, canvas: Uint8Array, across: number): void {
  const { left, top, width, height, palette, transparent, minimum } = frame;
  const numbers = decompress(what, joined(frame.compressed), minimum, width * height);
  const passes = frame.interlaced ? PASSES : [[0, 1] as const];
  let from = 0;
  for (const [first, step] of passes) {
    for (let y = first; y < height; y += step) {
      let to = 4 * ((top + y) * across + left);
      for (let x = 0; x < width; x++, to += 4) {
        const number = numbers[from++];
        if (number === transparent) continue;
        const at = 3 * number;
        if (at >= palette.length) {
          throw damaged(what, `a pixel has colour ${number} of a palette of ${palette.length / 3}`);
        }
        canvas[to] = palette[at];
        canvas[to + 1] = palette[at + 1];
        canvas[to + 2] = palette[at + 2];
        canvas[to + 3] = 255;
      }
    }
  }
}

/** Bytes in turn, none of them beyond the end. */
class Bytes {
  at = 6;
  readonly #what: string;
  readonly #bytes: Uint8Array;

  constructor(what: string, bytes: Uint8Array) {
    this.#what = what;
    this.#bytes = bytes;
  }

  take(count: number): Uint8Array {
    const end = this.at + count;
    if (end > this.#bytes.length) {
      throw damaged(this.#what, `it ends at byte ${this.#bytes.length}, too soon`);
    }
    const taken = this.#bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** Blocks that say how long they are, up to an empty one. */
  blocks(): Uint8Array[] {
    const all: Uint8Array[] = [];
    for (;;) {
      const [length] = this.take(1);
      if (length === 0) return all;
      all.push(this.take(length));
    }
  }

  /** Whether all of them are taken. */
  get over(): boolean {
    return this.at >= this.#bytes.length;
  }
}

const word = (bytes: Uint8Array, at: number) => bytes[at] | (bytes[at + 1] << 8);

const [EXTENSION, IMAGE, END] = [0x21, 0x2c, 0x3b];
const CONTROL = 0xf9;
const PLAIN = { delay: 0, disposal: 0, transparent: -1 };

function blocksOf(what: string, bytes: Uint8Array) {
  const rest = new Bytes(what, bytes);
  const screen = rest.take(7);
  const [width, height, flags] = [word(screen, 0), word(screen, 2), screen[4]];
  if (width === 0 || height === 0) throw damaged(what, `its size is ${width} × ${height}`);
  const shared = flags & 0x80 ? rest.take(3 << ((flags & 7) + 1)) : undefined;
  const frames: Frame[] = [];
  let control = PLAIN;
  for (;;) {
    // Files that were not ended are common, and all there is was read.
    if (rest.over && frames.length > 0) break;
    const begun = rest.at;
    const [kind] = rest.take(1);
    if (kind === END) break;
    if (kind === EXTENSION) {
      const [label] = rest.take(1);
      const [data] = rest.blocks();
      if (label === CONTROL) control = controlOf(what, data);
    } else if (kind === IMAGE) {
      frames.push({ ...control, ...imageOf(what, rest, { width, height }, shared, frames.length) });
      checkAnimation(what, width, height, frames.length);
      control = PLAIN;
    } else throw damaged(what, `no block begins at byte ${begun}`);
  }
  if (frames.length === 0) throw damaged(what, "it has no picture");
  return { width, height, frames };
}

/** How long the next picture is shown, what then becomes of it, and what of it is transparent. */
function controlOf(what: string, data: Uint8Array | undefined): typeof PLAIN {
  if (data?.length !== 4) throw damaged(what, "what it says of a picture has a wrong length");
  return {
    delay: word(data, 1),
    disposal: (data[0] >> 2) & 7,
    transparent: data[0] & 1 ? data[3] : -1,
  };
}

function imageOf(
  what: string,
  rest: Bytes,
  whole: Pick<Region, "width" | "height">,
  shared: Uint8Array | undefined,
  number: number,
): Omit<Frame, keyof typeof PLAIN> {
  const head = rest.take(9);
  const [left, top, width, height] = [0, 2, 4, 6].map((at) => word(head, at));
  const region = { left, top, width, height };
  if (!isWithin(region, whole)) {
    throw damaged(
      what,
      `frame ${number} has ${width} × ${height} pixels at ${left}, ${top}, which are not within ${whole.width} × ${whole.height}`,
    );
  }
  const palette = head[8] & 0x80 ? rest.take(3 << ((head[8] & 7) + 1)) : shared;
  if (!palette) throw damaged(what, `frame ${number} has no palette`);
  const [minimum] = rest.take(1);
  if (minimum < 1 || minimum > 8) {
    throw damaged(what, `frame ${number} has numbers of ${minimum} bits, expected 1 to 8`);
  }
  const interlaced = (head[8] & 0x40) > 0;
  return { ...region, palette, interlaced, minimum, compressed: rest.blocks() };
}
