// What cannot be used is refused, with a message from which a user can tell what to change, and
// whatever was there before still works.

import { beforeEach, describe, expect, test } from "vitest";
import {
  createTokenizer,
  InvalidInputError,
  LanguageModel,
  type LanguageModelOptions,
  load,
  ModelFileError,
  numerics,
  OutOfMemoryError,
  type Runtime,
  SimdreamError,
  tokenizerFromJSON,
  version,
} from "../../src/entries/index.js";
import {
  f32Entry,
  readSafetensors,
  type TensorEntry,
  writeSafetensors,
} from "../../src/formats/safetensors.js";
import { names, refused, refusedLater, runtime, text, tiny, train, weights } from "./help.js";

const small = { steps: 6, batch: 4, seqLen: 8, lr: 1e-2 };
const create = (options: object = {}) =>
  LanguageModel.create(runtime, { ...tiny, corpus: text, ...options } as LanguageModelOptions);

const char = create();
await train(char, text, small);
const documents = create({ corpus: names });
await train(documents, names, small);
/** A text model and a document model with a run half done. */
const halfway = create();
await train(
  halfway,
  text,
  { ...small, batching: "streams", val: 0.2, evalEvery: 1, patience: 3 },
  3,
);

/** A model's network as its file has it. */
const sizesOf = ({ config: { embed, hidden, layers, dropout } }: LanguageModel) => ({
  kind: "lstm",
  embed,
  hidden,
  layers,
  dropout,
});

type Row = [option: object, ...parts: string[]];

/** Values that no size may have, and what is said of each. */
function sizes(name: string, most: number, least = 1): Row[] {
  const rule = `${name} must be a whole number of at least ${least}`;
  const bad = [-1, 1.5, Number.NaN, Infinity, 1e300, "12", true, [3], {}, () => 3];
  if (least > 0) bad.push(0);
  if (most < 1e15) bad.push(most + 1);
  const shown = (value: unknown) => {
    if (typeof value === "string") return '"12"';
    if (Array.isArray(value)) return "an array of 1";
    return typeof value === "object" || typeof value === "function"
      ? "a value of type"
      : `${value}`;
  };
  return bad.map((value) => [{ [name]: value }, rule, `got ${shown(value)}`]);
}

/** The same for a number within bounds. */
const range = (name: string, ...bad: unknown[]): Row[] =>
  [...bad, Number.NaN, Infinity, -Infinity, "1", true, []].map((value) => [
    { [name]: value },
    `${name} must be a number`,
    "got ",
  ]);

const choice = (name: string, list: string): Row[] =>
  ["nothing", "", 3, true, {}].map((value) => [
    { [name]: value },
    `${name} must be one of ${list}, got `,
  ]);

describe("create", () => {
  test.each([
    ...sizes("embed", 1e6),
    ...sizes("hidden", 1e6),
    ...sizes("layers", 1000),
    ...sizes("seed", 1e16, 0),
    ...range("dropout", -0.1, 1, 1e9),
  ] as Row[])("%o", (options, ...parts) => {
    refused(() => create(options), InvalidInputError, ...parts);
  });

  const noCorpus = "needs a corpus to make its vocabulary from";
  const empty = "the corpus is empty; expected text";
  const noTokenizer = 'tokenizer must be "char", "byte", "bpe" or a tokenizer made before';
  test.each([
    [{ corpus: undefined }, "the char tokenizer", noCorpus],
    [{ corpus: undefined, tokenizer: "bpe" }, "the bpe tokenizer", noCorpus],
    [{ corpus: "" }, empty],
    [{ corpus: [] }, empty],
    [{ corpus: ["", ""] }, empty],
    [{ corpus: 5 }, "corpus must be a string or a list of strings, got 5"],
    [{ corpus: null }, "corpus must be a string or a list of strings, got null"],
    [{ corpus: {} }, "corpus must be a string or a list of strings, got a value of type object"],
    [{ corpus: new Uint8Array(3) }, "corpus must be a string or a list of strings"],
    [{ corpus: ["a", 3] }, "corpus[1] must be a string, got 3"],
    [{ corpus: "ab\ud83d" }, "half a character", "U+D83D", "line 1, column 3"],
    [{ tokenizer: "word" }, 'tokenizer must be one of char, byte, bpe, got "word"'],
    [{ assets: { tokenizer: 5 } }, "tokenizer must be one of char, byte, bpe, got 5"],
    [{ tokenizer: null }, noTokenizer],
    [{ tokenizer: {} }, noTokenizer],
    [{ vocab: 300 }, 'vocab is for the tokenizer "bpe" only, got it for "char"'],
    [
      { assets: { tokenizer: "bpe", vocab: 10 } },
      "vocab must be a whole number of at least 257",
      "got 10",
    ],
    [{ assets: { tokenizer: "bpe", vocab: 1e9 } }, "vocab must be", "got 1000000000"],
    [
      { corpus: names, tokenizer: createTokenizer("char", text) },
      "special tokens <start> and <end>",
      'specials: ["<start>", "<end>"]',
    ],
    [{ hiden: 4 }, "LanguageModel.create does not know the option hiden; it knows corpus,"],
    [{ Hidden: 4, layer: 2 }, "does not know the options Hidden, layer"],
  ] as Row[])("%o", (options, ...parts) => {
    refused(() => create(options), InvalidInputError, ...parts);
  });

  test.each([undefined, null, "hello", 5, ["a"]])("no options: %o", (options) => {
    const call = () => LanguageModel.create(runtime, options as never);
    refused(call, InvalidInputError, "LanguageModel.create needs an object of options, got ");
  });

  test("documents with a tokenizer that has the markers", async () => {
    const tokenizer = createTokenizer("char", names, { specials: ["<end>", "more", "<start>"] });
    const model = create({ corpus: names, tokenizer });
    await train(model, names, small);
    expect(model.generate({ tokens: 30 }).samples[0].tokens.length).toBeGreaterThan(0);
  });
});

