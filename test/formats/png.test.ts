// PNG files of every kind, written by another program; what we write; and files that are damaged or made to cost.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { crc32 } from "../../src/formats/checksums.js";
import { deflate } from "../../src/formats/deflate.js";
import { decode } from "../../src/formats/png/decode.js";
import { encode } from "../../src/formats/png/encode.js";
import type { PNGPicture } from "../../src/formats/png/picture.js";
import { InvalidInputError } from "../../src/host/errors.js";

interface Case {
  name: string;
  png: string;
  width: number;
  height: number;
  channels: number;
  depth: number;
  data: string;
}

const { cases, animated } = JSON.parse(
  readFileSync(new URL("../golden/png.json", import.meta.url), "utf8"),
) as { cases: Case[]; animated: string };
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const samplesOf = ({ data, depth }: Case) =>
  depth === 16 ? new Uint16Array(bytesOf(data).buffer) : bytesOf(data);
const [whole] = cases.filter(({ name }) => name === "data in several chunks");

describe("reading", () => {
  test.each(cases)("$name", (one) => {
    const { width, height, channels, data, frames } = decode("a.png", bytesOf(one.png));
    expect({ width, height, channels, frames }).toEqual({
      ...{ width: one.width, height: one.height, channels: one.channels, frames: 1 },
    });
    expect(data).toEqual(samplesOf(one));
  });

  test("an animation says how many pictures it has", () => {
    const { frames, data } = decode("a.png", bytesOf(animated));
    expect(frames).toBe(3);
    expect(data[15]).toBe(240);
  });
});

describe("writing", () => {
  test.each(cases)("$name, read again", (one) => {
    const picture = { ...one, data: samplesOf(one) } as unknown as PNGPicture;
    const again = decode("a.png", encode(picture));
    expect(again.channels).toBe(picture.channels);
    expect(again.data).toEqual(picture.data);
  });

  test("gives the same bytes everywhere", () => {
    const [width, height] = [64, 48];
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * i) >> 7);
    const bytes = encode({ width, height, channels: 3, data });
    const hash = createHash("sha256").update(bytes).digest("hex");
    expect(hash.slice(0, 16)).toBe("e6b4b478f4d3d5e1");
  });

  test.each([
    [{ width: 2, height: 2, channels: 1, data: new Uint8Array(3) }, "2 × 2 × 1 numbers"],
    [{ width: 0, height: 2, channels: 1, data: new Uint8Array(0) }, "width must be"],
    [{ width: 1, height: 1, channels: 5, data: new Uint8Array(5) }, "channels must be"],
    [{ width: 1, height: 1, channels: 1, data: [5] }, "a Uint8Array or a Uint16Array"],
    [{ width: 1, height: 1, channels: 1, data: undefined }, "got undefined"],
  ])("refuses %j", (picture, message) => {
    expect(() => encode(picture as unknown as PNGPicture)).toThrow(message);
  });
});

/** A PNG of these chunks, with checksums that fit. */
function png(...chunks: [type: string, data: Uint8Array | number[]][]): Uint8Array {
  const parts = chunks.flatMap(([type, data]) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), Buffer.from(data)]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return [length, body, sum];
  });
  return new Uint8Array(Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...parts]));
}

function header(width: number, height: number, depth = 8, color = 0, ...rest: number[]): number[] {
  const words = new Uint8Array(8);
  new DataView(words.buffer).setUint32(0, width);
  new DataView(words.buffer).setUint32(4, height);
  return [...words, depth, color, ...(rest.length > 0 ? rest : [0, 0, 0])];
}

/** The compressed rows of a small grey picture. */
const rows = encode({ width: 2, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4) }).slice(
  8 + 25 + 8,
  -12 - 4,
);

describe("a file that is damaged or made to cost", () => {
  const end: [string, number[]] = ["IEND", []];
  test.each([
    ["nothing", new Uint8Array(), "a.png is not a PNG file"],
    ["a text", new TextEncoder().encode("hello, world"), "is not a PNG file"],
    ["the beginning alone", bytesOf(whole.png).slice(0, 8), "ends at byte 8, too soon"],
    ["half of it", bytesOf(whole.png).slice(0, 200), "ends at byte 200, within its chunk IDAT"],
    ["no header", png(["IDAT", rows], end), "does not begin with its size"],
    ["no picture", png(["IHDR", header(2, 2)], end), "has no picture"],
    ["no pixels", png(["IHDR", header(0, 2)], ["IDAT", rows], end), "its size is 0 × 2"],
    [
      "many pixels",
      png(["IHDR", header(100_000, 100_000)], ["IDAT", rows], end),
      "has 100000 × 100000 pixels; at most 67108864",
    ],
    [
      "more pixels than its data can hold",
      png(["IHDR", header(8192, 8192)], ["IDAT", rows], end),
      "compressed bytes cannot hold",
    ],
    ["more data than pixels", png(["IHDR", header(1, 1)], ["IDAT", rows], end), "got more"],
    ["fewer data", png(["IHDR", header(3, 2)], ["IDAT", rows], end), "got only 6"],
    ["3 bits", png(["IHDR", header(2, 2, 3)], ["IDAT", rows], end), "colour 0, 3 bits"],
    ["colour 5", png(["IHDR", header(2, 2, 8, 5)], ["IDAT", rows], end), "colour 5"],
    ["interlace 2", png(["IHDR", header(2, 2, 8, 0, 0, 0, 2)], ["IDAT", rows], end), "interlace 2"],
    ["no palette", png(["IHDR", header(2, 2, 8, 3)], ["IDAT", rows], end), "palette (PLTE)"],
    [
      "a colour that its palette lacks",
      png(["IHDR", header(2, 2, 8, 3)], ["PLTE", [1, 2, 3]], ["IDAT", rows], end),
      "of a palette of 1",
    ],
    [
      "half a transparent colour",
      png(["IHDR", header(2, 2)], ["tRNS", [1]], ["IDAT", rows], end),
      "transparent colour (tRNS) is cut off",
    ],
    ["an unknown chunk", png(["IHDR", header(2, 2)], ["FAKE", []], end), "needs a chunk FAKE"],
    ["no end", png(["IHDR", header(2, 2)], ["IDAT", rows]), "too soon"],
    ["no compression", png(["IHDR", header(2, 2)], ["IDAT", [1, 2, 3]], end), "decompressed"],
  ])("%s", (_, bytes, message) => {
    expect(() => decode("a.png", bytes)).toThrow(InvalidInputError);
    expect(() => decode("a.png", bytes)).toThrow(message);
  });

  test("a byte that was changed", () => {
    const bytes = bytesOf(whole.png);
    bytes[100] ^= 4;
    expect(() => decode("a.png", bytes)).toThrow("the checksum (CRC) of its chunk IDAT at byte");
  });

  test("a filter that there is not", () => {
    const data = deflate(Uint8Array.of(0, 1, 2, 5, 3, 4));
    const bytes = png(["IHDR", header(2, 2)], ["IDAT", data], ["IEND", []]);
    expect(() => decode("a.png", bytes)).toThrow("a row has the filter 5, expected 0 to 4");
  });
});
