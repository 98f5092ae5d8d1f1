// Texts that have characters which the model has never seen, and texts in another form than its own.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { folder, json, simdream, text, tiny, trained } from "./command-line.js";
import { learntPairs, lines, pairFolder, tinyPairs } from "./pairs.js";

describe("evaluate", () => {
  it("leaves new characters out and counts them", async () => {
    const cwd = await trained();
    writeFileSync(join(cwd, "odd.txt"), `${text.slice(0, 500)}狐🦊${text.slice(500)}狐`);
    const args = ["evaluate", "m.safetensors", "odd.txt"];
    const score = json(await simdream([...args, "--json"], { cwd }));
    const plain = json(
      await simdream(["evaluate", "m.safetensors", "text.txt", "--json"], { cwd }),
    );
    expect(score).toEqual({ ...plain, unknown: 3 });
    const { stdout } = await simdream(args, { cwd });
    expect(stdout).toMatch(/^new characters +3 of 6,003 characters are new to the model/m);
  });
});

it("generate says how a new character of a prompt is left out", async () => {
  const cwd = await trained();
  const asked = ["generate", "m.safetensors", "--prompt", "the 狐"];
  const { stderr } = await simdream(asked, { cwd });
  expect(stderr).toMatch(/^simdream: --prompt: the text has "狐".*; remove it, or --unknown skip/);
  expect(await simdream([...asked, "--unknown", "skip"], { cwd })).toMatchObject({ code: 0 });
});

it("a run that is resumed names file and place of a new character", async () => {
  const cwd = await trained("--keep-state");
  const resumed = (...args: string[]) =>
    simdream(["train", ...args, "--steps", "60", "--out", "r.safetensors"], { cwd });
  writeFileSync(join(cwd, "odd.txt"), "the fox\nthe 狐");
  const ended = await resumed("text.txt", "odd.txt", "--resume", "m.safetensors");
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(
    /^simdream: odd\.txt: the text has "狐" \(U\+72D0\) at line 2, column 5/,
  );
  const names = ["--documents", "lines", ...tiny.slice(0, 4), "--quiet", "--keep-state"];
  await simdream(["train", "names.txt", "--out", "n.safetensors", "--steps", "5", ...names], {
    cwd,
  });
  writeFileSync(join(cwd, "odd-names.txt"), "anbe\rX");
  const lines = await resumed("odd-names.txt", "--resume", "n.safetensors");
  expect(lines.stderr).toMatch(/^simdream: odd-names\.txt: the text has "X".* line 2, column 1/);
});

describe("translate", () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await learntPairs();
  });
  const translate = (...args: string[]) =>
    simdream(["translate", "m.safetensors", "--file", "sources.txt", ...args], { cwd });

  it("goes on with the next line, saying which it could not read", async () => {
    writeFileSync(join(cwd, "sources.txt"), "red tea\r狐 tea\r\rgreen fish\r");
    const ended = await translate();
    expect(ended).toMatchObject({ code: 0, stdout: "红茶\n\n\n绿鱼\n" });
    expect(ended.stderr).toMatch(/^simdream: sources\.txt, line 2: the text has "狐" \(U\+72D0\)/);
    expect(ended.stderr).toContain("remove it, or --unknown skip leaves it out\n");
    expect(ended.stderr).toContain("1 of 3 sources could not be read");
    const rows = (await translate("--json")).stdout.trimEnd().split("\n");
    expect(JSON.parse(rows[1])).toMatchObject({ samples: [], error: expect.stringMatching("狐") });
    const skipped = await translate("--unknown", "skip");
    expect(skipped).toMatchObject({ code: 0, stderr: "" });
    expect(skipped.stdout).toMatch(/^红茶\n.+\n\n绿鱼\n$/);
  });

  it("fails where no line could be answered, and says only a few of many in full", async () => {
    writeFileSync(join(cwd, "sources.txt"), "狐\n".repeat(20));
    const { code, stdout, stderr } = await translate();
    expect([code, stdout]).toEqual([1, "\n".repeat(20)]);
    expect(stderr.trimEnd().split("\n")).toHaveLength(6);
    expect(stderr).toContain("20 of 20 sources could not be read");
  });
});

