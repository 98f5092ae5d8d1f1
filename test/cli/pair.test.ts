// A pair of encoders on the command line: trained on captions of a file, and pictures found by words.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { drawFaces } from "../../src/data/images/faces.js";
import { ImageSet } from "../../src/data/images/image-set.js";
import { folder, inFolder } from "./command-line.js";

let cwd: string;
const { json, done, refused, picture } = inFolder(() => cwd);
const small = "--model pair --channels 4 --features 16 --text-width 16 --text-layers 1 --seed 3";
const trained = `train faces --captions said.tsv ${small} --batch 20 --lr 5e-3`;

beforeAll(async () => {
  cwd = folder();
  mkdirSync(join(cwd, "faces"));
  const set = new ImageSet(drawFaces({ count: 60, seed: 5 }));
  const { classes, indices } = set.label("background");
  const lines: string[] = [];
  for (let i = 0; i < set.length; i++) {
    writeFileSync(join(cwd, "faces", `${i}.png`), await set.toPNG(i));
    lines.push(`${i}.png\t${classes[indices[i]]} behind\t${classes[indices[i]]}`);
  }
  writeFileSync(join(cwd, "said.tsv"), lines.join("\n"));
  writeFileSync(join(cwd, "few.tsv"), lines.slice(0, 9).join("\n"));
  writeFileSync(join(cwd, "wrong.tsv"), "1.png night\n");
  const { stdout } = await done(`${trained} --steps 60 --out p.safetensors`);
  expect(stdout).toContain("60 pictures of 16 × 16, RGB, with 120 captions");
  expect(stdout).toContain("pair of encoders into 16 numbers, texts by 1 block of 16");
  expect(stdout).toContain("simdream search p.safetensors faces 'what to look for'");
});

test("finds what was said, in text, as JSON and as a picture", async () => {
  const found = await json("search p.safetensors faces night --top 3");
  const pictures = found.pictures as { name: string; index: number; similarity: number }[];
  expect(pictures).toHaveLength(3);
  const lines = readFileSync(join(cwd, "said.tsv"), "utf8").split("\n");
  for (const { name } of pictures) {
    expect(lines.find((line) => line.startsWith(`${name}\t`))).toContain("night");
  }
  const { stdout } = await done("search p.safetensors faces night --unknown skip");
  expect(stdout.trim().split("\n")).toHaveLength(10);
  const shown = await done("search p.safetensors faces night --top 2 --out found.png");
  expect(shown.stdout).toMatch(/^-?[01]\.\d{4}\t\d+\.png\n.*\n2 pictures in found\.png\n$/);
  expect(picture("found.png").width).toBe(4 * (2 * 17 - 1));
});

test("is measured, shown, resumed and made smaller", async () => {
  const score = await json("evaluate p.safetensors faces --captions said.tsv --among 4");
  expect(score).toMatchObject({ among: 4, examples: 60, captions: expect.any(Number) });
  expect(score.captions).toBeGreaterThan(0.7);
  const { stdout } = await done("evaluate p.safetensors faces --captions said.tsv");
  expect(stdout).toMatch(/right caption +\d+.* % among 20/);
  expect((await done("inspect p.safetensors")).stdout).toMatch(
    /textWidth +16\n[\s\S]*tokenizer +bpe, /,
  );
  await done("quantize p.safetensors --out q.safetensors");
  await done("search q.safetensors faces night");

  const whole = await json(`${trained} --shards 2 --steps 6 --val 0.3 --out w.safetensors`);
  await done(`${trained} --shards 2 --steps 3 --val 0.3 --keep-state --out half.safetensors`);
  const again = await json(
    "train faces --captions said.tsv --resume half.safetensors --workers 2 --steps 6 --out r.safetensors",
  );
  expect(again.fingerprint).toBe(whole.fingerprint);
  const other =
    "train faces --captions said.tsv --from p.safetensors --out o.safetensors --steps 2";
  await refused(2, "--text-width 8 contradicts p.safetensors", `${other} --text-width 8`);
});

test("what is refused", async () => {
  const train = `train faces ${small} --steps 2 --out x.safetensors`;
  await refused(2, "needs --captions", train);
  await refused(2, "needs --captions", "evaluate p.safetensors faces");
  await refused(1, 'few.tsv: no caption is for "', `${train} --captions few.tsv`);
  await refused(1, "wrong.tsv, line 1: expected the name", `${train} --captions wrong.tsv`);
  await refused(1, "cannot read none.tsv", `${train} --captions none.tsv`);
  await refused(2, "would be lost", `train faces ${small} --captions said.tsv --out said.tsv`);
  await refused(
    2,
    "--captions is for",
    "train faces --model vae --captions said.tsv --out x.safetensors",
  );
  await refused(2, "needs pictures and a text", "search p.safetensors faces");
  await refused(1, "use simdream search", "generate p.safetensors --out x.png");
});
