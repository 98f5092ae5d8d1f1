// Files of tokenizers come from anywhere: what is damaged, hostile or not supported is refused by its name, soon.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InvalidInputError, ModelFileError } from "../../../src/host/errors.js";
import { readTokenizer } from "../../../src/text/create.js";
import { foreignTokenizer } from "../../../src/text/foreign/files.js";
import { Pattern } from "../../../src/text/foreign/pattern.js";

const { tokenizers, sentencepiece } = JSON.parse(
  readFileSync(new URL("fixtures.json", import.meta.url), "utf8"),
);
const base = tokenizers.gpt2.tokenizer;
const { model } = base;

const refusal = (file: object | string): string => {
  const text = typeof file === "string" ? file : JSON.stringify(file);
  try {
    foreignTokenizer({ tokenizerJSON: text });
  } catch (error) {
    expect(error).toBeInstanceOf(ModelFileError);
    expect((error as Error).message).toContain("tokenizer.json");
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
};
const withModel = (changes: object) => ({ ...base, model: { ...model, ...changes } });

describe("vocabularies", () => {
  it.each<[string, object, RegExp]>([
    ["no object", { vocab: ["a"] }, /model.vocab must be an object, got an array of 1/],
    ["a negative id", { vocab: { a: -1 } }, /the id of "a" must be a whole number of at least 0/],
    [
      "an enormous id",
      { vocab: { a: 1e9 } },
      /the id of "a" must be .* at most 1048575, got 1000000000/,
    ],
    ["half an id", { vocab: { a: 0.5 } }, /the id of "a" must be a whole number/],
    ["a text as id", { vocab: { a: "0" } }, /the id of "a" must be a whole number/],
    ["one id twice", { vocab: { a: 0, b: 0 } }, /"a" and "b" have one id, 0; ids are distinct/],
    ["an empty token", { vocab: { "": 0 }, merges: [] }, /token 0 must be a string of 1 to 1024/],
    ["a token of megabytes", { vocab: { ["a".repeat(2000)]: 0 }, merges: [] }, /token 0 must be/],
    [
      "an added token in its place",
      { vocab: { a: 420 }, merges: [] },
      /the added token "<\|end\|>" has the id 420/,
    ],
    ["merges that are none", { merges: "a b" }, /model.merges must be a list/],
    ["a merge of three", { merges: ["a b c"] }, /merge 0 must be two tokens, got "a b c"/],
    ["a merge of numbers", { merges: [[1, 2]] }, /merge 0 names 1, which is no token/],
    [
      "a merge that makes no token",
      { merges: [["!", "!"]] },
      /merge 0 makes "!!", which is no token/,
    ],
    ["a merge of strangers", { merges: ["☃ a"] }, /merge 0 names "☃", which is no token/],
    [
      "another kind",
      { type: "Unigram" },
      /a model of the type "Unigram" is not supported; it may be BPE/,
    ],
    [
      "a suffix",
      { end_of_word_suffix: "</w>" },
      /model.end_of_word_suffix is not supported, got "<\/w>"/,
    ],
    ["dropout", { dropout: 0.1 }, /model.dropout is not supported, got 0.1/],
    [
      "a flag that is none",
      { byte_fallback: 1 },
      /model.byte_fallback must be true or false, got 1/,
    ],
  ])("%s", (_, changes, message) => expect(refusal(withModel(changes))).toMatch(message));

  it("may have ids that no token has", () => {
    const file = withModel({ vocab: { ...model.vocab, zz: 2000 } });
    const tokenizer = foreignTokenizer({ tokenizerJSON: JSON.stringify(file) });
    expect(tokenizer.size).toBe(2001);
    expect(tokenizer.decode([1500, 2000])).toBe("zz");
  });
});

describe("sections", () => {
  const regex = (Regex: string) => ({ type: "Split", pattern: { Regex }, behavior: "Isolated" });
  it.each<[string, object, RegExp]>([
    [
      "an unknown normalizer",
      { normalizer: { type: "Lowercase" } },
      /normalizer of the type "Lowercase"/,
    ],
    [
      "a pattern to normalize",
      { normalizer: { type: "Replace", pattern: { Regex: "a" }, content: "" } },
      /Replace of a String only/,
    ],
    [
      "an unknown pre-tokenizer",
      { pre_tokenizer: { type: "Whitespace" } },
      /pre_tokenizer of the type "Whitespace"/,
    ],
    [
      "something after bytes",
      {
        pre_tokenizer: {
          type: "Sequence",
          pretokenizers: [{ type: "ByteLevel" }, { type: "Digits" }],
        },
      },
      /nothing after ByteLevel/,
    ],
    ["a look behind", { pre_tokenizer: regex("(?<=a)b") }, /at character \d+, is not understood/],
    [
      "a script",
      { pre_tokenizer: regex("\\p{Greek}+") },
      /\\p\{Greek\}, at character 2, is not understood/,
    ],
    ["a lazy repetition", { pre_tokenizer: regex("a+?") }, /\+\?, at character 2/],
    ["a repeated group", { pre_tokenizer: regex("(?:ab)+") }, /a group that is repeated/],
    ["a back reference", { pre_tokenizer: regex("(a)\\1") }, /\\1/],
    ["an intersection", { pre_tokenizer: regex("[a&&b]") }, /inside of \[ \]/],
    ["an open class", { pre_tokenizer: regex("[ab") }, /a \[ without its \]/],
    ["an open group", { pre_tokenizer: regex("(?:ab") }, /a \( without its \)/],
    ["nothing", { pre_tokenizer: regex("a*") }, /it matches the empty text/],
    ["ss without case", { pre_tokenizer: regex("(?i:ss)") }, /after each other in \(\?i: \)/],
    [
      "a deep pattern",
      { pre_tokenizer: regex(`${"(".repeat(50)}a${")".repeat(50)}`) },
      /nested deeper than 8/,
    ],
    [
      "a long pattern",
      { pre_tokenizer: regex("a".repeat(5000)) },
      /it has 5000 characters, of at most 4096/,
    ],
    ["an unknown decoder", { decoder: { type: "WordPiece" } }, /decoder of the type "WordPiece"/],
    ["no decoder", { decoder: null }, /decoder must say how tokens become text/],
    [
      "an unknown frame",
      { post_processor: { type: "BertProcessing" } },
      /post_processor of the type "BertProcessing"/,
    ],
    [
      "a frame of strangers",
      {
        post_processor: {
          type: "TemplateProcessing",
          single: [{ SpecialToken: { id: "toString" } }, { Sequence: {} }],
          special_tokens: {},
        },
      },
      /special_tokens\["toString"\] must be an object/,
    ],
    [
      "sequences of sequences",
      { decoder: { type: "Sequence", decoders: [{ type: "Sequence", decoders: [] }] } },
      /a Sequence inside of another/,
    ],
    [
      "many parts",
      { normalizer: { type: "Sequence", normalizers: Array(99).fill({ type: "NFC" }) } },
      /a list of at most 32/,
    ],
    [
      "an added token twice",
      {
        added_tokens: [
          { id: 420, content: "<x>" },
          { id: 421, content: "<x>" },
        ],
      },
      /repeats "<x>"/,
    ],
    [
      "one id for two",
      {
        added_tokens: [
          { id: 421, content: "<x>" },
          { id: 421, content: "<y>" },
        ],
      },
      /have one id/,
    ],
    [
      "an added token of nothing",
      { added_tokens: [{ id: 421, content: "" }] },
      /must have 1 to 256 characters/,
    ],
  ])("%s", (_, changes, message) => expect(refusal({ ...base, ...changes })).toMatch(message));
});

describe("files", () => {
  it.each([
    ["no JSON", "{", /tokenizer.json is not JSON/],
    ["a list", "[]", /must be an object/],
    ["brackets without end", `{"a":${"[".repeat(1e6)}`, /at most 32 levels deep/],
    ["nothing in it", "{}", /model must be an object/],
  ])("%s", (_, text, message) => expect(refusal(text)).toMatch(message));

  it("none at all", () =>
    expect(() => foreignTokenizer({})).toThrow(/a tokenizer needs tokenizer.json, or vocab.json/));

  it("a tokenizer.model that was cut, or is none", () => {
    const bytes = Buffer.from(sentencepiece.model, "base64");
    for (const part of [
      bytes.subarray(0, -7),
      Buffer.from("no model"),
      Buffer.alloc(0),
      Buffer.alloc(99, 0xff),
    ]) {
      expect(() => foreignTokenizer({ sentencepiece: part })).toThrow(ModelFileError);
    }
  });

  it("a class of tokenizers that says how texts are split, but is not known", () => {
    const files = {
      vocab: "{}",
      merges: "",
      tokenizerConfig: '{"tokenizer_class":"BertTokenizer"}',
    };
    expect(() => foreignTokenizer(files)).toThrow(/the class "BertTokenizer" is not supported/);
  });

  it("in a model file", async () => {
    const json = foreignTokenizer({ tokenizerJSON: JSON.stringify(base) }).toJSON();
    const broken = [
      { ...json, tokens: 3 },
      { ...json, merges: [0] },
      { ...json, merges: [0, 1e9] },
      { ...json, merges: { last: 3 } },
      { ...json, size: 2 ** 40 },
      { ...json, size: 3 },
      { ...json, eos: [99999] },
      { ...json, chat_template: 5 },
      { kind: "hugging-face" },
    ];
    for (const one of broken) {
      await expect(readTokenizer(one)).rejects.toThrow(
        /the tokenizer in the model file is damaged/,
      );
    }
  });
});

it("a pattern that goes back too often is stopped", () => {
  const pattern = new Pattern("a*a*a*a*a*a*b");
  expect(() => [...pattern.matches("a".repeat(2000))]).toThrow(InvalidInputError);
});

it("patterns know characters of Unicode 16, whatever the engine has", () => {
  const all = (source: string, text: string) =>
    Array.from(new Pattern(source).matches(text), ([start, end]) => text.slice(start, end));
  expect(all("\\p{L}+", "a\u1c89\ua7cb\u{323af} \u0378\u{323b0}")).toEqual([
    "a\u1c89\ua7cb\u{323af}",
  ]);
  expect(all("\\s+", "\u0085 \u00a0x\ufeff\u180e\u3000")).toEqual(["\u0085 \u00a0", "\u3000"]);
  expect(all("(?i:'s|'k)", "'s'S'ſ'k'\u212a'ß")).toEqual(["'s", "'S", "'ſ", "'k", "'\u212a"]);
  expect(all("[^\\S\\n]+", "a \n\tb")).toEqual([" ", "\t"]);
  expect(all("[\\]\\-a-c]+", "]-abc d")).toEqual(["]-abc"]);
  expect(all("a++b|a", "aab")).toEqual(["aab"]);
  expect(all("x{2,3}(?=y)", "xxxxy")).toEqual(["xxx"]);
});
