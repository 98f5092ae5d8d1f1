// Sets of pictures: from where they come, what they become, and what is refused.

import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  decodePNG,
  encodePNG,
  ImageSet,
  InvalidInputError,
  type PictureFile,
} from "../../../src/entries/index.js";
import { encode } from "../../../src/formats/png/encode.js";
import { idxFile as idx } from "../../formats/files.js";

type Kind = 1 | 2 | 3 | 4;
const picture = (width: number, height: number, channels: Kind, ...data: number[]) =>
  encode({
    ...{ width, height, channels },
    data: Uint8Array.from({ length: width * height * channels }, (_, i) => data[i % data.length]),
  });
const grey = (name: string, ...data: number[]): PictureFile => ({
  name,
  bytes: picture(2, 1, 1, ...data),
});

/** Pictures of 2 × 2 that are all different, two of each but the last. */
function pairs(count: number): ImageSet {
  const pixels = Uint8Array.from({ length: 4 * count }, (_, i) => (i >> 3) * 3 + (i & 3));
  const indices = Int32Array.from({ length: count }, (_, i) => i % 3);
  return new ImageSet({
    ...{ pixels, height: 2, width: 2, channels: 1 },
    labels: [{ name: "label", classes: ["a", "b", "c"], indices }],
    names: Array.from({ length: count }, (_, i) => `${i}.png`),
  });
}

describe("from PNG files", () => {
  test("in their order, with names and labels", async () => {
    const set = await ImageSet.fromPNG([
      { ...grey("x/1.png", 1, 2), label: "b", labels: { hat: true, size: 10 } },
      { ...grey("x/2.png", 3, 4), label: "a", labels: { hat: false, size: 9 } },
    ]);
    expect(set).toMatchObject({ length: 2, height: 1, width: 2, channels: 1, skipped: [] });
    expect(set.pixels).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(set.names).toEqual(["x/1.png", "x/2.png"]);
    expect(set.labels).toEqual([
      { name: "label", classes: ["a", "b"], indices: Int32Array.of(1, 0) },
      { name: "hat", classes: ["false", "true"], indices: Int32Array.of(1, 0) },
      { name: "size", classes: ["9", "10"], indices: Int32Array.of(1, 0) },
    ]);
    expect(set.classes()).toEqual(["a", "b"]);
    expect(set.classes("hat")).toEqual(["false", "true"]);
    expect(set.where("label", "a").pixels).toEqual(Uint8Array.of(3, 4));
  });

  test("of every kind of samples", async () => {
    const wide = Uint16Array.of(0, 65535, 32768, 257);
    const of = async (channels: Kind, data: Uint8Array | Uint16Array, mode?: "rgba") => {
      const bytes = await encodePNG({ width: data.length / channels, height: 1, channels, data });
      return (await ImageSet.fromPNG([{ name: "a", bytes }], { mode })).pixels;
    };
    expect(await of(1, wide)).toEqual(Uint8Array.of(0, 255, 128, 1));
    expect(await of(3, Uint8Array.of(5, 5, 5))).toEqual(Uint8Array.of(5));
    expect(await of(3, Uint8Array.of(5, 5, 6))).toEqual(Uint8Array.of(5, 5, 6));
    expect(await of(2, Uint8Array.of(0, 255, 0, 128, 0, 0))).toEqual(Uint8Array.of(0, 127, 255));
    expect(await of(4, Uint8Array.of(0, 100, 0, 128))).toEqual(Uint8Array.of(127, 177, 127));
    expect(await of(4, Uint8Array.of(1, 2, 3, 4), "rgba")).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(await of(1, Uint8Array.of(9), "rgba")).toEqual(Uint8Array.of(9, 9, 9, 255));
  });

  test("grey is where all are grey; luminance is ITU-R 601's; a background can be chosen", async () => {
    const files = [
      { name: "a", bytes: picture(1, 1, 3, 255, 0, 0) },
      { name: "b", bytes: picture(1, 1, 2, 0, 0) },
    ];
    expect((await ImageSet.fromPNG(files)).pixels).toEqual(Uint8Array.of(255, 0, 0, 255, 255, 255));
    const dark = await ImageSet.fromPNG(files, { mode: "grey", background: "#000" });
    expect(dark.pixels).toEqual(Uint8Array.of(76, 0));
    const blue = await ImageSet.fromPNG(files.slice(1), { background: [0, 0, 200] });
    expect(blue.pixels).toEqual(Uint8Array.of(0, 0, 200));
  });

  test("bytes may come when it is a file's turn, decoded or not", async () => {
    const data = Uint8ClampedArray.of(7, 7, 7, 255, 8, 8, 8, 255);
    const set = await ImageSet.fromPNG([
      { name: "a", bytes: async () => picture(2, 1, 1, 1, 2) },
      { name: "b", bytes: () => ({ width: 2, height: 1, data }) },
    ]);
    expect(set.pixels).toEqual(Uint8Array.of(1, 2, 7, 8));
  });
});

