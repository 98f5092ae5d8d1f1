// Pairs of encoders: that they learn, what they say, and what they refuse.

import { describe, expect, test } from "vitest";
import { ImageSet, ImageTextPair, InvalidInputError } from "../../../src/entries/index.js";
import type { ImageTextNetwork } from "../../../src/models/images/image-text-network.js";
import { pairBytes } from "../../../src/models/images/memory.js";
import { activationsIn } from "../help.js";
import { drawings, points, runtime, spoken } from "./help.js";

const images = spoken(drawings(60));
const small = { runtime, channels: 4, textWidth: 16, textLayers: 1, features: 16, seed: 1 };
const model = await ImageTextPair.create({ images, ...small });
const before = model.score(images);
await model.fit(images, { steps: 60, batch: 20, lr: 5e-3 });

test("pictures and what is said of them find each other", () => {
  // Four things are said, in two languages: of eight texts two are right.
  const after = model.score(images);
  expect(before.captions).toBeLessThan(0.6);
  expect(after.captions).toBe(1);
  expect(after.pictures).toBe(1);
  expect(after.loss).toBeLessThan(before.loss);
  expect(after).toMatchObject({ among: 20, examples: 60 });
  const texts = [...new Set(images.captions!.map(([, chinese]) => chinese))];
  expect(texts.length).toBe(4);
  for (const [i, { text }] of model.match(images, texts).entries()) {
    expect(images.captions![i]).toContain(text);
  }
});

test("similar, search and match say the same", () => {
  const texts = ["a cross on the left", "a square on the right", "左边的十字"];
  const cosines = model.similar(texts, images);
  expect(cosines.map(({ length }) => length)).toEqual([60, 60, 60]);
  const [vectors, said] = [model.embedPictures(images), model.embedTexts(texts)];
  for (const vector of [...vectors, ...said]) {
    expect(vector.length).toBe(16);
    expect(vector.reduce((sum, one) => sum + one * one, 0)).toBeCloseTo(1, 5);
  }
  const product = said[1].reduce((sum, one, k) => sum + one * vectors[7][k], 0);
  expect(cosines[1][7]).toBeCloseTo(product, 6);

  const found = model.search(texts[0], images, { top: 5 });
  expect(found.map(({ similarity }) => similarity)).toEqual(
    Array.from(cosines[0])
      .sort((a, b) => b - a)
      .slice(0, 5),
  );
  for (const { index, similarity, ...rest } of found) {
    expect(similarity).toBe(cosines[0][index]);
    expect(images.captions![index]).toContain(texts[0]);
    expect(rest).toEqual({});
  }
  const named = new ImageSet({ ...images.first(3), names: ["a.png", "b.png", "c.png"] });
  const [best] = model.search(texts[0], named);
  expect(best.name).toBe(named.names![best.index]);
  expect(model.search(texts[0], named).length).toBe(3);

  const matches = model.match(images, texts);
  for (const [i, { text, index, similarity, probabilities }] of matches.entries()) {
    expect(text).toBe(texts[index]);
    expect(similarity).toBe(Math.max(...cosines.map((row) => row[i])));
    expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 5);
    expect(probabilities[index]).toBe(Math.max(...probabilities));
  }
});

test("a text is read the same alone and beside longer ones", () => {
  const [short] = model.embedTexts("a cross on the left");
  const [, again] = model.embedTexts([
    "a square on the right, on the right",
    "a cross on the left",
  ]);
  expect(again).toEqual(short);
});

test("what is held out is measured", async () => {
  const other = await ImageTextPair.create({ images, ...small });
  const reports = [];
  for await (const report of other.fit(images, { steps: 4, batch: 16, val: 0.25, evalEvery: 2 })) {
    if (report.validation !== undefined) reports.push(report);
  }
  expect(reports.length).toBe(2);
  for (const { measures } of reports)
    expect(Object.keys(measures!)).toEqual(["captions", "pictures"]);
});

test("pictures with nothing to tell them apart", () => {
  const same = images.withCaptions(Array.from({ length: 60 }, () => ["a cross", "十字"]));
  expect(() => model.score(same)).toThrow("all pictures have the same captions");
});

describe("what a step needs of memory is known before it, within a tenth", () => {
  const words = { tokenizer: "byte", textContext: 21, features: 32 } as const;
  test.each([
    ["convolutions", { channels: 16, ...words }, 24],
    ["norms", { channels: 16, norm: "batch", ...words }, 24],
    ["dense layers", { network: "dense", hidden: 64, ...words, textLayers: 1 }, 24],
    ["many rows", { channels: 4, ...words, textWidth: 8, textLayers: 1 }, 60],
  ] as const)("%s", async (_, options, batch) => {
    const own = await ImageTextPair.create({ runtime, images, ...options });
    const { network } = (own as unknown as { core: { network: ImageTextNetwork } }).core;
    const expected = pairBytes(own.config, batch);
    const { most } = await activationsIn(network.machine, () =>
      own.fit(images, { steps: 1, batch }),
    );
    expect(most / expected).toBeGreaterThan(0.9);
    expect(most / expected).toBeLessThan(1.1);
  });
});

describe("what is refused", () => {
  const create = (options: object) => ImageTextPair.create({ ...small, ...options } as never);
  test.each([
    ["pictures without captions", { images: drawings(4) }, "withCaptions"],
    ["vectors", { images: points, channels: undefined }, "those of an ImageSet"],
    ["a shape alone", { shape: [12, 12, 1] }, "those of an ImageSet"],
    ["heads that do not divide", { images, textHeads: 5 }, "textHeads must divide"],
    ["a temperature of 0", { images, temperature: 0 }, "temperature must be"],
    ["labels", { images, labels: false }, "does not know the option"],
  ])("%s", async (_, options, message) => {
    await expect(create(options)).rejects.toThrow(message);
    await expect(create(options)).rejects.toThrow(InvalidInputError);
  });

  test.each([
    ["no text", () => model.similar([], images), "must have a text at least"],
    ["an empty one", () => model.search(" ", images), "text must be a text"],
    ["a number", () => model.embedTexts([5] as never), "texts[0] must be a text"],
    ["other pictures", () => model.embedPictures(drawings(2, 3)), "12×12×3"],
    ["no caption", () => model.score(drawings(4)), "the pictures have none"],
    ["among 1", () => model.score(images, { among: 1 }), "among must be"],
    ["top 0", () => model.search("a", images, { top: 0 }), "top must be"],
    ["a long text", () => model.embedTexts("a cross ".repeat(90)), "the model reads at most"],
    ["another option", () => model.similar("a", images, { top: 3 } as never), "does not know"],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(InvalidInputError);
  });

  test("a model that was never trained, a character that no caption had", async () => {
    const fresh = await create({ images, tokenizer: "char" });
    expect(() => fresh.search("a", images)).toThrow("has not been trained");
    expect(() => fresh.embedTexts("a ☂")).toThrow("☂");
    expect(fresh.embedTexts("a ☂cross", { unknown: "skip" })).toEqual(fresh.embedTexts("a cross"));
    expect(() => fresh.fit(drawings(4))).not.toThrow();
    await expect(fresh.fit(drawings(4))).rejects.toThrow("data: the model learns captions");
  });
});
