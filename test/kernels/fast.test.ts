// The fast build: refused where the engine cannot run it, and close to the default one where it can.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { load as loadFast } from "../../src/entries/fast.js";
import { InvalidInputError, LanguageModel, load, type Runtime } from "../../src/entries/index.js";

const bytes = readFileSync(new URL("../../build/fast.wasm", import.meta.url));
const text = "the cat sat on the mat. the dog sat on the log. ".repeat(20);

async function train(runtime: Runtime): Promise<{ model: LanguageModel; losses: number[] }> {
  const model = await LanguageModel.create({
    runtime,
    corpus: text,
    hidden: 24,
    embed: 8,
    seed: 2,
  });
  const losses = [];
  for await (const { loss } of model.fit(text, { steps: 20, batch: 4, seqLen: 12 }))
    losses.push(loss);
  return { model, losses };
}

test("either trains like the default build and says so in the file, or is refused", async () => {
  if (!WebAssembly.validate(bytes)) {
    await expect(loadFast()).rejects.toThrow(InvalidInputError);
    await expect(loadFast()).rejects.toThrow("needs an engine with relaxed SIMD");
    return;
  }
  const fast = await train(await loadFast());
  const exact = await train(await load());
  for (const [i, loss] of fast.losses.entries()) expect(loss).toBeCloseTo(exact.losses[i], 4);
  expect(fast.model.record.fast).toBe(true);
  expect(exact.model.record.fast).toBe(false);
  const again = await LanguageModel.load(fast.model.save());
  expect(again.record.fast).toBe(true);
  expect(again.score(text).nats).toBeCloseTo(fast.model.score(text).nats, 4);
});

test("the package's entry loads, and finds the package by its name", () => {
  const code =
    'const { LanguageModel, load } = await import("simdream/fast");' +
    'await load().then(() => console.log("runs", typeof LanguageModel), (e) => console.log(e.name));';
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: new URL("../..", import.meta.url),
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(stdout.trim()).toBe(WebAssembly.validate(bytes) ? "runs function" : "InvalidInputError");
});
