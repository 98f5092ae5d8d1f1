import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytes, folder, json, names, simdream, text, tiny } from "./command-line.js";

const train = ["train", "text.txt", "--out", "m.safetensors", ...tiny];

describe("train", () => {
  it("says what it does in plain lines, and writes a model without training state", async () => {
    const cwd = folder();
    const { code, stdout, stderr } = await simdream(train, { cwd });
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain(`text.txt: 6,000 characters, 6,000 tokens`);
    expect(stdout).toContain("50 steps = 0.6 passes, batches of 4 × 16 tokens");
    expect(stdout).toMatch(
      /^ +step +loss +bits\/char +validation +val bits\/char +tokens\/s +left$/m,
    );
    expect(stdout).toMatch(/^ +5\/50( +\d+\.\d+){4} +[\d,]+ +\d:\d\d$/m);
    expect(stdout).toMatch(/^ +50\/50 /m);
    expect(stdout).not.toContain("\u001b");
    expect(readdirSync(cwd).sort()).toEqual(["m.safetensors", "names.txt", "text.txt"]);
    expect(readFileSync(join(cwd, "m.safetensors")).includes("training.")).toBe(false);
  });

  it("says about how much memory a step needs, more for a larger batch", async () => {
    const bytes = async (batch: number) => {
      const args = ["--steps", "1", "--batch", String(batch)];
      const { code, stdout } = await simdream([...train, ...args], { cwd: folder() });
      expect(code).toBe(0);
      const [, number, unit] = /^model .*, about ([\d.]+) ([kM]B) for a step$/m.exec(stdout)!;
      return Number(number) * (unit === "MB" ? 1e6 : 1e3);
    };
    const [small, large] = [await bytes(4), await bytes(256)];
    // 252 rows more of 16 tokens, of each of which the layer has 7 numbers a unit at least.
    expect(large - small).toBeGreaterThan(252 * 16 * 7 * 16 * 4);
    expect(large - small).toBeLessThan(1e8);
  });

  it("in rounds: the same bits on any number of workers, and resumed", async () => {
    const args = [...train, "--shards", "2", "--rounds", "7", "--round-bits", "8", "--json"];
    const [a, b] = [folder(), folder()];
    const whole = await simdream([...args, "--log", "run.jsonl", "--workers", "1"], { cwd: a });
    expect(whole.code).toBe(0);
    const log = readFileSync(join(a, "run.jsonl"), "utf8").trim().split("\n");
    const steps = log.map((line) => (JSON.parse(line) as { step: number }).step);
    expect(steps).toEqual([7, 14, 21, 28, 35, 42, 49, 50]);
    const half = await simdream([...args, "--steps", "28", "--keep-state"], { cwd: b });
    expect(half.code).toBe(0);
    const more = ["train", "text.txt", "--resume", "m.safetensors", "--steps", "50", "--json"];
    const resumed = await simdream(more, { cwd: b });
    expect(json(resumed).fingerprint).toBe(json(whole).fingerprint);
    const wrong = await simdream([...args, "--round-bits", "16"], { cwd: a });
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain("must be 32 or 8, got 16");
  });

  it("gives one JSON object, and the same bits for the same seed", async () => {
    const [a, b] = [folder(), folder()];
    const first = await simdream([...train, "--json"], { cwd: a });
    expect(Object.keys(json(first))).toEqual([
      ...["steps", "loss", "validation", "tokensPerSecond", "seconds", "fingerprint", "out"],
    ]);
    expect(json(first)).toMatchObject({
      steps: 50,
      loss: expect.any(Number),
      validation: expect.any(Number),
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      out: "m.safetensors",
    });
    expect(first.stderr).toBe("");
    await simdream([...train, "--quiet"], { cwd: b });
    expect(bytes(a, "m.safetensors")).toBe(bytes(b, "m.safetensors"));
    const other = await simdream([...train, "--seed", "2", "--json"], { cwd: b });
    expect(json(other).fingerprint).not.toBe(json(first).fingerprint);
  });

  it("takes any number of workers for the same bits, also when it goes on", async () => {
    const shards = ["--shards", "3", "--quiet", "--keep-state"];
    const files = await Promise.all(
      [[], ["--workers", "1"], ["--workers", "3"]].map(async (workers) => {
        const cwd = folder();
        const { code, stderr } = await simdream([...train, ...shards, ...workers], { cwd });
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        return { cwd, file: bytes(cwd, "m.safetensors") };
      }),
    );
    expect(new Set(files.map(({ file }) => file)).size).toBe(1);
    const on = ["train", "text.txt", "--resume", "m.safetensors", "--steps", "60", "--json"];
    const ends = await Promise.all(
      files.map(({ cwd }, i) => simdream([...on, "--workers", String(i + 1)], { cwd })),
    );
    expect(new Set(ends.map((end) => json(end).fingerprint)).size).toBe(1);
  });

  it("calls the language model and its network by their names, or by the old one", async () => {
    const cwd = folder();
    const print = async (...args: string[]) =>
      json(await simdream([...train, ...args, "--json"], { cwd })).fingerprint;
    const plain = await print();
    expect(await print("--model", "language", "--network", "lstm")).toBe(plain);
    expect(await print("--model", "lstm", "--decay", "all")).toBe(plain);
    const on = ["--resume", "m.safetensors", "--model", "lstm", "--network", "lstm"];
    expect(await print(...on)).toBe(plain);
  });

  it("is quiet when told so", async () => {
    const { code, stdout, stderr } = await simdream([...train, "--quiet"], { cwd: folder() });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("trains without validation", async () => {
    const { code, stdout } = await simdream([...train, "--val", "0", "--json"], { cwd: folder() });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).validation).toBe(null);
  });

  it("writes a log with a line for every step", async () => {
    const cwd = folder();
    await simdream([...train, "--quiet", "--log", "run.jsonl"], { cwd });
    const lines = readFileSync(join(cwd, "run.jsonl"), "utf8").trimEnd().split("\n");
    const steps = lines.map((line) => JSON.parse(line));
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(steps[4]).toMatchObject({ validation: expect.any(Number), lr: 0.002 });
    expect(steps[49]).toMatchObject({ finished: "steps", steps: 50 });
  });

  it("joins files, or takes each line or file as a document", async () => {
    const cwd = folder();
    const out = ["--out", "m.safetensors", "--embed", "8", "--hidden", "16", "--steps", "3"];
    const runs = [
      ["text.txt", "names.txt"],
      ["names.txt", "--documents", "lines"],
      ["text.txt", "names.txt", "--documents", "files", "--val", "0.5"],
    ];
    const said = [];
    for (const run of runs) said.push((await simdream(["train", ...run, ...out], { cwd })).stdout);
    // A line break is between the two.
    const length = text.length + 1 + names.join("\n").length;
    expect(said[0]).toContain(`text.txt, names.txt: ${length.toLocaleString("en-US")} characters`);
    expect(said[1]).toContain(`${names.length} documents, ${names.join("").length} characters`);
    expect(said[2]).toContain("2 documents");
    // What to do next: of a list several, and new ones.
    const next = "  simdream generate m.safetensors --temperature 0.8";
    expect(said[0]).toContain(`${next}\n`);
    expect(said[1]).toContain(`${next} --samples 20 --fresh names.txt\n`);
    expect(said[2]).toContain(`${next}\n`);
  });

  it("knows all tokenizers and many options", async () => {
    const cwd = folder();
    const size = ["--embed", "4", "--hidden", "8", "--layers", "2", "--dropout", "0.1"];
    const all = [
      ["--tokenizer", "byte", "--optimizer", "sgd", "--momentum", "0.5", "--lr", "0.1"],
      ["--tokenizer", "bpe", "--vocab", "300", "--schedule", "cosine", "--warmup", "2"],
      ["--batching", "streams", "--betas", "0.8,0.99", "--weight-decay", "0.1", "--clip", "0"],
      ["--ema", "0.9", "--accumulate", "2", "--schedule", "plateau", "--lr-patience", "1"],
      ["--schedule", "step", "--lr-every", "2", "--lr-factor", "0.3", "--lr-min", "0.1"],
    ];
    for (const options of all) {
      const common = ["--out", "m.safetensors", ...size, "--batch", "2", "--seq-len", "8"];
      const { code, stderr } = await simdream(
        ["train", "text.txt", ...common, "--steps", "4", "--quiet", ...options],
        { cwd },
      );
      expect({ code, stderr, options }).toEqual({ code: 0, stderr: "", options });
    }
  });

  it("ends early with --patience", async () => {
    const cwd = folder();
    const options = ["--lr", "1e-9", "--eval-every", "2", "--patience", "1", "--json"];
    const ended = json(await simdream([...train, ...options], { cwd }));
    expect(ended.steps).toBeLessThan(50);
    const again = [...train, "--resume", "m.safetensors", ...options];
    expect(json(await simdream(again, { cwd }))).toMatchObject({
      steps: ended.steps,
      fingerprint: ended.fingerprint,
    });
  });

  it("keeps the last good weights of a run that diverges", async () => {
    const cwd = folder();
    const wild = ["--optimizer", "sgd", "--lr", "1e6", "--clip", "0"];
    const { code, stderr } = await simdream([...train, ...wild], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^simdream: training diverged at step \d+.*m\.safetensors.*\n$/);
    expect(existsSync(join(cwd, "m.safetensors"))).toBe(true);
  });
});
