// zlib and gzip by fflate, which runs everywhere (DecompressionStream does not, and engines compress differently).
// Imported only by files that are themselves imported when first asked for.

import { gunzipSync, unzlibSync, zlibSync } from "fflate/browser";
import { InvalidInputError } from "../host/errors.js";
import { adler32, crc32 } from "./checksums.js";

/** Deflate's best ratio is 1032: what claims more is not there, and nothing is allocated for it. */
const RATIO = 1032;
/** Bytes that one file may hold: what every engine has room for in one array. */
const MOST = 2 ** 31 - 1;

/**
 * A zlib stream (RFC 1950) of which it is known how long it is when inflated.
 * @param what it is, for errors
 * @throws InvalidInputError where the stream is damaged, or longer or shorter than `length`
 */
export function inflate(what: string, bytes: Uint8Array, length: number): Uint8Array {
  if (length > RATIO * bytes.length) throw damaged(what, tooShort(length, bytes.length));
  const end = bytes.subarray(Math.max(0, bytes.length - 4));
  const data = inflated(what, length, (out) => unzlibSync(bytes, { out }));
  if (wordAt(end, true) !== adler32(data)) throw damaged(what, "its Adler-32 does not fit");
  return data;
}

/** The same bytes in every runtime: the level and the memory are stated, the rest is whole numbers. */
export function deflate(bytes: Uint8Array): Uint8Array {
  return zlibSync(bytes, { level: 9, mem: 8 });
}

/** Whether bytes begin as gzip's do (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/**
 * A gzip file of one member.
 * @throws InvalidInputError where it is damaged, or says that it holds more than 2 GiB
 */
export function gunzip(what: string, bytes: Uint8Array): Uint8Array {
  const [sum, length] = [8, 4].map((from) => wordAt(bytes.subarray(bytes.length - from), false));
  if (bytes.length < 18) throw damaged(what, "its gzip stream ends too soon");
  if (length > Math.min(MOST, RATIO * bytes.length)) {
    throw damaged(what, tooShort(length, bytes.length));
  }
  const data = inflated(what, length, (out) => gunzipSync(bytes, { out }));
  if (crc32(data) !== sum) throw damaged(what, "its CRC-32 does not fit");
  return data;
}

function inflated(what: string, length: number, into: (out: Uint8Array) => Uint8Array): Uint8Array {
  let data: Uint8Array;
  try {
    // One byte more than there should be: a longer stream shows.
    data = into(new Uint8Array(length + 1));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw damaged(what, `its data cannot be decompressed (${said})`, cause);
  }
  if (data.length === length) return data;
  const side = data.length > length ? "more" : `only ${data.length}`;
  throw damaged(what, `expected ${length} bytes after decompression, got ${side}`);
}

function tooShort(length: number, bytes: number): string {
  return `expected ${length} bytes after decompression, which ${bytes} compressed bytes cannot hold`;
}

/** What is said of a file that is damaged. */
export function damaged(what: string, how: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(`${what} is damaged: ${how}`, { cause });
}

function wordAt(bytes: Uint8Array, big: boolean): number {
  const [a, b, c, d] = big ? bytes : Array.from(bytes.subarray(0, 4)).reverse();
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
