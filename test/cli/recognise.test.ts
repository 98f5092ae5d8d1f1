// What files are taken for where no option says it.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recognise } from "../../src/cli/io/recognise.js";
import { folder, names, simdream, text } from "./command-line.js";
import { lines as pairs } from "./pairs.js";

/** Words as prose has them, cut at a width. */
function wrapped(width: number): string {
  const words = text.replace(/[\d:\n]+/g, " ").split(/\s+/);
  let line = "";
  const lines = [];
  for (const word of words) {
    if (line.length + word.length > width) {
      lines.push(line);
      line = "";
    }
    line += `${line ? " " : ""}${word}`;
  }
  return [...lines, line].join("\n");
}

const corpus = (name: string) =>
  readFileSync(new URL(`../../src/corpus/${name}.txt`, import.meta.url), "utf8");
const verses = ["The woods are quiet, and the road", "is long, and nobody is there;", "I walk"];

describe("a file is recognised as", () => {
  const cases: [string, string, string][] = [
    ["names", names.join("\n"), "lines"],
    ["names with CRLF and an empty line at the end", `${names.join("\r\n")}\r\n\r\n`, "lines"],
    ["names of two words", names.map((a) => `Mx ${a}`).join("\n"), "lines"],
    ["English sentences, one a line", corpus("en"), "lines"],
    ["Chinese sentences, one a line", corpus("zh"), "lines"],
    ["couplets", Array(20).fill("床 前 明 月 光\n疑 是 地 上 霜").join("\n"), "lines"],
    ["pairs", pairs.join("\n"), "pairs"],
    ["pairs of two columns", Array(9).fill("a b\tc").join("\n"), "pairs"],
    ["one damaged line of many pairs", `${pairs.join("\n")}\nno tab\n`, "pairs"],
    ["prose of 70 columns", wrapped(70), "text"],
    ["prose of 30 columns", wrapped(30), "text"],
    ["paragraphs", text, "text"],
    ["verses", Array(9).fill(verses.join("\n")).join("\n"), "text"],
    ["stanzas", Array(9).fill(["Rain falls", "It is cold", ""].join("\n")).join("\n"), "text"],
    ["a long line", "word ".repeat(9999), "text"],
    ["a few lines", "a\nb\nc", "text"],
    ["a table of four columns", Array(20).fill("1\t2\t3\t4").join("\n"), "lines"],
    ["nothing", "", "text"],
  ];
  it.each(cases)("%s", (_, content, reading) => {
    expect(recognise(content)).toBe(reading);
  });
});

describe("train", () => {
  const size = ["--embed", "4", "--hidden", "8", "--steps", "2", "--out", "m.safetensors"];
  const said = async (files: Record<string, string>, ...options: string[]) => {
    const cwd = folder();
    for (const [name, content] of Object.entries(files)) writeFileSync(join(cwd, name), content);
    const args = ["train", ...Object.keys(files), ...size, ...options];
    const { code, stdout, stderr } = await simdream(args, { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  };

  it("says what it takes the files for, and how to have them otherwise", async () => {
    const a = names.join("\n");
    const documents = await said({ a });
    expect(documents).toContain("49 documents");
    expect(documents).toMatch(/^read {3}as documents, one a line \(--documents none/m);
    expect(await said({ a, b: text })).toMatch(/^read {3}as one text \(--documents lines/m);
    expect(await said({ a }, "--documents", "none")).not.toMatch(/^read|documents,/m);
    expect(await said({ a }, "--seq-len", "8")).not.toMatch(/^read|documents,/m);
  });

  it("makes a model of pairs where the files are pairs", async () => {
    const files = { "pairs.tsv": pairs.join("\n") };
    const chosen = await said(files);
    expect(chosen).toMatch(/64 pairs[\s\S]*\nread {3}as pairs, one a line between tabs/);
    expect(await said(files, "--attention", "luong")).toContain("luong attention");
    for (const options of [
      ["--model", "language"],
      ["--batching", "windows"],
    ]) {
      expect(await said(files, ...options)).not.toContain("64 pairs");
    }
  });
});
