// Samples that somebody chooses: the best by a scorer, and those that are accepted.

import { expect, it } from "vitest";
import { InvalidInputError, LanguageModel } from "../../src/entries/index.js";
import { runtime, text, tiny, train } from "../models/help.js";

const model = await LanguageModel.create({ runtime, corpus: text, ...tiny });
await train(model, text, { steps: 20, batch: 4, seqLen: 16, lr: 1e-2 });
const drawn = { maxTokens: 12, samples: 8, seed: 5 };

it("puts the best first", () => {
  const plain = model.generate(drawn);
  const vowels = (sample: string) => [...sample].filter((c) => "aeiou".includes(c)).length;
  const { text: first, samples } = model.generate({ ...drawn, rank: ({ text }) => vowels(text) });
  expect(new Set(samples.map(({ seed }) => seed))).toEqual(
    new Set(plain.samples.map(({ seed }) => seed)),
  );
  const merits = samples.map(({ text }) => vowels(text));
  expect(merits).toEqual([...merits].sort((a, b) => b - a));
  expect(first).toBe(samples[0].text);
  for (const { seed, text } of samples) {
    expect(model.generate({ maxTokens: 12, seed }).text).toBe(text);
  }
  expect(() => model.generate({ ...drawn, rank: () => Number.NaN })).toThrow("what rank gives");
});

it("draws until samples are accepted, within bounds", () => {
  const accept = ({ seed }: { seed?: number }) => seed! % 3 === 0;
  const { samples } = model.generate({ ...drawn, accept });
  expect(samples.map(({ seed }) => seed)).toEqual([6, 9, 12, 15, 18, 21, 24, 27]);
  const few = model.generate({ ...drawn, accept, tries: 1 });
  expect(few.samples.map(({ seed }) => seed)).toEqual([6, 9, 12]);
  let asked = 0;
  const none = () => ++asked < 0;
  expect(() => model.generate({ ...drawn, accept: none, tries: 3 })).toThrow("none of 24 samples");
  expect(asked).toBe(24);
});

it("refuses what cannot be chosen among", async () => {
  const accept = () => true;
  expect(() => model.generate({ greedy: true, accept })).toThrow("accept draws again");
  expect(() => model.generate({ beams: 2, accept })).toThrow(InvalidInputError);
  expect(() => model.generate({ rank: 3 as never })).toThrow("rank must be a function");
  await expect(model.stream({ rank: () => 1 }).next()).rejects.toThrow("for generate");
});
