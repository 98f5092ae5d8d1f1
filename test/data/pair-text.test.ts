import { describe, expect, it } from "vitest";
import {
  cleanText,
  InvalidInputError,
  type PairTextOptions,
  readPairs,
} from "../../src/entries/index.js";

const pair = (source: string, target: string) => ({ source, target });
const problems = (text: string, options?: PairTextOptions) =>
  readPairs(text, options).problems.map(({ line, kind, what }) => `${line} ${kind}: ${what}`);

describe("lines", () => {
  it("gives pairs in order and ignores further columns", () => {
    const text = "Hi.\t嗨。\tCC-BY\nRun.\t你用跑的。\n";
    expect(readPairs(text)).toEqual({
      pairs: [pair("Hi.", "嗨。"), pair("Run.", "你用跑的。")],
      problems: [],
    });
  });

  it.each(["\ufeffa\tb\r\nc\td\r\n", "a\tb\rc\td", "\n\na \t b\n  \n\nc\td \n\n"])(
    "byte order mark, line ends, blank lines and white space in %j",
    (text) =>
      expect(readPairs(text)).toEqual({ pairs: [pair("a", "b"), pair("c", "d")], problems: [] }),
  );

  it("reports every line that is damaged, with its number", () => {
    const text = "a\tb\nno tab\n\t x\ny\t \n\t\n\r\nhalf \ud83d\tx\nq\ufffd\tx\nnul\0\tx\n🚀\tx";
    expect(problems(text)).toEqual([
      "2 damaged: expected 2 columns between tabs, got no tab",
      "3 damaged: the source is empty",
      "4 damaged: the target is empty",
      "5 damaged: the source is empty",
      "7 damaged: U+D83D at index 5: the text is damaged there",
      "8 damaged: U+FFFD at index 1: the text is damaged there",
      "9 damaged: U+0000 at index 3: the text is damaged there",
    ]);
    expect(readPairs(text).pairs).toEqual([pair("a", "b"), pair("🚀", "x")]);
  });

  it("a text without a pair has none", () => {
    expect(readPairs("")).toEqual({ pairs: [], problems: [] });
    expect(readPairs("one\ntwo").pairs).toEqual([]);
  });
});

describe("columns", () => {
  const text = "7\tgreet\tHi\t嗨\n8\t\tBye\t再见\n9\tgreet\tHm";
  it("source, target and label where they are; a missing one is reported", () => {
    const columns = { sourceColumn: 2, targetColumn: 3, labelColumn: 1 };
    expect(readPairs(text, columns).pairs).toEqual([
      { source: "Hi", target: "嗨", label: "greet" },
      { source: "Bye", target: "再见" },
    ]);
    expect(problems(text, columns)).toEqual([
      "3 damaged: expected 4 columns between tabs, got 3 columns",
    ]);
  });

  it("one column is both sides", () => {
    const { pairs } = readPairs("rose\nlily\tx", { targetColumn: 0 });
    expect(pairs).toEqual([pair("rose", "rose"), pair("lily", "lily")]);
  });
});

describe("cleaning", () => {
  const clean = (source: string, options: PairTextOptions) =>
    readPairs(`${source}\tx`, options).pairs[0].source;

  it.each([
    ["cafe\u0301", {}, "café"],
    ["cafe\u0301", { normalize: "none" }, "cafe\u0301"],
    ["ﬁ ① ２", {}, "ﬁ ① ２"],
    ["ﬁ ① ２", { normalize: "NFKC" }, "fi 1 2"],
    ["ÀÉ ΣΑΣ İ", { lowercase: true }, "àé σας i̇"],
    ["ℌ", { lowercase: true, normalize: "NFKC" }, "h"],
    ["Ａｂ１！\u3000～ ①", { foldWidth: true }, "Ab1! ~ ①"],
    ["ｶﾞｷﾞ ﾊﾟ ｱ 。、", { foldWidth: true, normalize: "none" }, "ガギ パ ア 。、"],
    ["ＡＢ", { foldWidth: true, lowercase: true }, "ab"],
  ] as [string, PairTextOptions, string][])("%s with %o is %s", (source, options, wanted) => {
    expect(clean(source, options)).toBe(wanted);
    expect(cleanText(source, options)).toBe(wanted);
  });

  it("is what lengths and duplicates are told by", () => {
    const text = "Cafe\u0301\tx\ncafé\tx\ncafé\ty\n";
    const options = { dedupe: true, lowercase: true };
    expect(readPairs(text, options).pairs).toEqual([pair("café", "x"), pair("café", "y")]);
    expect(problems(text, options)).toEqual(["2 duplicate: the same pair as in line 1"]);
    expect(readPairs(text, { maxLength: 4 }).pairs).toHaveLength(3);
  });
});

describe("filters", () => {
  it("equal pairs under another label are not equal", () => {
    const text = "a\tb\tp\na\tb\tq\na\tb\tp";
    const options = { dedupe: true, labelColumn: 2 };
    expect(readPairs(text, options).pairs.map(({ label }) => label)).toEqual(["p", "q"]);
    expect(problems(text, options)).toEqual(["3 duplicate: the same pair as in line 1"]);
    expect(readPairs(text).pairs).toHaveLength(3);
  });

  it("lengths are in characters, of both sides", () => {
    expect(problems("🚀🚀\tabc\na\tabc\nab\tabcd\n", { minLength: 2, maxLength: 3 })).toEqual([
      "2 length: the source has 1 characters, expected at least 2",
      "3 length: the target has 4 characters, expected at most 3",
    ]);
  });
});

it.each([
  [{ sourceColumn: -1 }, "sourceColumn must be a whole number of at least 0 and at most"],
  [{ targetColumn: 1.5 }, "targetColumn must be a whole number"],
  [
    { labelColumn: "2" },
    'labelColumn must be a whole number of at least 0 and at most 1000000, got "2"',
  ],
  [{ normalize: "NFD" }, 'normalize must be one of NFC, NFKC, none, got "NFD"'],
  [{ lowercase: 1 }, "lowercase must be true or false, got 1"],
  [{ dedupe: "yes" }, "dedupe must be true or false"],
  [{ minLength: -1 }, "minLength must be a whole number of at least 0"],
  [{ minLength: 5, maxLength: 4 }, "maxLength must be a whole number of at least 5, got 4"],
  [{ maxLength: Number.NaN }, "maxLength must be a whole number of at least 1, got NaN"],
  [{ column: 1 }, "readPairs does not know the option column; it knows normalize,"],
] as [object, string][])("options %o are refused", (options, message) => {
  const read = () => readPairs("a\tb", options as PairTextOptions);
  expect(read).toThrow(InvalidInputError);
  expect(read).toThrow(message);
});

it("what is no text is refused", () => {
  expect(() => cleanText(5 as never)).toThrow("the text must be a string, got 5");
  expect(() => cleanText("a", { dedupe: true } as never)).toThrow(
    "does not know the option dedupe",
  );
  expect(() => readPairs(undefined as never)).toThrow("the pairs must be a text, got undefined");
});
