// Labels of documents: which fields a corpus has, what a model makes of them, and what is refused.

import { beforeAll, describe, expect, test } from "vitest";
import {
  documentBatches,
  documentPieces,
  padPieces,
  splitDocuments,
} from "../../../src/data/documents.js";
import { keptLabels } from "../../../src/data/openings.js";
import {
  createTokenizer,
  InvalidInputError,
  type LabelledDocument,
  LanguageModel,
  type LanguageModelOptions,
  ModelFileError,
} from "../../../src/entries/index.js";
import { readSafetensors, writeSafetensors } from "../../../src/formats/safetensors.js";
import { Key } from "../../../src/host/key.js";
import { LabelEncoder } from "../../../src/models/language/labels.js";
import { encodeData } from "../../../src/models/language/prompt.js";
import { labelled, names, refused, refusedLater, runtime, text, tiny } from "../help.js";

const key = Key.fromSeed(runtime.machine(), 5);

/** Words of a or of b, one to four letters long, and how they are labelled. */
const words: readonly LabelledDocument[] = Array.from({ length: 40 }, (_, i) => {
  const [letter, length] = [i % 2 === 0 ? "a" : "b", 1 + (i % 4)];
  const labels = { letter: letter.toUpperCase(), size: length > 2 ? "long" : "short" };
  return { text: letter.repeat(length), labels };
});

const networks = {
  lstm: { embed: 8, hidden: 24 },
  transformer: { network: "transformer", hidden: 32, layers: 2, heads: 2, context: 16 },
} as const satisfies Record<string, LanguageModelOptions>;

function make(corpus: LanguageModelOptions["corpus"], more: LanguageModelOptions = {}) {
  return LanguageModel.create({ runtime, ...tiny, corpus, ...more });
}

describe.each(Object.entries(networks))("%s", (_, network) => {
  let model: LanguageModel;
  beforeAll(async () => {
    model = await LanguageModel.create({ runtime, corpus: words, ...network });
    const lr = model.config.network === "lstm" ? 1e-2 : 3e-3;
    await model.fit(words, { steps: 400, batch: 8, lr, schedule: "linear", labelDropout: 0.2 });
  });
  const drawn = (labels?: Record<string, string>, prompt = "") =>
    model.generate({ labels, prompt, samples: 40, maxTokens: 8 }).samples.map((one) => one.text);
  const share = (texts: readonly string[], pattern: RegExp) =>
    texts.filter((one) => pattern.test(one)).length / texts.length;

  test("writes what the labels say, all of them or some", () => {
    expect(share(drawn({ letter: "A", size: "long" }), /^a{3,4}$/)).toBeGreaterThan(0.85);
    expect(share(drawn({ letter: "B", size: "short" }), /^b{1,2}$/)).toBeGreaterThan(0.85);
    expect(share(drawn({ size: "short" }), /^(a{1,2}|b{1,2})$/)).toBeGreaterThan(0.8);
    expect(share(drawn({ letter: "B" }), /^b{1,4}$/)).toBeGreaterThan(0.8);
    expect(share(drawn({ size: "long" }, "a"), /^a{2,3}$/)).toBeGreaterThan(0.8);
  });

  test("writes without labels, of all kinds", () => {
    const texts = drawn();
    expect(share(texts, /^(a{1,4}|b{1,4})$/)).toBeGreaterThan(0.8);
    expect(new Set(texts.map((one) => one[0] ?? "a"))).toEqual(new Set(["a", "b"]));
  });

  test("scores a text given its labels, and only its text", () => {
    const right = model.score([{ text: "aaa", labels: { letter: "A", size: "long" } }]);
    const wrong = model.score([{ text: "aaa", labels: { letter: "B", size: "long" } }]);
    expect(right.tokens).toBe(4);
    expect(wrong.nats).toBeGreaterThan(2 * right.nats);
    expect(model.score(["aaa"]).nats).toBeGreaterThan(right.nats);
  });

  test("the order of labels, and undefined ones, make no difference", () => {
    const score = (labels: object) => model.score([{ text: "bb", labels } as LabelledDocument]);
    const given = score({ letter: "B", size: "short" });
    expect(score({ size: "short", letter: "B" })).toEqual(given);
    expect(score({ size: undefined, letter: "B" })).toEqual(score({ letter: "B" }));
    expect(score({})).toEqual(model.score(["bb"]));
  });

  test("resumes to the bit, and is the same after a file", async () => {
    const run = { steps: 12, batch: 8, lr: 1e-2, val: 0.2, evalEvery: 4 } as const;
    const create = () => LanguageModel.create({ runtime, corpus: words, ...network });
    const whole = await create();
    await whole.fit(words, run);
    const begun = await create();
    for await (const { step } of begun.fit(words, run)) if (step === 7) break;
    const loaded = await LanguageModel.load(begun.save({ training: true }), { runtime });
    await loaded.fit(words, run);
    expect(loaded.fingerprint()).toBe(whole.fingerprint());
    const ask = { labels: { letter: "A" }, samples: 3, maxTokens: 5 };
    expect(loaded.generate(ask)).toEqual(whole.generate(ask));
    expect((await loaded.quantize()).generate(ask).samples).toHaveLength(3);
  });

  test("streams the same", async () => {
    const options = { labels: { letter: "A" }, seed: 4, maxTokens: 8 };
    let streamed = "";
    for await (const { text } of model.stream(options)) streamed += text;
    expect(streamed).toBe(model.generate(options).text);
  });
});

