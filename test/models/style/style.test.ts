// Textures and pictures in the style of others: the same bits, what they come to, and input that is none.

import { describe, expect, test } from "vitest";
import { Classifier, ImageSet } from "../../../src/entries/node.js";
import {
  type StyleReport,
  StyleTransfer,
  squeezeNet,
  styleDistance,
  synthesizeTexture,
  transferStyle,
} from "../../../src/entries/style-node.js";
import { load } from "../../../src/host/module.js";
import type { Border } from "../../../src/models/style/features.js";
import { enlarged, halved } from "../../../src/models/style/halves.js";
import { Objective } from "../../../src/models/style/objective.js";
import { paletteOf } from "../../../src/models/style/palette.js";
import { RandomFilters } from "../../../src/models/style/random-filters.js";
import { wellCut } from "../../../src/models/style/tile.js";
import { sum } from "../../../src/nn/ops/reduce.js";
import { Tape } from "../../../src/nn/tape.js";
import { squeezeNetFile } from "../../golden/squeezenet.js";
import { generator } from "../../kernels/harness.js";

const runtime = await (await load()).withPictures();

type Colour = readonly [number, number, number];

/** Stripes of two colours, with some noise. */
function stripes(width: number, height: number, period: number, a: Colour, b: Colour): ImageSet {
  const random = generator(1);
  const pixels = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const column = Math.floor(i / 3) % width;
    const own = column % period < period / 2 ? a : b;
    return Math.max(0, Math.min(255, own[i % 3] + Math.floor(20 * random())));
  });
  return new ImageSet({ width, height, channels: 3, pixels });
}

/** A disc on a ground. */
function disc(width: number, height: number): ImageSet {
  const pixels = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return (x - width / 2) ** 2 + (y - height / 2) ** 2 < (width / 4) ** 2 ? 210 : 60;
  });
  return new ImageSet({ width, height, channels: 3, pixels });
}

const [blue, gold] = [
  [20, 40, 160],
  [220, 180, 40],
] as const;
const style = stripes(48, 40, 8, blue, gold);
const photo = disc(44, 52);
const few = { steps: 12 };

test("a texture comes near its style, and the same options give the same bits", async () => {
  const size = { width: 40, height: 36, tileable: true };
  const one = await synthesizeTexture(style, { ...size, steps: 60 });
  expect([one.image.width, one.image.height, one.image.channels]).toEqual([40, 36, 3]);
  const noise = await synthesizeTexture(style, { ...size, steps: 1 });
  const [far, near] = [
    await styleDistance(noise.image, style),
    await styleDistance(one.image, style),
  ];
  expect(near).toBeLessThan(0.05 * far);
  const again = await synthesizeTexture(style, { ...size, steps: 60 });
  expect(again.image.equals(one.image)).toBe(true);
  const other = await synthesizeTexture(style, { ...size, steps: 60, seed: 1 });
  expect(other.image.equals(one.image)).toBe(false);
});

/** How much neighbours differ: across each edge between columns, the last being that to the first. */
function edges({ width, height, pixels }: ImageSet): number[] {
  return Array.from({ length: width }, (_, x) => {
    let sum = 0;
    for (let i = 0; i < 3 * height; i++) {
      const row = Math.floor(i / 3) * width;
      const [one, next] = [x, (x + 1) % width].map((at) => pixels[3 * (row + at) + (i % 3)]);
      sum += Math.abs(one - next);
    }
    return sum;
  });
}

test("a tile is cut where neighbours differ as they do inside", async () => {
  for (const [width, height] of [
    [48, 40],
    [47, 45],
  ]) {
    const options = { ...few, width, height, tileable: true };
    const images: ImageSet[] = [];
    for await (const { image } of synthesizeTexture(style, options)) images.push(image);
    const inside = edges(images[11]);
    const across = inside.pop()!;
    const mean = inside.reduce((all, one) => all + one, 0) / inside.length;
    expect(Math.abs(across / mean - 1)).toBeLessThan(0.1);
  }
});

test("the same tile, cut elsewhere", () => {
  const width = 12;
  const height = 10;
  const random = generator(3);
  // A bright line is at the border, where no tile should be cut.
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [row, column] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width];
    return row === 0 || column === 0 ? 255 : 100 * random();
  });
  const cut = wellCut({ width, height, data });
  const same = (right: number, down: number) =>
    cut.data.every((byte, i) => {
      const [row, column] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width];
      const from = ((row + down) % height) * width + ((column + right) % width);
      return byte === data[3 * from + (i % 3)];
    });
  const moves = Array.from({ length: width * height }, (_, i) => [
    i % width,
    Math.floor(i / width),
  ]).filter(([right, down]) => same(right, down));
  expect(moves.length).toBe(1);
  expect(moves[0].every((by) => by > 1)).toBe(true);
});

