// The served command line in the other runtimes: the same text and the same picture as in Node.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Diffusion } from "../../src/entries/node.js";
import { drawings } from "../models/images/help.js";
import { carried, LIMIT, root, Unavailable } from "./lib/platform.js";
import { run, start, within } from "./lib/processes.js";

const cli = join(root, "dist", "cli.js");
const folder = mkdtempSync(join(tmpdir(), "simdream-serve-"));
const model = join(folder, "m.safetensors");
const drawer = join(folder, "d.safetensors");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const text = join(folder, "text.txt");
  writeFileSync(text, "the cat sat on the mat. the rat sat on the hat.\n".repeat(20));
  const size = ["--hidden", "16", "--embed", "8", "--steps", "5", "--quiet"];
  await run(process.execPath, [cli, "train", text, "--out", model, ...size], { limit: LIMIT });
  const images = drawings(12);
  const diffusion = await Diffusion.create({ images, channels: 4, levels: 2 });
  await diffusion.fit(images, { steps: 2, batch: 6 });
  writeFileSync(drawer, diffusion.save());
}, LIMIT);

type Ask = (path: string, body: object) => Promise<string>;

/** Starts the server in a runtime with a model, lets it be asked, and stops it. */
async function asked<T>(
  program: string,
  args: readonly string[],
  file: string,
  use: (ask: Ask) => Promise<T>,
): Promise<T> {
  const server = start(program, [...args, cli, "serve", file, "--port", "0", "--json"]);
  try {
    const [, url] = await within(LIMIT, server.said(/"url":"([^"]+)"/));
    return await use(async (path, body) => {
      const response = await fetch(`${url}/v1/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(200);
      return response.text();
    });
  } finally {
    await server.stop();
  }
}

/** The data of a stream, but for the word at its end. */
function eventsOf(streamed: string) {
  expect(streamed).toMatch(/data: \[DONE\]\n\n$/);
  return [...streamed.matchAll(/^data: (\{.*\})$/gm)].map(([, json]) => JSON.parse(json));
}

/** A text, which must be the same whole and streamed. */
async function text(ask: Ask): Promise<string> {
  const body = { model: "m", max_tokens: 20, seed: 3 };
  const pieces = eventsOf(await ask("completions", { ...body, stream: true }));
  const { text } = JSON.parse(await ask("completions", body)).choices[0];
  expect(pieces.map(({ choices }) => choices[0].text).join("")).toBe(text);
  return text;
}

/** A picture, the same way. */
async function picture(ask: Ask): Promise<string> {
  const body = { model: "d", prompt: "cross", seed: 3, steps: 4 };
  const pieces = eventsOf(await ask("images/generations", { ...body, stream: true }));
  const { b64_json } = JSON.parse(await ask("images/generations", body)).data[0];
  expect(pieces.at(-1).b64_json).toBe(b64_json);
  return b64_json;
}

const runtimes: Record<string, () => string[]> = {
  Deno: () => [carried("deno", "deno"), "run", "--allow-all"],
  Bun: () => [carried("bun", "bin", "bun.exe")],
};

for (const [name, command] of Object.entries(runtimes)) {
  it(`${name} serves what Node serves`, { timeout: 3 * LIMIT }, async (test) => {
    let found: string[];
    try {
      found = command();
    } catch (error) {
      if (error instanceof Unavailable) return test.skip(error.message);
      throw error;
    }
    const [program, ...args] = found;
    const both = async <T>(file: string, use: (ask: Ask) => Promise<T>) =>
      expect(await asked(program, args, file, use)).toBe(
        await asked(process.execPath, [], file, use),
      );
    await both(model, text);
    await both(drawer, picture);
  });
}
