// Samples to PNG files: the same bytes in every runtime.

import { checkChoice, checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";
import { crc32 } from "../checksums.js";
import { deflate } from "../deflate.js";
import { paeth } from "./decode.js";
import { MAX_PIXELS, type PNGPicture, SIGNATURE } from "./picture.js";

/** The kind of colour in the file, by channels. */
const COLOR = [0, 0, 4, 2, 6];

/**
 * A PNG of 8 or 16 bits. Each row has the filter whose differences are smallest in sum, the first of equals.
 * @throws InvalidInputError where the size does not fit the data
 */
export function encode({ width, height, channels, data }: PNGPicture): Uint8Array<ArrayBuffer> {
  const header = headerOf({ width, height, channels, data });
  return file([header, chunk("IDAT", compressed({ width, height, channels, data })), END()]);
}

/** An animation of pictures of one size and one kind. */
export interface PNGAnimation {
  readonly pictures: readonly PNGPicture[];
  /** How long each is shown, in hundredths of a second. */
  readonly delays: readonly number[];
  /** How often all of it is shown; 0 for ever. */
  readonly loops: number;
}

/**
 * An animated PNG: each picture whole, the first also for programs that know no animations.
 * @throws InvalidInputError where a size does not fit the data
 */
export function encodeAnimation({
  pictures,
  delays,
  loops,
}: PNGAnimation): Uint8Array<ArrayBuffer> {
  const [{ width, height }] = pictures;
  let number = 0;
  const chunks = pictures.flatMap((picture, i) => {
    const control = [number++, width, height, 0, 0].flatMap(long);
    // Shown for so many hundredths; then the next is put in its place as it is.
    const shown = chunk(
      "fcTL",
      Uint8Array.from([...control, ...short(delays[i]), ...short(100), 0, 0]),
    );
    const data = compressed(picture);
    if (i === 0) return [shown, chunk("IDAT", data)];
    const numbered = new Uint8Array(4 + data.length);
    numbered.set(long(number++));
    numbered.set(data, 4);
    return [shown, chunk("fdAT", numbered)];
  });
  const animation = chunk("acTL", Uint8Array.from([...long(pictures.length), ...long(loops)]));
  return file([headerOf(pictures[0]), animation, ...chunks, END()]);
}

const END = () => chunk("IEND", new Uint8Array());
const short = (x: number) => [x >> 8, x & 255];
const long = (x: number) => [...short(x >>> 16), ...short(x & 65535)];

/** The header of a picture's file, after its checks. @throws InvalidInputError */
function headerOf({ width, height, channels, data }: PNGPicture): Uint8Array {
  checkNumber("width", width, { integer: true, min: 1, max: MAX_PIXELS });
  checkNumber("height", height, { integer: true, min: 1, max: MAX_PIXELS / width });
  checkChoice("channels", String(channels), ["1", "2", "3", "4"]);
  const wide = isKind(data, "Uint16Array");
  if (!(wide || isKind(data, "Uint8Array")) || data.length !== width * height * channels) {
    throw new InvalidInputError(
      `data must be a Uint8Array or a Uint16Array of ${height} × ${width} × ${channels} numbers, ` +
        `got ${describe(data)}${data?.length === undefined ? "" : ` of ${data.length}`}`,
    );
  }
  const header = new Uint8Array(13);
  const words = new DataView(header.buffer);
  words.setUint32(0, width);
  words.setUint32(4, height);
  header.set([wide ? 16 : 8, COLOR[channels]], 8);
  return chunk("IHDR", header);
}

function compressed({ height, channels, data }: PNGPicture): Uint8Array {
  const wide = isKind(data, "Uint16Array");
  const bytes = wide ? bigEndian(data) : data;
  return deflate(filtered(bytes, height, channels * (wide ? 2 : 1)));
}

function filtered(bytes: Uint8Array, height: number, step: number): Uint8Array {
  const length = bytes.length / height;
  const out = new Uint8Array(height * (1 + length));
  const tried = Array.from({ length: 5 }, () => new Uint8Array(length));
  let above: Uint8Array = new Uint8Array(length);
  for (let row = 0; row < height; row++) {
    const line = bytes.subarray(row * length, (row + 1) * length);
    const sums = [0, 0, 0, 0, 0];
    for (let i = 0; i < length; i++) {
      const value = line[i];
      const up = above[i];
      const left = i < step ? 0 : line[i - step];
      const corner = i < step ? 0 : above[i - step];
      const before = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
      for (let filter = 0; filter < 5; filter++) {
        const byte = (value - before[filter]) & 255;
        tried[filter][i] = byte;
        sums[filter] += byte < 128 ? byte : 256 - byte;
      }
    }
    const best = sums.indexOf(Math.min(...sums));
    out[row * (1 + length)] = best;
    out.set(tried[best], row * (1 + length) + 1);
    above = line;
  }
  return out;
}

function bigEndian(words: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(2 * words.length);
  for (let i = 0; i < words.length; i++) {
    bytes[2 * i] = words[i] >> 8;
    bytes[2 * i + 1] = words[i];
  }
  return bytes;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const words = new DataView(bytes.buffer);
  words.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  words.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function file(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = chunks.reduce((sum, { length }) => sum + length, SIGNATURE.length);
  const bytes = new Uint8Array(size);
  bytes.set(SIGNATURE);
  let at = SIGNATURE.length;
  for (const one of chunks) {
    bytes.set(one, at);
    at += one.length;
  }
  return bytes;
}
