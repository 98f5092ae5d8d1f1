// JPEG files, for the command line alone: in browsers the engine decodes them, and pixels may differ by engine.

import { decode } from "jpeg-js";
import { InvalidInputError, type Pixels } from "../../entries/node.js";

/** A million pixels are a megapixel; as many as PNG files may have. */
const MOST_MEGAPIXELS = 68;
const MOST_MEGABYTES = 1500;

/** Whether bytes begin as a JPEG's do. */
export function isJPEG(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** Its pixels, upright. @throws InvalidInputError naming the file */
export function decodeJPEG(name: string, bytes: Uint8Array): Pixels {
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: true,
      tolerantDecoding: false,
      maxResolutionInMP: MOST_MEGAPIXELS,
      maxMemoryUsageInMB: MOST_MEGABYTES,
    });
    return upright({ width, height, data }, orientation(bytes));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInputError(`${name} is damaged: it cannot be read as a JPEG (${said})`, {
      cause,
    });
  }
}

/** How a camera was held, 1 to 8 (Exif, tag 0x112); 1 where nothing is said. */
function orientation(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    // Before a marker there may be more of its first byte.
    if (bytes[at + 1] === 0xff) {
      at++;
      continue;
    }
    if (bytes[at + 1] === 0xda) break;
    const length = view.getUint16(at + 2);
    const part = bytes.subarray(at + 4, at + 2 + length);
    // Exif is one of the kinds of this part; XMP may come before it.
    if (bytes[at + 1] === 0xe1 && isExif(part)) return exifOrientation(part);
    at += 2 + length;
  }
  return 1;
}

function isExif(part: Uint8Array): boolean {
  return part.length >= 14 && String.fromCharCode(...part.subarray(0, 6)) === "Exif\0\0";
}

function exifOrientation(part: Uint8Array): number {
  const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
  const little = part[6] === 0x49;
  const first = 6 + view.getUint32(10, little);
  if (first + 2 > part.length) return 1;
  const count = view.getUint16(first, little);
  for (let i = 0; i < count; i++) {
    const at = first + 2 + 12 * i;
    if (at + 12 > part.length) break;
    if (view.getUint16(at, little) !== 0x112) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** Turned and mirrored as the orientation says. */
function upright(picture: Pixels, turn: number): Pixels {
  if (turn === 1) return picture;
  const { width, height, data } = picture;
  const swapped = turn >= 5;
  const mirrored = [2, 3, 7, 8].includes(turn);
  const upsideDown = [3, 4, 6, 7].includes(turn);
  const [across, down] = swapped ? [height, width] : [width, height];
  const out = new Uint8Array(data.length);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      // Where a pixel of the upright picture is in the file's.
      const [u, v] = swapped ? [y, x] : [x, y];
      const from = (upsideDown ? height - 1 - v : v) * width + (mirrored ? width - 1 - u : u);
      for (let s = 0; s < 4; s++) out[4 * (y * across + x) + s] = data[4 * from + s];
    }
  }
  return { width: across, height: down, data: out };
}
