// The first step after which a check fails: found by bisection, and known by looking at every step.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { LanguageModel } from "../../src/entries/index.js";
import { folder, inFolder, text } from "./command-line.js";

let cwd: string;
const { json, done, refused } = inFolder(() => cwd);
const STEPS = 40;
/** What the model writes, and how well it predicts, after each step. */
const seen: { written: string; nats: number }[] = [];

beforeAll(async () => {
  cwd = folder();
  const model = await LanguageModel.create({ corpus: text, embed: 8, hidden: 24, seed: 1 });
  mkdirSync(join(cwd, "kept"));
  for await (const { step } of model.fit(text, {
    ...{ steps: STEPS, lr: 1e-2, batch: 4, seqLen: 16, val: 0.1, evalEvery: 7 },
  })) {
    const written = model.generate({ prompt: "a", greedy: true, maxTokens: 20 }).text;
    seen.push({ written, nats: model.score(text).nats });
    if (step % 10 === 0 && step < STEPS) {
      writeFileSync(join(cwd, "kept", `${step}.safetensors`), model.save());
    }
  }
  writeFileSync(join(cwd, "m.safetensors"), model.save());
  copyFileSync(join(cwd, "m.safetensors"), join(cwd, "kept", "40.safetensors"));
});

test("a text that it writes from some step on", async () => {
  const last = (await json(
    "bisect",
    "m.safetensors",
    "text.txt",
    "--prompt",
    "a",
    "--contains",
    "",
    "--out",
    "f.safetensors",
  )) as {
    step: number;
  };
  // Every text has an empty one in it: the first step fails already.
  expect(last).toMatchObject({ found: true, step: 1 });
  expect(await json("inspect f.safetensors")).toMatchObject({ run: { step: 1 } });
});

test("an exit code, found at the very step, with what came before and after", async () => {
  // The loss falls, so the program that fails on a good model has one first step.
  const wanted = seen[25].nats;
  const first = seen.findIndex(({ nats }) => nats <= wanted) + 1;
  const from = `file://${join(import.meta.dirname, "../../dist/index.js")}`;
  const program = `import { LanguageModel } from ${JSON.stringify(from)}; import { readFileSync } from "node:fs";
    const model = await LanguageModel.load(readFileSync(process.argv[2]));
    process.exitCode = model.score(readFileSync("text.txt", "utf8")).nats <= ${wanted} ? 3 : 0;`;
  writeFileSync(join(cwd, "check.mjs"), program);
  const found = await json(
    "bisect",
    "m.safetensors",
    "text.txt",
    "--command",
    "node\u00a0check.mjs\u00a0{}".replaceAll("\u00a0", "\t"),
  );
  expect(found).toMatchObject({
    step: first,
    before: { step: first - 1, fails: false, found: 0 },
    first: { step: first, fails: true, found: 3 },
  });
});

test("checkpoints of a folder, in the order of their steps", async () => {
  const score = "--loss-above 0.1 --on text.txt";
  expect(await json(`bisect kept ${score}`)).toMatchObject({ found: true, first: { step: 10 } });
  const { stdout } = await done("bisect kept --loss-above 9 --on text.txt");
  expect(stdout).toMatch(/^the check does not fail at the end: .*40\.safetensors: \d\.\d+\n$/);
});

test("refuses what it cannot look for", async () => {
  await refused(2, "bisect needs one check", "bisect m.safetensors text.txt");
  await refused(
    2,
    "bisect needs a model's file and what it was trained on",
    "bisect m.safetensors --contains a",
  );
  await refused(2, "--command needs {}", "bisect m.safetensors text.txt --command true");
  await refused(
    1,
    "--command could not be run",
    "bisect",
    "m.safetensors",
    "text.txt",
    "--command",
    "nobody-knows-this\t{}",
  );
  await refused(
    2,
    "--after must be before the last step, 40",
    "bisect m.safetensors text.txt --contains a --after 40",
  );
  await refused(
    1,
    /the check fails already after step 5/,
    "bisect m.safetensors text.txt --loss-above 0.1 --after 5",
  );
});

test("an adapter, trained again on its model", async () => {
  writeFileSync(join(cwd, "other.txt"), "aaaa bbbb ".repeat(60));
  const lora = "--from m.safetensors --lora 2 --lora-targets all --lr 5e-2 --batch 4 --val 0";
  await done(`train other.txt ${lora} --steps 12 --out a.safetensors`);
  const model = await LanguageModel.load(readFileSync(join(cwd, "m.safetensors")));
  const before = model.score(text).nats;
  await model.loadAdapter(readFileSync(join(cwd, "a.safetensors")));
  const most = (before + model.score(text).nats) / 2;
  const check = `--loss-above ${most} --on text.txt`;
  const found = (await json(
    `bisect a.safetensors other.txt --from m.safetensors ${check} --out first.safetensors`,
  )) as { step: number; before?: { found: number }; first: { found: number } };
  expect(found.first.found).toBeGreaterThan(most);
  if (found.before) expect(found.before.found).toBeLessThanOrEqual(most);
  const first = await LanguageModel.load(readFileSync(join(cwd, "m.safetensors")));
  await first.loadAdapter(readFileSync(join(cwd, "first.safetensors")));
  expect(first.score(text).nats).toBe(found.first.found);
  expect(first.getAdapter().record.steps).toBe(found.step);
  await refused(2, "give --from", `bisect a.safetensors other.txt ${check}`);
});
