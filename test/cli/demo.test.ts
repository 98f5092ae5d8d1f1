// The whole demo takes most of a minute, so here it is only begun.

import type { ChildProcess } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { demoLanguages, languageOf } from "../../src/cli/commands/demo-language.js";
import { KnownLines } from "../../src/cli/copies.js";
import { folder, simdream } from "./command-line.js";

it("trains on the sentences inside, and stops at Ctrl-C", async () => {
  const cwd = folder();
  const during = (child: ChildProcess) => {
    child.stdout!.once("data", () => child.kill("SIGINT"));
  };
  const { code, stdout, stderr } = await simdream(["demo"], { cwd, during });
  expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
  expect(stdout).toMatch(/^[\d,]+ sentences, [\d,]+ characters; an LSTM of/);
  expect(readdirSync(cwd).sort()).toEqual(["names.txt", "text.txt"]);
});

it("knows before training whether the model can be kept", async () => {
  const { code, stderr } = await simdream(["demo", "--out", "gone/m"], { cwd: folder() });
  expect(code).toBe(1);
  expect(stderr).toBe("simdream: cannot write gone/m: no such file or folder\n");
});

it("trains on faces, and stops at Ctrl-C", async () => {
  const cwd = folder();
  const during = (child: ChildProcess) => {
    child.stdout!.once("data", () => child.kill("SIGINT"));
  };
  const { code, stdout, stderr } = await simdream(["demo", "--model", "vae"], { cwd, during });
  expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
  expect(stdout).toMatch(
    /^2,000 faces of 16 × 16 pixels with 10 labels; a variational autoencoder/,
  );
  expect(readdirSync(cwd).sort()).toEqual(["names.txt", "text.txt"]);
  const wrong = await simdream(["demo", "--model", "vae", "--language", "zh"], { cwd });
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect((await simdream(["demo", "--png", "x.png"], { cwd })).stderr).toMatch("--png is for");
});

it("speaks the language of the user", () => {
  const cases: [Record<string, string>, "en" | "zh"][] = [
    [{}, "en"],
    [{ LANG: "zh_CN.UTF-8" }, "zh"],
    [{ LANG: "zh" }, "zh"],
    [{ LANG: "zh-Hant" }, "zh"],
    [{ LANG: "zha" }, "en"],
    [{ LANG: "C.UTF-8" }, "en"],
    [{ LANG: "de_DE.UTF-8" }, "en"],
    [{ LANG: "zh_CN.UTF-8", LC_ALL: "en_US.UTF-8" }, "en"],
    [{ LANG: "en_US.UTF-8", LC_MESSAGES: "zh_TW" }, "zh"],
    [{ LANG: "zh_CN.UTF-8", LC_ALL: "" }, "zh"],
  ];
  for (const [environment, language] of cases) expect(languageOf(environment)).toBe(language);
  const chinese = (text: string) => /\p{Script=Han}/u.test(text);
  const shares = Object.entries(demoLanguages).map(([name, { showcase }]) => {
    const all = showcase.flatMap(({ prompt, samples }) => Array<string>(samples).fill(prompt));
    return [name, all.filter(chinese).length / all.length] as const;
  });
  expect(Object.fromEntries(shares).en).toBeLessThan(0.5);
  expect(Object.fromEntries(shares).zh).toBeGreaterThan(0.5);
});

it("knows a copy by its line, whatever is around it", () => {
  const known = new KnownLines(["ann\r\nbob \rcafe\u0301", "dan"]);
  for (const copy of ["ann", " bob", "café", "dan\n"]) expect(known.has(copy)).toBe(true);
  for (const other of ["Ann", "an", "annbob", "bob dan"]) expect(known.has(other)).toBe(false);
});
