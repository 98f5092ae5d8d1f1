// What golden/metrics.test.ts does not say: the accuracies, and what is refused.

import { describe, expect, test } from "vitest";
import {
  bleu,
  chrF,
  exactMatch,
  InvalidInputError,
  tokenAccuracy,
} from "../../src/entries/index.js";

test("one reference can be given without a list", () => {
  expect(bleu(["a b c d e"], ["a b c d f"])).toEqual(bleu(["a b c d e"], [["a b c d f"]]));
  expect(chrF(["abc"], ["abd"])).toEqual(chrF(["abc"], [["abd"]]));
});

test("counts are of all orders", () => {
  const { counts, totals } = bleu(["a b c d e", "a"], ["a b c d f", "b"]);
  expect(counts).toEqual([4, 3, 2, 1]);
  expect(totals).toEqual([6, 4, 3, 2]);
});

test("exact match", () => {
  expect(exactMatch(["a", "b", "c ", ""], ["a", "x", "c", ""])).toBe(0.5);
  expect(exactMatch(["b", "d"], [["a", "b"], ["c"]])).toBe(0.5);
});

describe("token accuracy", () => {
  test.each([
    [["abc"], ["abd"], 2 / 3],
    [["ab"], ["abcd"], 1 / 2],
    [["abcd"], ["ab"], 1 / 2],
    [["👍好"], ["👍坏"], 1 / 2],
    [["abc", "x"], ["abd", "x"], 3 / 4],
    [["", ""], ["", ""], 1],
    [[""], [["x", ""]], 1],
    [["abc"], [["xyz", "abd", "ab"]], 2 / 3],
  ])("%j for %j: %d", (hypotheses, references, wanted) => {
    expect(tokenAccuracy(hypotheses, references)).toBe(wanted);
  });

  test("of other tokens", () => {
    const cut = (text: string) => text.split(" ");
    expect(tokenAccuracy(["one two"], ["one too"], cut)).toBe(1 / 2);
  });
});

describe.each(Object.entries({ bleu, chrF, exactMatch, tokenAccuracy }))(
  "%s refuses",
  (_, metric) => {
    test.each([
      [[], [], "at least one; got 0 and 0"],
      [["a", "b"], ["a"], "as many hypotheses as references, and at least one; got 2 and 1"],
      ["a", ["a"], 'hypotheses must be a list, got "a"'],
      [["a"], undefined, "references must be a list, got undefined"],
      [[1], ["a"], "hypotheses[0] must be a text, got 1"],
      [["a"], [null], "references[0] must be a text or several, got null"],
      [["a"], [[]], "references[0] must be a text or several, got an array of 0"],
      [["a"], [["a", 2]], "references[0] must be a text or several, got an array of 2"],
    ])("%j and %j", (hypotheses, references, message) => {
      const call = () => metric(hypotheses as never, references as never);
      expect(call).toThrow(InvalidInputError);
      expect(call).toThrow(message);
    });
  },
);

test.each([
  [{ tokenize: "intl" }, 'tokenize must be one of 13a, zh, char, none, got "intl"'],
  [{ smoothing: "add" }, "smoothing must be one of exp, floor, add-k, none"],
  [{ lowercase: 1 }, "lowercase must be true or false, got 1"],
  [{ tokenise: "zh" }, "bleu does not know the option tokenise; did you mean tokenize?"],
])("BLEU refuses %o", (options, message) => {
  expect(() => bleu(["a"], ["a"], options as never)).toThrow(message);
});

test("chrF refuses an option it does not know", () => {
  expect(() => chrF(["a"], ["a"], { beta: 3 } as never)).toThrow(
    "chrF does not know the option beta",
  );
});
