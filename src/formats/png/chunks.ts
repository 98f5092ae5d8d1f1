// The chunks of a PNG (ISO/IEC 15948, section 5): length, type, data, CRC.

import { InvalidInputError } from "../../host/errors.js";
import { joined } from "../../host/joined.js";
import { crc32 } from "../checksums.js";
import { damaged } from "../deflate.js";
import { isPNG, MAX_PIXELS, SIGNATURE } from "./picture.js";

/** What a PNG says of itself, and its compressed data. */
export interface PNGParts {
  readonly width: number;
  readonly height: number;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  /** Grey, RGB, palette, grey and alpha, RGB and alpha. */
  readonly color: 0 | 2 | 3 | 4 | 6;
  readonly interlaced: boolean;
  readonly palette: Uint8Array | undefined;
  readonly transparency: Uint8Array | undefined;
  readonly compressed: Uint8Array;
  /** Pictures of an animation; 1 for others. */
  readonly frames: number;
}

/** Depths that a kind of colour may have. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** @throws InvalidInputError where `bytes` are no PNG, a damaged one, or one of too many pixels */
export function readChunks(what: string, bytes: Uint8Array): PNGParts {
  if (!isPNG(bytes)) throw new InvalidInputError(`${what} is not a PNG file`);
  const chunks = Array.from(chunksOf(what, bytes));
  const [first] = chunks;
  if (first?.type !== "IHDR" || first.data.length !== 13) {
    throw damaged(what, "it does not begin with its size (IHDR)");
  }
  const header = headerOf(what, first.data);
  const one = (type: string) => chunks.find((chunk) => chunk.type === type)?.data;
  const animation = one("acTL");
  const frames = animation && animation.length >= 4 ? view(animation).getUint32(0) : 1;
  const palette = header.color === 3 ? one("PLTE") : undefined;
  if (header.color === 3 && !(palette && palette.length % 3 === 0 && palette.length <= 768)) {
    throw damaged(what, "its palette (PLTE) is missing or has a wrong length");
  }
  const parts = chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data);
  if (parts.length === 0) throw damaged(what, "it has no picture (IDAT)");
  return { ...header, palette, transparency: one("tRNS"), compressed: joined(parts), frames };
}

function headerOf(what: string, data: Uint8Array) {
  const [width, height] = [view(data).getUint32(0), view(data).getUint32(4)];
  const [depth, color, compression, filter, interlace] = data.subarray(8);
  if (width === 0 || height === 0) throw damaged(what, `its size is ${width} × ${height}`);
  if (width * height > MAX_PIXELS) {
    throw new InvalidInputError(
      `${what} has ${width} × ${height} pixels; at most ${MAX_PIXELS} (8192 × 8192) are read`,
    );
  }
  if (!DEPTHS[color]?.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1) {
    throw damaged(
      what,
      `its header names a kind of picture that there is not (colour ${color}, ${depth} bits, ` +
        `compression ${compression}, filter ${filter}, interlace ${interlace})`,
    );
  }
  return {
    ...{ width, height, interlaced: interlace === 1 },
    depth: depth as PNGParts["depth"],
    color: color as PNGParts["color"],
  };
}

/** All chunks up to the last, each with its checksum checked. @throws InvalidInputError where the bytes are damaged */
export function* chunksOf(
  what: string,
  bytes: Uint8Array,
): Generator<{ readonly type: string; readonly data: Uint8Array }> {
  const words = view(bytes);
  for (let at = SIGNATURE.length; ; ) {
    if (at + 12 > bytes.length) throw damaged(what, `it ends at byte ${bytes.length}, too soon`);
    const length = words.getUint32(at);
    const end = at + 8 + length;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) throw damaged(what, `no chunk begins at byte ${at}`);
    if (end + 4 > bytes.length) {
      throw damaged(what, `it ends at byte ${bytes.length}, within its chunk ${type}`);
    }
    if (words.getUint32(end) !== crc32(bytes.subarray(at + 4, end))) {
      throw damaged(what, `the checksum (CRC) of its chunk ${type} at byte ${at} does not fit`);
    }
    if (type === "IEND") return;
    // A capital first letter says that a picture cannot be shown without it.
    if (/^[A-Z]/.test(type) && !KNOWN.includes(type)) {
      throw new InvalidInputError(`${what} needs a chunk ${type}, which PNG does not have`);
    }
    yield { type, data: bytes.subarray(at + 8, end) };
    at = end + 4;
  }
}

const KNOWN = ["IHDR", "PLTE", "IDAT"];

export function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
