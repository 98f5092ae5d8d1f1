import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { cli, folder, simdream } from "./command-line.js";

const cwd = folder();
const { version } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string };

it("shows help and version", async () => {
  const commands = [
    "train",
    "generate",
    "translate",
    "chat",
    "evaluate",
    "compare",
    "inspect",
    "quantize",
    "plot",
    "import",
    "export",
  ];
  for (const command of [...commands, "serve", "demo"]) {
    const { code, stdout, stderr } = await simdream([command, "--help"], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`Usage: simdream ${command}`);
    expect(stdout).toContain("--json");
    if (command !== "demo") expect(stdout).toContain("Examples:");
  }
  expect((await simdream(["train", "--help"], { cwd })).stdout).toMatch(
    /--steps <n> .*\(default: by the size of the data\)/,
  );
  expect((await simdream(["--version"], { cwd })).stdout).toBe(`${version}\n`);
  expect((await simdream(["--help"], { cwd })).stdout).toContain("generate");
});

it("shows the options of one kind of model, and names the others", async () => {
  const help = async (...args: string[]) =>
    (await simdream(["train", ...args, "--help"], { cwd })).stdout;
  const language = await help();
  expect(language).toMatch(/--network <kind> .*\(default: lstm\)/);
  expect(language).toMatch(/--batch <n> .*\(default: by the size of the data\)/);
  expect(language).toContain("--documents");
  expect(language).toContain("simdream train --model seq2seq --help");
  expect(language).not.toContain("--attention <kind>");
  expect(await help("--model", "lstm")).toBe(language);
  const pairs = await help("--model", "seq2seq");
  expect(pairs).toMatch(/--batch <n> .*\(default: by the size of the data\)/);
  expect(pairs).toContain("--attention <kind>");
  expect(pairs).toContain("--decay <what>");
  expect(pairs).toMatch(/--network <kind> .*\(default: lstm\)/);
  expect(pairs).not.toMatch(/--documents <|--seq-len|--window/);
});

it("has its options in docs/options.md", () => {
  const script = fileURLToPath(new URL("../../scripts/option-tables.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

it("exits 2 where the command line is wrong", async () => {
  const out = ["--out", "m.safetensors"];
  const wrong: [string[], RegExp][] = [
    [["trian"], /unknown command 'trian'/],
    [["train", "text.txt", ...out, "--stepz", "3"], /unknown option '--stepz'/],
    [["train", ...out], /missing required argument 'files'/],
    [["train", "text.txt"], /train needs --out/],
    [["generate"], /missing required argument 'model'/],
    [["generate", "a", "b"], /too many arguments/],
    [["train", "text.txt", ...out, "--steps", "abc"], /Expected a number/],
    [["train", "text.txt", ...out, "--steps"], /argument missing/],
    [["train", "text.txt", ...out, "--steps", "0"], /--steps must be a whole number of at least 1/],
    [["train", "text.txt", ...out, "--steps", "1.5"], /--steps must be a whole number/],
    [["train", "text.txt", ...out, "--lr", "-1"], /--lr must be a number above 0/],
    [["train", "text.txt", ...out, "--val", "2"], /--val must be/],
    [["train", "text.txt", ...out, "--hidden", "0"], /--hidden must be/],
    [["train", "text.txt", ...out, "--lr-min", "2"], /--lr-min must be/],
    [["train", "text.txt", ...out, "--betas", "0.9"], /Expected two numbers/],
    [["train", "text.txt", ...out, "--betas", "0.9,1"], /--betas must be/],
    [["train", "text.txt", ...out, "--shards", "0"], /--shards must be a whole number/],
    [["train", "text.txt", ...out, "--shards", "33"], /--shards must be at most batch/],
    [["train", "text.txt", ...out, "--workers", "0"], /--workers must be a whole number/],
    [["train", "text.txt", ...out, "--vocab", "300"], /--vocab is for the tokenizer "bpe" only/],
    [["train", "text.txt", ...out, "--model", "gpt"], /Allowed choices are language, seq2seq/],
    [["train", "text.txt", ...out, "--schedule", "x"], /Allowed choices are constant/],
    [["train", "text.txt", ...out, "--checkpoint-every", "0"], /whole number of at least 1/],
    [["train", "text.txt", ...out, "--max-length", "9"], /--max-length is for documents/],
    [["train", "text.txt", ...out, "--documents", "lines", "--seq-len", "9"], /--seq-len is for/],
    [["train", "text.txt", ...out, "--val", "0", "--patience", "2"], /--patience needs validation/],
  ];
  const ends = await Promise.all(
    wrong.map(async ([args, message]) => ({ ...(await simdream(args, { cwd })), args, message })),
  );
  for (const { code, stdout, stderr, args, message } of ends) {
    expect({ code, stdout, args }).toEqual({ code: 2, stdout: "", args });
    expect(stderr).toMatch(/^simdream: [^\n]*\n(\(Did you mean [^\n]*\)\n)?$/);
    expect(stderr).toMatch(message);
  }
  const bare = await simdream([], { cwd });
  expect(bare).toMatchObject({ code: 2, stderr: expect.stringContaining("Usage: simdream") });
});

it("shows where an error comes from only when asked", async () => {
  const env = { SIMDREAM_DEBUG: "1" };
  const { stderr } = await simdream(["inspect", "text.txt"], { cwd, env });
  expect(stderr).toMatch(/\n {4}at /);
  expect(stderr).toMatch(/\nsimdream: text\.txt/);
  expect((await simdream(["inspect", "text.txt"], { cwd })).stderr).not.toContain("\n    at ");
});

it("is one file that needs no package", () => {
  const imports = readFileSync(cli, "utf8").matchAll(/(?:(?<!")from|require\()\s*"([\w@./:-]+)"/g);
  const names = Array.from(imports, ([, name]) => name).filter((name) => !isBuiltin(name));
  expect([...new Set(names)].sort()).toEqual([
    "./corpus.js",
    "./grammar.js",
    "./index.js",
    "./insight.js",
    "./node.js",
    "./style.js",
  ]);
});

it.each([
  ["train", "--learning-rate", "--lr"],
  ["train", "--batch_size", "--batch"],
  ["train", "--epoch", "--epochs"],
  ["train", "--num-layers", "--layers"],
  ["generate", "--max_new_tokens", "--max-tokens"],
  ["generate", "--top_p", "--top-p"],
])("%s %s: did you mean %s?", async (command, given, meant) => {
  const ended = await simdream([command, "x", given, "1"], { cwd: folder() });
  expect(ended.code).toBe(2);
  expect(ended.stderr).toBe(`simdream: unknown option '${given}'; did you mean ${meant}?\n`);
});
