// The served command line in the other runtimes: the same text as in Node.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { carried, LIMIT, root, Unavailable } from "./lib/platform.js";
import { run, start, within } from "./lib/processes.js";

const cli = join(root, "dist", "cli.js");
const folder = mkdtempSync(join(tmpdir(), "simdream-serve-"));
const model = join(folder, "m.safetensors");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const text = join(folder, "text.txt");
  writeFileSync(text, "the cat sat on the mat. the rat sat on the hat.\n".repeat(20));
  const size = ["--hidden", "16", "--embed", "8", "--steps", "5", "--quiet"];
  await run(process.execPath, [cli, "train", text, "--out", model, ...size], { limit: LIMIT });
}, LIMIT);

/** Starts the server in a runtime, asks it for whole and streamed text, and stops it. */
async function asked(program: string, args: readonly string[]) {
  const server = start(program, [...args, cli, "serve", model, "--port", "0", "--json"]);
  try {
    const [, url] = await within(LIMIT, server.said(/"url":"([^"]+)"/));
    const complete = async (body: object) => {
      const response = await fetch(`${url}/v1/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "m", max_tokens: 20, seed: 3, ...body }),
      });
      expect(response.status).toBe(200);
      return response.text();
    };
    const streamed = await complete({ stream: true });
    expect(streamed).toMatch(/data: \[DONE\]\n\n$/);
    const pieces = [...streamed.matchAll(/^data: (\{.*\})$/gm)].map(
      ([, json]) => JSON.parse(json).choices[0].text,
    );
    const { text } = JSON.parse(await complete({})).choices[0];
    expect(pieces.join("")).toBe(text);
    return text as string;
  } finally {
    await server.stop();
  }
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
    expect(await asked(program, args)).toBe(await asked(process.execPath, []));
  });
}
