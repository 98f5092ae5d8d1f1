// Features of pictures and the distances by them, on drawn bars: a class is a direction.

import { describe, expect, test } from "vitest";
import {
  Classifier,
  comparePictures,
  ImageSet,
  InvalidInputError,
  measurePictures,
  pictureFeatures,
} from "../../../src/entries/index.js";

/** Pictures 12×12 of a bar across or down at some place, on a ground that is not quite black. */
function bars(count: number, seed: number, classes: readonly number[] = [0, 1]): ImageSet {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pixels = new Uint8Array(count * 144);
  const indices = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const down = classes[next(classes.length)];
    indices[i] = down;
    const at = 1 + next(9);
    for (let y = 0; y < 12; y++) {
      for (let x = 0; x < 12; x++) {
        const along = down ? x : y;
        pixels[i * 144 + 12 * y + x] = along === at || along === at + 1 ? 200 + next(56) : next(30);
      }
    }
  }
  const label = { name: "direction", classes: ["across", "down"], indices };
  return new ImageSet({ pixels, height: 12, width: 12, channels: 1, labels: [label] });
}

const plain = ({ pixels }: ImageSet) =>
  new ImageSet({ pixels, height: 12, width: 12, channels: 1 });

function noise(count: number): ImageSet {
  let state = 7;
  const pixels = Uint8Array.from({ length: count * 144 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return new ImageSet({ pixels, height: 12, width: 12, channels: 1 });
}

const train = bars(400, 1);
const real = bars(200, 2);

describe.each([
  ["classifier", train],
  ["random", plain(train)],
] as const)("features: %s", (kind, images) => {
  test("real pictures are near, a lost class and noise are not", async () => {
    const features = await pictureFeatures(images);
    expect(features.kind).toBe(kind);
    const same = await measurePictures(real, plain(bars(200, 3)), { features });
    const lost = await measurePictures(real, plain(bars(200, 3, [1])), { features });
    const far = await measurePictures(real, noise(200), { features });
    expect(same).toMatchObject({ features: kind, neighbours: 3, real: 200, generated: 200 });
    expect(same.featuresFingerprint).toBe(features.fingerprint);
    for (const name of ["frechet", "kernel"] as const) {
      expect(lost[name]).toBeGreaterThan(3 * Math.abs(same[name]));
      expect(far[name]).toBeGreaterThan(3 * Math.abs(same[name]));
    }
    expect(same.precision).toBeGreaterThan(0.7);
    expect(same.recall).toBeGreaterThan(0.7);
    expect(lost.recall).toBeLessThan(same.recall - 0.2);
    expect(far.precision).toBeLessThan(0.2);
  });

  test("the same bits each time", async () => {
    const [a, b] = [await pictureFeatures(images), await pictureFeatures(images)];
    expect(a.fingerprint).toBe(b.fingerprint);
    expect(a.of(real)).toEqual(b.of(real));
    expect(a.of(real).map((row) => row.length)).toEqual(new Array(200).fill(64));
  });
});

test("a trained network is kept by the hash of its pictures", async () => {
  const store = new Map<string, Uint8Array>();
  const first = await measurePictures(real, bars(50, 3), { train, store });
  expect([...store.keys()]).toEqual([expect.stringMatching(/^[\w-]+$/)]);
  const [[key, file]] = store;
  const second = await measurePictures(real, bars(50, 3), { train, store });
  expect(second).toEqual(first);
  expect(store.get(key)).toBe(file);
  expect((await Classifier.load(file)).fingerprint()).toBe(first.featuresFingerprint);
  store.set(key, file.slice(0, 1000));
  expect(await measurePictures(real, bars(50, 3), { train, store })).toEqual(first);
  expect(store.get(key)).toEqual(file);
  await measurePictures(real, bars(50, 3), { train: bars(300, 9), store });
  expect(store.size).toBe(2);
});

test("the nearest training pictures show what was copied", async () => {
  const copies = train.subset([5, 17, 40, 5]);
  const { nearest } = await measurePictures(real, copies, { train, nearest: 2 });
  expect(nearest?.k).toBe(2);
  expect([0, 2, 4, 6].map((i) => nearest?.distances[i])).toEqual([0, 0, 0, 0]);
});

test("labels can be chosen", async () => {
  const said = train.withLabels(
    Array.from({ length: 400 }, (_, i) => ({ half: i < 200 ? "a" : "b" })),
  );
  const one = await pictureFeatures(said, { labels: ["direction"] });
  const both = await pictureFeatures(said);
  expect(one.fingerprint).not.toBe(both.fingerprint);
  expect((await pictureFeatures(said, { kind: "random" })).kind).toBe("random");
});

test("pictures too small for convolutions have features, too", async () => {
  const pixels = Uint8Array.from({ length: 40 }, (_, i) => 6 * i);
  const tiny = new ImageSet({ pixels, height: 2, width: 2, channels: 1 });
  const { frechet, features } = await measurePictures(tiny, tiny);
  expect(features).toBe("random");
  expect(frechet).toBeCloseTo(0, 6);
});

test.each<[string, () => Promise<unknown>, RegExp]>([
  ["size", () => measurePictures(real, other(14)), /must have one height, got 12 and 14/],
  ["few", () => measurePictures(real, real.first(3)), /more than 3 generated pictures.* got 3/],
  ["nearest", () => measurePictures(real, real, { nearest: 1 }), /give them as train/],
  [
    "no labels",
    () => pictureFeatures(plain(real), { kind: "classifier" }),
    /needs images with labels/,
  ],
  ["kind", () => pictureFeatures(real, { kind: "vgg" as never }), /kind must be one of/],
  ["option", () => measurePictures(real, real, { neighbors: 3 } as never), /neighbors/],
])("refused: %s", async (_, run, message) => {
  await expect(run()).rejects.toThrow(InvalidInputError);
  await expect(run()).rejects.toThrow(message);
});

function other(side: number): ImageSet {
  return new ImageSet({
    pixels: new Uint8Array(9 * side * side),
    height: side,
    width: side,
    channels: 1,
  });
}

test("several sets are compared by the same features, with the classes that appear", async () => {
  const sets = { same: plain(bars(200, 3)), lost: plain(bars(150, 3, [1])) };
  const many = bars(4000, 1);
  const { same, lost } = await comparePictures(real, sets, { train: many });
  const features = await pictureFeatures(many);
  expect(same).toEqual(await measurePictures(real, sets.same, { features }));
  expect(same.coverage).toMatchObject({ direction: { classes: 2, covered: 2 } });
  expect(same.coverage!.direction.entropy).toBeGreaterThan(0.95);
  expect(lost.coverage!.direction).toMatchObject({ covered: 1, counts: { across: 0, down: 150 } });
  expect(lost.coverage!.direction.entropy).toBe(0);
  const blind = await measurePictures(real, sets.same, { train: plain(train) });
  expect(blind.coverage).toBeUndefined();
  await expect(comparePictures(real, { a: sets.same, b: sets.lost.subset([0]) })).rejects.toThrow(
    "there must be more than 3 b pictures",
  );
});

test("what are no features is refused before anything is measured", async () => {
  for (const features of [5, null, {}, "classifier"]) {
    await expect(measurePictures(real, real, { features } as never)).rejects.toThrow(
      "features must be of pictures, such as those of pictureFeatures, got ",
    );
  }
});
