// A model that was trained in Chromium, by the library, is trained again in Node, by the command line.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { folder, json, names, simdream } from "../cli/command-line.js";
import { serve } from "../runtimes/lib/server.js";
import { LIMIT, resultOf, useChromium } from "./chromium.js";
import { buildPages } from "./pages.js";

const chromium = useChromium();
const closing: (() => unknown)[] = [];
let address: string;

beforeAll(async () => {
  const built = await buildPages();
  const pictures = Array.from({ length: 20 }, (_, i) =>
    Array.from({ length: 4 }, (_, at) => ((i * 7 + at * 3) % 10) / 10),
  );
  writeFileSync(join(built.folder, "recipe.json"), JSON.stringify({ names, pictures }));
  const server = await serve(built.folder, {});
  address = server.address;
  closing.push(built.remove, server.close);
});
afterAll(async () => {
  for (const close of closing) await close();
});

it(
  "a file of a page is reproduced on the command line, and by the page itself",
  async (test) => {
    const page = await chromium.open(test, `${address}/recipe.html`);
    const result = (await resultOf(page)) as Record<string, string>;
    expect(result).toMatchObject({ again: true });
    const cwd = folder();
    writeFileSync(join(cwd, "m.safetensors"), Buffer.from(result.file, "base64"));
    const found = json(
      await simdream(["reproduce", "m.safetensors", "names.txt", "--json"], { cwd }),
    );
    expect(found).toMatchObject({ same: true, fingerprint: result.fingerprint });
  },
  LIMIT,
);
