// Levels of text: where one ends, what symbols are, and what is refused.

import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { GridSet, InvalidInputError } from "../../../src/entries/index.js";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("levels of text", () => {
  test("one a file, with its name", async () => {
    const set = await GridSet.fromText(
      [
        { name: "a.txt", bytes: bytes("--E\n-X-\n") },
        { name: "b.txt", text: "X-\r\n--", label: "cave", labels: { hard: true } },
        { name: "c.txt", text: "X", label: "sky", labels: { hard: false } },
      ].map((file) => ({ label: "sky", ...file, labels: { hard: false, ...file.labels } })),
    );
    expect(set.symbols).toEqual(["-", "E", "X"]);
    expect(set.names).toEqual(["a.txt", "b.txt", "c.txt"]);
    expect(set.grids[0]).toEqual({ width: 3, height: 2, cells: Uint16Array.of(0, 0, 1, 0, 2, 0) });
    expect([0, 1, 2].map((i) => set.text(i))).toEqual(["--E\n-X-", "X-\n--", "X"]);
    expect(set.classes()).toEqual(["cave", "sky"]);
    expect(set.where("hard", "true").text(0)).toBe("X-\n--");
  });

  test("many in one, separated by empty lines or lines that begin with a semicolon", async () => {
    const set = await GridSet.fromText("; first\n##\n# \n\n;second\n#@\n\n\n  \n; \n.\n");
    expect(Array.from({ length: 4 }, (_, i) => set.text(i))).toEqual(["##\n# ", "#@", "  ", "."]);
    expect(set.names).toEqual(["first", "second", "2", "3"]);
    const file = { name: "all.txt", text: "#\n\n; two\n#" };
    expect((await GridSet.fromText(file)).names).toEqual(["all.txt#0", "all.txt#two"]);
    expect((await GridSet.fromText("#")).names).toBeUndefined();
  });

  test("gzipped, with a byte order mark, and in characters beyond U+FFFF", async () => {
    const text = "\uFEFF🌲🌲.\n.🏠é\n";
    for (const file of [text, bytes(text), new Uint8Array(gzipSync(text))]) {
      const set = await GridSet.fromText(file);
      expect(set.symbols).toEqual([".", "é", "🌲", "🏠"]);
      expect(set.text(0)).toBe("🌲🌲.\n.🏠é");
    }
  });

  test("ragged lines are refused, naming file, level and line, or filled up", async () => {
    const text = "; a\n##\n##\n; b\n###\n#\n###";
    await expect(GridSet.fromText({ name: "x.txt", text })).rejects.toThrow(
      'x.txt, level "b": the lines of a level have one length, got 1 characters in line 6 and 3 in line 5',
    );
    expect((await GridSet.fromText(text, { pad: " " })).text(1)).toBe("###\n#  \n###");
  });

  test.each<[unknown, object | undefined, RegExp]>([
    ["", undefined, /no level in the text/],
    ["; only a name\n\n", undefined, /no level/],
    [[], undefined, /no file of levels/],
    ["a\tb", undefined, /line 1: a tab at column 2/],
    ["ab\n\u0001b", undefined, /line 2: the control character "\\u0001" at column 1/],
    ["a\uD800", undefined, /the text/],
    [Uint8Array.of(0x61, 0xff), undefined, /not valid UTF-8/],
    [Uint8Array.of(0x1f, 0x8b, 8, 0), undefined, /damaged/],
    [7, undefined, /must be a Uint8Array/],
    [{ name: "a" }, undefined, /a must have either bytes or text/],
    ["a", { pad: "ab" }, /pad must be one character/],
    ["a", { group: "both" }, /group must be one of none, file/],
    ["a", { pads: "a" }, /did you mean pad/],
  ])("%j with %j is refused", async (files, options, message) => {
    const made = GridSet.fromText(files as string, options);
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.toBeInstanceOf(InvalidInputError);
  });
});
