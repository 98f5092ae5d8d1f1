// What belongs elsewhere, given to every function: an error of ours that names what came, and never a
// TypeError from the inside.

import { describe, expect, it, test } from "vitest";
import {
  createTokenizer,
  decodePNG,
  decodeUtf8,
  encodePNG,
  exactMatch,
  LanguageModel,
  learnTokenizer,
  load,
  modelKind,
  readPairs,
  Seq2Seq,
  SimdreamError,
  setDefaultRuntime,
  tokenAccuracy,
  tokenizerFromJSON,
  WorkerPool,
} from "../../../src/entries/index.js";
import { createHandler } from "../../../src/entries/serve.js";
import { startWorker } from "../../../src/entries/worker.js";
import { runtime, text } from "../help.js";

const sizes = { embed: 4, hidden: 8 };
const model = await LanguageModel.create({ ...sizes, corpus: text, runtime });
const pairs = await Seq2Seq.create({
  ...sizes,
  corpus: [{ source: "a", target: "b" }],
  runtime,
});
const { tokenizer } = model;

/** With what a message calls it. */
const values: [string, unknown, RegExp][] = [
  ["a number", 3, /3|number/],
  ["a promise of a model", Promise.resolve(model), /promise/],
  ["a model", model, /LanguageModel/],
  ["a model of pairs", pairs, /Seq2Seq/],
  ["a runtime", runtime, /Runtime/],
  ["a map", new Map(), /Map/],
  ["an address", new URL("file:///model"), /URL/],
  ["an answer", new Response(""), /Response/],
];

// biome-ignore lint/suspicious/noExplicitAny: every kind of value is tried
type Call = (value: any) => unknown;

const calls: [string, Call][] = [
  ["LanguageModel.create", (value) => LanguageModel.create(value)],
  ["its corpus", (corpus) => LanguageModel.create({ corpus, runtime })],
  ["a text of its corpus", (one) => LanguageModel.create({ corpus: [one], runtime })],
  ["its tokenizer", (one) => LanguageModel.create({ corpus: text, tokenizer: one, runtime })],
  ["LanguageModel.load", (value) => LanguageModel.load(value, { runtime })],
  ["its options", (value) => LanguageModel.load(model.save(), value)],
  ["Seq2Seq.create", (value) => Seq2Seq.create(value)],
  ["its corpus", (corpus) => Seq2Seq.create({ corpus, runtime })],
  ["Seq2Seq.load", (value) => Seq2Seq.load(value, { runtime })],
  ["fit", (value) => model.fit(value, { steps: 1 })],
  ["its options", (value) => model.fit(text, value)],
  ["its val", (val) => model.fit(text, { steps: 1, val })],
  ["its signal", (signal) => model.fit(text, { steps: 1, signal })],
  ["fit of pairs", (value) => pairs.fit(value, { steps: 1 })],
  ["generate", (value) => model.generate(value)],
  ["its prompt", (prompt) => model.generate({ prompt })],
  ["its stop", (stop) => model.generate({ stop })],
  ["answers", (value) => pairs.generate(value)],
  ["their source", (source) => pairs.generate({ source })],
  ["stream", (value) => model.stream(value).next()],
  ["score", (value) => model.score(value)],
  ["save", (value) => model.save(value)],
  ["modelKind", (value) => modelKind(value)],
  ["decodeUtf8", (value) => decodeUtf8(value, "book.txt")],
  ["readPairs", (value) => readPairs(value)],
  ["learnTokenizer", (value) => learnTokenizer("bpe", value)],
  ["createTokenizer", (value) => createTokenizer(value, "abc")],
  ["tokenizerFromJSON", (value) => tokenizerFromJSON(value)],
  ["encode", (value) => tokenizer.encode(value)],
  ["exactMatch", (value) => exactMatch(value, value)],
  ["tokenAccuracy", (value) => tokenAccuracy(value, value)],
  ["setDefaultRuntime", (value) => setDefaultRuntime(value)],
  ["decodePNG", (value) => decodePNG(value)],
  ["encodePNG", (value) => encodePNG(value)],
  ["WorkerPool", (value) => new WorkerPool(runtime, value)],
  ["createHandler's options", (value) => createHandler(model, value)],
];

/** What is right where it is given. */
const right: [string, string][] = [["WorkerPool", "a number"]];

async function errorOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each(calls)("%s", (name, call) => {
  it.each(values)("%s", async (what, value) => {
    if (right.some(([one, other]) => one === name && other === what)) return;
    const error = await errorOf(() => call(value));
    expect(error).toBeInstanceOf(SimdreamError);
    expect((error as Error).message.length).toBeLessThan(400);
  });
});

test.each(values)("options that are %s are called by their name", async (_, value, name) => {
  const error = (await errorOf(() => model.generate(value as never))) as Error;
  expect(error.message).toMatch(/^generate needs an object of options, got /);
  expect(error.message).toMatch(name);
});

test.each(values)("a text that is %s is called by its name", async (_, value, name) => {
  const corpus = [value as never];
  const error = (await errorOf(() => LanguageModel.create({ corpus, runtime }))) as Error;
  expect(error.message).toMatch(/^corpus\[0\] /);
  expect(error.message).toMatch(name);
});

test.each(values.filter(([name]) => name !== "a runtime"))(
  "a runtime that is %s",
  async (_, value) => {
    for (const work of [
      () => LanguageModel.create({ corpus: text, runtime: value as never }),
      () => startWorker(value as never),
      () => load(value as never),
    ]) {
      expect(await errorOf(work)).toBeInstanceOf(SimdreamError);
    }
  },
);

test.each([undefined, null, 3, {}, new ArrayBuffer(4), tokenizer])(
  "tokens that are none: %s",
  (tokens) => {
    for (const kind of ["byte", "char"] as const) {
      const some = createTokenizer(kind, "abc");
      expect(() => some.decode(tokens as never)).toThrow("tokens must be a list of numbers, got ");
    }
  },
);

test("options may be without a prototype", async () => {
  const bare = Object.assign(Object.create(null), { ...sizes, corpus: text, runtime });
  const { config } = await LanguageModel.create(bare);
  expect(config).toMatchObject(sizes);
});

test("a file's bytes may be an ArrayBuffer, as fetch gives them", async () => {
  const { buffer } = model.save();
  expect(modelKind(buffer)).toBe("LanguageModel");
  const loaded = await LanguageModel.load(buffer, { runtime });
  expect(loaded.fingerprint()).toBe(model.fingerprint());
  const other = await Seq2Seq.load(pairs.save().buffer, { runtime });
  expect(other.fingerprint()).toBe(pairs.fingerprint());
});
