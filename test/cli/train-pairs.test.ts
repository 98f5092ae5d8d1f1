import type { ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytes, folder, json, simdream } from "./command-line.js";
import { lines, pairFolder, tinyPairs } from "./pairs.js";

const train = ["train", "pairs.tsv", "--out", "m.safetensors", ...tinyPairs];
const labelled = [...train, "--label-column", "2"];

describe("train --model seq2seq", () => {
  it("says what it does, and shows what validations measure", async () => {
    const cwd = pairFolder();
    const options = ["--attention", "bahdanau", "--bidirectional", "--reverse-source"];
    const { code, stdout, stderr } = await simdream([...labelled, ...options], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("pairs.tsv: 64 pairs, 2 labels (char → char, vocabularies of");
    expect(stdout).toContain("seq2seq, bahdanau attention, bidirectional, source reversed");
    expect(stdout).toContain("batches of 16 pairs");
    expect(stdout).toContain("check  on 10 % of the sources, every 4 steps");
    expect(stdout).toMatch(/^ +step +loss +encoder +decoder +validation +tokens\/s +left$/m);
    expect(stdout).toMatch(
      / {2}exact match \d of 6 \(\d+ %\) {2}label accuracy \d of 6 \(\d+ %\)$/m,
    );
    expect(stdout.match(/padding/g)).toHaveLength(1);
    expect(stdout).toMatch(/simdream translate m\.safetensors 'red red'\n$/);
  });

  it("gives one JSON object, and the same bits for the same seed and any workers", async () => {
    const [a, b] = [pairFolder(), pairFolder()];
    const shards = [...labelled, "--shards", "2", "--json"];
    const first = json(await simdream([...shards, "--workers", "1"], { cwd: a }));
    expect(first).toMatchObject({
      steps: 40,
      loss: expect.any(Number),
      validation: expect.any(Number),
      measures: {
        exactMatch: expect.any(Number),
        exactMatchOf: 6,
        padding: expect.any(Number),
        labelAccuracyOf: 6,
        labelAccuracy: expect.any(Number),
      },
    });
    await simdream([...shards, "--workers", "2"], { cwd: b });
    expect(bytes(a, "m.safetensors")).toBe(bytes(b, "m.safetensors"));
  });

  it("makes a Transformer, which every other command knows by its file", async () => {
    const cwd = pairFolder();
    const pairs = ["train", "pairs.tsv", "--out", "m.safetensors", "--model", "seq2seq"];
    const network = ["--network", "transformer", "--hidden", "32", "--heads", "4", "--layers", "1"];
    const more = ["--batch", "16", "--lr", "5e-3", "--label-column", "2", "--keep-state"];
    const whole = await simdream([...pairs, ...network, ...more, "--steps", "150"], { cwd });
    expect({ code: whole.code, stderr: whole.stderr }).toEqual({ code: 0, stderr: "" });
    expect(whole.stdout).toContain(
      "seq2seq, transformer (llama), hidden 32, 1 layer, 4 heads, context ",
    );
    const inspected = await simdream(["inspect", "m.safetensors"], { cwd });
    expect(inspected.stdout).toMatch(/^model +seq2seq, transformer$/m);
    expect(inspected.stdout).toMatch(/^style +llama$/m);
    const [source, target] = lines[0].split("\t");
    const said = await simdream(["translate", "m.safetensors", source], { cwd });
    expect(said.stdout).toBe(`${target}\n`);
    const evaluated = await simdream(["evaluate", "m.safetensors", "pairs.tsv", "--json"], { cwd });
    expect(json(evaluated)).toMatchObject({ nats: expect.any(Number) });
    const resumed = ["train", "pairs.tsv", "--resume", "m.safetensors", "--label-column", "2"];
    const again = await simdream([...resumed, "--steps", "152", "--network", "transformer"], {
      cwd,
    });
    expect(again.code).toBe(0);
    for (const [options, what] of [
      [["--network", "lstm"], "--network"],
      [["--heads", "2"], "--heads"],
    ] as const) {
      const { code, stderr } = await simdream([...resumed, ...options], { cwd });
      expect(code).not.toBe(0);
      expect(stderr).toContain(what);
    }
    const wrong = await simdream([...pairs, "--heads", "2", "--steps", "1"], { cwd });
    expect(wrong.stderr).toContain('--heads is for --network transformer, this one is "lstm"');
    const far = await simdream(["translate", "m.safetensors", source.repeat(40)], { cwd });
    expect(far.stderr).toContain("context holds");
  });

  it("knows every option", async () => {
    const cwd = pairFolder();
    writeFileSync(join(cwd, "val.tsv"), lines.slice(0, 5).join("\n"));
    const all = [
      ["--attention", "luong-dot", "--shared", "--tokenizer", "byte", "--layers", "2"],
      ["--source-tokenizer", "bpe", "--vocab", "300", "--target-tokenizer", "char"],
      ["--tied", "--embed", "32", "--smoothing", "0.1", "--scheduled-sampling", "0.5"],
      ["--noise-drop", "0.1", "--noise-swap", "0.1", "--noise-mask", "0.1", "--target-column", "0"],
      ["--label-column", "2", "--lambda", "0.5", "--val-file", "val.tsv", "--dedupe"],
      [
        "--normalize",
        "NFKC",
        "--lowercase",
        "--fold-width",
        "--min-length",
        "2",
        "--patience",
        "2",
      ],
    ];
    for (const options of all) {
      const { code, stderr } = await simdream([...train, "--steps", "3", "--quiet", ...options], {
        cwd,
      });
      expect({ code, stderr, options }).toEqual({ code: 0, stderr: "", options });
    }
  });

  it("cleans texts as the model will clean sources", async () => {
    const cwd = pairFolder(lines.map((line) => line.toUpperCase()).join("\n"));
    const options = ["--lowercase", "--fold-width", "--max-length", "8", "--dedupe"];
    const { stdout } = await simdream([...train, ...options], { cwd });
    expect(stdout).toMatch(/[1-9]\d* of other lengths left out\n/);
    const answer = (source: string) => simdream(["translate", "m.safetensors", source], { cwd });
    const plain = await answer("red tea");
    expect(plain).toMatchObject({ code: 0, stderr: "" });
    expect(await answer("ＲＥＤ　Tea")).toEqual(plain);
  });

  it("tells damaged lines with their numbers, and goes on without them", async () => {
    const broken = Buffer.concat([
      Buffer.from("no tab\n\tempty\na\t\n"),
      Buffer.from([0x61, 0x09, 0xff, 0x0a]),
      Buffer.from("b c\n".repeat(4)),
      Buffer.from(lines.join("\n")),
    ]);
    const cwd = pairFolder();
    writeFileSync(join(cwd, "pairs.tsv"), broken);
    const { code, stdout, stderr } = await simdream(train, { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain("pairs.tsv: 64 pairs");
    const told = stderr.trimEnd().split("\n");
    expect(told[0]).toBe("simdream: 8 damaged lines left out:");
    expect(told.slice(1, 6).map((line) => /^ {2}pairs\.tsv:(\d): ./.exec(line)?.[1])).toEqual([
      ...["1", "2", "3", "4", "5"],
    ]);
    expect(told[6]).toBe("  … and 3 more");
  });

  it("refuses what gives no pair, and options of the other model", async () => {
    const refused: [string, string[], number, RegExp][] = [
      ["one\ntwo", [], 1, /pairs\.tsv: no pair is left.*line 1: expected 2 columns/],
      ["\n \n", [], 1, /no pair is left.*no line has text/],
      ["a\tb", ["--val", "0.1"], 1, /cuts 1 different sources/],
      [lines.join("\n"), ["--label-column", "7"], 1, /no pair is left.*expected 8 columns/],
      ["a\tb\t\nc\td\t", ["--label-column", "2"], 2, /--label-column: no line has a label/],
      ["a\tb\tx\nc\td\tx", ["--label-column", "2"], 1, /the only label is "x"/],
      [lines.join("\n"), ["--lambda", "2"], 2, /--lambda weighs .*give --label-column/],
      [lines.join("\n"), ["--label-column", "2", "--lambda", "-1"], 2, /--lambda must be a number/],
      [lines.join("\n"), ["--noise-drop", "2"], 2, /--noise-drop must be a number/],
      [lines.join("\n"), ["--documents", "lines"], 2, /--documents is for --model language/],
      [lines.join("\n"), ["--vocab", "300"], 2, /--vocab is for the tokenizer "bpe"/],
      [lines.join("\n"), ["--val", "0.5", "--val-file", "x"], 2, /--val-file or --val, not both/],
      [lines.join("\n"), ["--attention", "x"], 2, /Allowed choices are none, bahdanau/],
      [lines.join("\n"), ["--bidirectional", "--hidden", "7"], 2, /--hidden must be even/],
    ];
    for (const [content, options, code, message] of refused) {
      const ended = await simdream([...train, ...options], { cwd: pairFolder(content) });
      expect({ ...ended, options }).toMatchObject({ code, stdout: "", options });
      expect(ended.stderr).toMatch(message);
    }
    const text = ["train", "text.txt", "--out", "m", "--attention", "luong"];
    expect(await simdream(text, { cwd: folder() })).toMatchObject({
      code: 2,
      stderr: "simdream: --attention is for --model seq2seq, this is one of language\n",
    });
  });
});

describe("a run of pairs", () => {
  const options = ["--noise-drop", "0.1", "--scheduled-sampling", "0.2", "--dropout", "0.1"];
  const run = [...labelled, ...options, "--attention", "luong", "--steps", "60"];

  it("saves at Ctrl-C, says how to go on, and goes on to the same bits", async () => {
    const cwd = pairFolder();
    const { fingerprint } = json(await simdream([...run, "--json"], { cwd: pairFolder() }));
    const during = (child: ChildProcess) => {
      let seen = "";
      child.stdout!.on("data", (chunk: string) => {
        if (!seen.includes("step ") && `${seen}${chunk}`.includes("step ")) child.kill("SIGINT");
        seen += chunk;
      });
    };
    const ended = await simdream([...run, "--log", "run.jsonl"], { cwd, during });
    expect(ended).toMatchObject({ code: 130, stderr: "" });
    const resume = ["train", "pairs.tsv", "--resume", "m.safetensors", "--label-column", "2"];
    expect(ended.stdout).toContain(`  simdream ${resume.join(" ")}\n`);
    const rest = await simdream([...resume, "--log", "run.jsonl", "--json"], { cwd });
    expect(json(rest)).toMatchObject({ steps: 60, fingerprint });
    const log = readFileSync(join(cwd, "run.jsonl"), "utf8").trimEnd().split("\n");
    expect(log.map((line) => JSON.parse(line).step)).toEqual(
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
    expect(JSON.parse(log[59]).parts).toEqual({
      encoder: expect.any(Number),
      decoder: expect.any(Number),
    });
    const again = await simdream(["train", "pairs.tsv", "--resume", "m.safetensors"], { cwd });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing left to do") });
  });

  it("does not go on with other options or data", async () => {
    const cwd = pairFolder();
    await simdream([...run, "--steps", "4", "--keep-state", "--quiet"], { cwd });
    const resume = ["train", "pairs.tsv", "--resume", "m.safetensors", "--steps", "9"];
    const refused: [string[], number, RegExp][] = [
      [[], 2, /learns labels \(early, late\): give --label-column/],
      [["--label-column", "2", "--attention", "none"], 2, /--attention none contradicts.*luong/],
      [["--label-column", "2", "--noise-drop", "0.3"], 2, /--noise-drop 0.3 contradicts.*0.1/],
      [["--label-column", "2", "--lowercase"], 2, /--lowercase true contradicts.*false/],
      [["--label-column", "2", "--model", "lstm"], 2, /--model language contradicts.*seq2seq/],
      [["--label-column", "2", "--seq-len", "9"], 2, /--seq-len is for --model language/],
      [["--label-column", "2", "--max-length", "8"], 1, /begun on other data/],
    ];
    for (const [more, code, message] of refused) {
      const ended = await simdream([...resume, ...more], { cwd });
      expect({ ...ended, more }).toMatchObject({ code, more });
      expect(ended.stderr).toMatch(message);
    }
    const on = await simdream([...resume, "--label-column", "2", "--json"], { cwd });
    expect(json(on).steps).toBe(9);
  });
});
