// The Worker, bundled as wrangler does it and run in workerd itself: what it says, how large it is, and
// what a request costs.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LanguageModel } from "../../src/entries/index.js";
import { had } from "../packages/bundlers.js";
import { installedProject } from "../runtimes/lib/package.js";
import { carried } from "../runtimes/lib/platform.js";
import { run } from "../runtimes/lib/processes.js";
import { bundleWorker, runWorker, type Upload, type WorkerServer } from "./edge.js";
import { copyExample, LIMIT } from "./project.js";
import { sampling, speaks } from "./speaks.js";

let folder: string;
let remove = () => {};
let upload: Upload;
const servers: WorkerServer[] = [];

beforeAll(async () => {
  const project = await installedProject();
  remove = project.remove;
  folder = copyExample("cloudflare", project.folder);
  const env = { STEPS: "20" };
  await run(process.execPath, ["train.mjs"], { cwd: folder, limit: LIMIT, env } as never);
  upload = await bundleWorker(folder);
}, 3 * LIMIT);
afterAll(async () => {
  for (const server of servers) await server.stop();
  remove();
});

async function worker(test: { skip(reason: string): never }): Promise<WorkerServer> {
  had(test, () => carried("workerd", "bin", "workerd"));
  const server = await runWorker(folder, upload);
  servers.push(server);
  return server;
}

it("is under a megabyte: library, kernels and model, compressed", () => {
  const names = [...upload.modules.keys()];
  expect(names.toSorted()).toEqual([
    "kernels.wasm",
    "main.js",
    "model.safetensors",
    "pictures.wasm",
    "quantized.wasm",
  ]);
  const sizes = [...upload.modules.values()].map((bytes) => gzipSync(bytes).length);
  const total = sizes.reduce((a, b) => a + b, 0);
  console.log(
    `cloudflare: ${names.map((name, i) => `${name} ${sizes[i]}`).join(" + ")} = ${total}`,
  );
  expect(total).toBeLessThan(1_000_000);
});

it("speaks, with the bits of this machine", async (test) => {
  const { address } = await worker(test);
  const prompt = "今天的天气";
  const file = readFileSync(join(folder, "src", "model.safetensors"));
  const model = await LanguageModel.load(file);
  expect(model.quantized).toBe(true);
  expect(await speaks(address, prompt)).toBe(model.generate(sampling(prompt)).text);
});

it("gives the first token within 10 ms of CPU", async (test) => {
  const server = await worker(test);
  const cpu = () => server.cpu() ?? test.skip("only Linux tells what CPU a thread has used");
  /** CPU of whole requests: an upper bound of what it takes until their first token. */
  const cost = async (requests: number, prompt: string, tokens: number) => {
    const before = cpu();
    for (let n = 0; n < requests; n++) await stream(server.address, prompt, tokens, n);
    return (cpu() - before) / requests;
  };
  const start = cpu();
  const prompt = "今天的天气";
  const cold = await cost(1, prompt, 1);
  await cost(100, prompt, 1);
  const batches: number[] = [];
  for (let n = 0; n < 5; n++) batches.push(await cost(40, prompt, 1));
  const warm = batches.toSorted((a, b) => a - b)[2];
  const long = await cost(50, prompt.repeat(51), 1);
  const many = await cost(50, prompt, 101);
  const figures = { start, cold, warm, long, token: (many - warm) / 100 };
  const shown = Object.entries(figures).map(([name, ms]) => `${name} ${ms.toFixed(2)}`);
  console.log(`cloudflare, ms of CPU: ${shown.join(", ")}`);
  expect(warm).toBeGreaterThan(0);
  expect(warm).toBeLessThan(10);
});

/** A streamed completion, read to its end. */
async function stream(address: string, prompt: string, tokens: number, seed: number) {
  const response = await fetch(`${address}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt, seed, max_tokens: tokens, stream: true }),
    signal: AbortSignal.timeout(LIMIT),
  });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  // One event a token, and one that says that it was the last.
  expect(text.split("\n\n").length).toBeGreaterThan(tokens);
  expect(text).toMatch(/data: \[DONE\]\n\n$/);
}
