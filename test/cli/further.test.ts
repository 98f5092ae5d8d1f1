// A model is trained further on other text, in a new run.

import { linkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bytes, json, simdream, text, trained } from "./command-line.js";
import { learntPairs, lines } from "./pairs.js";

interface Result {
  readonly steps: number;
  readonly loss: number;
  readonly fingerprint: string;
}

it("begins a new run on the weights of a file, whatever run is in that", async () => {
  const options = ["--batch", "4", "--steps", "20", "--json"];
  const results = [];
  for (const state of [[], ["--keep-state"]]) {
    const cwd = await trained(...state);
    const before = bytes(cwd, "m.safetensors");
    writeFileSync(join(cwd, "more.txt"), text.slice(0, 2000));
    const args = ["train", "more.txt", "--from", "m.safetensors", "--out", "n.safetensors"];
    const result = json<Result>(await simdream([...args, ...options], { cwd }));
    expect(bytes(cwd, "m.safetensors")).toBe(before);
    results.push(result);
    const inspected = json<{ record: { runs: number } }>(
      await simdream(["inspect", "n.safetensors", "--json"], { cwd }),
    );
    expect(inspected.record.runs).toBe(2);
    const fresh = ["train", "more.txt", "--out", "f.safetensors", "--hidden", "16", "--embed", "8"];
    const untaught = json<Result>(await simdream([...fresh, ...options], { cwd }));
    expect(result.loss).toBeLessThan(untaught.loss);
  }
  expect(results[0].steps).toBe(70);
  expect(results[1].fingerprint).toBe(results[0].fingerprint);
});

it("refuses what contradicts the file, and to write over it", async () => {
  const cwd = await trained();
  linkSync(join(cwd, "m.safetensors"), join(cwd, "same"));
  const before = bytes(cwd, "m.safetensors");
  const from = ["train", "text.txt", "--from", "m.safetensors"];
  const refused: [string[], RegExp][] = [
    [["--out", "n", "--hidden", "32"], /--hidden 32 contradicts m\.safetensors/],
    [["--out", "n", "--tokenizer", "byte"], /--tokenizer byte contradicts/],
    [["--out", "n", "--model", "seq2seq"], /--model seq2seq contradicts/],
    [["--out", "n", "--attention", "luong"], /--attention is for --model seq2seq/],
    [["--out", "n", "--resume", "m.safetensors"], /--resume or --from, not both/],
    [["--out", "m.safetensors"], /is the file of --from/],
    [["--out", "same"], /is the file of --from/],
    [[], /train needs --out/],
  ];
  for (const [options, message] of refused) {
    const ended = await simdream([...from, ...options], { cwd });
    expect({ ...ended, options }).toMatchObject({ code: 2, stdout: "", options });
    expect(ended.stderr).toMatch(message);
  }
  expect(bytes(cwd, "m.safetensors")).toBe(before);
  const alone = await simdream(["train", "text.txt", "--out", "n", "--unknown", "skip"], { cwd });
  expect(alone).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--unknown needs --from"),
  });
});

it("counts new characters, and trains without them where it is told so", async () => {
  const cwd = await trained();
  writeFileSync(join(cwd, "odd.txt"), `${text.slice(0, 900)}狐é狐`);
  writeFileSync(join(cwd, "even.txt"), text.slice(0, 900));
  const further = (file: string, ...options: string[]) =>
    simdream(["train", file, "--from", "m.safetensors", "--out", "n", "--steps", "3", ...options], {
      cwd,
    });
  expect(await further("odd.txt")).toMatchObject({
    code: 1,
    stderr:
      "simdream: odd.txt: 3 of 903 characters are new to the model (狐 é); --unknown skip trains without them\n",
  });
  const skipped = await further("odd.txt", "--unknown", "skip", "--json");
  expect(skipped.stderr).toBe(
    "simdream: odd.txt: 3 of 903 characters are new to the model (狐 é), left out\n",
  );
  const plain = json<Result>(await further("even.txt", "--json"));
  expect(json<Result>(skipped).fingerprint).toBe(plain.fingerprint);
});

it("does the same for pairs", async () => {
  const cwd = await learntPairs();
  writeFileSync(join(cwd, "odd.tsv"), `${lines.slice(0, 20).join("\n")}\nfox\t狐\tearly\n`);
  const args = ["train", "odd.tsv", "--from", "m.safetensors", "--out", "n", "--steps", "3"];
  const labelled = [...args, "--label-column", "2"];
  const refused = await simdream(labelled, { cwd });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/odd\.tsv: 1 of 21 pairs has characters that are new/);
  const skipped = await simdream([...labelled, "--unknown", "skip", "--json"], { cwd });
  expect(json<Result>(skipped).steps).toBe(303);
  const hidden = await simdream([...labelled, "--hidden", "8"], { cwd });
  expect(hidden).toMatchObject({ code: 2, stderr: expect.stringContaining("--hidden 8") });
});
