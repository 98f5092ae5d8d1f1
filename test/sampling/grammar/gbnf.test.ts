// GBNF agrees with a checker that is too slow to be wrong.

import { describe, expect, test } from "vitest";
import { gbnf } from "../../../src/entries/grammar.js";
import { InvalidInputError } from "../../../src/entries/index.js";
import cases from "./cases.json" with { type: "json" };
import { gbnfChecker } from "./gbnf-checker.mjs";

const texts = [
  ...["1+2", "(1+(2*33))", "((", "1+", "12345", "1+1+1+1+1", "1+1+1+1+1+1"],
  ...["- a\n", "- ab cd\n- e\n", "- \n", "- a b c d e\n", "[]", "[x]", "[xx]", "[[x][]]", "[xxx]"],
  ...["the cat sees she.", "she meets 今天.", "a dog sees é.", "a dog sees a.", "she sees 今.", ""],
  ...["a=", "b=ab", "c=aabb,k=,key=ab", "a=abb", "a=aab", "a=,b=,c=,a=", "k=ab,ke=", "x"],
];

describe("gbnf", () => {
  test.each(cases.grammars)("%j", (source) => {
    const grammar = gbnf(source);
    const checks = gbnfChecker(source);
    for (const text of texts) expect(grammar.accepts(text), text).toBe(checks(text));
    expect(texts.filter(checks).length).toBeGreaterThan(1);
  });

  test("a rule ends with its line, unless an alternative or a group goes on", () => {
    const grammar = gbnf('root ::= ("a"\n"b") x |\n"c"\n  | "d"\nx ::= # nothing\n "" | [^\\]]');
    for (const text of ["ab", "abz", "c", "d"]) expect(grammar.accepts(text), text).toBe(true);
    for (const text of ["a", "ab]", "cd", ""]) expect(grammar.accepts(text), text).toBe(false);
  });

  test.each([
    ['root ::= root "a" | "b"', 'rule "root" can begin with itself (left recursion)'],
    ['root ::= x\nx ::= y? z\ny ::= "a"\nz ::= x', "left recursion"],
    ['x ::= "a"', 'no rule "root"'],
    ['root ::= ("a"', 'needs ")" in line 1, column 14, got the end of the line'],
    ["root ::= y", 'no rule "y"'],
    ['root ::= "a\\q"', "in line 1, column 12"],
    ["root ::= [b-a]", "ranges"],
    ["root ::= [ab", "the end of the text"],
    ['root = "a"', "needs ::= in line 1"],
    ['root ::= "a"\nroot ::= "b"', 'two rules "root"'],
    ['root ::= <think> "a"', "tokens in <…>"],
    ['root ::= "a" root', "no text at all"],
    [`root ::= ${"(".repeat(5000)}`, "200 groups"],
    [`root ::= a{99999}\na ::= [a-z] [a-z]`, "too large"],
  ])("%j is refused", (source, message) => {
    expect(() => gbnf(source)).toThrow(InvalidInputError);
    expect(() => gbnf(source)).toThrow(message);
  });

  test("stacks of calls that cannot be told apart are many, and then refused", () => {
    const grammar = gbnf('root ::= "a" (x | y)\nx ::= root? "b"\ny ::= root? "c"');
    expect(grammar.accepts("aaabcb")).toBe(true);
    expect(() => grammar.accepts("a".repeat(100))).toThrow("more than 5000 ways");
  });

  test("what ends with itself takes no room", () => {
    const grammar = gbnf('root ::= [a-z] root | "."');
    expect(grammar.accepts(`${"a".repeat(100_000)}.`)).toBe(true);
  });
});
