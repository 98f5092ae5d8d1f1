// Files of simdream 0.1.0 are read, and their runs resume to the bits that they would have come to.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LanguageModel, load, Seq2Seq } from "../../../src/entries/index.js";

const here = (name: string) => readFileSync(new URL(name, import.meta.url));
const { text, pairs, fingerprints } = JSON.parse(here("expected.json").toString());
const runtime = await load();
// Weight decay of that version was of all parameters; without a word, a run that began so stays so.
const fit = { steps: 6, batch: 2, weightDecay: 0.1, ema: 0.5 };

test("a language model", async () => {
  const model = await LanguageModel.load(here("language.safetensors"), { runtime });
  expect(model.savedBy).toBe("0.1.0");
  expect(model.record).toMatchObject({ runs: 1, steps: 3, targets: 48, examples: 0 });
  expect(model.run?.options.decay).toBe("all");
  const streams = { seqLen: 8, batching: "streams", val: 0.2, evalEvery: 1, patience: 5 } as const;
  for await (const _ of model.fit(text, { ...fit, ...streams }));
  expect(model.fingerprint()).toBe(fingerprints.language);
  const again = await LanguageModel.load(model.save({ training: true }), { runtime });
  expect(again.fingerprint()).toBe(fingerprints.language);
});

test("an encoder-decoder", async () => {
  const model = await Seq2Seq.load(here("seq2seq.safetensors"), { runtime });
  expect(model.config).toMatchObject({ embed: 4, hidden: 8, labels: ["even", "odd"] });
  for await (const _ of model.fit(pairs, fit));
  expect(model.fingerprint()).toBe(fingerprints.seq2seq);
});
