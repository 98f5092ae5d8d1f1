// The package writes no global, and needs none that could be written: it runs where all built-ins are frozen.

import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { execute } from "./cli/command-line.js";

const dist = new URL("../dist/", import.meta.url);

/** Runs a module's text with frozen built-ins. */
async function frozen(code: string): Promise<string> {
  const args = ["--frozen-intrinsics", "--input-type=module", "-e", code];
  const { stdout, stderr, code: status } = await execute(process.execPath, args, { cwd: tmpdir() });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const globals = "Object.getOwnPropertyNames(globalThis).sort().join()";

test.each(["index", "node", "fast", "worker", "serve", "corpus"])("importing %s", async (entry) => {
  const file = new URL(`${entry}.js`, dist);
  expect(existsSync(file)).toBe(true);
  const code = `
    const before = ${globals};
    const { length } = Object.keys(await import(${JSON.stringify(file.href)}));
    console.log(length > 0, before === ${globals});
  `;
  expect(await frozen(code)).toBe("true true\n");
});

test("training, sampling, files and workers", async () => {
  const code = `
    const before = ${globals};
    const { LanguageModel } = await import(${JSON.stringify(new URL("node.js", dist).href)});
    const corpus = "to be or not to be, ".repeat(20);
    const model = await LanguageModel.create({ corpus, tokenizer: "bpe", vocab: 260, embed: 8, hidden: 8 });
    await model.fit(corpus, { steps: 3, batch: 4, seqLen: 8, val: 0.2, shards: 2, workers: 2 });
    const again = await LanguageModel.load(model.save({ training: true }));
    again.generate({ maxTokens: 5, topP: 0.9, beams: 0 });
    (await again.quantize()).score(corpus);
    console.log(again.fingerprint() === model.fingerprint(), before === ${globals});
  `;
  expect(await frozen(code)).toBe("true true\n");
});
