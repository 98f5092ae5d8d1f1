// The bits themselves. Where one of these values changes, results change for every user: the numerics
// version goes up and the changelog says so.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LanguageModel, load, Seq2Seq } from "../src/entries/index.js";

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
  let model = await LanguageModel.create({
    runtime,
    corpus: documents,
    embed: 13,
    hidden: 37,
    layers: 2,
    dropout: 0.2,
    seed: 5,
  });
  expect(model.fingerprint().slice(0, 16)).toBe("2ecfe929c72beaea");
  for await (const { step } of model.fit(documents, options)) if (step === 17) break;
  model = await LanguageModel.load(model.save({ training: true }), { runtime });
  for await (const _ of model.fit(documents, options));
  expect(model.fingerprint().slice(0, 16)).toBe("85f869062e853710");
  expect(model.record.loss).toBe(5.659193992614746);
  expect(model.score(documents.slice(0, 20)).nats).toBe(4.840121084525261);
  const { samples } = model.generate({
    prompt: "今天",
    maxTokens: 12,
    samples: 3,
    temperature: 0.7,
    topP: 0.9,
  });
  expect(samples.map((sample) => sample.text)).toEqual([
    "路一边。就天我，。天。",
    "动起，思，，欢？真。",
    "的了今春很，多就看，步是",
  ]);

  const quantized = await model.quantize();
  expect(quantized.fingerprint().slice(0, 16)).toBe("e17f351e458f59e6");
  expect(quantized.score(documents.slice(0, 20)).nats).toBe(4.839964651767119);
});

test("so do an encoder and a decoder", async () => {
  const runtime = await load();
  const numbers = Array.from({ length: 60 }, (_, i) => 37 * i);
  const pairs = numbers.map((n) => ({
    source: `${n}`,
    target: `${n + 58}`,
    label: n % 3 === 0 ? "three" : "other",
  }));
  const options = {
    ...{ steps: 24, batch: 7, shards: 2, lr: 1e-2, val: 0.1, lambda: 0.7, smoothing: 0.1 },
    ...{ scheduledSampling: 0.3, noise: { drop: 0.05, swap: 0.1, mask: 0.1 } },
  };
  let model = await Seq2Seq.create({
    runtime,
    corpus: pairs,
    ...{ embed: 13, hidden: 22, layers: 2, dropout: 0.1, seed: 5 },
    ...{ attention: "bahdanau", bidirectional: true, reverseSource: true },
  });
  expect(model.fingerprint().slice(0, 16)).toBe("28d14591a12154f9");
  for await (const { step } of model.fit(pairs, options)) if (step === 11) break;
  model = await Seq2Seq.load(model.save({ training: true }), { runtime });
  for await (const _ of model.fit(pairs, options));
  expect(model.fingerprint().slice(0, 16)).toBe("d0a5128d4a57c8ff");
  expect(model.record.loss).toBe(2.3592463731765747);
  expect(model.score(pairs.slice(0, 20)).nats).toBe(2.088126626916421);
  expect(model.classify("111").three).toBe(0.315813809633255);
  const asked = { source: "1234", maxTokens: 8, samples: 3, temperature: 0.9 };
  const { samples } = model.generate(asked);
  expect(samples.map(({ text }) => text)).toEqual(["7171", "1785", "6126"]);
  const beams = model.generate({ ...asked, beams: 4 });
  expect(beams.samples.map(({ text }) => text)).toEqual(["11119", "11115", "11113"]);
  expect((await model.quantize()).score(pairs.slice(0, 20)).nats).toBe(2.0882404905099134);
});
