// Animated PNG files to pictures (PNG specification, third edition, section 11.3.5): regions that are put over what was
// there before.

import { joined } from "../../host/joined.js";
import { isKind } from "../../host/kinds.js";
import { type Animation, checkAnimation, clear, isWithin, type Region } from "../animation.js";
import { damaged } from "../deflate.js";
import { chunksOf, type PNGParts, readChunks, view } from "./chunks.js";
import { pictureOf } from "./decode.js";
import { narrowed, type PNGPicture } from "./picture.js";

/** A picture in the file. */
interface Frame extends Region {
  readonly delay: number;
  /** 1: its region becomes transparent; 2: what was there before comes back; 0: it stays. */
  readonly disposal: number;
  /** 1: put over what is there; 0: in its place. */
  readonly blend: number;
  readonly compressed: Uint8Array[];
}

/**
 * @param what the file is called, for errors
 * @throws InvalidInputError where the bytes are no PNG, damaged, or of too many pixels; while frames are made, too
 */
export function readAPNG(what: string, bytes: Uint8Array): Animation {
  const parts = readChunks(what, bytes);
  const { width, height } = parts;
  const frames = framesOf(what, bytes, parts);
  checkAnimation(what, width, height, frames.length);
  return {
    ...{ width, height },
    delays: frames.map(({ delay }) => delay),
    frames: () => shown(what, parts, frames),
  };
}

function* shown(what: string, parts: PNGParts, frames: readonly Frame[]): Generator<Uint8Array> {
  const canvas = new Uint8Array(4 * parts.width * parts.height);
  for (const [i, frame] of frames.entries()) {
    const { width, height, disposal } = frame;
    const before = disposal === 2 ? canvas.slice() : undefined;
    const own = { ...parts, width, height, compressed: joined(frame.compressed) };
    draw(frame, pictureOf(`frame ${i} of ${what}`, own), canvas, parts.width);
    yield canvas.slice();
    if (before) canvas.set(before);
    else if (disposal === 1) clear(canvas, parts.width, frame);
  }
}

function draw(
  { left, top, blend }: Frame,
  picture: PNGPicture,
  canvas: Uint8Array,
  across: number,
): void {
  const { width, height, channels } = picture;
  const data = isKind(picture.data, "Uint16Array") ? narrowed(picture.data) : picture.data;
  const colours = channels < 3 ? 0 : 1;
  const hasAlpha = channels % 2 === 0;
  for (let p = 0; p < width * height; p++) {
    const at = p * channels;
    const to = 4 * ((top + Math.floor(p / width)) * across + left + (p % width));
    const alpha = hasAlpha ? data[at + channels - 1] : 255;
    const below = blend === 1 && alpha < 255 ? canvas[to + 3] : 0;
    // Over: of both, as much as is seen.
    const seen = 255 * alpha + below * (255 - alpha);
    for (let s = 0; s < 3; s++) {
      const value = data[at + s * colours];
      canvas[to + s] =
        below === 0
          ? value
          : Math.floor((255 * alpha * value + below * (255 - alpha) * canvas[to + s]) / seen + 0.5);
    }
    canvas[to + 3] = below === 0 ? alpha : Math.floor(seen / 255 + 0.5);
  }
}

function framesOf(what: string, bytes: Uint8Array, parts: PNGParts): Frame[] {
  const frames: Frame[] = [];
  let number = 0;
  let animated = false;
  const next = (data: Uint8Array) => {
    if (data.length >= 4 && view(data).getUint32(0) === number++) return;
    throw damaged(what, "the parts of its animation are not in order");
  };
  for (const { type, data } of chunksOf(what, bytes)) {
    if (type === "acTL") animated = true;
    else if (type === "fcTL") {
      next(data);
      frames.push(controlOf(what, data, parts, frames.length));
      // What each takes is checked when all are known; what no file can have is not kept.
      checkAnimation(what, 1, 1, frames.length);
    } else if (type === "IDAT") frames[0]?.compressed.push(data);
    else if (type === "fdAT") {
      next(data);
      frames.at(-1)?.compressed.push(data.subarray(4));
    }
  }
  if (!animated || frames.length === 0) {
    const one = { left: 0, top: 0, width: parts.width, height: parts.height };
    return [{ ...one, delay: 0, disposal: 0, blend: 0, compressed: [parts.compressed] }];
  }
  const empty = frames.findIndex(({ compressed }) => compressed.length === 0);
  if (empty >= 0) throw damaged(what, `frame ${empty} has no picture`);
  return frames;
}

function controlOf(what: string, data: Uint8Array, whole: PNGParts, number: number): Frame {
  if (data.length !== 26) throw damaged(what, "what it says of a frame (fcTL) has a wrong length");
  const words = view(data);
  const [width, height, left, top] = [4, 8, 12, 16].map((at) => words.getUint32(at));
  const region = { left, top, width, height };
  if (!isWithin(region, whole)) {
    throw damaged(
      what,
      `frame ${number} has ${width} × ${height} pixels at ${left}, ${top}, which are not within ${whole.width} × ${whole.height}`,
    );
  }
  const [disposal, blend] = [data[24], data[25]];
  if (disposal > 2 || blend > 1)
    throw damaged(what, `frame ${number} is put in no way that there is`);
  const [time, of] = [words.getUint16(20), words.getUint16(22) || 100];
  return { ...region, delay: (100 * time) / of, disposal, blend, compressed: [] };
}
