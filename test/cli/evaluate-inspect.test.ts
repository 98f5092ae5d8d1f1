import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { numerics, version } from "../../src/entries/index.js";
import { json, simdream, text, tiny, trained } from "./command-line.js";

let cwd: string;
beforeAll(async () => {
  cwd = await trained();
  const size = ["--embed", "8", "--hidden", "16", "--steps", "20", "--quiet"];
  const documents = ["train", "names.txt", "--documents", "lines", "--out", "n.safetensors"];
  await simdream([...documents, ...size], { cwd });
});

describe("evaluate", () => {
  it("gives nats, bits, perplexity and tokens", async () => {
    const args = ["evaluate", "m.safetensors", "text.txt"];
    const score = json(await simdream([...args, "--json"], { cwd }));
    expect(Object.keys(score)).toEqual(["nats", "bitsPerChar", "perplexity", "tokens"]);
    expect(score.tokens).toBe(5999);
    expect(score.bitsPerChar).toBeCloseTo(score.nats / Math.LN2, 9);
    expect(score.perplexity).toBeCloseTo(Math.exp(score.nats), 9);
    const { stdout } = await simdream(args, { cwd });
    expect(stdout).toContain(`nats per token      ${Number(score.nats).toFixed(4)}`);
    const reset = json(await simdream([...args, "--json", "--reset-every", "16"], { cwd }));
    expect(reset.nats).not.toBe(score.nats);
  });

  it("finds the validation loss of training on the last tenth", async () => {
    const result = json(
      await simdream(["train", "text.txt", "--out", "v.safetensors", ...tiny, "--json"], { cwd }),
    );
    writeFileSync(join(cwd, "tenth.txt"), text.slice(-600));
    const score = json(
      await simdream(["evaluate", "v.safetensors", "tenth.txt", "--json"], { cwd }),
    );
    expect(score.nats).toBeCloseTo(result.validation, 6);
  });

  it("takes a document model's documents a line each", async () => {
    const args = ["evaluate", "n.safetensors", "names.txt", "--json"];
    const lines = json(await simdream(args, { cwd }));
    expect(lines.tokens).toBe(49 * 5);
    expect(json(await simdream([...args, "--documents", "lines"], { cwd }))).toEqual(lines);
    const none = await simdream([...args, "--documents", "none"], { cwd });
    expect(none).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is a model of documents: use --documents lines"),
    });
    const one = ["evaluate", "m.safetensors", "text.txt", "--documents", "lines"];
    expect(await simdream(one, { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is a model of one text"),
    });
    const reset = await simdream([...args, "--reset-every", "3"], { cwd });
    expect(reset.code).toBe(2);
  });
});

describe("inspect", () => {
  it("shows a table", async () => {
    const { code, stdout, stderr } = await simdream(["inspect", "m.safetensors"], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const line of [/^hidden +16$/m, /^trained +50 steps, 3,200 tokens$/m]) {
      expect(stdout).toMatch(line);
    }
    expect(stdout).toMatch(/^written by +simdream \d+\.\d+\.\d+, numerics \d+$/m);
    expect(stdout).toMatch(/^fingerprint +[0-9a-f]{64}$/m);
  });

  it("gives everything as JSON", async () => {
    const all = json(await simdream(["inspect", "m.safetensors", "--json"], { cwd }));
    expect(all).toMatchObject({
      file: "m.safetensors",
      bytes: readFileSync(join(cwd, "m.safetensors")).length,
      config: { embed: 8, hidden: 16, layers: 1, dropout: 0, documents: false, seed: 1 },
      parameterCount: expect.any(Number),
      tokenizer: { kind: "char", size: new Set(text).size },
      record: { runs: 1, steps: 50, targets: 3200 },
      run: null,
      version,
      numerics,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("refuses what is no model", async () => {
    expect(await simdream(["inspect", "text.txt"], { cwd })).toMatchObject({
      code: 1,
      stderr:
        "simdream: text.txt is no model: it looks like a text. To train a model on it: " +
        "simdream train text.txt --out text.safetensors\n",
    });
  });
});
