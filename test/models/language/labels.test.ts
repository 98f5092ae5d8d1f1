// Documents with labels: what a model makes of them, and what it refuses.

import { describe, expect, it } from "vitest";
import { documentBatches, targetsIn } from "../../../src/data/documents.js";
import {
  type LabelledDocument,
  LanguageModel,
  type LanguageModelOptions,
} from "../../../src/entries/node.js";
import { Key } from "../../../src/host/key.js";
import { load } from "../../../src/host/module.js";
import { LabelTokens } from "../../../src/text/labels.js";

/** Words of one letter by class, with a title that is the first two letters and recurs nowhere. */
const poems: LabelledDocument[] = Array.from({ length: 40 }, (_, i) => {
  const letter = "ab"[i % 2];
  const title = `${letter}${String.fromCodePoint(0x4e00 + i)}`;
  return {
    text: `${letter.repeat(4)}。`,
    labels: { class: letter === "a" ? "first" : "second", title },
  };
});

const small = { hidden: 16, seed: 3 } as const;
const networks: [string, LanguageModelOptions][] = [
  ["lstm", { ...small, embed: 8 }],
  ["transformer", { ...small, network: "transformer", layers: 1, heads: 2 }],
];
const run = { steps: 150, batch: 8, lr: 1e-2, labelDropout: 0.3 } as const;

async function trained(options: LanguageModelOptions) {
  const model = await LanguageModel.create({ ...options, corpus: poems });
  await model.fit(poems, run);
  return model;
}

describe.each(networks)("%s", (_, options) => {
  it("finds out what is a category and what a text", async () => {
    const model = await LanguageModel.create({ ...options, corpus: poems });
    expect(model.config.labels).toEqual([
      { name: "class", values: ["first", "second"] },
      { name: "title" },
    ]);
    const other = await LanguageModel.create({
      ...options,
      corpus: poems,
      labels: { class: "text" },
    });
    expect(other.config.labels).toEqual([{ name: "class" }, { name: "title" }]);
  });

  it("writes what its labels say, and knows texts without", async () => {
    const model = await trained(options);
    const texts = (labels?: Record<string, string>) =>
      model
        .generate({ ...(labels ? { labels } : {}), samples: 20, temperature: 0.8, maxTokens: 20 })
        .samples.map(({ text }) => text[0]);
    expect(texts({ class: "first" }).filter((letter) => letter === "a").length).toBeGreaterThan(17);
    expect(texts({ class: "second" }).filter((letter) => letter === "b").length).toBeGreaterThan(
      17,
    );
    expect(
      texts({ title: poems[3].labels!.title }).filter((letter) => letter === "b").length,
    ).toBeGreaterThan(17);
    for (const letter of ["a", "b"]) expect(texts()).toContain(letter);
    // The likelihood is the text's, given its labels.
    const right = model.score([poems[0]]);
    const wrong = model.score([{ ...poems[0], labels: { class: "second" } }]);
    expect(right.tokens).toBe(6);
    expect(wrong.nats).toBeGreaterThan(right.nats + 1);
  });

  it("is the same after a file, and resumes to the bit", async () => {
    const whole = await trained(options);
    const model = await LanguageModel.create({ ...options, corpus: poems });
    for await (const { step } of model.fit(poems, run)) if (step === 70) break;
    const loaded = await LanguageModel.load(model.save({ training: true }));
    expect(loaded.config).toEqual(model.config);
    await loaded.fit(poems, run);
    expect(loaded.fingerprint()).toBe(whole.fingerprint());
    const ask = { labels: { class: "first" }, samples: 3, seed: 5 };
    expect(loaded.generate(ask)).toEqual(whole.generate(ask));
    expect(loaded.quantize().generate(ask).samples).toHaveLength(3);
  });

  it("refuses what was never seen, and changes nothing", async () => {
    const model = await trained(options);
    const before = model.fingerprint();
    const ask = (labels: unknown) => () => model.generate({ labels } as never);
    expect(ask({ class: "firs" })).toThrow(
      'labels.class: the model has never seen "firs" (it knows first, second); did you mean "first"?',
    );
    expect(ask({ titles: "a" })).toThrow(
      'labels: the model has no field "titles" (it knows class, title); did you mean "title"?',
    );
    expect(ask({ title: "x" })).toThrow('"x"');
    expect(ask({ class: 3 })).toThrow("labels.class");
    expect(ask("first")).toThrow("labels must be an object of strings");
    const wrong = [...poems, { text: "a", labels: { class: "third" } }];
    expect(() => model.fit(wrong, run)).not.toThrow();
    await expect(model.fit(wrong, run)).rejects.toThrow(
      'documents[40].labels.class: the model has never seen "third"',
    );
    expect(() => model.score(wrong)).toThrow("documents[40].labels.class");
    expect(model.fingerprint()).toBe(before);
  });
});

