import { describe, expect, it } from "vitest";
import { InvalidInputError, ModelFileError } from "../../src/host/errors.js";
import { createTokenizer, tokenizerFromJSON } from "../../src/text/create.js";
import { TokenStream } from "../../src/text/stream.js";
import type { Tokenizer, TokenizerKind } from "../../src/text/tokenizer.js";
import { generator, learnNaively } from "./byte-pairs.js";

const kinds = ["char", "byte", "bpe"] as const;
const specials = ["<start>", "<end>", "__proto__"];

const samples = [
  "",
  "Hello, world! It's 'quoted' — don’t panic.\n\n\tindented   \r\n",
  "今天的天气真好，我们去公园吧。１２３\u3000「引号」",
  "👩‍🚀👨‍👩‍👧‍👦 🏳️‍🌈❤️ 1️⃣ 🇨🇳👍🏽",
  "e\u0301 n\u0303 a\u0300\u0301\u0302 \u0301",
  "हिन्दी العربية ไทย 한국어 עברית",
  "\ufeffmark\ufeff \u0000\u0007\u007f\u0085\u00a0\u2028\u200b\ufffd",
  "𠮷𝒳\u{10ffff}\u{e000}\ufffe",
  "'''  ''a' 'b  \n \n\n  c12345.678%%%%",
];

/** Well-formed text: mostly a few characters again and again, sometimes any code point. */
function randomText(next: (bound: number) => number, length: number): string {
  const common = Array.from("aab  b\n'.,12天气é😀\u200d\t");
  let text = "";
  for (let i = 0; i < length; i++) {
    const code = next(0x110000);
    const rare = next(4) === 0 && (code < 0xd800 || code > 0xdfff);
    text += rare ? String.fromCodePoint(code) : common[next(common.length)];
  }
  return text;
}

const next = generator(1);
const texts = [...samples, ...Array.from({ length: 60 }, (_, i) => randomText(next, i * 3))];
const build = (kind: TokenizerKind) => createTokenizer(kind, texts, { specials });

