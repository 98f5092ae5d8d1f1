// Documents with labels on the command line: from JSON lines and tables to texts by title and author.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "../../src/entries/node.js";
import { folder, json, simdream } from "./command-line.js";

const authors = ["Ann", "Bo"];
const poems = Array.from({ length: 24 }, (_, i) => ({
  title: `on ${"abcdefghijkl"[i % 12]}${i}`,
  author: authors[i % 2],
  year: 1900 + (i % 3),
  lines: i % 2 === 0 ? ["la la", "lo lo"] : ["di di", "da da"],
}));
const jsonl = poems
  .map(({ lines, ...rest }) => `${JSON.stringify({ ...rest, text: lines })}\n`)
  .join("");
const tsv = [
  "author\ttitle\tpoem",
  ...poems.map(({ title, author, lines }) => [author, title, lines.join(" / ")].join("\t")),
].join("\r\n");

const quick = ["--hidden", "16", "--steps", "60", "--batch", "8", "--lr", "0.02"];
const out = ["--out", "m.safetensors"];

/** A folder with the poems in both forms. */
function library(): string {
  const cwd = folder();
  writeFileSync(join(cwd, "poems.jsonl"), jsonl);
  writeFileSync(join(cwd, "poems.tsv"), tsv);
  return cwd;
}

async function loaded(cwd: string, name = "m.safetensors"): Promise<LanguageModel> {
  return LanguageModel.load(readFileSync(join(cwd, name)));
}