test("a tile of odd sides is seen whole at half its size, whichever way it is moved", () => {
  const machine = runtime.machine();
  const [height, width] = [7, 9];
  const values = Float32Array.from({ length: 3 * width * height }, generator(2));
  machine.scoped(() => {
    const tape = new Tape(machine, { record: true });
    const x = tape.tensor(values, [1, height, width, 3], true);
    const half = halved(tape, x, "wrap");
    expect(half.shape).toEqual([1, 4, 5, 3]);
    const whole = enlarged(tape, half, height, width, "wrap");
    expect(whole.shape).toEqual(x.shape);
    tape.backward(sum(tape, half));
    expect(x.grad!.every((slope) => slope > 0)).toBe(true);
  });
});

test("a picture takes a style on and keeps what it shows", async () => {
  const { image, content, step, steps } = await transferStyle(photo, style, { steps: 60 });
  expect([step, steps]).toEqual([60, 60]);
  expect([image.width, image.height]).toEqual([44, 52]);
  const [before, after] = [await styleDistance(photo, style), await styleDistance(image, style)];
  expect(after).toBeLessThan(0.1 * before);
  const kept = await transferStyle(photo, style, { steps: 60, content: 10 });
  expect(kept.content).toBeLessThan(content);
});

test("every step is told, with the best picture so far", async () => {
  const told: number[] = [];
  const reports: StyleReport[] = [];
  const run = transferStyle(photo, style, { ...few, onProgress: ({ step }) => told.push(step) });
  for await (const report of run) reports.push(report);
  expect(told).toEqual(reports.map(({ step }) => step));
  expect(told).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  expect(reports[11].progress).toBeCloseTo(1);
  for (const { image, progress } of reports) {
    expect([image.width, image.height]).toEqual([44, 52]);
    expect(progress).toBeGreaterThan(0);
  }
  expect(reports[0].image.equals(reports[11].image)).toBe(false);
});

test("an AbortSignal stops it with its reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const run = synthesizeTexture(style, {
    ...few,
    signal: controller.signal,
    onProgress: ({ step }) => step === 3 && controller.abort(reason),
  });
  await expect(run).rejects.toBe(reason);
});

test("colours are kept, alpha too, and a grey picture becomes RGB", async () => {
  const pixels = new Uint8Array(4 * 30 * 30).map((_, i) => [90, 120, 60, (i >> 2) % 256][i % 4]);
  const content = new ImageSet({ width: 30, height: 30, channels: 4, pixels });
  const { image } = await transferStyle(content, style, { ...few, keepColours: true });
  expect(image.channels).toBe(4);
  for (let p = 0; p < 900; p++) {
    expect(image.pixels[4 * p + 3]).toBe(pixels[4 * p + 3]);
    // How much red is above blue is the picture's, where neither is at its end.
    const [red, , bluish] = image.pixels.subarray(4 * p, 4 * p + 3);
    if (red < 255 && bluish > 0) expect(Math.abs(red - bluish - 30)).toBeLessThanOrEqual(1);
  }
  const grey = new ImageSet({ width: 20, height: 20, channels: 1, pixels: new Uint8Array(400) });
  expect((await transferStyle(grey, style, few)).image.channels).toBe(3);
});

test("styles are mixed by weight, and masks say where each goes", async () => {
  const green = stripes(40, 40, 6, [0, 90, 0], [40, 200, 40]);
  const half = (left: boolean) => {
    const pixels = Uint8Array.from({ length: 44 * 52 }, (_, p) => (p % 44 < 22 === left ? 255 : 0));
    return new ImageSet({ width: 44, height: 52, channels: 1, pixels });
  };
  const two = [
    { image: style, where: half(true) },
    { image: green, where: half(false) },
  ];
  const { image } = await transferStyle(photo, two, { steps: 80, content: 0 });
  const sums = [0, 0].map(() => new Float64Array(3));
  for (let i = 0; i < image.pixels.length; i++) {
    sums[Math.floor(i / 3) % 44 < 22 ? 0 : 1][i % 3] += image.pixels[i] / (22 * 52);
  }
  const [left, right] = sums;
  expect(left[0]).toBeGreaterThan(right[0] + 40);
  expect(right[1]).toBeGreaterThan(right[0] + 40);
  const mostly = await transferStyle(
    photo,
    [
      { image: style, weight: 9 },
      { image: green, weight: 1 },
    ],
    few,
  );
  const both = await transferStyle(photo, [{ image: style }, { image: green }], few);
  expect(mostly.image.equals(both.image)).toBe(false);
});

test("the convolutions of a classifier are features, too", async () => {
  const pixels = new Uint8Array(8 * 16 * 16).map((_, i) => (i * 37) % 256);
  const label = {
    name: "label",
    classes: ["a", "b"],
    indices: Int32Array.from([0, 1, 0, 1, 0, 1, 0, 1]),
  };
  const images = new ImageSet({ width: 16, height: 16, channels: 1, pixels, labels: [label] });
  const features = await Classifier.create({ images, network: "conv" });
  const before = features.save();
  const { image } = await transferStyle(photo, style, { features, steps: 30 });
  const far = await styleDistance(photo, style, { features });
  expect(await styleDistance(image, style, { features })).toBeLessThan(0.5 * far);
  expect(features.save()).toEqual(before);
  const dense = await Classifier.create({ images, network: "dense" });
  await expect(transferStyle(photo, style, { features: dense })).rejects.toThrow(/convolutions/);
});

