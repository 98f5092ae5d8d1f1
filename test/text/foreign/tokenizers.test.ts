// Tokenizers of Hugging Face: ids and texts are those of its own programs, whatever the settings.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "../../../src/entries/index.js";
import { InvalidInputError } from "../../../src/host/errors.js";
import { readTokenizer } from "../../../src/text/create.js";
import { foreignTokenizer } from "../../../src/text/foreign/files.js";
import type { HuggingFaceJSON } from "../../../src/text/foreign/json.js";
import { HuggingFaceTokenizer } from "../../../src/text/foreign/tokenizer.js";
import { tokenizerJSON } from "../../../src/text/foreign/tokenizer-json.js";
import { TokenStream } from "../../../src/text/stream.js";

interface Fixture {
  tokenizer: { added_tokens: { content: string; id: number }[]; model: Record<string, unknown> };
  plain: number[][];
  special: Record<number, number[]>;
  decoded: Record<number, string | null>;
}
const fixtures: {
  texts: string[];
  tokenizers: Record<string, Fixture>;
  sentencepiece: { model: string; plain: (number[] | null)[] };
} = JSON.parse(readFileSync(new URL("fixtures.json", import.meta.url), "utf8"));
const { texts } = fixtures;
const rows = Object.entries(fixtures.tokenizers);

const read = (file: object) => foreignTokenizer({ tokenizerJSON: JSON.stringify(file) });
const fixture = (name: string) => fixtures.tokenizers[name];
const ids = (tokens: Int32Array) => Array.from(tokens);

describe.each(rows)("%s", (_, { tokenizer: file, plain, special, decoded }) => {
  const tokenizer = read(file);

  it("gives the ids of Hugging Face's, with and without special tokens", () => {
    for (const [i, text] of texts.entries()) {
      expect(ids(tokenizer.encode(text)), JSON.stringify(text)).toEqual(plain[i]);
      expect(ids(tokenizer.encodeSpecial(text)), JSON.stringify(text)).toEqual(
        special[i] ?? plain[i],
      );
    }
  });

  it("gives the text back", () => {
    for (const [i, text] of texts.entries()) {
      const wanted = i in decoded ? decoded[i] : text;
      if (wanted !== null) expect(tokenizer.decode(plain[i])).toBe(wanted);
    }
  });

  it("is the same after a model file, and after a tokenizer.json", async () => {
    const stored = await readTokenizer(JSON.parse(JSON.stringify(tokenizer)));
    const again = read(tokenizerJSON(tokenizer.toJSON()));
    expect(stored.toJSON()).toEqual(tokenizer.toJSON());
    expect(again.toJSON()).toEqual({
      ...tokenizer.toJSON(),
      added_tokens: again.toJSON().added_tokens,
    });
    for (const [i, text] of texts.slice(0, 20).entries()) {
      expect(ids(stored.encode(text))).toEqual(plain[i]);
      expect(ids(again.encodeSpecial(text))).toEqual(special[i] ?? plain[i]);
    }
  });

  it("streams the text, with the space that stands before the first word", () => {
    for (const [i] of texts.entries()) {
      const stream = new TokenStream(tokenizer);
      const streamed = plain[i].map((token) => stream.push(token)).join("") + stream.end();
      expect([streamed, streamed.replace(/^ /, "")]).toContain(tokenizer.decode(plain[i]));
    }
  });
});

it("reads SentencePiece's own file", () => {
  const { model, plain } = fixtures.sentencepiece;
  const tokenizer = foreignTokenizer({ sentencepiece: Buffer.from(model, "base64") });
  expect([tokenizer.bos, tokenizer.eos, tokenizer.addsBos]).toEqual([1, [2], true]);
  const again = read(tokenizerJSON(tokenizer.toJSON()));
  for (const [i, text] of texts.entries()) {
    if (plain[i] === null) continue;
    expect(ids(tokenizer.encode(text)), JSON.stringify(text)).toEqual(plain[i]);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(ids(again.encode(text)).length).toBe(plain[i].length);
  }
});

it("reads vocab.json with merges.txt", () => {
  const { tokenizer: file, plain } = fixture("gpt2");
  const { vocab, merges } = file.model as { vocab: object; merges: [string, string][] };
  const tokenizer = foreignTokenizer({
    vocab: JSON.stringify(vocab),
    merges: `#version: 0.2\n${merges.map((pair) => pair.join(" ")).join("\n")}\n`,
    specialTokensMap: JSON.stringify({ bos_token: "<|end|>", eos_token: { content: "<|end|>" } }),
  });
  const end = Object.keys(vocab).length;
  expect([tokenizer.size, tokenizer.bos, tokenizer.eos]).toEqual([end + 1, end, [end]]);
  for (const [i, text] of texts.entries()) expect(ids(tokenizer.encode(text))).toEqual(plain[i]);
});

