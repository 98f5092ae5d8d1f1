import { describe, expect, test } from "vitest";
import {
  checkFairnessSpec,
  compareVariants,
  correlation,
  counterfactualItems,
  logProbability,
} from "../../src/entries/fairness.js";
import { LanguageModel } from "../../src/entries/node.js";
import { InvalidInputError } from "../../src/host/errors.js";

const texts = ["she reads", "he reads", "she ran", "he ran far", "he ran"];

async function trained(corpus: string | string[]) {
  const model = await LanguageModel.create({
    corpus,
    network: { kind: "transformer", hidden: 16, layers: 1, heads: 2, context: 32 },
    seed: 3,
  });
  await model.fit(corpus, {
    steps: 20,
    batch: 4,
    lr: 1e-2,
    ...(typeof corpus === "string" ? { seqLen: 8 } : {}),
  });
  return model;
}

/** log p, token by token, from what `generate` says of each next token. */
function alone(
  { tokenizer, ...model }: Pick<LanguageModel, "tokenizer"> & { next: Next },
  text: string,
): number {
  const tokens = [...tokenizer.encode(text)];
  return tokens.reduce((sum, token, i) => {
    const [{ logprobs = [] }] = model.next(tokenizer.decode(tokens.slice(0, i))).samples;
    const all = [logprobs[0], ...(logprobs[0].top ?? [])];
    return sum + all.find((one) => one.token === token)!.logprob;
  }, 0);
}

type Next = (read: string) => ReturnType<LanguageModel["generate"]>;

describe("compareVariants", () => {
  test("is the sum of the tokens' log-probabilities", async () => {
    const text = `${texts.join("\n")}\n`.repeat(8);
    const model = await trained(text);
    const next: Next = (read) =>
      model.generate({ prompt: `\n${read}`, maxTokens: 1, logprobs: model.tokenizer.size });
    const items = [
      { texts: { she: "she ran", he: "he ran" } },
      { texts: { she: "she reads", he: "he reads" } },
    ];
    const { logProbabilities, pairs, unknown } = await compareVariants(model, items);
    for (const [i, item] of items.entries()) {
      for (const [variant, one] of Object.entries(item.texts)) {
        expect(logProbabilities[i][variant]).toBeCloseTo(
          alone({ tokenizer: model.tokenizer, next }, one),
          4,
        );
      }
    }
    const apart = logProbabilities.map(({ she, he }) => she - he);
    expect(pairs).toHaveLength(1);
    expect(pairs[0].mean).toBeCloseTo((apart[0] + apart[1]) / 2, 10);
    expect(pairs[0].likelier.count).toBe(apart.filter((one) => one > 0).length);
    expect(unknown).toBe(0);
  });

  test("of documents, from their start to their end", async () => {
    const model = await trained(texts);
    const { nats, tokens } = model.score(["she ran"]);
    const found = await logProbability(model, "she ran");
    expect(found.logProbability).toBe(-nats * tokens);
    expect(tokens).toBe("she ran".length + 1);
    expect((await logProbability(model, "she ran?")).unknown).toBe(1);
  });

  test("figures of kinds, and equal ones", async () => {
    const scores: Record<string, number> = { a: -1, b: -3, c: -3 };
    const model = {
      config: { documents: true },
      score: ([text]: string | readonly string[]) => ({ nats: -scores[text], tokens: 1 }),
    };
    const items = [
      { texts: { more: "a", less: "b" }, kind: "x" },
      { texts: { more: "b", less: "c" }, kind: "y" },
      { texts: { more: "b", less: "a" }, kind: "y" },
    ];
    const { pairs, kinds } = await compareVariants(model, items);
    expect(pairs[0]).toMatchObject({ a: "more", b: "less", equal: 1, mean: 0, gap: 4 / 3 });
    expect(pairs[0].likelier).toMatchObject({ count: 1, trials: 3 });
    expect(kinds.map(({ kind, pairs }) => [kind, pairs[0].likelier.count])).toEqual([
      ["x", 1],
      ["y", 0],
    ]);
  });

  test("refuses what gives no probability of a text", async () => {
    const items = [{ texts: { a: "x", b: "y" } }];
    await expect(compareVariants({} as never, items)).rejects.toThrow(
      "texts are measured by a LanguageModel",
    );
    await expect(compareVariants({} as never, [])).rejects.toThrow(
      "items must be a list of at least one",
    );
  });
});

