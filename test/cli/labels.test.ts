import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder, json, simdream } from "./command-line.js";

const poems = [
  { title: "春", author: "甲", text: "春風吹\n花又開" },
  { title: "夏", author: "乙", text: ["夏雨下", "水長流"] },
  { title: "秋", author: "甲", text: "秋月明\n人不眠" },
  { title: "冬", author: "乙", text: "冬雪白\n山無聲" },
];
const jsonl = poems.map((poem) => JSON.stringify(poem)).join("\n");
const tsv = "author\tcontent\nx\tab\ny\tcd\nx\tef\ny\tgh\n";
const small = ["--hidden", "8", "--layers", "1", "--steps", "3", "--out", "m.safetensors"];

function files(own: Record<string, string>): string {
  const cwd = folder();
  for (const [name, content] of Object.entries(own)) writeFileSync(join(cwd, name), content);
  return cwd;
}

describe.each(["lstm", "transformer"])("labels with --network %s", (network) => {
  it("are learned from JSON lines, shown, asked for, measured, and learned further", async () => {
    const cwd = files({ "poems.jsonl": jsonl });
    const train = [
      "train",
      "poems.jsonl",
      "--label-fields",
      "title,author",
      "--network",
      network,
      ...small,
    ];
    expect(await simdream(train, { cwd })).toMatchObject({ code: 0, stderr: "" });
    const shown = await simdream(["inspect", "m.safetensors"], { cwd });
    expect(shown.stdout).toMatch(/label title +any text\nlabel author +乙, 甲\n/);
    const ask = ["generate", "m.safetensors", "--label", "author=甲", "--label", "title=春"];
    const { samples } = json<{ samples: unknown[] }>(await simdream([...ask, "--json"], { cwd }));
    expect(samples).toHaveLength(1);
    const score = json<{ tokens: number }>(
      await simdream(["evaluate", "m.safetensors", "poems.jsonl", "--json"], { cwd }),
    );
    expect(score.tokens).toBe(4 * 8);
    const further = [
      "train",
      "poems.jsonl",
      "--from",
      "m.safetensors",
      "--steps",
      "2",
      "--out",
      "n.safetensors",
    ];
    expect(await simdream(further, { cwd })).toMatchObject({ code: 0 });
  });
});

it("reads a table of columns, and kinds of fields", async () => {
  const cwd = files({ "words.tsv": tsv });
  const train = ["train", "words.tsv", "--label-fields", "author:text", ...small];
  expect(await simdream(train, { cwd })).toMatchObject({ code: 0, stderr: "" });
  const shown = await simdream(["inspect", "m.safetensors"], { cwd });
  expect(shown.stdout).toMatch(/label author +any text\n/);
});

const faults: [name: string, content: string, options: string[], message: string][] = [
  ["no JSON", `${jsonl}\n{"title":`, [], 'own.jsonl line 5: expected a JSON object, got {"title":'],
  ["a list", "[1]", [], "own.jsonl line 1: expected a JSON object, got [1]"],
  [
    "no text",
    '{"body":"a"}',
    [],
    "own.jsonl line 1: no field text, lines, content; its fields are body: --text-field names the text's",
  ],
  ["a number", '{"text":5}', [], "own.jsonl line 1: text must be a text or a list of lines, got 5"],
  [
    "a field that is nowhere",
    jsonl,
    ["--label-fields", "writer"],
    "own.jsonl: no document has a field writer",
  ],
  [
    "an object as label",
    '{"text":"a","author":{}}',
    ["--label-fields", "author"],
    "own.jsonl line 1: author must be a text, a number, true or false, got {}",
  ],
];

it.each(faults)("says what is wrong: %s", async (_, content, options, message) => {
  const cwd = files({ "own.jsonl": content });
  const said = await simdream(["train", "own.jsonl", ...options, ...small], { cwd });
  expect(said).toMatchObject({ code: 1, stderr: `simdream: ${message}\n` });
});

it("says what is wrong with a table", async () => {
  const run = async (content: string, fields: string) => {
    const cwd = files({ "own.tsv": content });
    return (await simdream(["train", "own.tsv", "--label-fields", fields, ...small], { cwd }))
      .stderr;
  };
  expect(await run(tsv, "writer")).toContain(
    "its first line must name the columns, writer among them",
  );
  expect(await run(`${tsv}z\n`, "author")).toContain(
    "own.tsv line 6: expected 2 columns between tabs, got 1",
  );
});

it("refuses labels that a model does not know", async () => {
  const cwd = files({ "poems.jsonl": jsonl, "plain.txt": "one\ntwo\nthree\n" });
  await simdream(["train", "poems.jsonl", "--label-fields", "author", ...small], { cwd });
  const ask = (label: string) => simdream(["generate", "m.safetensors", "--label", label], { cwd });
  expect((await ask("author=丙")).stderr).toBe(
    'simdream: labels.author: the model has never seen "丙" (it knows 乙, 甲)\n',
  );
  expect((await ask("autor=甲")).stderr).toContain(
    'no field "autor" (it knows author); did you mean "author"?',
  );
  expect(await ask("author")).toMatchObject({ code: 2 });
  const other = [
    "train",
    "poems.jsonl",
    "--label-fields",
    "title",
    "--from",
    "m.safetensors",
    "--out",
    "n.safetensors",
  ];
  expect((await simdream(other, { cwd })).code).toBe(2);
  await simdream(["train", "plain.txt", "--documents", "lines", ...small], { cwd });
  expect((await ask("author=甲")).stderr).toContain("this model knows none");
});
