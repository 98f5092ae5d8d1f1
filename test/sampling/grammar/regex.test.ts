// Regular expressions agree with the engine's own.

import { describe, expect, test } from "vitest";
import { regex } from "../../../src/entries/grammar.js";
import { InvalidInputError } from "../../../src/entries/index.js";
import cases from "./cases.json" with { type: "json" };

const patterns: readonly (readonly [string, string])[] = [
  ...(cases.patterns as [string, string][]),
  ...([
    ["a+b?", ""],
    ["(foo|ba[rz])*", ""],
    ["^(?:a|b)$|^c", ""],
    ["[^,]{1,2}", ""],
    [".{2}", ""],
    [".{2}", "u"],
    [".{2}", "s"],
    ["[^a]..", ""],
    ["(a?){3}b", ""],
    ["[a-c]+?x", "i"],
    ["k\\w", "iu"],
    ["\\W\\s\\S", "i"],
    ["\\W\\s\\S", "iu"],
    ["[\\d-x]+", ""],
    ["a{,3}", ""],
    ["\\u{1F600}|x", "u"],
    ["😀?y", ""],
    ["\\ud83d\\ude00", "u"],
    ["\\ud83d|[\\ude00x]", ""],
    ["(a*)*(b|)+", ""],
    ["[^]", ""],
    ["[]|q", ""],
    ["x{0}y", ""],
    ["(?<n>a)b\\/\\-", ""],
    ["\\cJ\\x41\\u0042", ""],
    ["", ""],
  ] as const),
];

const pieces = [
  ...'abcxyzkKABqwe123-,/{}.()[]#+@" \n\t',
  ...["\u212a", "\u017f", "😀", "é", "今", "foo", "bar", "com", "yes", "Monday", "12", "\u2028"],
];

/** Numbers that are the same every time. */
function* random(seed: number): Generator<number, never> {
  for (let x = seed; ; ) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    yield x / 2 ** 32;
  }
}

describe("regex", () => {
  test.each(patterns)("%s with flags %j is the engine's", (pattern, flags) => {
    const grammar = regex(pattern, flags);
    const engine = new RegExp(`^(?:${pattern})$`, flags);
    const numbers = random(pattern.length);
    for (let n = 0; n < 1500; n++) {
      let text = "";
      const length = Math.floor(numbers.next().value * 6);
      for (let i = 0; i < length; i++) {
        text += pieces[Math.floor(numbers.next().value * pieces.length)];
      }
      expect(grammar.accepts(text), JSON.stringify(text)).toBe(engine.test(text));
    }
  });

  test("one of the engine's own is taken with its flags", () => {
    expect(regex(/[ab]+/i).accepts("aB")).toBe(true);
    expect(() => regex(/a/i, "u")).toThrow('a RegExp has its own flags; got "u" besides');
  });

  test.each([
    ["(?=a)b", "", "looking ahead or behind"],
    ["(?<!a)b", "", "looking ahead or behind"],
    ["\\ba", "", "\\b cannot"],
    ["(a)\\1", "", "\\1 cannot"],
    ["(?<n>a)\\k<n>", "", "\\k cannot"],
    ["\\p{L}", "u", "\\p cannot"],
    ["a^b", "", "^ inside a pattern"],
    ["(a$)+", "", "$ inside a pattern"],
    ["a", "m", "the flag m"],
    ["[a--b]", "v", "the flag v"],
    ["é", "i", "beyond ASCII with the flag i"],
    ["(", "", "Invalid regular expression"],
    ["a{200000}", "", "the grammar is too large"],
    ["((a{1,100}){1,100}){1,100}", "", "the grammar is too large"],
    ["[]", "", "the grammar has no text at all"],
  ])("%s with flags %j is refused: %s", (pattern, flags, message) => {
    const begun = performance.now();
    expect(() => regex(pattern, flags)).toThrow(InvalidInputError);
    expect(() => regex(pattern, flags)).toThrow(message);
    expect(performance.now() - begun).toBeLessThan(4000);
  });

  test("what makes exponentially many states is followed all the same", () => {
    const grammar = regex("(a|b)*a(a|b){200}");
    expect(grammar.accepts(`${"ab".repeat(300)}a${"b".repeat(200)}`)).toBe(true);
    expect(grammar.accepts(`${"ab".repeat(300)}b${"b".repeat(200)}`)).toBe(false);
    expect(() => regex("(a?){2000}a{2000}").accepts("a".repeat(3000))).not.toThrow();
  });
});