describe("the fields of a corpus", () => {
  const row = (labels: Record<string, string>) => ({ text: "ab", labels });

  test("a category where values are shared, the frequent first; else a text", async () => {
    const { labels } = await make([
      row({ title: "x", by: "one" }),
      row({ title: "y", by: "two" }),
      row({ by: "two", title: "z" }),
      row({ by: "two" }),
      "ab",
    ]);
    expect(labels).toEqual([
      { name: "title", kind: "text" },
      { name: "by", kind: "category", values: ["two", "one"] },
    ]);
  });

  test("of long values, or of too many, is a text", async () => {
    const long = "x".repeat(41);
    const many = Array.from({ length: 2002 }, (_, i) => row({ by: `v${i >> 1}` }));
    expect((await make([row({ by: long }), row({ by: long })])).labels[0].kind).toBe("text");
    expect((await make(many)).labels[0].kind).toBe("text");
    expect((await make(many.slice(2))).labels[0].kind).toBe("category");
  });

  test("is what the options say, in their order", async () => {
    const corpus = [row({ a: "x", b: "y" }), row({ a: "x", b: "z" })];
    const { labels } = await make(corpus, { labels: { b: "category", a: "text" } });
    expect(labels).toEqual([
      { name: "b", kind: "category", values: ["y", "z"] },
      { name: "a", kind: "text" },
    ]);
  });

  test("values are in the form of all texts", async () => {
    const corpus = [row({ by: "Ｂob" }), row({ by: "bob" }), { text: "ab", labels: { by: "BOB" } }];
    const clean = { lowercase: true, foldWidth: true } as const;
    const model = await make(corpus, { clean });
    expect(model.labels).toEqual([{ name: "by", kind: "category", values: ["bob"] }]);
    expect(model.score([row({ by: "BoB" })])).toEqual(model.score([row({ by: "bob" })]));
  });

  test("texts of labels are in the vocabulary, whatever it is of", async () => {
    const corpus = [row({ title: "春" }), row({ title: "夜" })];
    for (const tokenizer of ["char", "byte", "bpe"] as const) {
      const model = await make(corpus, {
        tokenizer,
        ...(tokenizer === "bpe" ? { vocab: 300 } : {}),
      });
      expect(model.score([row({ title: "夜春" })]).tokens).toBeGreaterThan(1);
    }
  });

  test("names of objects' own members are names like any other", async () => {
    const proto = JSON.parse('{ "__proto__": "a", "valueOf": "b" }');
    const corpus = [row({ constructor: "x", valueOf: "y" }), row({ constructor: "z" }), row(proto)];
    const model = await make(corpus);
    expect(model.labels.map(({ name }) => name)).toEqual(["constructor", "valueOf", "__proto__"]);
    expect(model.score([row(proto)])).not.toEqual(model.score([row({ valueOf: "b" })]));
    // What objects inherit is no label.
    expect(model.score([row({})])).toEqual(model.score(["ab"]));
    await refusedLater(
      make([row({ a: "x" })], { labels: { toString: "text" } as never }),
      InvalidInputError,
      "toString",
    );
  });
});

