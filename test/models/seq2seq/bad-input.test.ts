// What the encoder-decoder cannot use is refused, and the model stays as it was.

import { beforeEach, describe, expect, test } from "vitest";
import {
  InvalidInputError,
  LanguageModel,
  ModelFileError,
  OutOfMemoryError,
  Seq2Seq,
  type Seq2SeqOptions,
} from "../../../src/entries/index.js";
import { f32Entry, readSafetensors, writeSafetensors } from "../../../src/formats/safetensors.js";
import { refused, refusedLater, runtime, text } from "../help.js";
import { create, labelled, pairs, train } from "../pairs-help.js";

type Row = [value: unknown, ...parts: string[]];
const small = { steps: 4, batch: 6 };
const pair = (source: unknown, target: unknown = "a", label?: unknown) => [
  pairs[0],
  { source, target, ...(label === undefined ? {} : { label }) },
];

/** Lists of pairs that no verb takes; `name` is what the list is called. */
const noPairs = (name: string): Row[] => [
  [undefined, `${name} must be a list of pairs, got undefined`],
  ["a\tb", `${name} must be a list of pairs, got "a\\tb"`],
  [{ source: "a", target: "b" }, `${name} must be a list of pairs, got a value of type object`],
  [[], `${name} has no pair`],
  [[null], `${name}[0].source must be a text, got undefined`],
  [["ab"], `${name}[0].source must be a text, got undefined`],
  [pair(""), `${name}[1].source must be a text, got an empty one`],
  [pair(5), `${name}[1].source must be a text, got 5`],
  [pair("a", ""), `${name}[1].target must be a text, got an empty one`],
  [pair("a", null), `${name}[1].target must be a text, got null`],
  [pair("a", "b", ""), `${name}[1].label must be a text, got an empty one`],
  [pair("a", "b", 3), `${name}[1].label must be a text, got 3`],
];
/** Pairs that this vocabulary cannot say. */
const unknown: Row[] = [
  [pair("a猫"), 'pairs[1].source: the text has "猫" (U+732B) at line 1, column 2', "vocabulary"],
  [pair("a", "b猫"), 'pairs[1].target: the text has "猫" (U+732B)', "vocabulary"],
  [pair("a\ud83d"), "pairs[1].source: ", "half a character"],
];

describe("create", () => {
  test.each(noPairs("corpus"))("corpus %j", async (corpus, ...parts) => {
    await refused(() => create({ corpus } as Partial<Seq2SeqOptions>), InvalidInputError, ...parts);
  });

  test.each([
    [{ embed: 0 }, "embed must be a whole number of at least 1"],
    [{ hidden: 1.5 }, "hidden must be a whole number"],
    [{ layers: "2" }, 'layers must be a whole number of at least 1 and at most 1000, got "2"'],
    [{ dropout: 1 }, "dropout must be a number of at least 0"],
    [{ seed: -1 }, "seed must be a whole number of at least 0"],
    [{ bidirectional: 1 }, "bidirectional must be true or false, got 1"],
    [{ bidirectional: true, hidden: 7 }, "hidden must be even where bidirectional", "got 7"],
    [{ attention: "dot" }, "attention must be one of none, bahdanau, luong, luong-dot", '"dot"'],
    [{ reverseSource: "yes" }, 'reverseSource must be true or false, got "yes"'],
    [{ tied: true }, "tied needs embed to be hidden where there is no attention, got 6 and 12"],
    [{ tokenizer: "word" }, "tokenizer must be one of char, byte, bpe"],
    [{ tokenizer: null }, "tokenizer needs an object of options, got null"],
    [{ tokenizer: { source: "char" } }, "tokenizer must be one of char, byte, bpe, got undefined"],
    [{ tokenizer: { from: "char" } }, "tokenizer does not know the option from"],
    [{ vocab: 300 }, 'vocab is for the tokenizer "bpe" only, got it for "char" and "char"'],
    [{ tokenizer: "bpe", vocab: 10 }, "vocab must be a whole number of at least 257"],
    [
      { shared: true, tokenizer: { source: "char", target: "byte" } },
      'shared needs one tokenizer for both sides, got "char" and "byte"',
    ],
    [{ corpus: pair("a", "b", "only") }, 'the only label is "only"; expected none or several'],
    [
      { atention: "luong" },
      "Seq2Seq.create does not know the option atention; did you mean attention?",
    ],
  ] as Row[])("%j", async (options, ...parts) => {
    const work = () => create(options as Partial<Seq2SeqOptions>);
    await refused(work, InvalidInputError, ...parts);
  });

  test("what does not fit in memory", async () => {
    await refused(() => create({ hidden: 1e5 }), OutOfMemoryError, "MiB more were asked for");
  });
});

