// One run in two places: a page in Chromium and the command line.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { folder, json, simdream, text } from "../cli/command-line.js";
import { installedProject } from "./lib/package.js";
import { Unavailable } from "./lib/platform.js";
import { visit } from "./lib/visit.js";

const create = { embed: 16, hidden: 32, layers: 2, dropout: 0.1, seed: 5 };
const fit = { batch: 8, seqLen: 24, steps: 200, lr: 5e-3, val: 0.1, evalEvery: 20 };
/** What knows the end of the run: a run that is made longer afterwards must go without. */
const towardsEnd = { schedule: "cosine", warmup: 10, ema: 0.9 };

/** The same options for the command line. */
const flags = (options: object) =>
  Object.entries(options).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    String(value),
  ]);

interface Trained {
  readonly fingerprint: string;
  readonly steps: number;
  /** The checkpoint in base64. */
  readonly file: string;
}

let project: Awaited<ReturnType<typeof installedProject>>;
let cwd: string;
beforeAll(async () => {
  project = await installedProject();
  cwd = folder();
});
afterAll(() => project.remove());

/** Trains in a page; where there is no Chromium, the test is skipped with the reason. */
async function inChromium(test: TestContext, job: object): Promise<Trained> {
  writeFileSync(join(project.folder, "programs", "job.json"), JSON.stringify({ text, ...job }));
  try {
    return await visit("Chromium", project.folder, "/programs/train.html");
  } catch (error) {
    if (error instanceof Unavailable) test.skip(error.message);
    throw error;
  }
}

async function onCommandLine(...args: string[]) {
  return json<{ fingerprint: string; steps: number }>(
    await simdream(["train", "text.txt", "--json", ...args], { cwd }),
  );
}

const options = [...flags(create), ...flags(fit)];

describe("200 steps", { timeout: 300_000 }, () => {
  it("in Chromium and on the command line give the same model", async (test) => {
    const here = await onCommandLine(
      ...options,
      ...flags(towardsEnd),
      "--out",
      "whole.safetensors",
    );
    const there = await inChromium(test, { create, fit: { ...fit, ...towardsEnd } });
    expect(there).toMatchObject({ steps: 200, fingerprint: here.fingerprint });
  });

  it("begun in Chromium, resumed on the command line", async (test) => {
    const whole = await onCommandLine(
      ...options,
      ...flags(towardsEnd),
      "--out",
      "whole.safetensors",
    );
    const half = await inChromium(test, { create, fit: { ...fit, ...towardsEnd }, until: 100 });
    expect(half.steps).toBe(100);
    writeFileSync(join(cwd, "half.safetensors"), Buffer.from(half.file, "base64"));
    const ended = await onCommandLine("--resume", "half.safetensors");
    expect(ended).toMatchObject({ steps: 200, fingerprint: whole.fingerprint });
    expect(half.fingerprint).not.toBe(whole.fingerprint);
  });

  it("begun on the command line, resumed in Chromium", async (test) => {
    const whole = await onCommandLine(...options, "--out", "whole.safetensors");
    const half = ["--steps", "100", "--keep-state", "--out", "half.safetensors"];
    expect(await onCommandLine(...options, ...half)).toMatchObject({ steps: 100 });
    const file = readFileSync(join(cwd, "half.safetensors")).toString("base64");
    const ended = await inChromium(test, { file, fit: { ...fit, resume: true } });
    expect(ended).toMatchObject({ steps: 200, fingerprint: whole.fingerprint });
  });
});