test("948 authors are a category, each known to the model", async () => {
  const corpus = Array.from({ length: 1896 }, (_, i) => ({
    text: "ab",
    labels: { author: `author ${i >> 1}` },
  }));
  const model = await make(corpus);
  await model.fit(corpus, { steps: 1 });
  expect(model.labels[0]).toMatchObject({ kind: "category", values: { length: 948 } });
  const options = { labels: { author: "author 947" }, maxTokens: 3 };
  const again = await LanguageModel.load(model.save(), { runtime });
  expect(again.generate(options)).toEqual(model.generate(options));
});

test("a text is on one side of the validation split, whatever its labels are", async () => {
  const corpus = Array.from({ length: 120 }, (_, i) => ({
    text: String.fromCharCode(97 + (i % 20)),
    labels: { title: `${i}` },
  }));
  const { tokenizer, labels } = await make(corpus);
  const encoder = new LabelEncoder(labels, tokenizer);
  const { parts } = encodeData(tokenizer, true, corpus, encoder);
  const { train, validation } = splitDocuments(parts, 0.3, key);
  const kept = new Set(train.map(String));
  expect(validation.length).toBeGreaterThan(0);
  expect(kept.size).toBeGreaterThan(0);
  expect(validation.map(String).filter((one) => kept.has(one))).toEqual([]);
});

describe("batches", () => {
  const start = 100;
  const end = 101;
  const documents = [Int32Array.of(1, 2, 3, 4, 5), Int32Array.of(6)];
  const of = new Map([
    [documents[0], [Int32Array.of(50), Int32Array.of(60, 61)]],
    [documents[1], []],
  ]);
  const markers = { start, end, labels: { of, end: 99 } };

  test("labels are read and not predicted", () => {
    const pieces = documentPieces(documents, markers);
    const { inputs, targets, steps, rows, tokens, lengths } = padPieces(pieces, end);
    const column = (all: Int32Array, row: number) =>
      Array.from({ length: steps }, (_, t) => all[t * rows + row]);
    expect(column(inputs, 0)).toEqual([start, 50, 60, 61, 99, 1, 2, 3, 4, 5]);
    expect(column(targets, 0)).toEqual([-1, -1, -1, -1, 1, 2, 3, 4, 5, end]);
    expect(column(targets, 1).slice(0, 3)).toEqual([-1, 6, end]);
    expect({ tokens, lengths }).toEqual({ tokens: 8, lengths: Int32Array.of(10, 3) });
    expect(pieces.map(({ targets }) => targets)).toEqual([6, 2]);
  });

  test("a stretch of it has the same", () => {
    const pieces = documentPieces(documents.slice(0, 1), markers);
    const whole = padPieces(pieces, end);
    const parts = [0, 3, 6, 9].map((from) => padPieces(pieces, end, from, from + 3));
    const joined = (of: "inputs" | "targets") => parts.flatMap((part) => Array.from(part[of]));
    expect(joined("inputs")).toEqual(Array.from(whole.inputs));
    expect(joined("targets")).toEqual(Array.from(whole.targets));
    expect(parts.map(({ tokens }) => tokens)).toEqual([0, 2, 3, 1]);
  });

  test("what labels need, the first piece has less, and all of it has its place", () => {
    const pieces = documentPieces(documents.slice(0, 1), markers, 6);
    expect(pieces.map(({ from, to, length }) => [from, to, length])).toEqual([
      [0, 2, 7],
      [2, 5, 3],
    ]);
    expect(() => documentPieces(documents, markers, 4)).toThrow(
      /labels of 3 tokens.*larger maxLength/,
    );
  });

  test("some are without labels, others in every epoch, the same for the same key", () => {
    const many = Array.from({ length: 600 }, (_, i) => Int32Array.of(2000 + i));
    const labels = { of: new Map(many.map((one) => [one, of.get(documents[0])!])), end: 99 };
    const options = { start: 1000, end: 1001, labels, labelDropout: 0.2, batch: 600, key };
    const batches = documentBatches(many, options);
    const kinds = (step: number) => {
      const { inputs, rows, lengths, steps } = batches.batch(step);
      return Array.from({ length: rows }, (_, b) => {
        const n = lengths?.[b] ?? steps;
        return Array.from({ length: n - 3 }, (_, t) => inputs[(t + 1) * rows + b]).join(" ");
      });
    };
    const counts = (list: readonly string[]) =>
      ["50 60 61", "50", "60 61", ""].map((one) => list.filter((other) => other === one).length);
    const [all, first, second, none] = counts(kinds(0));
    expect(all + first + second + none).toBe(600);
    // 0.6 + 0.2 / 4, 0.2 / 4 each, 0.2 + 0.2 / 4.
    expect(Math.abs(all - 390)).toBeLessThan(50);
    expect(Math.abs(none - 150)).toBeLessThan(45);
    expect(Math.min(first, second)).toBeGreaterThan(12);
    expect(Math.max(first, second)).toBeLessThan(55);
    expect(kinds(1)).not.toEqual(kinds(0));
    expect(documentBatches(many, options).batch(1)).toEqual(batches.batch(1));
    const kept = documentBatches(many, { ...options, labelDropout: 0 }).batch(0);
    expect(kept.inputs.filter((id) => id === 99)).toHaveLength(600);
    expect(kept.inputs.filter((id) => id === 50)).toHaveLength(600);
    expect(keptLabels([], 0.5, key)).toEqual([]);
  });
});