describe("fit", () => {
  let model: Seq2Seq;
  let before: Uint8Array;
  beforeEach(async () => {
    model = await create();
    before = model.save({ training: true });
  });
  async function refuses(data: unknown, options: unknown, ...parts: string[]): Promise<void> {
    const work = train(model, data as typeof pairs, { ...small, ...(options as object) });
    await refusedLater(work, InvalidInputError, ...parts);
    expect(Buffer.compare(model.save({ training: true }), before)).toBe(0);
    expect(await train(model, pairs, { ...small, steps: 1 })).toHaveLength(1);
  }

  test.each([...noPairs("pairs"), ...unknown])("data %j", async (data, ...parts) => {
    await refuses(data, {}, ...parts);
  });

  test.each([
    ...noPairs("validation").slice(1),
    [pair("猫"), "validation[1].source: the text has "],
  ] as Row[])("validation %j", async (validation, ...parts) => {
    await refuses(pairs, { validation }, ...parts);
  });

  test.each([
    [{ lambda: -1 }, "lambda must be a number of at least 0", "got -1"],
    [{ lambda: Number.NaN }, "lambda must be a number of at least 0", "got NaN"],
    [{ lambda: Infinity }, "lambda must be a number", "got Infinity"],
    [{ lambda: "1" }, 'lambda must be a number of at least 0 and at most 1000000, got "1"'],
    [{ smoothing: 1 }, "smoothing must be a number of at least 0 and at most 0.99, got 1"],
    [{ scheduledSampling: 1.1 }, "scheduledSampling must be a number of at least 0 and at most 1"],
    [{ noise: { drop: -0.1 } }, "drop must be a number of at least 0 and at most 1"],
    [{ noise: { blank: 0.1 } }, "noise does not know the option blank; it knows drop, swap, mask"],
    [{ noise: 0.1 }, "noise needs an object of options, got 0.1"],
    [{ batch: 0 }, "batch must be a whole number of at least 1"],
    [{ val: 0.95 }, "val must be a number of at least 0 and at most 0.9"],
    [{ val: 0.01 }, "a validation fraction of 0.01 cuts 24 different sources into 24 and 0"],
    [{ val: 0.1, validation: pairs }, "give validation or val, not both"],
    [{ seqLen: 5 }, "fit does not know the option seqLen; it knows batch, val, validation"],
    [{ patience: 2 }, "patience"],
    [{ shards: 7 }, "shards"],
  ] as Row[])("%j", async (options, ...parts) => {
    await refuses(pairs, options, ...parts);
  });

  test("a validation of one source", async () => {
    const same = Array.from({ length: 9 }, () => pairs[0]);
    await refuses(same, { val: 0.5 }, "cuts 1 different sources into", "use more data");
  });

  test("labels, where the model has none", async () => {
    const parts = ['pairs[0].label is "vowel"', "expected none: the model has no labels"];
    await refuses(labelled, {}, ...parts);
  });

  test("a label that the model was not made with", async () => {
    const joint = await create({ corpus: labelled });
    const unseen = [...labelled, { source: "a", target: "b", label: "digit" }];
    const message = 'pairs[24].label is "digit", expected one of consonant, vowel';
    await refusedLater(train(joint, unseen, small), InvalidInputError, message);
    await refused(() => joint.score(unseen), InvalidInputError, message);
    const validation = train(joint, labelled, { ...small, validation: unseen });
    await refusedLater(validation, InvalidInputError, message.replace("pairs", "validation"));
  });

  test("a place in the data is that in the list as it was given", async () => {
    const data = [...pairs, { source: "猫", target: "b" }];
    await refuses(data, { val: 0.3 }, "pairs[24].source: the text has ");
  });
});