it("evaluate scores pairs without such characters, and says how many there are", async () => {
  const cwd = pairFolder(lines.join("\n"));
  await simdream(["train", "pairs.tsv", "--out", "m", ...tinyPairs, "--quiet"], { cwd });
  writeFileSync(join(cwd, "new.tsv"), `${lines[0]}\n狐${lines[1].replace("\t", "@\t")}\n狐\t狐\n`);
  const ended = await simdream(["evaluate", "m", "new.tsv"], { cwd });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(ended.stdout).toMatch(/^pairs +3 pairs$/m);
  expect(ended.stdout).toMatch(
    /^new characters +4 of \d+ characters are new to the model, and left out; 1 source has no others$/m,
  );
  const found = json(await simdream(["evaluate", "m", "new.tsv", "--json"], { cwd }));
  expect(found).toMatchObject({ pairs: 3, unknown: 4, unread: 1 });
});

describe("one form of all texts", () => {
  it("is an option of language models, which prompts and resumed runs keep", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "nfd.txt"), "Un café très frais. ".repeat(60).normalize("NFD"));
    const train = ["train", "nfd.txt", "--out", "m.safetensors", ...tiny, "--quiet"];
    const form = ["--normalize", "NFC", "--lowercase"];
    expect(await simdream([...train, ...form, "--keep-state"], { cwd })).toMatchObject({ code: 0 });
    const inspected = await simdream(["inspect", "m.safetensors"], { cwd });
    expect(inspected.stdout).toMatch(/^clean +normalize NFC, lowercase true$/m);
    const generate = async (prompt: string) => {
      const args = ["generate", "m.safetensors", "--prompt", prompt, "--json"];
      return json<{ samples: unknown }>(await simdream(args, { cwd })).samples;
    };
    expect(await generate("CAFE\u0301")).toEqual(await generate("café"));
    const resume = ["train", "nfd.txt", "--resume", "m.safetensors", "--steps", "60", "--quiet"];
    expect(await simdream([...resume, "--normalize", "NFKC"], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--normalize NFKC contradicts"),
    });
    expect(await simdream([...resume, ...form], { cwd })).toMatchObject({ code: 0, stderr: "" });
    expect(await simdream([...train, "--lowercase", "source"], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("only pairs have sides"),
    });
  });

  it("is an option for one side of pairs", async () => {
    const cwd = pairFolder(lines.map((line) => line.toUpperCase()).join("\n"));
    writeFileSync(join(cwd, "caps.tsv"), "RED TEA\tABC\nBLUE TEA\tDEF\n");
    const sides: [string[], string, string][] = [
      [["--lowercase", "source"], "a", "A"],
      [["--lowercase=target"], "A", "a"],
      [["--lowercase"], "a", "a"],
    ];
    for (const [side, source, target] of sides) {
      const options = [...tinyPairs, "--steps", "2", "--val", "0", "--quiet"];
      const out = ["--out", "m.safetensors"];
      const args = ["train", ...side, "caps.tsv", ...out, ...options];
      expect(await simdream(args, { cwd })).toMatchObject({ code: 0, stderr: "" });
      const { tokenizers } = json<{
        tokenizers: Record<"source" | "target", { characters: string }>;
      }>(await simdream(["inspect", "m.safetensors", "--json"], { cwd }));
      const has = (characters: string, a: string) => characters.includes(a);
      expect(has(tokenizers.source.characters, source)).toBe(true);
      expect(has(tokenizers.target.characters, target)).toBe(true);
    }
    const again = ["translate", "m.safetensors", "Red Tea"];
    expect(await simdream(again, { cwd })).toMatchObject({ code: 0, stderr: "" });
  });
});
