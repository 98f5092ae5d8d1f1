import { describe, expect, test } from "vitest";
import {
  type AnswerOptions,
  createTokenizer,
  InvalidInputError,
  learnTokenizer,
  type Pair,
  Seq2Seq,
  type Seq2SeqOptions,
} from "../../../src/entries/index.js";
import { refused, runtime } from "../help.js";
import { answer, create, enough, few, long, pairs, train } from "../pairs-help.js";

test.each<[string, Partial<Seq2SeqOptions>]>([
  ["byte", { tokenizer: "byte" }],
  ["bpe, shared", { tokenizer: "bpe", vocab: 260, shared: true }],
  ["char to byte", { tokenizer: { source: "char", target: "byte" } }],
])("tokenizers: %s", async (_, options) => {
  const some: Pair[] = [
    { source: "早上好", target: "good morning" },
    { source: "晚上好", target: "guten Abend 🌙" },
  ];
  const model = await create({ ...enough, corpus: some, ...options });
  await train(model, some, long);
  const loaded = await Seq2Seq.load(model.save(), { runtime });
  for (const { source, target } of some) expect(answer(loaded, source)).toBe(target);
  const asked: AnswerOptions = { source: "早上好", beams: 3 };
  expect(loaded.generate(asked).text).toBe("good morning");
});

describe("tokenizers made before", () => {
  const specials = ["<start>", "<end>", "<mask>"];
  const texts = (side: "source" | "target") => pairs.map((pair) => pair[side]);

  test("are the model's own, as if it had made them", async () => {
    const merges: number[] = [];
    const onProgress = (progress: { merges: number }) => void merges.push(progress.merges);
    const learn = (some: readonly string[]) =>
      learnTokenizer("bpe", some, { vocab: 262, specials, onProgress });
    const target = await learn(texts("target"));
    const made = await create({ tokenizer: { source: "char", target } });
    const own = await create({ tokenizer: { source: "char", target: "bpe" }, vocab: 262 });
    expect(made.save()).toEqual(own.save());
    const both = await learn([...texts("source"), ...texts("target")]);
    const shared = await create({ tokenizer: { source: both, target: both }, shared: true });
    const alike = await create({ tokenizer: "bpe", vocab: 262, shared: true });
    expect(shared.save()).toEqual(alike.save());
  });

  test("must be tokenizers with what pairs need", async () => {
    const make = (target: unknown) => create({ tokenizer: { source: "char", target } as never });
    await refused(() => make(createTokenizer("char", "ab")), InvalidInputError, "lacks <start>");
    const some = createTokenizer("char", "ab", { specials: specials.slice(0, 2) });
    await refused(
      () => make(some),
      InvalidInputError,
      "lacks <mask>, which pairs need: make it with",
    );
    await refused(() => make({}), InvalidInputError, "must be a kind or a tokenizer");
    await refused(() => make(null), InvalidInputError, "must be a kind or a tokenizer");
    await refused(
      () => make("words"),
      InvalidInputError,
      "tokenizer must be one of char, byte, bpe",
    );
    const shared = { shared: true, tokenizer: { source: "char" as const, target: some } };
    await refused(
      () => create(shared),
      InvalidInputError,
      "shared needs one tokenizer for both sides",
    );
  });
});

describe("characters that a model does not know", async () => {
  const model = await create();
  await train(model, pairs, few);
  const strange = pairs.map(({ source, target }, i) =>
    i < 3 ? { source: `${source}狐`, target: `@${target}` } : { source, target },
  );

  test("are refused, or left out of what is scored and counted", () => {
    expect(() => model.score(strange)).toThrow(/pairs\[0\].source: the text has "狐"/);
    const skipped = model.score(strange, { unknown: "skip" });
    expect(skipped).toEqual({ ...model.score(pairs), unknown: 6 });
    expect(model.score(pairs, { unknown: "skip" })).toEqual(model.score(pairs));
    const unread = [...strange, { source: "狐狐", target: "a" }];
    expect(model.score(unread, { unknown: "skip" })).toEqual({ ...skipped, unknown: 8, unread: 1 });
    expect(() => model.score(unread.slice(-1), { unknown: "skip" })).toThrow(/no source has/);
    expect(() => model.score(pairs, { unknown: "no" as "skip" })).toThrow(/unknown must be one of/);
  });
});

test("what a report brings is the reader's own", async () => {
  const fit = { ...few, val: 0.3, evalEvery: 1 };
  const [kept, changed] = [await create(), await create()];
  const measures = (await train(kept, pairs, fit)).map((report) => report.measures);
  const seen: unknown[] = [];
  for await (const report of changed.fit(pairs, fit)) {
    for (const pair of report.heldOut ?? []) Object.assign(pair, { source: "狐", target: "" });
    seen.push(report.measures);
  }
  expect(seen).toEqual(measures);
});

describe("texts in one form", () => {
  const clean = { lowercase: true, foldWidth: true } as const;
  const shouted = pairs.map(({ source, target }) => ({ source: source.toUpperCase(), target }));

  test("are read as such by every verb, and after a file", async () => {
    const [loud, plain] = [create({ corpus: shouted, clean }), create({})];
    await train(await loud, shouted, few);
    await train(await plain, pairs, few);
    expect((await loud).fingerprint()).toBe((await plain).fingerprint());
    const [{ source, target }] = pairs;
    const again = await Seq2Seq.load((await loud).save(), { runtime });
    expect(again.config.clean).toEqual(clean);
    expect(again.encode(source.toUpperCase())).toEqual((await plain).encode(source));
    expect(again.score(shouted)).toEqual((await plain).score(pairs));
    const options = { greedy: true, maxTokens: target.length } as const;
    expect(again.generate({ source: source.toUpperCase(), ...options })).toEqual(
      (await plain).generate({ source, ...options }),
    );
  });

  test("so are texts that are looked for in answers", async () => {
    const model = await create({ ...enough, corpus: shouted, clean });
    await train(model, shouted, long);
    const [{ source, target }] = shouted;
    const end = target.at(-1)!;
    const asked = { source, greedy: true } as const;
    const plain = model.generate({ ...asked, stop: end });
    expect(plain.samples[0].finish).toBe("stop");
    for (const other of [end.toUpperCase(), String.fromCodePoint(end.codePointAt(0)! + 0xfee0)]) {
      expect(model.generate({ ...asked, stop: [other] })).toEqual(plain);
      expect(model.generate({ ...asked, banned: [other] }).text).not.toContain(end);
      const bias = { [other]: -Infinity };
      expect(model.generate({ ...asked, logitBias: bias }).text).not.toContain(end);
    }
  });

  test("must be described by options that exist", async () => {
    await expect(create({ clean: { normalize: "NFX" as "NFC" } })).rejects.toThrow(
      /normalize must be one of/,
    );
    await expect(create({ clean: { upper: true } as object })).rejects.toThrow(
      /does not know the option/,
    );
  });
});
