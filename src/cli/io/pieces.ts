// A text file too large for one string, read in pieces that end with lines.

import { readSync } from "node:fs";
import { decodeUtf8 } from "../../entries/node.js";
import { Failure } from "../errors.js";
import { whole } from "../show/format.js";

/** Bytes that are read and decoded together; a string of so many characters fits into every engine. */
export const PIECE: number = 2 ** 28;

/**
 * The text of an open file, in pieces of at most `most` bytes.
 * @throws Failure for a line that is longer; InvalidInputError for what is not UTF-8
 */
export function* decodedPieces(file: number, path: string, most: number): Generator<string> {
  const buffer = new Uint8Array(most);
  let at = 0; // offset in the file of what is in the buffer
  let kept = 0;
  for (;;) {
    const got = readSync(file, buffer, kept, most - kept, null);
    const filled = kept + got;
    const end = got === 0 ? filled : lastLineEnd(buffer.subarray(0, filled));
    if (got === 0 && filled === 0) return;
    if (end === 0 && filled === most) throw tooLong(path, most);
    if (end > 0) {
      // A byte order mark is one at the beginning of a file only; later it is a character.
      const text = decodeUtf8(
        buffer.subarray(0, end),
        at === 0 ? path : `${path}, from its byte ${at} on,`,
      );
      const mark = at > 0 && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf;
      yield mark ? `\ufeff${text}` : text;
    }
    buffer.copyWithin(0, end, filled);
    at += end;
    kept = filled - end;
  }
}

/** The offset after the last end of a line that cannot be half of CRLF; 0 where there is none. */
function lastLineEnd(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at >= 0; at--) {
    if (bytes[at] === 0x0a || (bytes[at] === 0x0d && at + 1 < bytes.length)) return at + 1;
  }
  return 0;
}

function tooLong(path: string, most: number): Failure {
  return new Failure(
    `${path} has a line of more than ${whole(most)} bytes, which is too long to be read; ` +
      "cut it into lines or into several files",
  );
}
