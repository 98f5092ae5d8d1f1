import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { json, simdream, tiny } from "./command-line.js";
import { learntPairs, lines, odd, pairFolder, threshold, tinyPairs } from "./pairs.js";

let cwd: string;
beforeAll(async () => {
  cwd = await learntPairs();
});

const translate = (args: readonly string[], input?: string) =>
  simdream(["translate", "m.safetensors", ...args], input === undefined ? { cwd } : { cwd, input });

describe("translate", () => {
  it("answers arguments, a file or standard input, a line each", async () => {
    const given = await translate(["red tea", "green fish"]);
    expect(given).toEqual({ code: 0, signal: null, stdout: "红茶\n绿鱼\n", stderr: "" });
    expect(await translate([], "red tea\ngreen fish\n")).toEqual(given);
    expect(await translate([], "red tea\r\ngreen fish")).toEqual(given);
    writeFileSync(join(cwd, "sources.txt"), "red tea\n\ngreen fish\n");
    expect((await translate(["--file", "sources.txt"])).stdout).toBe("红茶\n\n绿鱼\n");
  });

  it("lists the best of a beam search, and draws where it is told so", async () => {
    const { stdout } = await translate(["red tea", "blue bird", "--beam", "5", "--n-best", "3"]);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((row) => row.split("\t"));
    expect(rows.map(([number]) => number)).toEqual(["1", "1", "1", "2", "2", "2"]);
    expect([rows[0][2], rows[3][2]]).toEqual(["红茶", "蓝鸟"]);
    for (const [i, [, score]] of rows.entries()) {
      if (i % 3 > 0) expect(Number(score)).toBeLessThanOrEqual(Number(rows[i - 1][1]));
    }
    expect((await translate(["red tea", "--n-best", "3"])).stdout).toMatch(/^1\t-[\d.]+\t红茶\n/);
    const drawn = ["red tea", "--temperature", "3", "--n-best", "4", "--seed", "7"];
    const first = await translate(drawn);
    expect(first.stdout.match(/^1\t\d+(?=\t)/gm)).toEqual(["1\t7", "1\t8", "1\t9", "1\t10"]);
    expect(await translate(drawn)).toEqual(first);
  });

  it("says that it does not know where it is not sure", async () => {
    const least = await threshold(cwd);
    const args = ["red tea", odd, "--min-confidence", least];
    expect((await translate(args)).stdout).toBe("红茶\nI do not know\n");
    const { stdout } = await translate([...args, "--unsure", "", "--json", "--logprobs"]);
    const [known, unknown] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).samples[0]);
    expect(known).toMatchObject({ text: "红茶", confidence: expect.any(Number) });
    expect(known.logprobs).toHaveLength(3);
    expect(unknown.text).toBe("");
    expect(unknown.confidence).toBeLessThan(Number(least));
    expect(unknown).not.toHaveProperty("logprobs");
  });

  it("gives JSON, a line for each source", async () => {
    const { stdout } = await translate(["red tea", "blue bird", "--json", "--logprobs"]);
    const [one, two] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(one).toMatchObject({ source: "red tea", samples: [{ text: "红茶", finish: "end" }] });
    expect(one.samples[0].logprobs).toHaveLength(3);
    expect(two).toMatchObject({ source: "blue bird", samples: [{ text: "蓝鸟" }] });
  });

  it("draws what it attended to", async () => {
    const args = ["red tea", "--attention-map", "a.svg"];
    expect(await translate(args)).toMatchObject({ code: 0, stdout: "红茶\n" });
    const svg = readFileSync(join(cwd, "a.svg"), "utf8");
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="\d+"/);
    expect(svg.match(/<rect x=/g)).toHaveLength(3 * "red tea".length);
    const labels = Array.from(svg.matchAll(/<text [^>]*>([^<]*)</g), ([, label]) => label);
    expect(labels).toEqual([..."red␣tea", "红", "茶", "end", "source", "answer"]);
    const weights = Array.from(svg.matchAll(/fill-opacity="([\d.]+)"/g), ([, w]) => Number(w));
    const rows = [0, 1, 2].map((t) => weights.slice(7 * t, 7 * t + 7));
    for (const row of rows) expect(row.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 1);
  });

  it("refuses what it cannot do", async () => {
    const refused: [string[], number, RegExp][] = [
      [["狐"], 1, /^simdream: "狐": the text has "狐" \(U\+72D0\)/],
      [["a", "--file", "sources.txt"], 2, /give sources or --file, not both/],
      [["red", "tea", "--attention-map", "b.svg"], 2, /draws one source, given as text; got 2/],
      [["red", "--attention-map", "gone/b.svg"], 1, /cannot write gone\/b\.svg/],
      [["red", "--logprobs"], 2, /--logprobs needs --json/],
      [["red", "--beam", "2", "--n-best", "3"], 2, /--n-best must be at most --beam \(2\), got 3/],
      [["red", "--tokens", "0"], 2, /--max-tokens must be/],
      [["--file", "gone.txt"], 1, /cannot read gone\.txt/],
    ];
    for (const [args, code, message] of refused) {
      const ended = await translate(args);
      expect({ ...ended, args }).toMatchObject({ code, stdout: "", args });
      expect(ended.stderr).toMatch(message);
    }
    const second = await translate([], "red tea\n狐\n");
    expect(second).toMatchObject({ code: 0, stdout: "红茶\n\n" });
    expect(second.stderr).toMatch(/^simdream: standard input, line 2: the text has "狐"/);
  });

  it("draws no map without attention", async () => {
    const own = pairFolder();
    await simdream(["train", "pairs.tsv", "--out", "m.safetensors", ...tinyPairs], { cwd: own });
    const args = ["translate", "m.safetensors", "red tea", "--attention-map", "a.svg"];
    expect(await simdream(args, { cwd: own })).toMatchObject({
      code: 1,
      stderr: "simdream: the model was made without attention\n",
    });
  });
});

