import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../src/host/errors.js";
import { checkText, decodeUtf8, place } from "../../src/text/utf8.js";

const bytes = (...values: number[]) => Uint8Array.from(values);
const utf8 = (text: string) => new TextEncoder().encode(text);

function message(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

describe("decodeUtf8", () => {
  it.each([
    "",
    "abc\n",
    "今天的天气\r\n",
    "👩‍🚀🇨🇳",
    "\u0000\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}",
  ])("reads %j", (text) => expect(decodeUtf8(utf8(text), "a.txt")).toBe(text));

  it("strips one byte order mark, and only at the start", () => {
    expect(decodeUtf8(utf8("\ufeff你好\ufeff"), "a.txt")).toBe("你好\ufeff");
    expect(decodeUtf8(utf8("\ufeff\ufeffa"), "a.txt")).toBe("\ufeffa");
  });

  it("names file, byte, offset and line", () => {
    const latin1 = bytes(...utf8("你好\nna"), 0xef, ...utf8("ve\n"));
    expect(message(() => decodeUtf8(latin1, "names.txt"))).toBe(
      "names.txt is not valid UTF-8: byte 0xEF at offset 9, line 2; save it as UTF-8",
    );
  });

  it("recognises UTF-16", () => {
    for (const mark of [bytes(0xff, 0xfe, 0x41, 0), bytes(0xfe, 0xff, 0, 0x41)]) {
      expect(message(() => decodeUtf8(mark, "a.txt"))).toContain("starts like UTF-16");
    }
    expect(message(() => decodeUtf8(bytes(0xff), "a.txt"))).not.toContain("UTF-16");
  });

  it.each([
    ["a lone continuation byte", [0x80], 0],
    ["an overlong slash", [0x41, 0xc0, 0xaf], 1],
    ["an overlong three-byte form", [0x41, 0xe0, 0x9f, 0xbf], 1],
    ["an overlong four-byte form", [0xf0, 0x8f, 0xbf, 0xbf], 0],
    ["a surrogate", [0x41, 0x42, 0xed, 0xa0, 0x80], 2],
    ["a code point above U+10FFFF", [0xf4, 0x90, 0x80, 0x80], 0],
    ["a byte that never occurs", [0x41, 0xf5, 0x80, 0x80, 0x80], 1],
    ["a sequence cut by a letter", [0xe4, 0xbd, 0x41], 0],
    ["a sequence cut by the end", [0x41, 0xf0, 0x9f, 0x98], 1],
    ["damage after a byte order mark", [0xef, 0xbb, 0xbf, 0xff], 3],
  ])("finds %s", (_, values, offset) => {
    expect(message(() => decodeUtf8(bytes(...values), "x"))).toContain(`at offset ${offset},`);
  });

  it("agrees with TextDecoder about every lead byte", () => {
    const seconds = [0x0a, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    const tails = [[], [0x80], [0x80, 0xbf], [0x80, 0x41], [0xbf, 0xc0]];
    for (let lead = 0; lead < 256; lead++) {
      for (const second of seconds) {
        for (const tail of tails) {
          const input = bytes(0x41, lead, second, ...tail);
          const lenient = new TextDecoder().decode(input);
          const damage = lenient.indexOf("\ufffd");
          if (damage < 0) {
            expect(decodeUtf8(input, "x")).toBe(lenient);
          } else {
            const offset = utf8(lenient.slice(0, damage)).length;
            expect(message(() => decodeUtf8(input, "x"))).toContain(`at offset ${offset},`);
          }
        }
      }
    }
  });
});

describe("checkText", () => {
  it("passes pairs and refuses halves", () => {
    expect(checkText("text", "a😀b")).toBe("a😀b");
    for (const text of ["a\n好😀\ud83d", "a\n好😀\ude00x", "a\n好😀\ude00\ud83d"]) {
      expect(message(() => checkText("text", text))).toMatch(
        /^text has half a character \(lone surrogate U\+D[0-9A-F]{3}\) at line 2, column 3;/,
      );
    }
  });

  it("refuses what is no string", () => {
    expect(message(() => checkText("text", 7))).toBe("text must be a string, got 7");
  });
});

it("place counts lines and code points from 1", () => {
  expect(place("ab", 0)).toBe("line 1, column 1");
  expect(place("a\n\n😀x", 5)).toBe("line 3, column 2");
});
