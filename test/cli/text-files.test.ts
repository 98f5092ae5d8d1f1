// How files become texts and documents.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { arrange, arrangements, readText } from "../../src/cli/io/files.js";
import { readPairFiles } from "../../src/cli/io/pair-files.js";
import { folder, simdream } from "./command-line.js";

const file = (text: string, path = "own.txt") => ({ path, pieces: [text] });

describe("several files as one text", () => {
  it("have a line break between them where the first has none at its end", () => {
    expect(arrange([file("bob"), file("carla")], "none")).toBe("bob\ncarla");
    for (const end of ["\n", "\r\n", "\r"]) {
      expect(arrange([file(`bob${end}`), file(""), file("carla")], "none")).toBe(`bob${end}carla`);
    }
    expect(arrange([file("bob"), file("")], "none")).toBe("bob");
    expect(arrange([file("bob"), file("carla")], "files")).toEqual(["bob", "carla"]);
  });

  it("can be arranged as version 0.1 did, for the runs that it began", () => {
    expect([...arrangements([file("bob"), file("carla")], "none")]).toEqual([
      "bob\ncarla",
      "bobcarla",
    ]);
    expect([...arrangements([file("bob\n"), file("carla")], "none")]).toHaveLength(1);
    expect([...arrangements([file("bob"), file("carla")], "lines")]).toHaveLength(1);
  });

  it("that are too long together are refused with both numbers and a way out", () => {
    const long = file("x".repeat(2 ** 28));
    expect(() => arrange([long, long, long], "none")).toThrow(
      /^own.txt, own.txt, own.txt: 805,306,370 characters, one text can have at most [\d,]+; use a part/,
    );
  });
});

it("a document a line, whatever ends the lines", async () => {
  const cwd = folder();
  for (const [name, end] of Object.entries({ cr: "\r", lf: "\n", crlf: "\r\n" })) {
    writeFileSync(join(cwd, name), ["ann", "bob", "cat"].join(end));
    const args = ["train", name, "--documents", "lines", "--val", "0", "--steps", "1"];
    const { stdout } = await simdream([...args, "--out", "m.safetensors"], { cwd });
    expect(stdout).toContain("3 documents, 9 characters");
    const { pairs } = readPairFiles([join(cwd, name)], { targetColumn: 0 });
    expect(pairs).toHaveLength(3);
  }
});

describe("a file that is too large for one string", () => {
  const cwd = folder();
  const path = join(cwd, "large.txt");

  it.each(["\n", "\r\n", "\r"])("is read in pieces that end with %j", (end) => {
    const lines = Array.from({ length: 50 }, (_, i) => `${i}: 今天下雨。`);
    const text = `${lines.slice(0, 20).join(end)}${end}\ufeff${lines.slice(20).join(end)}`;
    writeFileSync(path, `\ufeff${text}`);
    for (const most of [64, 100, 500]) {
      const { pieces } = readText(path, most);
      expect(pieces.length).toBeGreaterThan(2);
      expect(pieces.join("")).toBe(text);
      expect(arrange([{ path, pieces }], "lines")).toEqual(arrange([file(text)], "lines"));
    }
    expect(readText(path).pieces).toEqual([text]);
  });

  it("says where a line is too long, or a byte is wrong", () => {
    writeFileSync(path, `short\n${"x".repeat(80)}\n`);
    expect(() => readText(path, 64)).toThrow("has a line of more than 64 bytes");
    writeFileSync(path, Uint8Array.of(...new TextEncoder().encode("abc\n".repeat(20)), 0xff));
    expect(() => readText(path, 64)).toThrow(
      /from its byte 80 on, is not valid UTF-8: .* offset 0/,
    );
  });
});
