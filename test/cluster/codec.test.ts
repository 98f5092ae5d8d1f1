// Messages of a cluster: what goes in comes out, and what nobody made is refused before it costs anything.

import { describe, expect, it } from "vitest";
import { allFinite, decode, encode } from "../../src/cluster/codec.js";
import { Seal } from "../../src/cluster/seal.js";

const value = {
  text: "ä\u0000😀",
  numbers: [0, -0, 1 / 3, Number.NaN, Infinity, -Infinity],
  none: undefined,
  nothing: null,
  flag: true,
  arrays: [
    Float32Array.of(1, -0, 0.1),
    Uint8Array.of(1, 2, 3),
    Int32Array.of(-7),
    new Float64Array(0),
  ],
  deep: { deeper: { deepest: Uint16Array.of(65535) } },
};

/** A message with this head, and so many bytes after it. */
function made(head: unknown, after = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof head === "string" ? head : JSON.stringify(head));
  const bytes = new Uint8Array(8 * Math.ceil((8 + text.length) / 8) + after);
  bytes.set(new TextEncoder().encode("SDC1"));
  new DataView(bytes.buffer).setUint32(4, text.length, true);
  bytes.set(text, 8);
  return bytes;
}

describe("the codec", () => {
  it("gives back what it was given, with buffers of its own", () => {
    const bytes = encode(value);
    // As a Buffer inside another: slices of those are views.
    const inside = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3);
    expect(decode(inside, "it")).toEqual(value);
    const { arrays } = decode(bytes, "it") as typeof value;
    expect(arrays.map(({ buffer }) => buffer.byteLength)).toEqual([12, 3, 4, 0]);
    expect(Object.is((decode(bytes, "it") as typeof value).numbers[1], -0)).toBe(true);
    expect(encode(decode(bytes, "it"))).toEqual(bytes);
  });

  it("refuses what is not plain data", () => {
    for (const odd of [() => 1, new Map(), new Date(), 1n, Symbol("x"), { $array: 1 }]) {
      expect(() => encode({ odd })).toThrow(/cannot be/);
    }
  });

  it.each<[string, Uint8Array]>([
    ["no bytes", new Uint8Array(0)],
    ["another beginning", new Uint8Array(64)],
    ["a head that is too long", made({}).subarray(0, 12)],
    ["no JSON", made("{")],
    ["no arrays", made({ value: 1 })],
    ["a type that is none", made({ value: 1, arrays: [["constructor", 1]] }, 8)],
    ["a negative length", made({ value: 1, arrays: [["Float32Array", -2]] }, 8)],
    ["a length that is no number", made({ value: 1, arrays: [["Float32Array", "2"]] }, 8)],
    ["arrays longer than the bytes", made({ value: 1, arrays: [["Float32Array", 1e12]] }, 8)],
    ["bytes that nobody describes", made({ value: 1, arrays: [] }, 8)],
    ["an array that is not there", made({ value: { $array: 1 }, arrays: [] })],
    [
      "more levels than anything has",
      made(`{"value":${"[".repeat(100)}${"]".repeat(100)},"arrays":[]}`),
    ],
  ])("refuses %s", (_, bytes) => {
    expect(() => decode(bytes, "it")).toThrow(/^(the head of )?it /);
  });

  it("makes no prototypes", () => {
    const odd = decode(made('{"value":{"__proto__":{"bad":1}},"arrays":[]}'), "it") as { bad?: 1 };
    expect(odd.bad).toBeUndefined();
    expect(Object.getPrototypeOf(odd)).toBe(Object.prototype);
  });

  it("knows what is finite", () => {
    expect(allFinite({ a: [1, Float32Array.of(1)], b: "x" })).toBe(true);
    expect(allFinite({ a: [1, Float32Array.of(1, Number.NaN)] })).toBe(false);
    expect(allFinite({ a: Infinity })).toBe(false);
  });

  it("refuses every damaged message, or reads it as data", () => {
    const bytes = encode(value);
    let seed = 1;
    for (let i = 0; i < 2000; i++) {
      const damaged = bytes.slice();
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      damaged[seed % damaged.length] ^= 1 << (seed >>> 29);
      try {
        decode(damaged, "it");
      } catch (error) {
        expect((error as Error).name).toBe("ModelFileError");
      }
    }
  });
});

describe("the seal", () => {
  const message = Uint8Array.of(1, 2, 3);

  it("opens what was closed with the same token for the same subject", async () => {
    const seal = await Seal.of("sixteen letters or more");
    const closed = await seal.close("a.b", message);
    expect(await seal.open("a.b", closed)).toEqual(message);
    expect(await seal.open("a.c", closed)).toBeUndefined();
    expect(
      await (await Seal.of("another token of that length")).open("a.b", closed),
    ).toBeUndefined();
    closed[40 % closed.length] ^= 1;
    expect(await seal.open("a.b", closed)).toBeUndefined();
    expect(await seal.open("a.b", new Uint8Array(5))).toBeUndefined();
  });

  it("needs a token that nobody guesses", async () => {
    await expect(Seal.of("short")).rejects.toThrow("at least 16 characters");
  });
});