describe("sizes", () => {
  const files = [grey("a.png", 1, 2), { name: "b.png", bytes: picture(4, 4, 1, 9) }];

  test("that differ are refused, with a file of each", async () => {
    await expect(ImageSet.fromPNG(files)).rejects.toThrow(
      "pictures have 2 sizes: 2 × 1 (a.png), 4 × 4 (b.png); give a size to bring them to one",
    );
  });

  test("become one; the middle is kept, or all is stretched", async () => {
    const set = await ImageSet.fromPNG(files, { size: 1 });
    expect(set.pixels).toEqual(Uint8Array.of(1, 9));
    const stretched = await ImageSet.fromPNG(files, { size: 1, fit: "stretch" });
    expect(stretched.pixels).toEqual(Uint8Array.of(2, 9));
  });

  test("by the mean of an area, or between four pixels", async () => {
    const ramp = [{ name: "a", bytes: picture(4, 1, 1, 0, 10, 20, 30) }];
    const to = async (width: number, resample: "area" | "bilinear") => {
      const size = { width, height: 1 };
      return [...(await ImageSet.fromPNG(ramp, { size, resample, fit: "stretch" })).pixels];
    };
    expect(await to(2, "area")).toEqual([5, 25]);
    expect(await to(3, "area")).toEqual([3, 15, 28]);
    expect(await to(8, "area")).toEqual([0, 0, 10, 10, 20, 20, 30, 30]);
    expect(await to(2, "bilinear")).toEqual([5, 25]);
    expect(await to(8, "bilinear")).toEqual([0, 3, 8, 13, 18, 23, 28, 30]);
  });

  test("what is transparent has no colour", async () => {
    const bytes = picture(2, 1, 4, 200, 0, 0, 255, 0, 255, 0, 0);
    const set = await ImageSet.fromPNG([{ name: "a", bytes }], {
      ...{ mode: "rgba", size: 1, fit: "stretch" },
    });
    expect(set.pixels).toEqual(Uint8Array.of(200, 0, 0, 128));
  });

  test("cut from the middle", async () => {
    const bytes = picture(4, 3, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    const crop = { width: 2, height: 1 };
    const set = await ImageSet.fromPNG([{ name: "a", bytes }], { crop });
    expect(set.pixels).toEqual(Uint8Array.of(6, 7));
    await expect(ImageSet.fromPNG([{ name: "a", bytes }], { crop: 4 })).rejects.toThrow(
      "a has 4 × 3 pixels, from which no 4 × 4 can be cut",
    );
  });

  test("from one pixel to 4,000 × 4,000", async () => {
    const one = await ImageSet.fromPNG([{ name: "a", bytes: picture(1, 1, 1, 5) }], { size: 3 });
    expect(one.pixels).toEqual(new Uint8Array(9).fill(5));
    const large = picture(4000, 4000, 1, 0, 200);
    const set = await ImageSet.fromPNG([{ name: "b", bytes: large }], { size: 16 });
    expect(set.pixels).toEqual(new Uint8Array(256).fill(100));
    const as = await ImageSet.fromPNG([{ name: "b", bytes: large }]);
    expect(as).toMatchObject({ width: 4000, height: 4000, channels: 1 });
  });
});

describe("damaged files", () => {
  const cut = picture(2, 1, 1, 1, 2).slice(0, 40);
  const files = [grey("a.png", 1, 2), { name: "b.png", bytes: cut }, grey("c.png", 3, 4)];

  test("are named", async () => {
    await expect(ImageSet.fromPNG(files)).rejects.toThrow(InvalidInputError);
    await expect(ImageSet.fromPNG(files)).rejects.toThrow(
      /^b\.png is damaged: it ends at byte 40.*; damaged: "skip" leaves such files out$/,
    );
    const two = [...files, { name: "d.txt", bytes: new Uint8Array(3) }];
    await expect(ImageSet.fromPNG(two)).rejects.toThrow(
      /^2 of 4 pictures cannot be read: b\.png is damaged.*; also d\.txt/,
    );
  });

  test("can be left out", async () => {
    const set = await ImageSet.fromPNG(files, { damaged: "skip" });
    expect(set.names).toEqual(["a.png", "c.png"]);
    expect(set.pixels).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(set.skipped).toEqual([{ name: "b.png", reason: expect.stringContaining("is damaged") }]);
    const none = ImageSet.fromPNG(files.slice(1, 2), { damaged: "skip" });
    await expect(none).rejects.toThrow("b.png is damaged");
  });
});

describe("from memory", () => {
  test("bytes", () => {
    const set = new ImageSet({ pixels: new Uint8Array(24), height: 2, width: 2, channels: 3 });
    expect(set).toMatchObject({ length: 2, labels: [], names: undefined });
  });

  const base = { pixels: new Uint8Array(8), height: 2, width: 2, channels: 1 as const };
  const label = { name: "label", classes: ["a"], indices: new Int32Array(2) };
  test.each([
    [{ pixels: new Float32Array(8) }, "bring numbers to bytes from 0 to 255 first"],
    [{ pixels: new Uint8Array(7) }, "whole pictures of 2 × 2 × 1 = 4 bytes"],
    [{ pixels: new Uint8Array(0) }, "at least one; got 0 bytes"],
    [{ height: 0 }, "height must be"],
    [{ width: 1.5 }, "width must be"],
    [{ channels: 2 }, "channels must be 1 (grey), 3 (RGB) or 4 (RGBA), got 2"],
    [{ names: ["a"] }, "names must be one a picture, 2, got 1"],
    [{ labels: [{ ...label, indices: new Int32Array(1) }] }, "one a picture, 2"],
    [{ labels: [{ ...label, indices: Int32Array.of(0, 1) }] }, "picture 1 has class 1 of 1"],
    [{ labels: [{ ...label, classes: [] }] }, "classes must be texts that differ"],
    [{ labels: [label, label] }, '"label" twice'],
  ])("refuses %j", (wrong, message) => {
    expect(() => new ImageSet({ ...base, ...wrong } as never)).toThrow(message);
  });

  test("ImageData", async () => {
    const data = Uint8ClampedArray.of(1, 2, 3, 255);
    const set = await ImageSet.fromImageData([
      { width: 1, height: 1, data },
      { image: { width: 1, height: 1, data: data.map((x) => x) }, label: "x" },
    ]).catch((error: Error) => error.message);
    expect(set).toBe(
      'picture 0 has no "label" (got undefined); give it to every picture or to none',
    );
    const two = await ImageSet.fromImageData([{ width: 1, height: 1, data }]);
    expect(two.pixels).toEqual(Uint8Array.of(1, 2, 3));
    const few = ImageSet.fromImageData([{ width: 2, height: 1, data }]);
    await expect(few).rejects.toThrow("picture 0 must have data of 2 × 1 × 4 bytes (RGBA)");
    await expect(ImageSet.fromImageData([])).rejects.toThrow("there is no picture");
    await expect(ImageSet.fromPNG([grey("a", 1)], { sise: 3 } as never)).rejects.toThrow("size");
  });
});

describe("from IDX files", () => {
  const images = idx([3, 1, 2], [1, 2, 3, 4, 5, 6]);
  const labels = new Uint8Array(gzipSync(idx([3], [2, 0, 2])));

  test("with labels", async () => {
    const set = await ImageSet.fromIDX(images, labels);
    expect(set).toMatchObject({ length: 3, height: 1, width: 2, channels: 1 });
    expect(set.label()).toEqual({
      ...{ name: "label", classes: ["0", "1", "2"], indices: Int32Array.of(2, 0, 2) },
    });
    const named = await ImageSet.fromIDX(images, labels, {
      classes: ["x", "y", "z", "w"],
      size: 1,
    });
    expect(named.classes()).toEqual(["x", "y", "z", "w"]);
    expect(named).toMatchObject({ width: 1, length: 3, names: undefined });
  });

  test.each([
    [labels, undefined, {}, "got 3 (these look like labels)"],
    [images, images, {}, "(these look like pictures)"],
    [images, idx([2], [0, 1]), {}, "there are 3 pictures, but 2 labels"],
    [images, labels, { classes: ["a", "b"] }, "classes has 2 names, but the labels go up to 2"],
    [idx([0, 2, 2], []), undefined, {}, "the IDX file has no picture, it is 0 × 2 × 2"],
    ["text", undefined, {}, "images must be a Uint8Array or an ArrayBuffer"],
  ])("refuses %#", async (a, b, options, message) => {
    await expect(ImageSet.fromIDX(a as never, b, options)).rejects.toThrow(message);
  });
});

describe("from an atlas", () => {
  const sheet = picture(4, 2, 1, 1, 2, 3, 4, 5, 6, 7, 8);

  test("tile by tile", async () => {
    const set = await ImageSet.fromAtlas(sheet, { tile: { width: 2, height: 1 } });
    expect(set).toMatchObject({ length: 4, width: 2, height: 1, names: undefined });
    expect([...set.pixels]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const three = await ImageSet.fromAtlas(sheet, {
      ...{ tile: 1, count: 3, mode: "rgb" },
      labels: [{ kind: "a" }, { kind: "b" }, { kind: "a" }],
    });
    expect([...three.pixels]).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3]);
    expect(three.label("kind").indices).toEqual(Int32Array.of(0, 1, 0));
  });

  test.each([
    [{ tile: 3 }, "an atlas of 4 × 2 pixels is not made of tiles of 3 × 3"],
    [{ tile: 2, count: 3 }, "count must be a whole number of at least 1 and at most 2"],
    [{ tile: 2, labels: [{ a: 1 }], count: 2 }, "labels must be one a tile, 2, got 1"],
    [{}, "tile.width must be"],
  ])("refuses %j", async (options, message) => {
    await expect(ImageSet.fromAtlas(sheet, options as never)).rejects.toThrow(message);
  });
});

