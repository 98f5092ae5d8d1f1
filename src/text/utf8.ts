// Text at the border: bytes from files and strings from users, refused when they are not Unicode.
// Neither TextDecoder nor TextEncoder will do alone: a strict TextDecoder does not say where the
// damage is, and TextEncoder turns half a character into U+FFFD without a word.

import { describe, InvalidInputError } from "../host/errors.js";
import { LINE_END } from "./lines.js";

/**
 * The text of UTF-8 bytes, without a leading byte order mark.
 * @param name what the bytes are, such as a file name; used in the error
 * @throws InvalidInputError with the offset and line of the first byte that is not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array, name: string): string {
  if (!ArrayBuffer.isView(bytes)) {
    throw new InvalidInputError(`${name} must be a Uint8Array, got ${describe(bytes)}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const offset = firstInvalid(bytes);
    if (offset < 0) throw tooLong(bytes, name, error);
    const line = lineOf(bytes, offset);
    const byte = hex(bytes[offset], 2);
    const utf16 = offset === 0 && (bytes[0] ^ bytes[1]) === 1 && bytes[0] >= 0xfe;
    throw new InvalidInputError(
      `${name} is not valid UTF-8: byte 0x${byte} at offset ${offset}, line ${line}` +
        `${utf16 ? " (it starts like UTF-16)" : ""}; save it as UTF-8`,
    );
  }
}

/** Strings are shorter in some engines than in others; the shortest is V8's, about 2^29 characters. */
function tooLong(bytes: Uint8Array, name: string, cause: unknown): InvalidInputError {
  return new InvalidInputError(
    `${name} is too long for one string: ${bytes.length} bytes, where a string has at most about ` +
      "536 million characters; use a part of it, or cut it into several texts",
    { cause },
  );
}

/** The number of the line that a byte is in, from 1. */
function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let at = 0; at < offset; at++) {
    // CRLF is one end.
    if (bytes[at] === 0x0a || (bytes[at] === 0x0d && bytes[at + 1] !== 0x0a)) line++;
  }
  return line;
}

/** Text of UTF-8 bytes in which damage becomes U+FFFD, and a byte order mark stays a character. */
export function lenientDecoder(): TextDecoder {
  return new TextDecoder("utf-8", { ignoreBOM: true });
}

/** The text of bytes that are whole characters; undefined where they are not. */
export function wholeText(bytes: Uint8Array): string | undefined {
  return firstInvalid(bytes) < 0 ? lenientDecoder().decode(bytes) : undefined;
}

/**
 * Returns `text` if it is a well-formed string.
 * @throws InvalidInputError for half a character (a lone surrogate), with its position
 */
export function checkText(name: string, text: unknown): string {
  if (typeof text !== "string") {
    throw new InvalidInputError(`${name} must be a string, got ${describe(text)}`);
  }
  const at = text.search(/[\ud800-\udfff]/u); // with the u flag, halves of a pair do not match
  if (at < 0) return text;
  throw new InvalidInputError(
    `${name} has half a character (lone surrogate ${codePoint(text.charCodeAt(at))}) at ` +
      `${place(text, at)}; was it cut inside an emoji? text.toWellFormed() repairs a string`,
  );
}

/** Where index `at` is, for people: lines and columns (code points) count from 1. */
export function place(text: string, at: number): string {
  const lines = text.slice(0, at).split(LINE_END);
  const column = Array.from(lines[lines.length - 1]).length + 1;
  return `line ${lines.length}, column ${column}`;
}

/** A code point as Unicode writes it: U+00E9. */
export function codePoint(code: number): string {
  return `U+${hex(code, 4)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

/** Offset where the first ill-formed sequence starts, or -1. Ranges: Unicode standard, table 3-7. */
function firstInvalid(bytes: ArrayLike<number>): number {
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return -1;
}

/**
 * How many bytes more the last character needs where `bytes` are the beginning of well-formed UTF-8, 0 to 3;
 * -1 where they are not.
 */
export function missingBytes(bytes: ArrayLike<number>): number {
  const at = firstInvalid(bytes);
  if (at < 0) return 0;
  const rest = Array.from(bytes).slice(at);
  for (let missing = 1; missing <= 4 - rest.length; missing++) {
    // The second byte has a narrower range after some leads; one of these is in each of them.
    for (const next of [0x80, 0x90, 0xa0]) {
      const whole = [...rest, next, 0x80, 0x80].slice(0, rest.length + missing);
      if (sequenceLength(whole, 0) === whole.length) return missing;
    }
  }
  return -1;
}

/** Length of the well-formed sequence at `at`, or 0. Bytes past the end read as undefined. */
function sequenceLength(bytes: ArrayLike<number>, at: number): number {
  const lead = bytes[at];
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  // The second byte excludes overlong forms, surrogates and what is above U+10FFFF.
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (!(bytes[at + 1] >= low && bytes[at + 1] <= high)) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (let i = 2; i < length; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  return length;
}