describe("JSON lines", () => {
  const cwd = library();
  let said = "";
  beforeAll(async () => {
    const args = ["train", "poems.jsonl", "--label-fields", "title,author,year", ...out, ...quick];
    const { stdout, code, stderr } = await simdream(args, { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
    said = stdout;
  });

  it("become documents with the library's bits", async () => {
    expect(said).toContain("records, a document a line, with labels title, author, year");
    const { labels, ...model } = await loaded(cwd);
    expect(labels).toEqual([
      { name: "title", kind: "text" },
      { name: "author", kind: "category", values: ["Ann", "Bo"] },
      { name: "year", kind: "category", values: ["1900", "1901", "1902"] },
    ]);
    const corpus = poems.map(({ title, author, year, lines }) => ({
      text: lines.join("\n"),
      labels: { title, author, year: String(year) },
    }));
    const { embed, hidden, layers, dropout, seed } = model.config as never;
    const own = await LanguageModel.create({ corpus, embed, hidden, layers, dropout, seed });
    await own.fit(corpus, { steps: 60, batch: 8, lr: 0.02 });
    expect((await loaded(cwd)).fingerprint()).toBe(own.fingerprint());
  });

  it("generate --label asks for some of them", async () => {
    const ask = (...labels: string[]) => {
      const args = labels.flatMap((label) => ["--label", label]);
      return simdream(["generate", "m.safetensors", "--json", "--seed", "3", ...args], { cwd });
    };
    const model = await loaded(cwd);
    const found = json<{ text: string; labels: object }>(
      await ask("author=Bo", "title=on a\\u0031"),
    );
    const labels = { author: "Bo", title: "on a1" };
    expect(found.labels).toEqual(labels);
    expect(found.text).toBe(model.generate({ labels, seed: 3 }).text);
    const { stderr, code } = await ask("author=Bob");
    expect({ stderr, code }).toEqual({
      stderr: 'simdream: --label author: the model does not know "Bob"; did you mean "Bo"?\n',
      code: 2,
    });
    expect((await ask("writer=Bo")).stderr).toContain(
      '--label: the model does not know the label "writer"; it knows title, author, year',
    );
    expect(await ask("author")).toMatchObject({ code: 2 });
    expect((await ask("author=Bo", "author=Ann")).stderr).toContain("author is given twice");
  });

  it("evaluate and inspect know the model's labels", async () => {
    const model = await loaded(cwd);
    const { nats } = json<{ nats: number }>(
      await simdream(["evaluate", "m.safetensors", "poems.jsonl", "--json"], { cwd }),
    );
    const documents = poems.map(({ title, author, year, lines }) => ({
      text: lines.join("\n"),
      labels: { title, author, year: String(year) },
    }));
    expect(nats).toBe(model.score(documents).nats);
    const { stdout } = await simdream(["inspect", "m.safetensors"], { cwd });
    expect(stdout).toContain("title: a text");
    expect(stdout).toContain("author: Ann, Bo");
    const shown = json<{ labels: object }>(
      await simdream(["inspect", "m.safetensors", "--json"], { cwd }),
    );
    expect(shown.labels).toEqual(model.labels);
  });

  it("of an interrupted run, and for further training, are read with the model's labels", async () => {
    const half = ["--steps", "30", "--keep-state", "--schedule", "constant"];
    const named = ["--label-fields", "title,author,year", "--out", "half.safetensors"];
    await simdream(["train", "poems.jsonl", ...quick, ...half, ...named], { cwd });
    const args = ["poems.jsonl", "--steps", "60", "--out", "whole.safetensors"];
    const ended = await simdream(["train", "--resume", "half.safetensors", ...args], { cwd });
    expect(ended.stderr).toBe("");
    const whole = await loaded(cwd, "whole.safetensors");
    expect(whole.fingerprint()).toBe((await loaded(cwd)).fingerprint());
    writeFileSync(join(cwd, "new.jsonl"), jsonl.replace('"Bo"', '"Cy"'));
    const further = ["train", "new.jsonl", "--from", "m.safetensors", "--out", "n.safetensors"];
    const { stderr, code } = await simdream([...further, "--steps", "2"], { cwd });
    expect({ stderr, code }).toEqual({
      stderr: expect.stringContaining('new.jsonl:2: labels.author: the model does not know "Cy"'),
      code: 1,
    });
  });

  it("have their text as lines where they have no field text", async () => {
    const cwd = library();
    const records = poems.map((poem) => JSON.stringify(poem)).join("\n");
    writeFileSync(join(cwd, "verses.jsonl"), records);
    const { stderr } = await simdream(["train", "verses.jsonl", ...quick, ...out], { cwd });
    expect(stderr).toBe("");
    expect((await loaded(cwd)).tokenizer.toJSON()).toMatchObject({ characters: "\n adilo" });
  });

  it("without --label-fields are plain documents", async () => {
    const args = ["train", "poems.jsonl", "--out", "plain.safetensors", ...quick];
    const { stdout } = await simdream(args, { cwd });
    expect(stdout).toContain("without labels");
    const model = await loaded(cwd, "plain.safetensors");
    expect(model.labels).toEqual([]);
    expect(model.tokenizer.toJSON()).toMatchObject({ characters: "\n adilo" });
  });
});

describe("a table", () => {
  it("has the names of its columns in the first line", async () => {
    const cwd = library();
    const fields = ["--label-fields", "author:text,title", "--text-field", "poem"];
    const bpe = ["--tokenizer", "bpe", "--vocab", "270"];
    const ended = await simdream(["train", "poems.tsv", ...fields, ...bpe, ...quick, ...out], {
      cwd,
    });
    expect({ ...ended, stdout: "" }).toMatchObject({ code: 0 });
    const model = await loaded(cwd);
    expect(model.labels.map(({ name, kind }) => [name, kind])).toEqual([
      ["author", "text"],
      ["title", "text"],
    ]);
    const evaluated = ["evaluate", "m.safetensors", "poems.tsv", "--text-field", "poem", "--json"];
    const documents = poems.map(({ title, author, lines }) => {
      return { text: lines.join(" / "), labels: { title, author } };
    });
    expect(json<{ nats: number }>(await simdream(evaluated, { cwd })).nats).toBe(
      model.score(documents).nats,
    );
  });
});

describe("what is no record is refused with file and line", () => {
  const cwd = library();
  const cases: readonly (readonly [name: string, text: string, options: string[], says: string])[] =
    [
      [
        "a.jsonl",
        '{"text":"a"}\n\nplain',
        [],
        'a.jsonl:3: expected a JSON object such as {"text": "…"}, got plain',
      ],
      ["b.jsonl", "[1]", [], "b.jsonl:1: expected a JSON object"],
      [
        "c.jsonl",
        '{"text":"a"}\n{"body":"b"}',
        [],
        'c.jsonl:2: expected a text, or a list of its lines, as "text", got nothing; it has body',
      ],
      [
        "d.jsonl",
        '{"text":["a",1]}',
        [],
        'd.jsonl:1: expected a text, or a list of its lines, as "text", got ["a",1]',
      ],
      [
        "e.jsonl",
        '{"text":""}',
        [],
        'e.jsonl:1: expected a text, or a list of its lines, as "text", got ""',
      ],
      [
        "f.jsonl",
        '{"text":"a","by":["x"]}',
        ["--label-fields", "by"],
        'f.jsonl:1: expected a text as the label "by", got ["x"]',
      ],
      [
        "g.jsonl",
        '{"text":"a","by":null}',
        ["--label-fields", "by"],
        'no record has the label "by"; they have text, by',
      ],
      [
        "h.tsv",
        "text\tby\na\tb\nc",
        ["--label-fields", "by"],
        'h.tsv:3: expected 2 cells between tabs, got 1 in "c"',
      ],
      [
        "i.tsv",
        "a\tb\n",
        ["--label-fields", "b"],
        'i.tsv:1: expected names of columns between tabs that differ, "text" among them',
      ],
      [
        "j.tsv",
        "text\tby\n",
        ["--label-fields", "by"],
        "expected records after the names of the columns",
      ],
      [
        "k.tsv",
        "text\tby\na\tb\n",
        ["--label-fields", "by:name"],
        "--label-fields must be names that differ",
      ],
      [
        "l.tsv",
        "text\tby\na\tb\n",
        ["--label-fields", "by,by"],
        "--label-fields must be names that differ",
      ],
      ["m.jsonl", '{"text":"a"}', ["--label-dropout", "0.2"], "--label-dropout is for labels"],
      [
        "n.jsonl",
        '{"text":"a"}',
        ["--label-fields", "by", "--documents", "lines"],
        "--documents is for files of texts",
      ],
      [
        "o.jsonl",
        '{"text":"a","b c":"x"}',
        ["--label-fields", "b c"],
        "the name of a label must have",
      ],
      [
        "p.jsonl",
        '{"text":"a"}\n{"text":"a","by":"b\\ud800"}',
        ["--label-fields", "by"],
        'p.jsonl:2: "by" has half a character',
      ],
    ];

  it.each(cases)("%s", async (name, text, options, says) => {
    writeFileSync(join(cwd, name), text);
    const { code, stderr } = await simdream(["train", name, ...options, ...out, ...quick], { cwd });
    expect(stderr).toContain(says);
    expect(code).toBeGreaterThan(0);
  });
});
