// The Worker with a model of Hugging Face's in 8 bits, in workerd itself: what it says, how large it is, and what its
// load and its requests cost.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LanguageModel } from "../../src/entries/index.js";
import { filesIn, filesOf, shared } from "../models/hugging-face/help.js";
import { had } from "../packages/bundlers.js";
import { installedProject } from "../runtimes/lib/package.js";
import { carried } from "../runtimes/lib/platform.js";
import { run } from "../runtimes/lib/processes.js";
import { bundleWorker, runWorker, type Upload, type WorkerServer } from "./edge.js";
import { copyExample, LIMIT } from "./project.js";

const stories = join(shared, "stories260K");
const there = existsSync(stories);
if (!there) console.log(`skipped: ${stories} is not there, so its Worker was not tried`);

const asked = (prompt: string) => ({ prompt, maxTokens: 40, temperature: 0.7, seed: 7 }) as const;

/** The middle one counts, because the machine may do other work. */
const TRIES = 5;

interface Tried {
  readonly files: () => Record<string, Uint8Array>;
  readonly prompt: string;
  /** Bytes of everything that is uploaded, gzipped. */
  readonly size: number;
}

const models: Record<string, Tried> = {
  "a tiny Llama": { files: () => filesOf("llama"), prompt: "it was", size: 170_000 },
  ...(there && {
    stories260K: { files: () => filesIn(stories), prompt: "Once upon a time", size: 400_000 },
  }),
};

let project: Awaited<ReturnType<typeof installedProject>>;
const servers: WorkerServer[] = [];

beforeAll(async () => {
  project = await installedProject();
}, LIMIT);
afterAll(async () => {
  for (const server of servers) await server.stop();
  project.remove();
});

async function started(folder: string, upload: Upload): Promise<WorkerServer> {
  const server = await runWorker(folder, upload);
  servers.push(server);
  return server;
}

/** What it says, at once and piece by piece. */
async function completion(address: string, prompt: string): Promise<string> {
  const client = new OpenAI({ baseURL: `${address}/v1`, apiKey: "none", maxRetries: 0 });
  const { maxTokens, ...more } = asked(prompt);
  const options = { model: "small", max_tokens: maxTokens, ...more };
  const { choices } = await client.completions.create(options);
  let streamed = "";
  for await (const chunk of await client.completions.create({ ...options, stream: true })) {
    streamed += chunk.choices[0].text;
  }
  expect(streamed).toBe(choices[0].text);
  return streamed;
}

async function complete(address: string, prompt: string, seed: number): Promise<void> {
  const response = await fetch(`${address}/v1/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ prompt, seed, max_tokens: 1, stream: true }),
    signal: AbortSignal.timeout(LIMIT),
  });
  expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/);
}

const middle = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

describe.each(Object.entries(models))("a Worker of %s", (name, { files, prompt, size }) => {
  let folder: string;
  let upload: Upload;

  beforeAll(async () => {
    folder = join(project.folder, name.replaceAll(" ", "-"));
    const from = join(folder, "from");
    mkdirSync(from, { recursive: true });
    for (const [file, bytes] of Object.entries(files())) writeFileSync(join(from, file), bytes);
    copyExample("cloudflare-pretrained", folder);
    folder = join(folder, "cloudflare-pretrained");
    const cli = join(project.folder, "node_modules", "simdream", "dist", "cli.js");
    const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const [program, ...words] = scripts.import.split(" ");
    expect(program).toBe("simdream");
    await run(process.execPath, [cli, ...words, from], { cwd: folder, limit: LIMIT } as never);
    upload = await bundleWorker(folder);
  }, LIMIT);

  it("is small: library, kernels, tokenizer and weights, compressed", () => {
    const sizes = Array.from(upload.modules, ([file, bytes]) => [file, gzipSync(bytes).length]);
    const total = sizes.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
    console.log(`${name}: ${sizes.map((each) => each.join(" ")).join(" + ")} = ${total}`);
    expect(total).toBeLessThan(size);
  });

  it("speaks, with the bits of this machine", async (test) => {
    had(test, () => carried("workerd", "bin", "workerd"));
    const { address } = await started(folder, upload);
    const model = await LanguageModel.load(readFileSync(join(folder, "src", "model.safetensors")));
    expect(model.quantized).toBe(true);
    const refused = await fetch(`${address}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prompt, regex: "a+" }),
    });
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining("this server has no grammars"),
    ]);
    const { text } = model.generate(asked(prompt));
    expect(text).not.toBe("");
    expect(await completion(address, prompt)).toBe(text);
  });

  it("gives its first token within 10 ms of CPU, and says what its load costs", async (test) => {
    had(test, () => carried("workerd", "bin", "workerd"));
    const used = (server: WorkerServer) =>
      server.cpu() ?? test.skip("only Linux tells what CPU a thread has used");
    const empty = join(folder, "empty");
    mkdirSync(empty, { recursive: true });
    const nothing = "export default { fetch: () => new Response('data: [DONE]\\n\\n') };";
    const modules = new Map([["main.js", Buffer.from(nothing)]]);
    const [starts, empties, warms]: number[][] = [[], [], []];
    for (let n = 0; n < TRIES; n++) {
      const plain = await runWorker(empty, { date: upload.date, modules });
      await complete(plain.address, prompt, n);
      empties.push(used(plain));
      await plain.stop();
      const server = await runWorker(folder, upload);
      await complete(server.address, prompt, n);
      const start = used(server);
      starts.push(start);
      for (let seed = 0; seed < 20; seed++) await complete(server.address, prompt, seed);
      warms.push((used(server) - start) / 20);
      await server.stop();
    }
    const [warm, start, nothingElse] = [warms, starts, empties].map(middle);
    const figures = { warm, load: start - nothingElse, start, empty: nothingElse };
    const shown = Object.entries(figures).map(([what, ms]) => `${what} ${ms.toFixed(1)}`);
    console.log(`${name}, ms of CPU: ${shown.join(", ")}`);
    expect(warm).toBeLessThan(10);
    // A busy machine takes longer than docs/serving.md says.
    expect(start - nothingElse).toBeLessThan(120);
  });
});
