// The faces that are drawn: the same for good.

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { drawFaces } from "../../../src/data/images/faces.js";
import { ImageSet } from "../../../src/entries/index.js";

const set = new ImageSet(drawFaces({ count: 500, seed: 1 }));

test("faces are a function of seed and place", () => {
  expect(set).toMatchObject({ length: 500, height: 16, width: 16, channels: 3 });
  const hash = createHash("sha256").update(set.pixels).digest("hex");
  expect(hash.slice(0, 16)).toBe("95437e1102004391");
  expect(new ImageSet(drawFaces({ count: 20, seed: 1 })).equals(set.first(20))).toBe(true);
  expect(new ImageSet(drawFaces({ count: 500 })).equals(set)).toBe(false);
});

test("faces differ, and their labels say how", () => {
  const pictures = Array.from({ length: 500 }, (_, i) => set.subset([i]).fingerprint());
  expect(new Set(pictures).size).toBe(500);
  expect(set.labels.map(({ name }) => name)).toEqual([
    ...["skin", "hair", "colour", "eyes", "mouth", "glasses", "beard", "hat", "shirt"],
    "background",
  ]);
  for (const { classes, indices } of set.labels) {
    expect(new Set(indices).size).toBe(classes.length);
  }
});

test("options are checked", () => {
  expect(() => drawFaces({ count: 0 })).toThrow("count must be");
  expect(() => drawFaces({ seed: -1 })).toThrow("seed must be");
});