describe("a run goes on only as it was begun", () => {
  const fit = { ...small, lambda: 0.5, scheduledSampling: 0.1 };
  test.each([
    [{ lambda: 0.6 }, "the run in progress was begun with lambda 0.5, got 0.6"],
    [{ scheduledSampling: 0 }, "was begun with scheduledSampling 0.1, got 0"],
    [{ smoothing: 0.1 }, "was begun with smoothing 0, got 0.1"],
    [{ noise: { mask: 0.2 } }, "was begun with mask 0, got 0.2"],
    [{ batch: 5 }, "was begun with batch 6, got 5"],
    [{ validation: labelled }, "was begun with validation none, got 49-"],
  ] as Row[])("%j", async (options, ...parts) => {
    const model = await create({ corpus: labelled });
    await train(model, labelled, fit, 2);
    const changed = train(model, labelled, { ...fit, ...(options as object) });
    await refusedLater(changed, InvalidInputError, ...parts);
    expect(await train(model, labelled, fit)).toHaveLength(2);
  });

  test("with other pairs, or other labels", async () => {
    const model = await create({ corpus: labelled });
    await train(model, labelled, fit, 2);
    const [first, ...rest] = labelled;
    for (const other of [
      { ...first, target: "a" },
      { ...first, label: "consonant" },
    ]) {
      const work = train(model, [other, ...rest], fit);
      await refusedLater(work, InvalidInputError, "the run in progress was begun on other data");
    }
    expect(await train(model, labelled, fit)).toHaveLength(2);
  });
});

describe("use", async () => {
  const model = await create({ corpus: labelled, attention: "luong" });
  await train(model, labelled, small);
  const plain = await create();
  await train(plain, pairs, small);

  test.each([...noPairs("pairs"), ...unknown])("score %j", async (data, ...parts) => {
    await refused(() => model.score(data as typeof pairs), InvalidInputError, ...parts);
  });

  const sources: Row[] = [
    ["", "source must be a text, got an empty one"],
    [undefined, "source must be a text, got undefined"],
    [["a"], "source must be a text, got an array of 1"],
    ["z", 'the text has "z" (U+007A) at line 1, column 1', "vocabulary"],
    ["\udc00", "half a character"],
  ];
  test.each(sources)("source %j", async (source, ...parts) => {
    const bad = source as string;
    await refused(() => model.generate({ source: bad }), InvalidInputError, ...parts);
    await refused(() => model.generate({ source: bad, beams: 2 }), InvalidInputError, ...parts);
    await refusedLater(model.stream({ source: bad }).next(), InvalidInputError, ...parts);
    await refused(() => model.classify(bad), InvalidInputError, ...parts);
    await refused(() => model.encode(bad), InvalidInputError, ...parts);
    await refused(() => model.align(bad, "a"), InvalidInputError, ...parts);
    const side = parts[0].replace("source", "target");
    await refused(() => model.align("a", bad), InvalidInputError, side, ...parts.slice(1));
  });

  test.each([
    [undefined, "generate needs an object of options, got undefined"],
    ["abc", 'generate needs an object of options, got "abc"'],
    [
      { source: "abc", prompt: "a" },
      "generate does not know the option prompt; did you mean source?",
    ],
    [{ source: "abc", beam: 5 }, "generate does not know the option beam"],
    [{ source: "abc", beams: 2, samples: 3 }, "samples must be at most beams (2), got 3"],
    [{ source: "abc", temperature: -1 }, "temperature must be a number of at least 0"],
  ] as Row[])("generate %j", async (options, ...parts) => {
    await refused(() => model.generate(options as never), InvalidInputError, ...parts);
    await refusedLater(model.stream(options as never).next(), InvalidInputError, ...parts);
  });

  test("what the model has not", async () => {
    const none = "the model has no labels: give some pairs a label when it is created";
    await refused(() => plain.classify("abc"), InvalidInputError, none);
    const without = "the model was made without attention";
    await refused(() => plain.align("abc", "a"), InvalidInputError, without);
    const untrained = "the model has not been trained: call fit first";
    await refused(
      async () => (await create()).generate({ source: "abc" }),
      InvalidInputError,
      untrained,
    );
  });

  test("a quantised model is not trained", async () => {
    const work = train(await model.quantize(), labelled, small);
    await refusedLater(work, InvalidInputError, "a quantised model cannot be trained");
  });
});