it("says where a corpus is wrong", async () => {
  const create = (corpus: unknown, labels?: unknown) =>
    LanguageModel.create({ ...small, corpus, labels } as LanguageModelOptions);
  const one = { text: "a" };
  await expect(create([one, 5])).rejects.toThrow(
    "corpus[1] must be a string or { text, labels }, got 5",
  );
  await expect(create([{ txt: "a" }])).rejects.toThrow("txt");
  await expect(create([{ text: 1 }])).rejects.toThrow("corpus[0].text");
  await expect(create([{ ...one, labels: { x: 1 } }])).rejects.toThrow("corpus[0].labels.x");
  await expect(create([one], { title: "text" })).rejects.toThrow('no document has "title"');
  await expect(create([one], { title: "word" })).rejects.toThrow("labels.title");
  await expect(create("abc", { title: "text" })).rejects.toThrow(
    "labels are for a corpus of documents",
  );
});

it("refuses labels where a model knows none", async () => {
  const model = await LanguageModel.create({ ...small, corpus: ["ab", "ba", "。"] });
  await expect(model.fit(poems, { steps: 1 })).rejects.toThrow("this model knows none");
  await expect(model.fit(["ab"], run)).rejects.toThrow("labelDropout");
  await model.fit(["ab"], { steps: 1 });
  expect(() => model.generate({ labels: { title: "a" } })).toThrow("this model knows none");
  expect(model.config.labels).toBeUndefined();
});

it("leaves labels out of documents by a key of document and epoch, and predicts texts only", async () => {
  const machine = (await load()).machine();
  const model = await LanguageModel.create({ ...small, corpus: poems });
  const labels = new LabelTokens(model.tokenizer, model.config.labels!);
  const parts = poems.map(({ text, labels: own }) =>
    Int32Array.from([...labels.encode(own), ...model.tokenizer.encode(text)]),
  );
  expect(targetsIn(parts, labels.text)).toBe(40 * 6);
  const key = Key.fromSeed(machine, 1);
  const batches = documentBatches(parts, {
    ...{ batch: 40, start: 1000, end: 1001, text: labels.text, key },
    vary: (document, own) => labels.without(document, (field) => own.uniform(1, field)[0] < 0.5),
  });
  const [first, again, next] = [0, 0, 1].map((step) => batches.batch(step));
  expect(again).toEqual(first);
  expect(next.inputs).not.toEqual(first.inputs);
  expect(first.tokens).toBe(40 * 6);
  expect(first.targets.filter((target) => target >= 0)).toHaveLength(40 * 6);
  // Every row has the end of its labels, whatever it lost.
  expect(first.inputs.filter((id) => id === labels.text)).toHaveLength(40);
  const classes = first.inputs.filter((id) => labels.all.slice(1, 3).includes(id)).length;
  expect(classes).toBeGreaterThan(10);
  expect(classes).toBeLessThan(30);
});