describe("a set", () => {
  const set = pairs(61);

  test("is cut without leaks, by the seed alone", () => {
    const { train, validation } = set.split({ val: 0.2, seed: 1 });
    expect(train.length + validation.length).toBe(61);
    expect(Math.abs(validation.length - 12)).toBeLessThanOrEqual(1);
    const words = ({ pixels, length }: ImageSet) =>
      Array.from({ length }, (_, i) => pixels.subarray(4 * i, 4 * i + 4).join());
    const learned = new Set(words(train));
    expect(words(validation).filter((one) => learned.has(one))).toEqual([]);
    expect(set.split({ val: 0.2, seed: 1 }).validation.equals(validation)).toBe(true);
    expect(set.split({ val: 0.2, seed: 2 }).validation.equals(validation)).toBe(false);
    expect(() => set.split({ val: 1 })).toThrow(
      "cuts 61 pictures (31 different ones) into 0 and 61",
    );
    expect(() => set.split({ val: 0.001 })).toThrow("into 61 and 0");
  });

  test("has parts, with their names and labels", () => {
    const some = set.subset([3, 3, 60]);
    expect(some.names).toEqual(["3.png", "3.png", "60.png"]);
    expect(some.label().indices).toEqual(Int32Array.of(0, 0, 0));
    expect(some.classes()).toEqual(["a", "b", "c"]);
    expect(() => set.subset([61])).toThrow(
      "indices must be a whole number of at least 0 and at most 60",
    );
    expect(set.first(2).length).toBe(2);
    expect(set.first(200).length).toBe(61);
    expect(() => set.where("label", "d")).toThrow('none has label "d"; there are a, b, c');
    expect(() => set.label("hat")).toThrow('no label "hat"; they have label');
  });

  test("is told from others by pixels, size and labels", () => {
    const print = set.fingerprint();
    expect(new ImageSet({ ...set, names: undefined }).fingerprint()).toBe(print);
    expect(new ImageSet({ ...set, labels: [] }).fingerprint()).not.toBe(print);
    const changed = set.pixels.slice();
    changed[100]++;
    expect(new ImageSet({ ...set, pixels: changed }).fingerprint()).not.toBe(print);
    expect(new ImageSet({ ...set, height: 1, width: 4 }).equals(set)).toBe(false);
    expect(print).toBe("61-2x2x1-2a907f45359fabc2-85f802c84354b18e");
  });

  test("takes labels from rows", () => {
    const two = set.subset([5, 6]);
    const rows = [
      { file: "6.png", colour: "red" },
      { file: "5.png", colour: "blue" },
    ];
    expect(two.withLabels(rows, { by: "file" }).label("colour")).toEqual({
      ...{ name: "colour", classes: ["blue", "red"], indices: Int32Array.of(0, 1) },
    });
    expect(two.withLabels([{ label: 10 }, { label: 9 }]).labels).toEqual([
      { name: "label", classes: ["9", "10"], indices: Int32Array.of(1, 0) },
    ]);
    expect(() => two.withLabels(rows.slice(1))).toThrow(
      "a row of labels for each picture, 2, got 1",
    );
    expect(() => two.withLabels(rows.slice(1), { by: "file" })).toThrow(
      'no row of labels (by file) is for "6.png"; there are some for "5.png"',
    );
    const again = [...rows, { file: "5.png", colour: "blue" }];
    expect(two.withLabels(again, { by: "file" }).classes("colour")).toEqual(["blue", "red"]);
    const contrary = [...rows, { file: "5.png", colour: "green" }];
    expect(() => two.withLabels(contrary, { by: "file" })).toThrow(
      '"5.png" has a row of labels (by file) twice, and they differ',
    );
    const folders = new ImageSet({ ...two, names: ["x/5.png", "y/5.png"] });
    expect(() => folders.withLabels(rows, { by: "file" })).toThrow(
      'the row of labels (by file) of "5.png" is for "x/5.png" or for "y/5.png"',
    );
  });

  test("goes before another", () => {
    const both = set.first(2).concat(set.subset([2]).withLabels([{ label: "z" }]));
    expect(both.classes()).toEqual(["a", "b", "c", "z"]);
    expect(both.label().indices).toEqual(Int32Array.of(0, 1, 3));
    expect(both.length).toBe(3);
    const bare = new ImageSet({ ...set.first(1), labels: [] });
    expect(set.concat(bare).labels).toEqual([]);
    const wide = new ImageSet({ pixels: new Uint8Array(6), height: 2, width: 3, channels: 1 });
    expect(() => set.concat(wide)).toThrow("have one width, got 2 and 3");
  });

  test("is a grid, and a picture of it a file", async () => {
    const grid = await decodePNG(await set.first(3).grid({ columns: 2, gap: 1, scale: 2 }));
    expect(grid).toMatchObject({ width: 10, height: 10, channels: 1 });
    expect([...grid.data.subarray(0, 10)]).toEqual([0, 0, 1, 1, 255, 255, 0, 0, 1, 1]);
    const again = await ImageSet.fromPNG([{ name: "a", bytes: await set.toPNG(60) }]);
    expect(again.equals(new ImageSet({ ...set.subset([60]), labels: [] }))).toBe(true);
    const clear = new ImageSet({ pixels: new Uint8Array(8), height: 1, width: 1, channels: 4 });
    expect((await decodePNG(await clear.grid({ columns: 2 }))).data).toEqual(
      Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0),
    );
    await expect(set.grid({ scale: 1024, columns: 61 })).rejects.toThrow(
      "take fewer pictures (subset)",
    );
    await expect(set.grid({ columns: 0 })).rejects.toThrow("columns must be");
    await expect(set.grid({ background: "#f00" })).rejects.toThrow(
      "must be grey for grey pictures",
    );
    await expect(set.grid({ background: "red" })).rejects.toThrow('a colour such as "#ffffff"');
  });

  test("says where an animation is", async () => {
    const { readFileSync } = await import("node:fs");
    const { animated } = JSON.parse(
      readFileSync(new URL("../../golden/png.json", import.meta.url), "utf8"),
    );
    const files = [{ name: "a.png", bytes: new Uint8Array(Buffer.from(animated, "base64")) }];
    await expect(ImageSet.fromPNG(files)).rejects.toThrow("a.png is an animated PNG of 3 pictures");
    const first = await ImageSet.fromPNG(files, { animated: "first" });
    expect(first).toMatchObject({ length: 1, width: 4 });
  });

  test("from chosen files", async () => {
    const file = new File([Uint8Array.from(picture(2, 1, 1, 1, 2))], "a.png");
    expect([...(await ImageSet.fromFiles([file])).pixels]).toEqual([1, 2]);
    const jpeg = new File([Uint8Array.of(255, 216)], "b.jpg");
    await expect(ImageSet.fromFiles([jpeg])).rejects.toThrow("b.jpg is not a PNG file");
    const read = { name: "a.png", bytes: picture(2, 1, 1, 1, 2) };
    await expect(async () => ImageSet.fromFiles([read] as never)).rejects.toThrow(
      "files[0] must be a File or a Blob, got a value of type object; fromPNG takes { name, bytes }",
    );
  });
});

test("pixels in memory that threads share are copied", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(7);
  const set = new ImageSet({ pixels: shared, height: 2, width: 2, channels: 1 });
  shared.fill(0);
  expect([...set.pixels]).toEqual([7, 7, 7, 7]);
  expect(set.pixels.buffer).toBeInstanceOf(ArrayBuffer);
});

test("pixels of a Buffer are plain bytes of the same memory", () => {
  const pixels = Buffer.from([1, 2, 3, 4]);
  const set = new ImageSet({ pixels, height: 1, width: 2, channels: 1 });
  expect(Object.getPrototypeOf(set.pixels)).toBe(Uint8Array.prototype);
  expect(set.pixels.buffer).toBe(pixels.buffer);
  expect([...set.pixels]).toEqual([1, 2, 3, 4]);
});
