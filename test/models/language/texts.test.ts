// How a language model reads texts: in one form, and with characters that it has never seen.

import { describe, expect, it } from "vitest";
import { createTokenizer, LanguageModel, tokenizerFromJSON } from "../../../src/entries/index.js";
import { names, runtime, text, tiny, train } from "../help.js";

const model = await LanguageModel.create({ runtime, ...tiny, corpus: text });
await train(model, text, { steps: 5, batch: 2, seqLen: 8 });
const documents = await LanguageModel.create({ runtime, ...tiny, corpus: names });
await train(documents, names, { steps: 5, batch: 2 });

describe("characters that the model does not know", () => {
  const odd = "the 狐cat sat\u{1f600} on";
  const known = "the cat sat on";

  it("are refused, or skipped where that is asked for", () => {
    const options = { maxTokens: 12, seed: 3, logprobs: 2 };
    expect(() => model.generate({ ...options, prompt: odd })).toThrow('"狐" (U+72D0)');
    expect(() => model.generate({ ...options, prompt: odd, unknown: "error" })).toThrow("U+72D0");
    const skipped = model.generate({ ...options, prompt: odd, unknown: "skip" });
    expect(skipped).toEqual(model.generate({ ...options, prompt: known }));
    expect(() => model.generate({ unknown: "some" as "skip" })).toThrow(
      'unknown must be one of error, skip, got "some"',
    );
  });

  it("are left out of a score and counted", () => {
    expect(() => model.score(odd)).toThrow("U+72D0");
    expect(model.score(odd, { unknown: "skip" })).toEqual({ ...model.score(known), unknown: 2 });
    expect(model.score(known, { unknown: "skip" })).toEqual(model.score(known));
    const score = documents.score([`${names[0]}狐`, names[1]], { unknown: "skip" });
    expect(score).toEqual({ ...documents.score(names.slice(0, 2)), unknown: 1 });
    expect(() => model.score(known, { unknown: true as never })).toThrow("unknown must be one of");
  });

  it("come with a hint where another normal form is known", () => {
    const composed = createTokenizer("char", "café 가각 fi");
    const decomposed = createTokenizer("char", "cafe\u0301");
    expect(() => composed.encode("cafe\u0301")).toThrow('known (text.normalize("NFC"))');
    expect(() => composed.encode("가각".normalize("NFD"))).toThrow('("NFC")');
    expect(() => composed.encode("ﬁ")).toThrow('("NFKC")');
    expect(() => decomposed.encode("café")).toThrow('("NFD")');
    expect(() => composed.encode("x")).not.toThrow("normal");
  });
});

describe("texts in one form", () => {
  const corpus = `${"café ﬁn Été. ".repeat(30)}`;
  const nfd = corpus.normalize("NFD");

  it("are the same however they were typed, data and prompts", async () => {
    const make = async (data: string) => {
      const made = await LanguageModel.create({
        runtime,
        ...tiny,
        corpus: data,
        clean: { normalize: "NFKC", lowercase: true },
      });
      await train(made, data, { steps: 6, batch: 2, seqLen: 8 });
      return made;
    };
    const [one, two] = [await make(corpus), await make(nfd)];
    expect(two.fingerprint()).toBe(one.fingerprint());
    expect(one.tokenizer.size).toBe(new Set("café fin été. ").size);
    const loaded = await LanguageModel.load(one.save(), { runtime });
    expect(loaded.tokenizer.toJSON()).toEqual(one.tokenizer.toJSON());
    const options = { maxTokens: 20, seed: 1 };
    const expected = one.generate({ ...options, prompt: "café" });
    for (const prompt of ["cafe\u0301", "CAFÉ", "ｃａｆé"]) {
      expect(loaded.generate({ ...options, prompt })).toEqual(expected);
    }
    expect(loaded.score(nfd).nats).toBe(one.score(corpus).nats);
  });

  it("stay as they are without the option", () => {
    expect(createTokenizer("char", nfd).decode(createTokenizer("char", nfd).encode(nfd))).toBe(nfd);
    expect(createTokenizer("char", "a").toJSON()).not.toHaveProperty("clean");
  });

  it.each(["char", "byte", "bpe"] as const)("are what a %s tokenizer reads back", (kind) => {
    const clean = { normalize: "NFC", foldWidth: true } as const;
    const tokenizer = createTokenizer(kind, nfd, { clean, specials: ["<end>"] });
    expect(tokenizer.decode(tokenizer.encode(nfd))).toBe(nfd.normalize("NFC"));
    const copy = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(copy.encode(nfd)).toEqual(tokenizer.encode(nfd));
    expect(copy.special("<end>")).toBe(tokenizer.special("<end>"));
    expect(() => tokenizer.encode("\ud83d")).toThrow("half a character");
  });

  it("need options that make sense", async () => {
    const made = (clean: object) => () => createTokenizer("char", "a", { clean });
    expect(made({ lowercase: "source" })).toThrow("only pairs have sides");
    expect(made({ normalize: "NFX" })).toThrow("normalize must be one of NFC, NFKC, none");
    expect(made({ case: true })).toThrow("does not know the option case");
    const json = { kind: "char", characters: "a", specials: [], clean: { normalize: 1 } };
    expect(() => tokenizerFromJSON(json)).toThrow("the tokenizer in the model file is damaged");
    const tokenizer = createTokenizer("char", "ab");
    await expect(LanguageModel.create({ runtime, tokenizer, clean: {} })).rejects.toThrow(
      "clean is for a new tokenizer",
    );
  });
});
