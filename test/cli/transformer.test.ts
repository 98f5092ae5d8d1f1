// What a Transformer refuses is said in the words of the command line, and nothing is written.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { folder, simdream } from "./command-line.js";

const cwd = folder();
const network = ["--network", "transformer", "--hidden", "8", "--layers", "1", "--steps", "2"];
const lines = Array.from({ length: 40 }, (_, i) => `the ${"abcdefgh"[i % 8]} sat`).join("\n");

beforeAll(async () => {
  writeFileSync(join(cwd, "names.txt"), lines);
  writeFileSync(join(cwd, "snow.txt"), "☃☃\n☃\n");
  writeFileSync(join(cwd, "pairs.tsv"), "abc\tcba\nbad\tdab\ncab\tbac\n".repeat(4));
  const text = ["train", "names.txt", "--documents", "none", "--context", "16", ...network];
  await simdream([...text, "--out", "text.safetensors"], { cwd });
  const documents = ["train", "names.txt", "--documents", "lines", ...network];
  await simdream([...documents, "--out", "lines.safetensors"], { cwd });
  const pairs = ["train", "pairs.tsv", "--context", "16", ...network];
  await simdream([...pairs, "--out", "pairs.safetensors"], { cwd });
});

const train = ["train", "names.txt", ...network, "--out", "none.safetensors"];
const long = ["--max-tokens", "40"];
const room = "got --max-tokens 40. Ask for fewer, shorten the prompt, or let it forget the oldest";

it.each([
  [[...train, "--documents", "none", "--context", "8", "--seq-len", "9"], "--seq-len (the model's"],
  [[...train, "--documents", "lines", "--context", "1"], "--context of documents must be"],
  [[...train, "--style", "gpt2", "--theta", "5"], "--theta is for --style llama"],
  [["generate", "text.safetensors", "--prompt", "the", ...long], `${room} with --overflow slide`],
  [["translate", "pairs.safetensors", "abc", ...long], `${room} with --overflow slide`],
  [["evaluate", "lines.safetensors", "snow.txt"], "knows no character of these documents"],
])("%j", async (args, message) => {
  const { code, stdout, stderr } = await simdream(args, { cwd });
  expect(stderr).toContain(`simdream: `);
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/maxTokens|seqLen|overflow:/);
  expect([1, 2]).toContain(code);
  expect(stdout).toBe("");
  expect(existsSync(join(cwd, "none.safetensors"))).toBe(false);
});

it("samples and answers end where --overflow stop says, or go on past the context", async () => {
  const asked = ["generate", "text.safetensors", "--prompt", "the", ...long, "--seed", "1"];
  const most = await simdream([...asked, "--overflow", "stop", "--json"], { cwd });
  expect(JSON.parse(most.stdout)).toMatchObject({ text: expect.stringMatching(/^.{14}$/s) });
  for (const overflow of ["stop", "slide"]) {
    const args = ["translate", "pairs.safetensors", "abc", ...long, "--overflow", overflow];
    expect(await simdream(args, { cwd })).toMatchObject({ code: 0, stderr: "" });
  }
});

it("the output has weights of its own with --no-tied, and in the resumed run, too", async () => {
  const own = ["train", "names.txt", ...network, "--no-tied", "--keep-state"];
  expect(await simdream([...own, "--out", "own.safetensors"], { cwd })).toMatchObject({ code: 0 });
  const more = ["train", "names.txt", "--resume", "own.safetensors", "--steps", "3"];
  expect(await simdream(more, { cwd })).toMatchObject({ code: 0 });
  const { stdout } = await simdream(["inspect", "own.safetensors", "--json"], { cwd });
  expect(JSON.parse(stdout)).toMatchObject({ config: { tied: false } });
  const other = await simdream([...more, "--tied"], { cwd });
  expect(other.stderr).toContain("--tied true contradicts own.safetensors");
});
