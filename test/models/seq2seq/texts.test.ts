import { describe, expect, test } from "vitest";
import {
  type AnswerOptions,
  type Pair,
  Seq2Seq,
  type Seq2SeqOptions,
} from "../../../src/entries/index.js";
import { runtime } from "../help.js";
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

  test("must be described by options that exist", async () => {
    await expect(create({ clean: { normalize: "NFX" as "NFC" } })).rejects.toThrow(
      /normalize must be one of/,
    );
    await expect(create({ clean: { upper: true } as object })).rejects.toThrow(
      /does not know the option/,
    );
  });
});