describe("special tokens", () => {
  const tokenizer = read(fixture("gpt2").tokenizer);
  const end = tokenizer.special("<|end|>")!;

  it("are never what a text spells", () => {
    expect(end).toBe(tokenizer.size - 1);
    expect(ids(tokenizer.encode("a<|end|>b"))).not.toContain(end);
    expect(ids(tokenizer.encodeSpecial("a<|end|>b"))).toEqual([
      ...tokenizer.encode("a"),
      end,
      ...tokenizer.encode("b"),
    ]);
    expect(tokenizer.decode([end, ...tokenizer.encode("b"), end])).toBe("b");
    expect(tokenizer.bytes(end)).toHaveLength(0);
    expect(tokenizer.whole(end)).toBe("");
  });

  it("are not what merges make, or what a vocabulary holds whole", () => {
    const json = read(fixture("llama3").tokenizer).toJSON();
    const the = json.tokens.indexOf("the");
    const hostile: HuggingFaceJSON = {
      ...json,
      added_tokens: [...json.added_tokens, { id: the, content: "the", special: true }],
    };
    const changed = new HuggingFaceTokenizer(hostile);
    expect(ids(new HuggingFaceTokenizer(json).encode("the"))).toEqual([the]);
    expect(ids(changed.encode("the"))).not.toContain(the);
    expect(ids(changed.encodeSpecial("the"))).toEqual([the]);
  });
});

it("a model may have more tokens than the vocabulary, and says what begins and ends a text", () => {
  const file = JSON.stringify(fixture("gpt2").tokenizer);
  const tokenizer = foreignTokenizer({ tokenizerJSON: file }, { size: 512, bos: 3, eos: [4, 5] });
  expect([tokenizer.size, tokenizer.bos, tokenizer.eos]).toEqual([512, 3, [4, 5]]);
  expect(tokenizer.decode([511])).toBe("");
  expect(() => tokenizer.decode([512])).toThrow(InvalidInputError);
  expect(() => foreignTokenizer({ tokenizerJSON: file }, { size: 8 })).toThrow(
    /it has 421 tokens, but the model has 8/,
  );
});

it("a character that is lacking is an error with its place, or left out", () => {
  const { tokenizer: file } = fixture("llama2");
  const tokenizer = read({ ...file, model: { ...file.model, byte_fallback: false } });
  const known = ids(tokenizer.encode("the end"));
  expect(() => tokenizer.encode("the\u0007end")).toThrow(
    'the vocabulary lacks "\\u0007" (U+0007) at line 1, column 4',
  );
  const skipped: string[] = [];
  expect(ids(tokenizer.encode("the\u{1f642} end", (lacking) => skipped.push(lacking)))).toEqual(
    known,
  );
  expect(skipped).toEqual(["\u{1f642}"]);
  expect(() => tokenizer.encode("\ud800")).toThrow(InvalidInputError);
});

it("texts that are one piece take time in proportion to their length", () => {
  const tokenizers = ["gpt2", "llama2", "o200k"].map((name) => read(fixture(name).tokenizer));
  const long = [
    "a".repeat(300_000),
    " ".repeat(300_000),
    "天".repeat(100_000),
    "A".repeat(300_000),
  ];
  const started = performance.now();
  for (const tokenizer of tokenizers) {
    for (const text of long) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  }
  // In proportion: some seconds on a slow machine. With its square it would be minutes.
  expect(performance.now() - started).toBeLessThan(40_000);
}, 120_000);

it("a model keeps it, and reads it again", async () => {
  const tokenizer = read(fixture("llama2").tokenizer);
  const model = await LanguageModel.create({
    corpus: "the quick brown fox",
    tokenizer,
    embed: 4,
    hidden: 4,
  });
  await model.fit("the quick brown fox the quick brown fox", { steps: 1, batch: 1, seqLen: 4 });
  const again = await LanguageModel.load(await model.save());
  expect(again.tokenizer).toBeInstanceOf(HuggingFaceTokenizer);
  expect(again.tokenizer.toJSON()).toEqual(tokenizer.toJSON());
  const options = { prompt: "the", maxTokens: 12, seed: 3 };
  expect((await again.generate(options)).text).toBe((await model.generate(options)).text);
});

describe("added tokens", () => {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const { tokenizer: file } = fixture("gpt2");
  const first = Object.keys(file.model.vocab as object).length + 1;
  const withTokens = (...added: object[]) =>
    read({
      ...file,
      added_tokens: file.added_tokens.concat(
        added.map((one, i) => ({ ...flags, special: true, id: first + i, ...one })) as never,
      ),
    });

  it("are single words where no letter, digit, mark or connector is beside them", () => {
    const tokenizer = withTokens({ content: "tool", single_word: true });
    const found = (text: string) => tokenizer.encodeSpecial(text).includes(first);
    // As tokenizers 0.23.2 finds them.
    for (const word of ["a", "é", "中", "1", "٣", "_", "‿", "Ⅷ", "Ⓐ", "\u0301", "\u200d", "𝒜"]) {
      expect([word, found(`${word}tool`), found(`tool${word}`)]).toEqual([word, false, false]);
    }
    for (const other of ["-", "²", "·", " ", "😀"]) {
      expect([other, found(`${other}tool`), found(`tool${other}`)]).toEqual([other, true, true]);
    }
  });

  it("are found in the spaces that the one before took", () => {
    const spaces = withTokens({ content: "  ", rstrip: true });
    expect(ids(spaces.encodeSpecial("      "))).toEqual([first, first, first]);
    const both = withTokens({ content: "  ", lstrip: true, rstrip: true });
    expect(ids(both.encodeSpecial("      "))).toEqual([first]);
    const hello = withTokens({ content: " hello", rstrip: true });
    expect(ids(hello.encodeSpecial(" hello hello"))).toEqual([first, first]);
  });
});
