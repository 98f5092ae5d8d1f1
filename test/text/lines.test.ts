import { describe, expect, it } from "vitest";
import { readPairs } from "../../src/data/pair-text.js";
import { endsLine, linesOf, withoutLineEnd } from "../../src/text/lines.js";
import { decodeUtf8, place } from "../../src/text/utf8.js";

const ends = ["\n", "\r\n", "\r"];

describe.each(ends)("lines that end with %j", (end) => {
  it("are the same for every reader", () => {
    const text = ["ann\tb", "", "cat\td"].join(end);
    expect(linesOf(text)).toEqual(["ann\tb", "", "cat\td"]);
    expect(linesOf(text + end)).toEqual(linesOf(text));
    const { pairs, problems } = readPairs(`${text}${end}bad`);
    expect(pairs.map(({ source }) => source)).toEqual(["ann", "cat"]);
    expect(problems).toMatchObject([{ line: 4 }]);
  });

  it("are counted in errors", () => {
    expect(place(`ab${end}${end}cd`, 2 + 2 * end.length + 1)).toBe("line 3, column 2");
    const bytes = Uint8Array.of(...new TextEncoder().encode(`a${end}b${end}`), 0xff);
    expect(() => decodeUtf8(bytes, "a.txt")).toThrow("line 3;");
  });

  it("lose their end once", () => {
    expect(withoutLineEnd(`a${end}`)).toBe("a");
    expect(withoutLineEnd(`a${end}${end}`)).toBe(`a${end}`);
    expect([endsLine(`a${end}`), endsLine(`a${end}b`), endsLine("")]).toEqual([true, false, false]);
  });
});

it("the empty text has no line, and an empty line is one", () => {
  expect(linesOf("")).toEqual([]);
  expect(linesOf("\n")).toEqual([""]);
  expect(linesOf("a\u2028b\u0085c\fd")).toHaveLength(1);
});