describe("pictures of any size", () => {
  const plain = (width: number, height: number) =>
    new ImageSet({
      width,
      height,
      channels: 3,
      pixels: new Uint8Array(3 * width * height).fill(99),
    });

  test.each([
    [1, 1],
    [4000, 3],
    [2, 90],
    [11, 11],
  ])("%d × %d", async (width, height) => {
    const one = plain(width, height);
    const { image } = await transferStyle(one, style, { steps: 2 });
    expect([image.width, image.height]).toEqual([width, height]);
    const texture = await synthesizeTexture(one, { width: 20, height: 13, steps: 30 });
    expect([texture.image.width, texture.image.height]).toEqual([20, 13]);
    // A style of one colour gives that colour.
    const off = texture.image.pixels.reduce((sum, byte) => sum + Math.abs(byte - 99), 0);
    expect(off / texture.image.pixels.length).toBeLessThan(8);
  });
});

test("SqueezeNet sees pictures of any size", async () => {
  const features = squeezeNet(squeezeNetFile());
  for (const side of [1, 5, 14]) {
    const small = new ImageSet({
      ...{ width: side, height: side, channels: 3 },
      pixels: new Uint8Array(3 * side * side).map((_, i) => (i * 37) % 256),
    });
    const { image } = await transferStyle(small, style, { features, steps: 2 });
    expect([image.width, image.height]).toEqual([side, side]);
  }
  const sizes = { style, channels: 2, blocks: 0 };
  expect((await StyleTransfer.create({ ...sizes, features })).config.content).toBe(1);
  expect((await StyleTransfer.create(sizes)).config.content).toBe(0.1);
});

test("losses have the gradients that differences give", async () => {
  const like = { width: 48, height: 40, data: style.pixels };
  const palette = paletteOf([{ picture: like, share: 1 }]);
  const [height, width] = [24, 28];
  const values = Float32Array.from(
    disc(width, height).pixels,
    (byte, i) => byte / 255 + 0.01 * Math.sqrt(i % 7),
  );
  const mask = {
    width: 48,
    height: 40,
    data: new Float32Array(48 * 40).map((_, i) => (i % 3) / 2),
  };
  const where = {
    width,
    height,
    data: new Float32Array(width * height).map((_, i) => (i % 5) / 4),
  };
  const borders: readonly Border[] = ["wrap", "reflect"];
  for (const border of borders) {
    const eye = new RandomFilters(runtime.machine(), 22, palette);
    const regions = [{ where, styles: [{ picture: like, share: 1, mask }] }];
    const content = { width, height, data: disc(width, height).pixels };
    const objective = new Objective(eye, regions, content, { content: 0.1, variation: 1 }, border);
    const { gradient } = objective.of(values, height, width);
    const random = generator(5);
    const direction = Float32Array.from(values, () => random() - 0.5);
    const at = (step: number) => {
      const moved = values.map((value, i) => value + step * direction[i]);
      return objective.of(moved, height, width).loss;
    };
    const slope = gradient.reduce((sum, g, i) => sum + g * direction[i], 0);
    expect((at(1e-3) - at(-1e-3)) / 2e-3 / slope).toBeCloseTo(1, 1);
  }
});

test("what cannot be used is refused by name", async () => {
  const wrong = (given: object) => () => transferStyle(photo, style, given as never);
  expect(wrong({ step: 3 })).toThrow(/transferStyle does not know the option step.*steps/);
  expect(wrong({ steps: 0 })).toThrow(/steps must be/);
  expect(wrong({ content: -1 })).toThrow(/content must be/);
  expect(wrong({ features: "vgg" })).toThrow(/features must be "random", a Classifier/);
  expect(wrong({ keepColours: 1 })).toThrow(/keepColours/);
  expect(() => transferStyle(photo, [])).toThrow(/no style/);
  expect(() => transferStyle(photo, [{ image: style, weight: 0 }])).toThrow(/style.weight/);
  expect(() => transferStyle(photo, [{ image: style, mask: photo }])).toThrow(
    /48 × 40 pixels, got 44 × 52/,
  );
  expect(() => transferStyle({} as never, style)).toThrow(
    /content: expected an ImageSet of one picture/,
  );
  expect(() => synthesizeTexture(style.subset([0, 0]))).toThrow(/a set of 2/);
  expect(() => synthesizeTexture(style, { width: 0 })).toThrow(/width must be/);
  await expect(StyleTransfer.create({ style, features: "vgg" as never })).rejects.toThrow(
    /features must be "random", or what squeezeNet gives, got "vgg"/,
  );
  const black = new ImageSet({
    width: 44,
    height: 52,
    channels: 1,
    pixels: new Uint8Array(44 * 52),
  });
  expect(() => transferStyle(photo, [{ image: style, where: black }])).toThrow(/black one/);
});
