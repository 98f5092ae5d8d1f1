// The edge function, bundled as Vercel does it and run in the runtime of its development server.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LanguageModel } from "../../src/entries/index.js";
import { had } from "../packages/bundlers.js";
import { installedProject } from "../runtimes/lib/package.js";
import { carried } from "../runtimes/lib/platform.js";
import { run } from "../runtimes/lib/processes.js";
import { runEdgeFunction } from "./edge.js";
import { copyExample, LIMIT } from "./project.js";
import { sampling, speaks } from "./speaks.js";

let folder: string;
let remove = () => {};

beforeAll(async () => {
  const project = await installedProject();
  remove = project.remove;
  folder = copyExample("vercel", project.folder);
  const env = { STEPS: "20" };
  await run(process.execPath, ["make-model.mjs"], { cwd: folder, limit: LIMIT, env } as never);
}, 3 * LIMIT);
afterAll(() => remove());

it.for([
  ["on the platform", ["edge-light", "browser"]],
  ["in its development server, which knows no edge-light", ["browser"]],
] as const)("speaks %s, with the bits of this machine", async ([, conditions], test) => {
  had(test, () => carried("edge-runtime", "package.json"));
  const module = readFileSync(join(folder, "api", "_model.js"), "utf8");
  const [, base64] = /^export default "([^"]+)";\n$/.exec(module) ?? [];
  const model = await LanguageModel.load(Buffer.from(base64 ?? "", "base64"));
  expect(model.quantized).toBe(true);
  const { address, stop } = await runEdgeFunction(folder, "api/model.js", [...conditions]);
  try {
    const prompt = "The weather";
    expect(await speaks(address, prompt)).toBe(model.generate(sampling(prompt)).text);
  } finally {
    await stop();
  }
});

it("has every path of the API sent to it", () => {
  const { rewrites } = JSON.parse(readFileSync(join(folder, "vercel.json"), "utf8"));
  const [{ source, destination }] = rewrites;
  expect(rewrites).toHaveLength(1);
  expect(destination).toBe("/api/model");
  for (const path of ["/v1/completions", "/v1/models", "/v1/models/small", "/health"]) {
    expect(path).toMatch(new RegExp(`^${source}$`));
  }
});

it("makes a module of a model that exists", async () => {
  const made = await LanguageModel.create({ corpus: "abc", hidden: 4, seed: 1 });
  for await (const _ of made.fit("abcabcabc", { steps: 1, batch: 1, seqLen: 4 }));
  writeFileSync(join(folder, "own.safetensors"), made.save());
  const kept = readFileSync(join(folder, "api", "_model.js"));
  await run(process.execPath, ["make-model.mjs", "own.safetensors"], {
    cwd: folder,
    limit: LIMIT,
  } as never);
  const base64 = readFileSync(join(folder, "api", "_model.js"), "utf8").split('"')[1];
  writeFileSync(join(folder, "api", "_model.js"), kept);
  const read = await LanguageModel.load(Buffer.from(base64, "base64"));
  expect(read.fingerprint()).toBe((await made.quantize()).fingerprint());
});