describe("what is refused", async () => {
  const model = await make(labelled);
  await model.fit(labelled, { steps: 2 });
  const before = model.fingerprint();
  const bad = (labels: unknown) => [{ text: "rose", labels }] as never;
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{ kind: "leav" }, /labels\.kind: the model does not know "leav"; did you mean "leaf"\?/],
    [{ kind: "1234567" }, /does not know "1234567"; it knows (flower, leaf|leaf, flower)$/],
    [{ tittle: "x" }, /does not know the label "tittle"; did you mean "title"\?/],
    [{ title: "☃" }, /labels\.title: the text has "☃" \(U\+2603\)/],
    [{ year: "x" }, /does not know the label "year"; it knows title, kind$/],
    [{ kind: 5 }, /labels\.kind must be a text, got 5/],
    [{ kind: "" }, /labels\.kind is empty; leave out/],
    [{ title: "春" }, /春.*not among the/],
    ["leaf", /labels must be an object .*got "leaf"/],
    [["leaf"], /labels must be an object .*got an array of 1/],
    [new Map([["kind", "leaf"]]), /labels must be an object .*got a value of type Map/],
    [null, /labels must be an object .*got null/],
  ];

  test.each(cases)("%j", async (labels, message) => {
    await refusedLater(model.fit(bad(labels), { steps: 9 }).then(), InvalidInputError, message);
    await refused(() => model.score(bad(labels)), InvalidInputError, message);
    await refused(() => model.generate({ labels: labels as never }), InvalidInputError, message);
    expect(model.fingerprint()).toBe(before);
    expect(model.record.steps).toBe(2);
  });

  test("in a long list, the document is named", async () => {
    const list = [...labelled, { text: "rose", labels: { kind: "tree" } }];
    await refused(
      () => model.score(list),
      InvalidInputError,
      `documents[${labelled.length}].labels.kind`,
    );
  });

  test("at most ten values are named", async () => {
    const values = Array.from({ length: 24 }, (_, i) => ({
      text: "ab",
      labels: { by: `v${i >> 1}` },
    }));
    const many = await make(values);
    await many.fit(values, { steps: 1 });
    const labels = { by: "something else" };
    await refused(
      () => many.generate({ labels }),
      InvalidInputError,
      /it knows v0, .*v9 and 2 more$/,
    );
  });

  test("labels of a model that knows none", async () => {
    for (const corpus of [text, names]) {
      const plain = await make(corpus);
      await plain.fit(corpus, { steps: 1 });
      const none = /labels: this model knows no labels/;
      await refused(() => plain.generate({ labels: { kind: "leaf" } }), InvalidInputError, none);
    }
    const plain = await make(names);
    await refusedLater(
      plain.fit(labelled).then(),
      InvalidInputError,
      /documents\[0\]\.labels: this model knows no/,
    );
    expect(plain.score([{ text: "rose", labels: {} }])).toEqual(plain.score(["rose"]));
    await refusedLater(
      plain.fit(names, { labelDropout: 0.2 }).then(),
      InvalidInputError,
      "labelDropout is for documents with labels",
    );
  });

  test.each<readonly [LanguageModelOptions, RegExp]>([
    [{ corpus: text, labels: { kind: "text" } }, /labels\.kind: nothing in the corpus has/],
    [{ corpus: labelled, labels: { autor: "text" } }, /labels\.autor: nothing in the corpus has/],
    [
      { corpus: labelled, labels: { kind: "class" as never } },
      /labels\.kind must be one of category, text/,
    ],
    [{ corpus: labelled, labels: "kind" as never }, /labels must be an object/],
    ...["a b", "a=b", "a:b", "a,b", ""].map(
      (name) =>
        [
          { corpus: [{ text: "a", labels: { [name]: "x" } }] },
          new RegExp(`name of a label must have.*"${name}"`),
        ] as const,
    ),
    [
      { corpus: [{ text: "a", labels: new Map([["kind", "leaf"]]) as never }] },
      /corpus\[0\]\.labels must be an object .*got a value of type Map/,
    ],
    [{ corpus: [{ text: "a", labels: { kind: "" } }] }, /corpus\[0\]\.labels\.kind is empty/],
    [
      { corpus: [{ text: "a", label: "x" } as never] },
      /corpus\[0\] does not know the option label/,
    ],
    [
      { corpus: [{ labels: { a: "x" } } as never] },
      /corpus\[0\]\.text must be a string, got undefined/,
    ],
    [{ corpus: [{ text: "a", labels: { a: "\ud800" } }] }, /corpus\[0\]\.labels\.a/],
    [
      { corpus: labelled, tokenizer: createTokenizer("byte", "") },
      /needs the special tokens <start>, <end>, <label 0>/,
    ],
  ])("a new model, case %#", async (options, message) => {
    await refusedLater(make(options.corpus, options), InvalidInputError, message);
  });

  test("labels that leave no room for a text", async () => {
    const corpus = [{ text: "ab", labels: { title: "a".repeat(30) } }];
    const small = await LanguageModel.create({ runtime, ...networks.transformer, corpus });
    const message = /documents\[0\] has labels of 31 tokens.*larger context/;
    await refusedLater(small.fit(corpus, { steps: 1 }).then(), InvalidInputError, message);
    await refused(() => small.score(corpus), InvalidInputError, message);
  });
});