describe("memory", () => {
  test.each([
    { hidden: 100000 },
    { hidden: 14000 },
    { hidden: 1e6, layers: 1000 },
    { hidden: 3000, layers: 100 },
    { embed: 1e6, hidden: 2000 },
  ])("%o does not fit, and that is known at once", (options) => {
    const begun = performance.now();
    const sizes = /out of memory: \d{4,} MiB more were asked for .* can have 4096 MiB/;
    refused(() => create(options), OutOfMemoryError, sizes);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test("a file that claims to be large is not believed", () => {
    const begun = performance.now();
    const file = described({ network: { ...sizesOf(char), hidden: 14000 } });
    refused(() => LanguageModel.load(runtime, file), ModelFileError, "the model needs [56000, 6]");
    const deep = described({ network: { ...sizesOf(char), layers: 1000 } });
    refused(() => LanguageModel.load(runtime, deep), ModelFileError, "lstm.weight_ih_l999");
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test("a batch that is too large: refused, the model as it was", async () => {
    const model = create();
    const before = model.fingerprint();
    const work = train(model, text, { steps: 1, batch: 1e6, seqLen: 1000 });
    await refusedLater(work, InvalidInputError, "batch * seqLen", "at most");
    const large = train(model, text, { steps: 1, batch: 1e5, seqLen: 400 });
    await refusedLater(large, OutOfMemoryError, /MiB more were asked for on top of \d+ MiB/);
    expect(model.fingerprint()).toBe(before);
    await train(model, text, small);
    const straight = create();
    await train(straight, text, small);
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });
});

describe("fit", () => {
  let model: LanguageModel;
  let before: Uint8Array;
  beforeEach(() => {
    model = create();
    before = model.save({ training: true });
  });

  async function unchanged(): Promise<void> {
    expect(Buffer.compare(model.save({ training: true }), before)).toBe(0);
    expect(model.run).toBeUndefined();
    expect(await train(model, text, { ...small, steps: 1 })).toHaveLength(1);
  }

  test.each([
    ...sizes("steps", 1e9),
    ...sizes("batch", 1e6),
    ...sizes("seqLen", 1e6),
    ...sizes("maxLength", 1e6),
    ...sizes("accumulate", 65536),
    ...sizes("evalEvery", 1e16),
    ...sizes("patience", 1e16, 0),
    ...sizes("warmup", 1e16, 0),
    ...sizes("lrEvery", 1e16),
    ...sizes("lrPatience", 1e16),
    ...range("lr", 0, -1, 1e7),
    ...range("momentum", -0.1, 1.1),
    ...range("weightDecay", -1, 1e7),
    ...range("clip", -1),
    ...range("ema", -0.1, 1),
    ...range("val", -0.1, 0.95),
    ...range("lrMin", -0.1, 1.1),
    ...range("lrFactor", 0, 1.5),
    ...choice("optimizer", "adamw, adam, sgd"),
    ...choice("schedule", "constant, linear, cosine, step, plateau"),
    ...choice("batching", "windows, streams"),
    [{ betas: 0.9 }, "betas must be two numbers, got 0.9"],
    [{ betas: [0.9] }, "betas must be two numbers, got an array of 1"],
    [{ betas: [0.9, 1] }, "betas must be a number of at least 0 and at most 0.999999, got 1"],
    [{ betas: [Number.NaN, 0.9] }, "betas must be a number", "got NaN"],
    [{ signal: "stop" }, 'signal must be an AbortSignal, got "stop"'],
    [
      { signal: new AbortController() },
      "signal must be an AbortSignal, got a value of type object",
    ],
    [{ signal: null }, "signal must be an AbortSignal, got null"],
    [{ resume: "no" }, 'resume must be true or false, got "no"'],
    [{ resume: 0 }, "resume must be true or false, got 0"],
    [{ step: 5 }, "fit does not know the option step; it knows batch,"],
    [{ learningRate: 1, epochs: 2 }, "fit does not know the options learningRate, epochs"],
  ] as Row[])("%o", async (options, ...parts) => {
    const work = train(model, text, { ...small, ...options } as never);
    await refusedLater(work, InvalidInputError, ...parts);
    await unchanged();
  });

  test.each([null, "fast", 3, []])("options that are none: %o", async (options) => {
    const work = train(model, text, options as never);
    await refusedLater(work, InvalidInputError, "fit needs an object of options, got ");
    await unchanged();
  });

  test.each([
    [names, "this model learns a text: expected a string, got an array of 18"],
    [undefined, "this model learns a text: expected a string, got undefined"],
    [5, "this model learns a text: expected a string, got 5"],
    [new Uint8Array(9), "this model learns a text: expected a string"],
    ["", "needs at least 9 tokens (seqLen + 1), got 0", "a smaller seqLen"],
    ["the cat", "needs at least 9 tokens (seqLen + 1), got 7"],
    ["the cat sat on the mat.\nthe 猫 sat", '"猫" (U+732B)', "line 2, column 5", "remove it"],
    [`${text}\udc00`, "half a character", "line 21, column 1"],
  ] as [unknown, ...string[]][])("data %o", async (data, ...parts) => {
    await refusedLater(train(model, data as never, small), InvalidInputError, ...parts);
    await unchanged();
  });

  test("data too short for streams or for validation", async () => {
    const streams = train(model, text.slice(0, 32), { ...small, batching: "streams" });
    await refusedLater(
      streams,
      InvalidInputError,
      "at least 33 tokens (batch * seqLen + 1), got 32",
    );
    const part = train(model, text, { ...small, val: 1e-4 });
    const cut = `a validation fraction of 0.0001 cuts ${text.length} tokens into ${text.length} and 0`;
    await refusedLater(part, InvalidInputError, cut, "use more data or another fraction");
    const left = train(model, text.slice(0, 12), { ...small, val: 0.5 });
    await refusedLater(left, InvalidInputError, "at least 9 tokens", "got 6");
    await unchanged();
  });

  test.each([
    [{ patience: 2 }, "patience goes by the validation loss"],
    [{ schedule: "plateau" }, 'schedule "plateau" goes by the validation loss'],
  ] as const)("%o without validation", async (options, message) => {
    const work = train(model, text, { ...small, ...options });
    await refusedLater(work, InvalidInputError, message, "set val");
    await unchanged();
  });

  test("documents: the same care", async () => {
    const own = create({ corpus: names });
    const work = (data: unknown, options = {}) =>
      train(own, data as never, { ...small, ...options });
    const list = "this model learns documents: expected a list of strings, got ";
    await refusedLater(work("rose"), InvalidInputError, `${list}"rose"`);
    await refusedLater(work({}), InvalidInputError, list);
    await refusedLater(work([]), InvalidInputError, "at least one token, got 0 documents");
    await refusedLater(work(["", ""]), InvalidInputError, "got 2 documents, all empty");
    await refusedLater(work(["rose", 5]), InvalidInputError, "must be a string, got 5");
    await refusedLater(work(["rose", "WOLF"]), InvalidInputError, '"W" (U+0057)');
    await refusedLater(work(names, { val: 0.01 }), InvalidInputError, "0.01 cuts 18 documents");
    expect(own.record.steps).toBe(0);
    await work(names);
    expect(own.record.steps).toBe(6);
  });

  test("refused options do not disturb a run half done, nor the record", async () => {
    const straight = create();
    await train(straight, text, small);
    await train(model, text, small, 3);
    const half = model.save({ training: true });
    for (const options of [{ schedule: "x" }, { lr: -1 }, { val: 2 }, { warmup: -1 }, { ema: 1 }]) {
      await refusedLater(train(model, text, { ...small, ...options } as never), InvalidInputError);
      const resume = { ...small, ...options, resume: false } as never;
      await refusedLater(train(model, text, resume), InvalidInputError);
    }
    expect(Buffer.compare(model.save({ training: true }), half)).toBe(0);
    await train(model, text, small);
    expect(model.fingerprint()).toBe(straight.fingerprint());
    await refusedLater(train(model, text, { ...small, schedule: "x" } as never), InvalidInputError);
    expect(model.record).toEqual(straight.record);
  });
});

describe("generate", () => {
  const expected = char.generate({ tokens: 20 });
  const rows: Row[] = [
    ...sizes("tokens", 1e9),
    ...sizes("count", 65536),
    ...sizes("seed", 1e16, 0),
    ...sizes("topK", 1e9),
    ...sizes("beams", 4096, 0),
    ...range("temperature", -1, 1e7),
    ...range("topP", 0, -0.1, 1.1),
    ...range("minP", -0.1, 1.1),
    ...range("typicalP", 0, 1.1),
    ...range("repetitionPenalty", 0, -1, 1e7),
    ...range("frequencyPenalty", 1e7, -1e7),
    ...range("presencePenalty", 1e7, -1e7),
    ...range("lengthPenalty", 101, -101),
    [{ greedy: "yes" }, 'greedy must be true or false, got "yes"'],
    [{ greedy: 1 }, "greedy must be true or false, got 1"],
    [{ prompt: 5 }, "prompt must be a string, got 5"],
    [{ prompt: ["a"] }, "prompt must be a string, got an array of 1"],
    [{ prompt: "Zoo" }, '"Z" (U+005A) at line 1, column 1', "the vocabulary"],
    [{ prompt: "a\ud800" }, "half a character"],
    [{ mask: "digits" }, 'mask must be a function, got "digits"'],
    [{ mask: {} }, "mask must be a function, got a value of type object"],
    [{ banned: "bad" }, 'banned must be a list of strings, got "bad"'],
    [{ banned: ["ok", ""] }, 'banned must hold strings that are not empty, got ""'],
    [{ banned: [5] }, "every string of banned must be a string, got 5"],
    [{ banned: ["\ud800"] }, "every string of banned has half a character"],
    [{ stop: 5 }, "stop must be a list of strings, got 5"],
    [{ stop: "" }, 'stop must hold strings that are not empty, got ""'],
    [{ stop: ["a", null] }, "every string of stop must be a string, got null"],
    [{ logitBias: 5 }, "logitBias must be an object or a list of [id, bias] pairs, got 5"],
    [{ logitBias: { the: 1 } }, 'logitBias: "the" is 3 tokens; give single tokens, or [id, bias]'],
    [{ logitBias: { Z: 1 } }, '"Z" (U+005A)'],
    [{ logitBias: { a: "x" } }, "logitBias must be a number", 'got "x"'],
    [{ logitBias: { a: Infinity } }, "logitBias must be a number", "got Infinity"],
    [{ logitBias: [[99, 1]] }, "logitBias token must be a whole number", "at most 13, got 99"],
    [{ logitBias: [5] }, "logitBias must hold [id, bias] pairs, got 5"],
    [{ logitBias: [[1, 2, 3]] }, "logitBias must hold [id, bias] pairs, got an array of 3"],
    [{ logprobs: -1 }, "logprobs must be a whole number of at least 0"],
    [{ logprobs: 99 }, "logprobs must be a whole number", "at most 14, got 99"],
    [{ logprobs: "all" }, "logprobs must be a whole number", 'got "all"'],
    [{ signal: {} }, "signal must be an AbortSignal"],
    [{ beams: 2, count: 3 }, "count must be at most beams (2), got 3"],
    [{ temprature: 1 }, "generate does not know the option temprature; it knows prompt,"],
    [{ max_tokens: 5, top_k: 3 }, "generate does not know the options max_tokens, top_k"],
  ];

  test.each(rows)("%o", async (options, ...parts) => {
    refused(() => char.generate(options), InvalidInputError, ...parts);
    await refusedLater(char.stream(options).next(), InvalidInputError, ...parts);
    expect(char.generate({ tokens: 20 })).toEqual(expected);
  });

  test.each(["the cat", null, 5])("options that are none: %o", (options) => {
    const call = () => char.generate(options as never);
    refused(call, InvalidInputError, "generate needs an object of options, got ");
  });

  test("seeds whose samples have none", () => {
    const call = () => char.generate({ seed: Number.MAX_SAFE_INTEGER, count: 2 });
    refused(call, InvalidInputError, "seed must be a whole number", "got 9007199254740992");
  });

  test("before training", async () => {
    const model = create();
    const message = "the model has not been trained: call fit first, or load a trained file";
    refused(() => model.generate(), InvalidInputError, message);
    await refusedLater(model.stream().next(), InvalidInputError, message);
    const loaded = LanguageModel.load(runtime, model.save());
    refused(() => loaded.generate(), InvalidInputError, message);
    expect(model.score(text).nats).toBeGreaterThan(2);
    await train(model, text, small, 1);
    expect(model.generate({ tokens: 3 }).text).toHaveLength(3);
  });
});

describe("score and save", () => {
  const expected = char.score(text);

  test.each([
    [names, {}, "this model learns a text: expected a string, got an array of 18"],
    [undefined, {}, "expected a string, got undefined"],
    ["", {}, "needs at least 2 tokens (one to predict another), got 0"],
    ["t", {}, "needs at least 2 tokens (one to predict another), got 1"],
    ["the Ω", {}, '"Ω" (U+03A9) at line 1, column 5'],
    [text, { resetEvery: 0 }, "resetEvery must be a whole number of at least 1, got 0"],
    [text, { resetEvery: 1.5 }, "resetEvery must be a whole number of at least 1, got 1.5"],
    [text, { resetEvery: "x" }, "resetEvery must be a whole number"],
    [text, { reset: 1 }, "score does not know the option reset; it knows resetEvery"],
    [text, null, "score needs an object of options, got null"],
    [text, 64, "score needs an object of options, got 64"],
  ] as [never, never, string][])("score(%o, %o)", (data, options, message) => {
    refused(() => char.score(data, options), InvalidInputError, message);
    expect(char.score(text)).toEqual(expected);
  });

  test.each([
    ["rose", {}, 'this model learns documents: expected a list of strings, got "rose"'],
    [[], {}, "at least one token, got 0 documents"],
    [["rose", "Σ"], {}, '"Σ" (U+03A3)'],
    [names, { resetEvery: 3 }, "score does not know the option resetEvery"],
  ] as [never, never, string][])("documents: score(%o, %o)", (data, options, message) => {
    refused(() => documents.score(data, options), InvalidInputError, message);
    expect(documents.score(names).tokens).toBe(names.join("").length + names.length);
  });

  test.each([
    [{ trainig: true }, "save does not know the option trainig; it knows training"],
    [null, "save needs an object of options, got null"],
    [true, "save needs an object of options, got true"],
    [{ training: "yes" }, 'training must be true or false, got "yes"'],
  ] as [never, string][])("save(%o)", (options, message) => {
    refused(() => char.save(options), InvalidInputError, message);
    expect(char.save().length).toBeGreaterThan(1000);
  });
});

/** A file of the text model, or another, with its parts changed. */
function changed(
  model: LanguageModel,
  change: {
    readonly json?: (json: Json) => void;
    readonly tensors?: (tensors: Map<string, TensorEntry>) => void;
    readonly raw?: (text: string) => string;
  },
): Uint8Array {
  const file = readSafetensors(model.save({ training: true }));
  const tensors = new Map(file.tensors);
  change.tensors?.(tensors);
  const json = JSON.parse(file.metadata.get("simdream")!);
  change.json?.(json);
  const written = JSON.stringify(json);
  return writeSafetensors(tensors.values(), { simdream: change.raw?.(written) ?? written });
}

// biome-ignore lint/suspicious/noExplicitAny: what is in a damaged file is anything
type Json = Record<string, any>;

/** The text model's file with other things in its description. */
const described = (change: Json) =>
  changed(char, { json: (json) => void Object.assign(json, change) });

describe("files", () => {
  const good = halfway.save({ training: true });
  const loading = (bytes: unknown) => () => LanguageModel.load(runtime, bytes as Uint8Array);

  test("the changes below are changes of good files", () => {
    for (const model of [char, documents, halfway]) {
      const bytes = changed(model, {});
      const again = LanguageModel.load(runtime, bytes);
      expect(again.fingerprint()).toBe(model.fingerprint());
      expect(Buffer.compare(again.save({ training: true }), bytes)).toBe(0);
    }
  });

  test.each([
    ["nothing", undefined, InvalidInputError, "needs a Uint8Array, got undefined"],
    ["a string", "model", InvalidInputError, "needs a Uint8Array"],
    ["an ArrayBuffer", good.buffer, InvalidInputError, "needs a Uint8Array"],
    ["no bytes", new Uint8Array(), ModelFileError, "at least 8 bytes"],
    ["zeros", new Uint8Array(100), ModelFileError, "header"],
    ["text", new TextEncoder().encode("{}".repeat(50)), ModelFileError, "header length"],
    ["half a file", good.subarray(0, good.length / 2), ModelFileError, "data_offsets"],
    ["all but a byte", good.subarray(0, -1), ModelFileError, "within the"],
    ["the header alone", good.subarray(0, 400), ModelFileError, "header length"],
    ["a byte too many", Uint8Array.of(...good, 0), ModelFileError, "bytes of data"],
  ] as [string, unknown, typeof ModelFileError, string][])("%s", (_, bytes, kind, message) => {
    refused(loading(bytes), kind, message);
  });

  test("cut anywhere: refused, never a crash or a model", () => {
    for (let end = 0; end < good.length; end += 97) {
      refused(loading(good.subarray(0, end)), ModelFileError, "safetensors file");
    }
  });

  test("a byte changed anywhere in the header: refused or a model, never a crash", () => {
    const length = Number(new DataView(good.buffer).getBigUint64(0, true));
    let refusals = 0;
    for (let at = 0; at < 8 + length; at += 7) {
      const bytes = good.slice();
      bytes[at] ^= 1 << (at % 8);
      try {
        LanguageModel.load(runtime, bytes);
      } catch (error) {
        if (!(error instanceof ModelFileError)) throw error;
        refusals++;
      }
    }
    expect(refusals).toBeGreaterThan(length / 7 / 2);
  });

  const without = (...gone: string[]) => ({
    tensors: (tensors: Map<string, TensorEntry>) => {
      for (const name of gone) tensors.delete(name);
    },
  });
  const with_ = (name: string, shape: number[], from = name) => ({
    tensors: (tensors: Map<string, TensorEntry>) => {
      const n = shape.reduce((product, axis) => product * axis, 1);
      tensors.set(from, f32Entry(name, shape, new Float32Array(n)));
    },
  });

  test.each([
    [without("linear.bias"), "the file's tensors do not fit the model; missing: linear.bias"],
    [without("linear.bias", "lstm.bias_hh_l0"), "missing: lstm.bias_hh_l0, linear.bias"],
    [with_("linear.extra", [3]), "not expected: linear.extra"],
    [
      with_("lstm.wrong", [48, 6], "lstm.weight_ih_l0"),
      "missing: lstm.weight_ih_l0; not expected: lstm.wrong",
    ],
    [
      with_("linear.weight", [12, 14]),
      "linear.weight has shape [12, 14], the model needs [14, 12]",
    ],
    [with_("linear.bias", [14, 1]), "linear.bias has shape [14, 1], the model needs [14]"],
    [with_("embedding.weight", [15, 6]), "embedding.weight has shape [15, 6]", "needs [14, 6]"],
    [
      {
        tensors: (tensors: Map<string, TensorEntry>) => {
          const entry = tensors.get("linear.bias")!;
          tensors.set("linear.bias", { ...entry, dtype: "I32" });
        },
      },
      'tensor "linear.bias": expected dtype F32, F16, BF16 or F64, got I32',
    ],
  ] as [object, ...string[]][])("tensors: %#", (change, ...parts) => {
    refused(loading(changed(char, change)), ModelFileError, ...parts);
  });

  test.each([
    [{ format: 3 }, "the file has format 3, this version of simdream reads formats 1 and 2"],
    [{ format: "1" }, 'the file has format "1"'],
    [{ format: undefined }, "the file has format undefined"],
    [{ numerics: "2" }, 'numerics must be a whole number of at least 0, got "2"'],
    [{ version: 3 }, "version must be a string, got 3"],
    [{ model: "ImageModel" }, 'the file holds a "ImageModel", expected a "LanguageModel"'],
    [{ model: 5 }, 'the file holds a 5, expected a "LanguageModel"'],
    [{ config: null }, "the file's configuration must be an object, got null"],
    [{ network: { hidden: -3 } }, "the file's configuration is damaged: hidden must be", "got -3"],
    [{ network: { kind: "rnn" } }, 'the file\'s network is "rnn"', 'knows "lstm"'],
    [{ network: null }, "the file's network must be an object, got null"],
    [{ assets: [1] }, "the file's assets must be an object, got an array of 1"],
    [{ config: { heads: 3 } }, "the file's configuration is damaged", "the option heads"],
    [
      { network: { ...sizesOf(char), hidden: 13 } },
      "lstm.weight_ih_l0 has shape [48, 6]",
      "[52, 6]",
    ],
    [{ network: { ...sizesOf(char), layers: 2 } }, "missing: lstm.weight_ih_l1, lstm.weight_hh_l1"],
    [
      { config: { ...char.config, documents: true } },
      "the file's tokenizer lacks <start> or <end>",
    ],
    [{ assets: { tokenizer: null } }, "the tokenizer in the model file is damaged", "got null"],
    [
      { assets: { tokenizer: { kind: "word" } } },
      "the tokenizer in the model file is damaged: kind must be",
    ],
    [{ assets: { tokenizer: { kind: "char", characters: "ba", specials: [] } } }, "must ascend"],
    [
      { assets: { tokenizer: { kind: "byte", specials: [] } } },
      "embedding.weight has shape [14, 6]",
    ],
    [{ record: null }, "the training record in the file is damaged: runs must be"],
    [
      { record: { ...char.record, steps: -1 } },
      "the training record in the file is damaged: steps",
    ],
    [{ record: { ...char.record, loss: "low" } }, "loss must be a number", 'got "low"'],
    [{ record: { ...char.record, steps: 2 } }, "the training record", "shorter than the run"],
    [{ progress: null }, "the run's progress in the file is damaged"],
    [{ progress: undefined }, "the file has a run's tensors without the run: training.exp_avg."],
  ] as [Json, ...string[]][])("description: %o", (change, ...parts) => {
    refused(loading(described(change)), ModelFileError, ...parts);
  });

  test.each([
    [(json: string) => json.slice(0, -9), "the simdream metadata is not JSON"],
    [() => "", "the simdream metadata is not JSON"],
    [() => "[1]", "the simdream metadata must be an object, got an array of 1"],
    [() => "null", "the simdream metadata must be an object, got null"],
    [() => "7", "the simdream metadata must be an object, got 7"],
    [() => '{"__proto__":{"format":1}}', "the file has format undefined"],
    [() => "[".repeat(100000), "the simdream metadata is not JSON"],
  ] as [(json: string) => string, string][])("metadata: %#", (raw, message) => {
    refused(loading(changed(char, { raw })), ModelFileError, message);
  });

  const inRun = (change: Json) => ({
    json: (json: Json) => void Object.assign(json.progress, change),
  });
  const inOptions = (change: Json) => ({
    json: (json: Json) => void Object.assign(json.progress.options, change),
  });
  const damaged = "the run's progress in the file is damaged";
  const [phase] = halfway.run!.phases;
  test.each([
    [inRun({ step: -1 }), `${damaged}: step must be a whole number`],
    [inRun({ step: 2.5 }), `${damaged}: step must be a whole number`],
    [inRun({ step: "3" }), `${damaged}: step must be`, 'got "3"'],
    [inRun({ step: 4 }), "shorter than the run"],
    [inRun({ targets: null }), `${damaged}: targets`],
    [inRun({ examples: -1 }), `${damaged}: examples`],
    [inRun({ phases: null }), "phases must be a list, got null"],
    [inRun({ phases: [] }), "phases must be a list"],
    [inRun({ phases: [null] }), `${damaged}: optimizerSteps`],
    [inRun({ phases: [phase, phase] }), "the run in the file has 2 phases, the model 1"],
    [inRun({ phases: [{ ...phase, optimizerSteps: 1e300 }] }), `${damaged}: optimizerSteps`],
    [inRun({ phases: [{ ...phase, plateau: null }] }), `${damaged}: plateau.factor`],
    [
      inRun({ phases: [{ ...phase, plateau: { factor: 2, best: 0, waited: 0 } }] }),
      `${damaged}: plateau.factor`,
    ],
    [inRun({ data: 5 }), `${damaged}: data must be a string, got 5`],
    [inRun({ bestLoss: "1" }), `${damaged}: bestLoss`],
    [inRun({ options: null }), damaged, "object of options, got null"],
    [inRun({ options: 5 }), damaged, "object of options, got 5"],
    [inOptions({ nesterov: true }), damaged, "does not know the option nesterov"],
    [inOptions({ lr: -1 }), `${damaged}: lr must be`],
    [inOptions({ schedule: "zigzag" }), `${damaged}: schedule must be one of`],
    [inOptions({ optimizer: "lion" }), `${damaged}: optimizer must be one of`],
    [inOptions({ optimizer: "sgd" }), "the checkpoint lacks training.momentum.embedding.weight"],
    [inOptions({ ema: 0.5 }), "the checkpoint lacks training.average.embedding.weight"],
    [without("training.exp_avg.linear.bias"), "the checkpoint lacks training.exp_avg.linear.bias"],
    [
      without("training.exp_avg.linear.bias", "training.exp_avg_sq.embedding.weight"),
      "lacks training.exp_avg.linear.bias, training.exp_avg_sq.embedding.weight",
    ],
    [without("training.best"), "the checkpoint lacks training.best"],
    [with_("training.best", [7]), "training.best has 28 bytes, the model needs "],
    [with_("training.more", [7]), "the checkpoint has unexpected tensors: training.more"],
    [
      with_("training.exp_avg.linear.bias", [15]),
      "tensor linear.bias has shape [15], the model needs [14]",
    ],
    [without("training.carried.1"), "has 1 carried states of [48] numbers, the run needs 2 of 48"],
    [without("training.carried.0"), "training.carried.1"],
    [with_("training.carried.1", [3]), "2 carried states of [48, 3] numbers"],
    [with_("training.carried.2", [48]), "has 3 carried states", "the run needs 2"],
    [
      inRun({ dataOptions: { ...halfway.run!.dataOptions, batch: 1e9 } }),
      "carried states of [48, 48] numbers",
    ],
  ] as [object, ...string[]][])("checkpoint: %#", (change, ...parts) => {
    refused(loading(changed(halfway, change)), ModelFileError, ...parts);
  });

  test("another arithmetic: the weights are read, the run is not resumed", async () => {
    const model = LanguageModel.load(
      runtime,
      changed(halfway, { json: (json) => void Object.assign(json, { numerics: 1 }) }),
    );
    expect(model.fingerprint()).toBe(halfway.fingerprint());
    expect(model.record).toEqual(halfway.record);
    for (const resume of [undefined, true]) {
      const work = train(model, text, { ...small, resume });
      await refusedLater(
        work,
        InvalidInputError,
        "numerics version 1",
        `this version of simdream (${version}) computes with ${numerics}`,
        "resume: false",
      );
    }
    await train(model, text, { ...small, resume: false });
    expect(model.record.steps).toBe(halfway.record.steps + small.steps);
  });

  test("weights of another program", () => {
    const file = readSafetensors(char.save());
    const foreign = (change: (tensors: Map<string, TensorEntry>) => void = () => {}) => {
      const tensors = new Map(file.tensors);
      change(tensors);
      return writeSafetensors(tensors.values());
    };
    const { tokenizer } = char;
    const loadIt = (bytes: Uint8Array, options: object) => () =>
      LanguageModel.load(runtime, bytes, options);
    expect(loadIt(foreign(), { tokenizer })().fingerprint()).toBe(char.fingerprint());
    expect(loadIt(foreign(), { tokenizer })().generate({ tokens: 3 }).text).toHaveLength(3);

    refused(loadIt(foreign(), {}), ModelFileError, 'no "simdream" metadata', "{ tokenizer }");
    const other = tokenizerFromJSON({ kind: "byte", specials: [] });
    const rows = "embedding.weight has 14 rows, the tokenizer 256 tokens";
    refused(loadIt(foreign(), { tokenizer: other }), ModelFileError, rows);
    const notOne = 'a tokenizer made before, got "char"';
    refused(loadIt(foreign(), { tokenizer: "char" }), InvalidInputError, notOne);
    const misspelt = "LanguageModel.load does not know the option tokeniser";
    refused(loadIt(foreign(), { tokeniser: 1 }), InvalidInputError, misspelt);
    const gone = foreign((tensors) => void tensors.delete("embedding.weight"));
    const matrix = "expected a matrix embedding.weight; the file has lstm.weight_ih_l0,";
    refused(loadIt(gone, { tokenizer }), ModelFileError, matrix);
    const none = writeSafetensors([]);
    refused(loadIt(none, { tokenizer }), ModelFileError, "the file has no tensors");
    const more = foreign((t) => void t.set("head", f32Entry("head", [2], new Float32Array(2))));
    refused(loadIt(more, { tokenizer }), ModelFileError, "not expected: head");
    const flat = foreign((tensors) => {
      const name = "lstm.weight_hh_l0";
      tensors.set(name, f32Entry(name, [0, 1000000], new Float32Array(0)));
    });
    refused(loadIt(flat, { tokenizer }), ModelFileError, "the model needs [4000000, 6]");
    const hollow = foreign((tensors) => {
      tensors.set("embedding.weight", f32Entry("embedding.weight", [14, 0], new Float32Array(0)));
    });
    refused(loadIt(hollow, { tokenizer }), ModelFileError, "make no model: embed must be");
  });

  test("all that was loaded before is as it was", () => {
    expect(weights(char).every(Number.isFinite)).toBe(true);
    expect(LanguageModel.load(runtime, good).fingerprint()).toBe(halfway.fingerprint());
  });
});

describe("load", () => {
  const foreign = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

  test.each([
    [
      "text",
      new TextEncoder().encode("no module"),
      "does not compile here",
      "compiled WebAssembly.Module",
    ],
    ["nothing", new Uint8Array(), "does not compile here"],
    ["no bytes at all", 5, "does not compile here"],
    ["a foreign module's bytes", foreign, "is not simdream's", "it exports no heap_base"],
    ["a foreign module", new WebAssembly.Module(foreign), "is not simdream's"],
    ["a promise of one", Promise.resolve(foreign), "is not simdream's"],
  ] as [string, unknown, ...string[]][])("%s", async (_, source, ...parts) => {
    await refusedLater(load(source as never), InvalidInputError, ...parts);
  });

  test("a promise that fails gives its own reason", async () => {
    await expect(load(Promise.reject(new Error("404")))).rejects.toThrow("404");
  });

  test("every error of ours is one of ours", () => {
    for (const kind of [InvalidInputError, ModelFileError, OutOfMemoryError]) {
      expect(new kind("why")).toBeInstanceOf(SimdreamError);
      expect(new kind("why")).toBeInstanceOf(Error);
    }
  });

  test("a runtime that is none", () => {
    for (const on of [undefined, {}, load()]) {
      const call = () => LanguageModel.create(on as unknown as Runtime, { corpus: text });
      refused(call, InvalidInputError, "await load()");
    }
  });
});
