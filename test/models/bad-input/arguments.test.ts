// What belongs in another place is refused by what it is: promises, buffers, models, texts.

import { expect, test } from "vitest";
import {
  createTokenizer,
  InvalidInputError,
  LanguageModel,
  load,
  modelKind,
  Seq2Seq,
  setDefaultRuntime,
} from "../../../src/entries/index.js";
import { createHandler } from "../../../src/entries/serve.js";
import { startWorker } from "../../../src/entries/worker.js";
import { refused, runtime, text, tiny, train } from "../help.js";

const model = await LanguageModel.create({ runtime, ...tiny, corpus: text });
await train(model, text, { steps: 2, batch: 2, seqLen: 8 });
const bytes = model.save();

const later = Promise.resolve(model);
const wrong: Record<string, [() => unknown, ...string[]]> = {
  "a promise as options": [() => model.generate(later as never), "a promise: await it first"],
  "a model as options": [() => LanguageModel.create(model as never), "type LanguageModel"],
  "bytes as options": [() => model.generate(bytes as never), "type Uint8Array"],
  "a promise of a file": [() => LanguageModel.load(Promise.resolve(bytes) as never), "a promise"],
  "a path as a file": [
    () => LanguageModel.load("model.safetensors" as never),
    "read the file first",
  ],
  "a path as a file of pairs": [
    () => Seq2Seq.load("a.safetensors" as never),
    "read the file first",
  ],
  "a model as a file": [() => modelKind(model as never), "a value of type LanguageModel"],
  "a model's file as kernels": [() => load(bytes), "a model's file is for LanguageModel.load"],
  "a path as kernels": [() => load("kernels.wasm" as never), 'got "kernels.wasm"'],
  "a runtime as what loads one": [() => setDefaultRuntime(runtime as never), "a function"],
  "a model as a runtime": [() => startWorker(model as never), "what load() gives"],
  "a promise as a handler's options": [() => createHandler(model, later as never), "a promise"],
  "a number as tokens": [() => createTokenizer("byte", "").decode(5 as never), "a list of numbers"],
};

test.each(Object.entries(wrong))("%s", async (_, [work, ...parts]) => {
  await refused(work, InvalidInputError, ...parts);
});

test("an ArrayBuffer is a file as good as its bytes", async () => {
  const { buffer } = bytes.slice();
  expect(modelKind(buffer)).toBe("LanguageModel");
  const read = await LanguageModel.load(buffer, { runtime });
  expect(read.fingerprint()).toBe(model.fingerprint());
});