describe("files", async () => {
  const model = await create({ corpus: labelled });
  await train(model, labelled, small, 2);
  const bytes = model.save({ training: true });

  /** The file with some of its description changed. */
  function changed(change: (json: Record<string, Record<string, unknown>>) => void): Uint8Array {
    const { tensors, metadata } = readSafetensors(bytes);
    const json = JSON.parse(metadata.get("simdream")!);
    change(json);
    return writeSafetensors(Array.from(tensors.values()), { simdream: JSON.stringify(json) });
  }

  test("a run that carries a state from batch to batch", async () => {
    const { tensors, metadata } = readSafetensors(bytes);
    const state = f32Entry("training.carried.0", [2], Float32Array.of(1, 2));
    const written = writeSafetensors([...tensors.values(), state], metadata);
    const loading = Seq2Seq.load(written, { runtime });
    await refusedLater(loading, ModelFileError, "carries a state from batch to batch");
  });

  test.each<[string, (json: Record<string, Record<string, unknown>>) => void, string]>([
    ["no configuration", (json) => delete json.config, "configuration must be an object"],
    [
      "labels that are none",
      (json) => (json.config.labels = 3 as never),
      "configuration is damaged",
    ],
    [
      "a label that is no text",
      (json) => (json.config.labels = [{ toString: 1 }, "b"]),
      "a label must be a string, got a value of type object",
    ],
    ["a label twice", (json) => (json.config.labels = ["a", "a"]), 'distinct, but "a" comes twice'],
    ["another option", (json) => (json.config.depth = 3), "does not know the option depth"],
    ["another network", (json) => (json.network.kind = "gru"), "knows lstm, transformer"],
    ["no cleaning", (json) => (json.config.clean = "NFC"), "clean needs an object of options"],
    ["cleaning", (json) => (json.config.clean = { lowercase: 1 }), "lowercase must be"],
    ["tokenizers in a list", (json) => (json.assets = [] as never), "must be an object"],
    ["an odd size", (json) => (json.network.hidden = 0), "hidden must be a whole number"],
    ["another size", (json) => (json.network.hidden = 14), "the model needs"],
    ["no tokenizer", (json) => delete json.assets, "assets must be an object"],
    ["no tokenizers", (json) => (json.assets = {}), "tokenizer"],
    ["one tokenizer of two", (json) => delete json.assets.target, "tokenizer"],
    ["more labels", (json) => (json.config.labels = ["a", "b", "c"]), "the model needs"],
  ])("%s", async (_, change, message) => {
    await refused(() => Seq2Seq.load(changed(change), { runtime }), ModelFileError, message);
  });

  test("the file of another model", async () => {
    const other = (
      await LanguageModel.create({ runtime, corpus: text, embed: 4, hidden: 4 })
    ).save();
    await refused(() => Seq2Seq.load(other, { runtime }), ModelFileError, 'expected a "Seq2Seq"');
    await refused(
      () => LanguageModel.load(bytes, { runtime }),
      ModelFileError,
      'holds a "Seq2Seq"',
    );
  });

  test("weights alone, and less than a file", async () => {
    const { tensors } = readSafetensors(model.save());
    const alone = writeSafetensors(Array.from(tensors.values()), {});
    await refused(
      () => Seq2Seq.load(alone, { runtime }),
      ModelFileError,
      "it holds no vocabularies",
    );
    for (const length of [0, 7, 100, bytes.length - 1]) {
      await refused(() => Seq2Seq.load(bytes.subarray(0, length), { runtime }), ModelFileError);
    }
  });
});