describe("files", async () => {
  const model = await make(labelled);
  await model.fit(labelled, { steps: 2 });
  const { tensors, metadata } = readSafetensors(model.save());
  const described = JSON.parse(metadata.get("simdream")!);
  const withLabels = (labels: unknown) => {
    const json = { ...described, assets: { ...described.assets, labels } };
    return writeSafetensors(
      tensors.values(),
      new Map([["simdream", JSON.stringify(json)]]) as never,
    );
  };

  test("have the fields", async () => {
    expect(described.assets.labels).toEqual(model.labels);
    const again = await LanguageModel.load(withLabels(described.assets.labels), { runtime });
    expect(again.labels).toEqual(model.labels);
    expect((await model.quantize()).labels).toEqual(model.labels);
  });

  test("of plain documents are as they were", async () => {
    const plain = await make(names);
    const json = JSON.parse(readSafetensors(plain.save()).metadata.get("simdream")!);
    expect(Object.keys(json.assets)).toEqual(["tokenizer"]);
    expect(plain.labels).toEqual([]);
  });

  const field = { name: "title", kind: "text" };
  test.each([
    ["no list", { title: "text" }],
    ["nothing", []],
    ["a number", [5]],
    ["names twice", [field, field]],
    ["another kind", [{ name: "title", kind: "number" }]],
    ["no values", [{ name: "kind", kind: "category" }]],
    ["values twice", [{ name: "kind", kind: "category", values: ["a", "a"] }]],
    ["numbers", [{ name: "kind", kind: "category", values: [1] }]],
    [
      "more than there are tokens",
      [{ name: "kind", kind: "category", values: ["a", "b", "c", "d", "e"] }],
    ],
  ])("with damaged labels: %s", async (_, labels) => {
    await refusedLater(
      LanguageModel.load(withLabels(labels), { runtime }),
      ModelFileError,
      /label/,
    );
  });
});