test("counterfactual items stand in the order of the groups", () => {
  const words = { f: ["she"], m: ["he"] };
  expect(counterfactualItems(["he ran", "rain", "she ran"], words)).toEqual([
    { texts: { f: "she ran", m: "he ran" }, kind: "m" },
    { texts: { f: "she ran", m: "he ran" }, kind: "f" },
  ]);
  expect(() => counterfactualItems(["rain"], words)).toThrow(
    "none of 1 texts speaks of one of the groups f, m alone",
  );
});

test("correlation", () => {
  expect(correlation([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
  expect(correlation([1, 2, 3], [1, 0, 1])).toBeCloseTo(0, 12);
  expect(correlation([1, 1], [1, 2])).toBeNaN();
});

describe("checkFairnessSpec", () => {
  const attributes = {
    gender: { words: { f: ["she"], m: ["he"] } },
    hair: { label: "hair" },
    glasses: { classifier: "j.safetensors", label: "glasses" },
    sex: { lists: { f: "f.txt", m: ["Bob"] } },
  };

  test("takes what is documented", () => {
    const spec = {
      attributes,
      ...{ samples: 100, seed: 1, confidence: 0.9, maxTokens: 20, temperature: 0.8, prefix: " " },
      audits: [
        { audit: "distribution", attribute: "glasses", by: "hair", against: "data" },
        { audit: "distribution", attribute: "sex", against: { f: 1, m: 1 }, prompts: ["A"] },
        { audit: "substitution", by: "gender", texts: "texts.txt" },
        { audit: "pairs", pairs: "pairs.csv", kind: "bias_type" },
        { audit: "pairs", pairs: [["a", "b"]] },
        {
          audit: "templates",
          templates: ["$P left."],
          variants: { f: { P: "she" }, m: { P: "he" } },
        },
        { audit: "quality", attribute: "glasses", by: "hair" },
      ],
    };
    expect(checkFairnessSpec(spec)).toBe(spec);
  });

  const audit = (one: object) => ({ attributes, audits: [one] });
  test.each([
    [[], "the specification must be an object, got an array of 0"],
    [{}, "audits must be a list of at least one, got undefined"],
    [
      { audits: [], sampels: 1 },
      "the specification does not know the option sampels; did you mean samples?",
    ],
    [
      { attributes: { a: {} }, audits: [] },
      "attributes.a must have one of label, words, patterns and lists, or classifier with label, got nothing",
    ],
    [
      { attributes: { a: { lists: {}, words: {} } }, audits: [] },
      "attributes.a must have one of label, words, patterns and lists, or classifier with label, got lists, words",
    ],
    [
      audit({ audit: "bias" }),
      'audits[0].audit must be one of distribution, substitution, pairs, templates, quality, got "bias"',
    ],
    [audit({ audit: "distribution" }), "audits[0] (distribution) needs attribute"],
    [
      audit({ audit: "distribution", attribute: "hat" }),
      'audits[0].attribute must be one of the attributes (gender, hair, glasses, sex), got "hat"',
    ],
    [
      audit({ audit: "substitution", by: "hair", texts: ["a"] }),
      'audits[0].by must be an attribute with words, which can be substituted, got "hair"',
    ],
    [
      audit({ audit: "substitution", by: "gender" }),
      "audits[0] needs texts to measure, or prompts to continue",
    ],
    [
      audit({ audit: "pairs", pairs: [["a"]] }),
      "audits[0].pairs must be a file, or a list of [more, less] texts, got an array of 1",
    ],
    [
      audit({ audit: "quality", samples: 0 }),
      "audits[0].samples must be a whole number of at least 1, got 0",
    ],
  ])("refuses %j", (spec, message) => {
    expect(() => checkFairnessSpec(spec)).toThrow(new InvalidInputError(message));
  });
});