describe("a model of pairs", () => {
  it("is evaluated by its answers", async () => {
    const args = ["evaluate", "m.safetensors", "pairs.tsv", "--label-column", "2"];
    const found = json(await simdream([...args, "--json"], { cwd }));
    expect(found).toMatchObject({ pairs: 64, exactMatch: 1, chrF: 100, labelAccuracy: 1 });
    expect(found.bleuSignature).toContain("tok:zh");
    expect(found.nats).toBeLessThan(0.1);
    const { stdout } = await simdream([...args, "--bleu", "char", "--beam", "2"], { cwd });
    expect(stdout).toMatch(/^exact match +64 of 64 \(100 %\)$/m);
    expect(stdout).toMatch(/^BLEU .*tok:char/m);
    writeFileSync(join(cwd, "odd.tsv"), `${lines[0]}\n狐狸\t狐\nbroken`);
    const odd = await simdream(["evaluate", "m.safetensors", "odd.tsv", "--json"], { cwd });
    expect(json(odd)).toMatchObject({ pairs: 2, unknown: 3, unread: 1 });
    expect(odd.stderr).toContain("odd.tsv:3: expected 2 columns");
    const reset = await simdream([...args, "--reset-every", "3"], { cwd });
    expect(reset).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--reset-every is for"),
    });
  });

  it("is inspected and quantised", async () => {
    const { stdout } = await simdream(["inspect", "m.safetensors"], { cwd });
    for (const row of [/^model +seq2seq, lstm/m, /^attention +luong$/m, /^labels +early, late$/m]) {
      expect(stdout).toMatch(row);
    }
    expect(json(await simdream(["inspect", "m.safetensors", "--json"], { cwd }))).toMatchObject({
      model: "Seq2Seq",
      config: { attention: "luong", labels: ["early", "late"], clean: { normalize: "NFC" } },
      tokenizers: { source: { kind: "char" }, target: { kind: "char" } },
    });
    await simdream(["quantize", "m.safetensors", "--out", "q.safetensors"], { cwd });
    const small = await simdream(["translate", "q.safetensors", "red tea"], { cwd });
    expect(small.stdout).toBe("红茶\n");
  });

  it("is not taken for a language model, nor the other way round", async () => {
    const other = (args: string[]) => simdream(args, { cwd });
    const told = "m.safetensors holds a sequence-to-sequence model; ";
    expect(await other(["generate", "m.safetensors"])).toMatchObject({
      code: 1,
      stderr: `simdream: ${told}use simdream translate, or simdream chat\n`,
    });
    await other(["train", "text.txt", "--out", "t.safetensors", ...tiny, "--quiet"]);
    for (const command of ["translate", "chat"]) {
      expect(await other([command, "t.safetensors"])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^simdream: t\.safetensors holds a .*; use simdream generate\n$/,
        ),
      });
    }
    const bleu = await other(["evaluate", "t.safetensors", "text.txt", "--bleu", "zh"]);
    expect(bleu).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--bleu is for a sequence-to-sequence model"),
    });
  });
});
