// The bits themselves. Where one of these values changes, results change for every user: the numerics
// version goes up and the changelog says so.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LanguageModel, load } from "../src/index.js";

const text = readFileSync(new URL("../src/corpus/zh.txt", import.meta.url), "utf8");

test("training, resuming and sampling give the known bits", async () => {
  const runtime = await load();
  const documents = text.trim().split("\n");
  const options = {
    steps: 30,
    batch: 6,
    schedule: "cosine",
    warmup: 3,
    lr: 5e-3,
    val: 0.1,
  } as const;
  let model = LanguageModel.create(runtime, {
    corpus: documents,
    embed: 13,
    hidden: 37,
    layers: 2,
    dropout: 0.2,
    seed: 5,
  });
  expect(model.fingerprint().slice(0, 16)).toBe("2ecfe929c72beaea");
  for await (const { step } of model.fit(documents, options)) if (step === 17) break;
  model = LanguageModel.load(runtime, model.save({ training: true }));
  for await (const _ of model.fit(documents, options));
  expect(model.fingerprint().slice(0, 16)).toBe("cfd4ad14130ae389");
  expect(model.record.loss).toBe(5.584309101104736);
  expect(model.score(documents.slice(0, 20)).nats).toBe(4.784125529689553);
  const { samples } = model.generate({
    prompt: "今天",
    tokens: 12,
    count: 3,
    temperature: 0.7,
    topP: 0.9,
  });
  expect(samples.map((sample) => sample.text)).toEqual([
    "边一，。常天暖，。大。",
    "可都，想，，点？边。",
    "给了你有很，夏家边，爱来",
  ]);

  const quantized = model.quantize();
  expect(quantized.fingerprint().slice(0, 16)).toBe("792f8c2eed79a57a");
  expect(quantized.score(documents.slice(0, 20)).nats).toBe(4.783891638855875);
});
