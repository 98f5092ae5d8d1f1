// IDX files, plain and gzipped; those that are damaged or made to cost.

import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readIDX } from "../../src/formats/idx.js";
import { InvalidInputError } from "../../src/host/errors.js";
import { idxFile as idx } from "./files.js";

const small = idx([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]);
const zipped = new Uint8Array(gzipSync(small));

describe("an IDX file", () => {
  test.each([
    ["plain", small],
    ["gzipped", zipped],
  ])("%s", (_, bytes) => {
    const { shape, data } = readIDX("a.idx", bytes);
    expect(shape).toEqual([2, 2, 3]);
    expect(data).toEqual(small.subarray(16));
  });

  const changed = (bytes: Uint8Array, at: number, to: number) => {
    const copy = bytes.slice();
    copy.fill(to, at < 0 ? bytes.length + at : at, (at < 0 ? bytes.length + at : at) + 1);
    return copy;
  };
  test.each([
    ["nothing", new Uint8Array(), "a.idx is not an IDX file"],
    ["a text", new TextEncoder().encode("hello"), "is not an IDX file"],
    ["no dimensions", idx([], []), "is not an IDX file"],
    ["numbers of another type", idx([1], [0, 0, 0, 0], 13), "of type 0xd; expected unsigned bytes"],
    ["half a header", small.slice(0, 9), "ends at byte 9, in its header"],
    ["fewer bytes", small.slice(0, -1), "expected 2 × 2 × 3 bytes after its header, got 11"],
    ["more bytes", Uint8Array.of(...small, 0), "got 13"],
    ["a size that is too large", idx([2 ** 31, 2 ** 31, 2 ** 31], []), "got 0"],
    ["half a gzip file", zipped.slice(0, 20), "is damaged"],
    ["a beginning of gzip", zipped.slice(0, 12), "its gzip stream ends too soon"],
    ["a changed checksum", changed(zipped, -8, 0), "CRC-32 does not fit"],
    ["a length of 4 GB", changed(zipped, -1, 255), "compressed bytes cannot hold"],
    ["a length that is one more", changed(zipped, -4, small.length + 1), "got only 28"],
    ["a length that is one less", changed(zipped, -4, small.length - 1), "got more"],
    ["a changed byte", changed(zipped, 15, 7), "is damaged"],
  ])("%s", (_, bytes, message) => {
    expect(() => readIDX("a.idx", bytes)).toThrow(InvalidInputError);
    expect(() => readIDX("a.idx", bytes)).toThrow(message);
  });
});