function failure(kind: typeof InvalidInputError | typeof ModelFileError, run: () => unknown) {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

describe.each(kinds)("every tokenizer: %s", (kind) => {
  const tokenizer = build(kind);

  it("reads back what it wrote", () => {
    for (const text of texts) {
      const tokens = tokenizer.encode(text);
      expect(tokens).toBeInstanceOf(Int32Array);
      expect(tokenizer.decode(tokens)).toBe(text);
      const bytes = Array.from(tokens).flatMap((token) => [...tokenizer.bytes(token)]);
      expect(bytes).toEqual([...new TextEncoder().encode(text)]);
    }
  });

  it("keeps special tokens apart from text", () => {
    const first = tokenizer.size - specials.length;
    specials.forEach((name, i) => {
      expect(tokenizer.special(name)).toBe(first + i);
      expect(tokenizer.bytes(first + i)).toHaveLength(0);
    });
    expect(tokenizer.special("constructor")).toBeUndefined();
    const a = tokenizer.encode("a");
    expect(tokenizer.decode([first, ...a, first + 1, ...a])).toBe("aa");
    const spelt = createTokenizer(kind, "<end>", { specials: ["<end>"] });
    expect(spelt.encode("<end>")).not.toContain(spelt.special("<end>"));
  });

  it("survives JSON", () => {
    const copy = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(copy.kind).toBe(kind);
    expect(copy.size).toBe(tokenizer.size);
    expect(copy.toJSON()).toEqual(tokenizer.toJSON());
    expect(copy.special("__proto__")).toBe(tokenizer.size - 1);
    for (const text of texts) expect(copy.encode(text)).toEqual(tokenizer.encode(text));
  });

  it("streams whole characters only", () => {
    const random = generator(7);
    const noise = Array.from({ length: 3000 }, () => random(tokenizer.size));
    for (const tokens of [...texts.map((text) => tokenizer.encode(text)), noise]) {
      const stream = new TokenStream(tokenizer);
      const parts = Array.from(tokens, (token) => stream.push(token));
      for (const part of parts) expect(part).not.toMatch(/[\ud800-\udfff]/u);
      expect(parts.join("") + stream.end()).toBe(tokenizer.decode(tokens));
    }
  });

  it("knows which tokens are whole characters", () => {
    for (let token = 0; token < tokenizer.size; token++) {
      const text = tokenizer.decode([token]);
      const same = new TextEncoder().encode(text).join() === tokenizer.bytes(token).join();
      expect(tokenizer.whole(token)).toBe(same ? text : undefined);
    }
  });

  it("refuses half a character", () => {
    expect(failure(InvalidInputError, () => tokenizer.encode("a\nb\ud83d"))).toMatch(
      /^text has half a character \(lone surrogate U\+D83D\) at line 2, column 2/,
    );
    expect(failure(InvalidInputError, () => createTokenizer(kind, ["a", "\ude00"]))).toContain(
      "corpus[1] has half a character (lone surrogate U+DE00) at line 1, column 1",
    );
  });

  it("refuses numbers that are no token", () => {
    for (const token of [-1, 0.5, NaN, Infinity, tokenizer.size, 2 ** 32]) {
      expect(() => tokenizer.decode([token])).toThrow(InvalidInputError);
      expect(() => tokenizer.bytes(token)).toThrow(InvalidInputError);
      expect(() => tokenizer.whole(token)).toThrow(InvalidInputError);
    }
    expect(failure(InvalidInputError, () => tokenizer.decode([-1]))).toBe(
      `token must be a whole number of at least 0 and at most ${tokenizer.size - 1}, got -1`,
    );
  });

  it("hands out bytes that can be changed without harm", () => {
    const [token] = tokenizer.encode("a");
    tokenizer.bytes(token)[0] = 0;
    expect(tokenizer.decode([token])).toBe("a");
  });
});

describe("char", () => {
  it("numbers code points in order, then specials", () => {
    const tokenizer = createTokenizer("char", ["😀b", "a好a"], { specials: ["<end>"] });
    expect(tokenizer.toJSON()).toEqual({ kind: "char", characters: "ab好😀", specials: ["<end>"] });
    expect([...tokenizer.encode("好a😀b")]).toEqual([2, 0, 3, 1]);
    expect(tokenizer.special("<end>")).toBe(4);
  });

  it("says which character it lacks, where, and what to do", () => {
    const tokenizer = createTokenizer("char", "abc\n好");
    expect(failure(InvalidInputError, () => tokenizer.encode("abc\n好好é"))).toBe(
      'the text has "é" (U+00E9) at line 2, column 3, which is not among the 5 characters of the ' +
        "vocabulary; remove it from the text, create the model with a corpus that has it, or use " +
        'the tokenizer "bpe" or "byte", which take any text',
    );
    expect(failure(InvalidInputError, () => tokenizer.encode("😀"))).toContain('"😀" (U+1F600)');
    expect(failure(InvalidInputError, () => tokenizer.encode("\u0000"))).toContain('"\\u0000" (U+');
  });

  it("refuses an empty corpus", () => {
    expect(() => createTokenizer("char", "")).toThrow(InvalidInputError);
    expect(() => createTokenizer("char", [])).toThrow(InvalidInputError);
  });
});

describe("byte", () => {
  const tokenizer = createTokenizer("byte", "");

  it("knows every byte", () => {
    expect(tokenizer.size).toBe(256);
    for (let byte = 0; byte < 256; byte++) expect([...tokenizer.bytes(byte)]).toEqual([byte]);
    expect([...tokenizer.encode("é好")]).toEqual([0xc3, 0xa9, 0xe5, 0xa5, 0xbd]);
  });

  it("shows broken bytes as U+FFFD, at the end of a stream too", () => {
    expect(tokenizer.decode([0x41, 0xff, 0x42, 0xe5, 0xa5])).toBe("A\ufffdB\ufffd");
    const stream = new TokenStream(tokenizer);
    const parts = [0xf0, 0x9f, 0x98, 0x80, 0xe5, 0xa5].map((token) => stream.push(token));
    expect(parts).toEqual(["", "", "", "😀", "", ""]);
    expect(stream.end()).toBe("\ufffd");
    expect(stream.push(0x41)).toBe("A");
    expect(stream.end()).toBe("");
  });
});

/** The pieces that a text is split into, seen from outside: with every word merged whole. */
const pieces = (text: string) => {
  const tokenizer = createTokenizer("bpe", [text, text], { vocab: 65536 });
  return Array.from(tokenizer.encode(text), (token) => tokenizer.decode([token]));
};

describe("bpe", () => {
  it("learns what one learns by hand", () => {
    // Words "low" ×2, " low", " lower"; l=108 o=111 w=119 e=101 r=114 space=32.
    // lo and ow occur 4 times each: the lower ids win. Then low ×4, then " low" ×2; the rest once.
    const tokenizer = createTokenizer("bpe", ["low", "low low lower"]);
    expect(tokenizer.toJSON()).toEqual({
      kind: "bpe",
      merges: [
        [108, 111],
        [256, 119],
        [32, 257],
      ],
      specials: [],
    });
    expect(tokenizer.size).toBe(259);
    expect([...tokenizer.encode("low lower slow")]).toEqual([257, 258, 101, 114, 32, 115, 257]);
  });

  it("stops at vocab, specials on top", () => {
    const tokenizer = createTokenizer("bpe", "low low low", { vocab: 257, specials: ["<end>"] });
    expect(tokenizer.size).toBe(258);
    expect(tokenizer.special("<end>")).toBe(257);
  });

  it("agrees with counting again, and encodes words as training left them", () => {
    const random = generator(42);
    for (let round = 0; round < 30; round++) {
      const words = Array.from({ length: 40 }, () =>
        Array.from({ length: 1 + random(12) }, () => "aabc天"[random(5)]).join(""),
      );
      const tokenizer = createTokenizer("bpe", words, { vocab: 256 + 60 });
      const json = tokenizer.toJSON();
      const { merges, rows } = learnNaively(words, 60);
      expect(json.kind === "bpe" && json.merges).toEqual(merges);
      expect(words.map((word) => [...tokenizer.encode(word)])).toEqual(rows);
    }
  });

  it("is deterministic and does not depend on the order of texts", () => {
    const merges = JSON.stringify(createTokenizer("bpe", texts));
    expect(JSON.stringify(createTokenizer("bpe", texts))).toBe(merges);
    expect(JSON.stringify(createTokenizer("bpe", [...texts].reverse()))).toBe(merges);
  });

  it("takes what it is given when pairs run out", () => {
    for (const corpus of ["", "a", "abc", []]) {
      const tokenizer = createTokenizer("bpe", corpus);
      expect(tokenizer.size).toBe(256);
      expect(tokenizer.decode(tokenizer.encode("好😀"))).toBe("好😀");
    }
  });

  it("splits at the borders of words", () => {
    expect(pieces("don't say 'hi', 12345 times!!\n\n  ok")).toEqual([
      "don",
      "'t",
      " say",
      " '",
      "hi",
      "',",
      " 123",
      "45",
      " times",
      "!!",
      "\n\n",
      " ",
      " ok",
    ]);
    expect(pieces("今天天气，很好。👩‍🚀 é")).toEqual(["今天天气", "，", "很好", "。👩‍🚀", " é"]);
  });

  it("splits alike whatever the Unicode version of the engine", () => {
    expect(pieces("天\u{3fffd}天 \u{378}a")).toEqual(["天\u{3fffd}天", " \u{378}a"]);
  });

  it("takes long runs in linear time", () => {
    for (const unit of ["天", "a", " ", "!", "1", "\n", "'", "a\u0301", "\u200d", "👩‍🚀"]) {
      const text = unit.repeat(50_000);
      const tokenizer = createTokenizer("bpe", text);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });

  it.each([0, 256, -1, 1.5, NaN, 262145, 1e9, "1024"])("refuses vocab %s", (vocab) => {
    expect(
      failure(InvalidInputError, () => createTokenizer("bpe", "a", { vocab: vocab as number })),
    ).toMatch(/^vocab must be a whole number of at least 257 and at most 262144, got /);
  });
});

describe("createTokenizer", () => {
  it("refuses what it cannot use", () => {
    const create = createTokenizer as (...args: unknown[]) => Tokenizer;
    expect(failure(InvalidInputError, () => create("word", "a"))).toContain("char, byte, bpe");
    expect(failure(InvalidInputError, () => create("char", 5))).toContain("corpus must be a str");
    expect(failure(InvalidInputError, () => create("char", "a", { vocab: 300 }))).toContain(
      "vocab",
    );
    expect(failure(InvalidInputError, () => create("bpe", "a", { size: 300 }))).toContain("size");
    for (const bad of ["<end>", [""], ["a", "a"], [1], ["x".repeat(65)], ["\ud800"], null]) {
      expect(failure(InvalidInputError, () => create("byte", "a", { specials: bad }))).toContain(
        "specials",
      );
    }
  });
});

describe("tokenizerFromJSON with hostile input", () => {
  const bpe = (merges: unknown) => ({ kind: "bpe", merges, specials: [] });
  const char = (characters: unknown) => ({ kind: "char", characters, specials: [] });
  const doubling = Array.from({ length: 40 }, (_, i) => (i ? [255 + i, 255 + i] : [0, 0]));
  it.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /must be an object, got undefined/],
    ["null", null, /must be an object, got null/],
    ["a string", "char", /must be an object/],
    ["an array", [], /must be an object/],
    ["no kind", {}, /kind must be one of char, byte, bpe, hugging-face, got undefined/],
    ["a wrong kind", { kind: "word" }, /kind must be one of .*, got "word"/],
    ["a kind from the prototype", { kind: "__proto__" }, /kind must be one of/],
    ["a list as kind", { kind: ["byte"], specials: [] }, /kind must be one of/],
    ["a __proto__ key", JSON.parse('{"kind":"byte","specials":[],"__proto__":{}}'), /__proto__/],
    ["a strange key", { kind: "byte", specials: [], merges: [] }, /does not know .* merges/],
    ["no specials", { kind: "byte" }, /specials must be an array/],
    ["specials like an array", { kind: "byte", specials: { length: 1, 0: "a" } }, /specials/],
    ["too many specials", { kind: "byte", specials: new Array(1e9) }, /at most 65536/],
    ["a special twice", { kind: "byte", specials: ["a", "b", "a"] }, /specials\[2\] repeats "a"/],
    ["a special number", { kind: "byte", specials: [1] }, /specials\[0\] must be a string, got 1/],
    ["a huge special", { kind: "byte", specials: ["x".repeat(1e6)] }, /1 to 64 characters/],
    ["no characters", char(""), /at least one character/],
    ["characters as array", char(["a"]), /characters must be a string/],
    ["a character twice", char("bab"), /U\+0062 is there twice/],
    ["many characters", char("ab".repeat(1e6)), /U\+0061 is there twice/],
    ["half a character", char("a\ud800"), /lone surrogate U\+D800/],
    ["no merges", bpe(undefined), /merges must be an array of at most 261888 pairs/],
    ["too many merges", bpe(new Array(1e9)), /at most 261888 pairs/],
    ["a hole in merges", bpe(new Array(5)), /merges\[0\] must be a pair of tokens, got undefined/],
    ["a merge of three", bpe([[1, 2, 3]]), /merges\[0\] must be a pair/],
    ["a merge of strings", bpe([["1", "2"]]), /merges\[0\]\[0\] must be a whole number/],
    ["a negative token", bpe([[1, -2]]), /merges\[0\]\[1\] .* at least 0 .*, got -2/],
    ["a fraction", bpe([[1.5, 2]]), /whole number/],
    [
      "a later token",
      bpe([
        [1, 2],
        [258, 1],
      ]),
      /merges\[1\]\[0\] .* at most 256, got 258/,
    ],
    ["a token of itself", bpe([[1, 256]]), /merges\[0\]\[1\] .* at most 255, got 256/],
    [
      "a pair twice",
      bpe([
        [1, 2],
        [1, 2],
      ]),
      /merges\[1\] repeats the pair 1, 2/,
    ],
    ["tokens that double", bpe(doubling), /merges\[7\] .* at most 132 bytes, got 256/],
  ])("refuses %s", (_, json, pattern) => {
    const message = failure(ModelFileError, () => tokenizerFromJSON(json));
    expect(message).toMatch(/^the tokenizer in the model file is damaged: /);
    expect(message).toMatch(pattern);
    expect(message.length).toBeLessThan(300);
  });
});
