// Models of pictures on the command line: trained, resumed, and used in every way.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { folderNames } from "../../src/cli/commands/augment.js";
import { fileNames } from "../../src/cli/run/picture-files.js";
import { ImageSet } from "../../src/data/images/image-set.js";
import { folder, inFolder } from "./command-line.js";
import { writeFaces } from "./faces.js";

let cwd: string;
const { run, json, refused, picture } = inFolder(() => cwd);
const small = ["--network", "dense", "--hidden", "24", "--seed", "3"];

function idx(shape: number[], data: Iterable<number>): Uint8Array {
  return Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, 0, n]), ...data]);
}

beforeAll(async () => {
  cwd = folder();
  const set = await writeFaces(cwd, 60);
  const { indices } = set.label("glasses");
  writeFileSync(join(cwd, "b.png"), await set.toPNG(1));
  const grey = Array.from({ length: 60 * 64 }, (_, i) => (i * 7) & 255);
  writeFileSync(join(cwd, "d.idx3-ubyte.gz"), gzipSync(idx([60, 8, 8], grey)));
  writeFileSync(join(cwd, "l.gz"), gzipSync(idx([60], indices)));
  const made = await run("train faces --model vae", ...small, "--steps 12 --out v.safetensors");
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(made.stdout).toContain("60 pictures of 16 × 16, RGB, with label (3)");
  expect(made.stdout).toContain("simdream generate v.safetensors --samples 64 --out grid.png");
});

describe("train", () => {
  test("writes samples beside the model", () => {
    expect(picture("v.samples.png")).toMatchObject({ channels: 3 });
  });

  test("gives the same bits again, resumed or not", async () => {
    const of = ["train", "faces", "--model", "vae", ...small, "--preview-every", "0"];
    const whole = await json(...of, "--steps 12 --out w.safetensors");
    expect(whole).toMatchObject({ steps: 12, out: "w.safetensors" });
    expect(whole).toHaveProperty("picturesPerSecond");
    expect(existsSync(join(cwd, "w.samples.png"))).toBe(false);
    await json(...of, "--steps 5 --keep-state --out h.safetensors");
    const resumed = await json("train faces --resume h.safetensors --steps 12");
    expect(resumed.fingerprint).toBe(whole.fingerprint);
    expect((await json("inspect v.safetensors")).fingerprint).toBe(whole.fingerprint);
  });

  test("takes IDX files with labels, and needs no --model for pictures", async () => {
    const args = [
      "d.idx3-ubyte.gz",
      "--labels",
      "l.gz",
      ...small,
      "--latent",
      "3",
      "--binarize",
      "stochastic",
    ];
    const ended = await run(
      "train",
      ...args,
      "--batch 16 --steps 3 --val 0.2 --patience 2 --out d.safetensors",
    );
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain("pictures, of which a VAE is trained");
    expect(ended.stdout).toMatch(/elbo -\d+\.\d{3} {2}reconstruction \d+\.\d{3} {2}kl \d+\.\d{3}/);
    expect(ended.stdout).toContain("60 pictures of 8 × 8, grey, with label (3)");
    const quiet = await run("train", ...args, "--model vae --steps 2 --quiet --out q.safetensors");
    expect(quiet).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  test("trains further from a file", async () => {
    const out = await json("train faces --from v.safetensors --steps 2 --out f.safetensors");
    expect(out).toMatchObject({ steps: 14 });
    mkdirSync(join(cwd, "others", "green hat"), { recursive: true });
    copyFileSync(join(cwd, "a.png"), join(cwd, "others", "green hat", "a b.png"));
    const from = "--from v.safetensors --steps 2 --out g.safetensors";
    const strange =
      'does not know label "green hat" of green hat/a b.png; it knows none, round, sh';
    await refused(1, strange, "train others", from);
    const hint = "put them into sub-folders, or give --labels, or train one with --ignore-labels";
    await refused(1, hint, "train a.png --model vae", from);
  });

  test.each([
    [1, "cannot read empty: it is a folder", "empty"],
    [1, "empty has no picture (PNG or JPEG)", "empty", "--model", "vae"],
    [1, "faces/none: no such file|cannot read", "faces/none.png", "--model", "vae"],
    [
      2,
      "--latent must be a whole number of at least 1",
      "faces",
      "--model",
      "vae",
      "--latent",
      "0",
    ],
    [
      2,
      "--network must be dense or conv for pictures",
      "faces",
      "--model",
      "vae",
      "--network",
      "lstm",
    ],
    [2, "--patience needs validation: --val above 0", "faces", "--model", "vae", "--patience", "3"],
    [
      2,
      "--beta is for --model vae, this is one of classifier",
      "faces",
      "--model",
      "classifier",
      "--beta",
      "2",
    ],
    [2, "--tile is for one PNG file", "faces", "--model", "vae", "--tile", "8"],
    [1, "a classifier needs images with labels", "a.png", "--model", "classifier"],
    [
      1,
      "pictures have 2 sizes: 16 × 16 \\(a\\.png\\), 8 × 8 \\(small\\.png\\); --size brings them to one",
      "a.png",
      "small.png",
      "--model",
      "vae",
    ],
  ] as [number, string, ...string[]][])("%d: %s", async (code, message, ...args) => {
    mkdirSync(join(cwd, "empty"), { recursive: true });
    const tiny = new ImageSet({ pixels: new Uint8Array(64), height: 8, width: 8, channels: 1 });
    writeFileSync(join(cwd, "small.png"), await tiny.toPNG(0));
    const ended = await run("train", ...args, "--steps 1 --out x.safetensors");
    expect(ended.stderr.replaceAll(/[()]/g, "")).toMatch(
      new RegExp(message.replaceAll(/\\?[()]/g, "")),
    );
    expect(ended.code).toBe(code);
    expect(existsSync(join(cwd, "x.safetensors"))).toBe(false);
  });
});

describe("generate", () => {
  test("one PNG, the same for the same seed, or a folder", async () => {
    const args = ["generate", "v.safetensors", "--samples", "6", "--seed", "1"];
    const ended = await run(...args, "--label label=round --columns 3 --scale 1 --out g.png");
    expect(ended).toMatchObject({ code: 0, stdout: "6 pictures in g.png\n", stderr: "" });
    expect(picture("g.png")).toMatchObject({ width: 3 * 17 - 1, height: 2 * 17 - 1 });
    const first = readFileSync(join(cwd, "g.png"));
    await run(...args, "--label label=round --columns 3 --scale 1 --out g.png");
    expect(readFileSync(join(cwd, "g.png"))).toEqual(first);
    const many = await json(...args, "--out made");
    expect(many).toMatchObject({ samples: 6, seed: 1, out: "made" });
    expect(readdirSync(join(cwd, "made")).length).toBe(6);
    await refused(2, "--out made is a folder that has files", ...args, "--out", "made");
  });

  test("refuses what is not for pictures", async () => {
    const args = ["generate", "v.safetensors"];
    await refused(2, "give --out: a PNG file, or a folder", ...args);
    const words = "--prompt is for a diffusion model that learned captions, v.safetensors holds";
    await refused(2, words, ...args, "--prompt", "x", "--out", "g.png");
    await refused(
      2,
      /--label label: the model does not know "x"; it knows none, round, shades/,
      ...args,
      "--label",
      "label=x",
      "--out",
      "g.png",
    );
    await refused(
      2,
      "--out v.safetensors is the model and would be lost",
      ...args,
      "--out",
      "v.safetensors",
    );
    const texts = await run("generate a.png");
    expect(texts.stderr).toMatch("a.png is no model: it looks like a picture (PNG)");
  });
});

test("what is read in a folder is not written over, and other outputs are said", async () => {
  const path = readdirSync(join(cwd, "faces", "none")).map((name) => `faces/none/${name}`)[0];
  const before = readFileSync(join(cwd, path));
  const lost = `${path} is a picture and would be lost`;
  await refused(2, lost, `reconstruct v.safetensors faces --out ${path}`);
  const labels = "--nearest l.gz is the file of --labels and would be lost";
  await refused(2, labels, "evaluate v.safetensors d.idx3-ubyte.gz --labels l.gz --nearest l.gz");
  expect(readFileSync(join(cwd, path))).toEqual(before);
  writeFileSync(join(cwd, "file"), "");
  for (const args of ["augment v.safetensors --samples 1", "generate v.safetensors"]) {
    await refused(2, "--out file is a file; give a new folder", `${args} --out file`);
  }
  const kinds = "pictures are written as PNG; give a name that ends in .png";
  await refused(2, kinds, "generate v.safetensors --out x.jpg");
  await refused(2, "--size must be pixels", "train faces --size 0 --out x.safetensors");
  const few = "--val 0.5 cuts 1 different pictures into 0 and 1; use more pictures";
  await refused(1, few, "train a.png --model vae --val 0.5 --out x.safetensors");
  const none = "two classes or more: sub-folders, or a file of labels after --labels";
  await refused(1, none, "train a.png b.png --model classifier --out x.safetensors");
  expect(existsSync(join(cwd, "x.safetensors"))).toBe(false);
});

test("classes become folders that differ", () => {
  expect(folderNames(["a/b", "a:b", "A_b", "..", "", "猫", "x".repeat(300)])).toEqual([
    ...["a_b", "a_b-2", "A_b-3", "_", "label-4", "猫", "x".repeat(60)],
  ]);
});

test("pictures become files that differ, whatever their names are", () => {
  const named = (...names: string[]) => fileNames({ names, length: names.length });
  expect(named("a/cat.png", "b/dog.jpg")).toEqual(["cat.png", "dog.png"]);
  expect(named("a/1.png", "a/3.png", "b/1.png")).toEqual(["1.png", "3.png", "3-2.png"]);
  expect(named("A.png", "a.png", "2-2.png", "2.png")).toEqual(
    ["A", "2-3", "2-2", "2"].map((name) => `${name}.png`),
  );
  const many = Array.from({ length: 30_000 }, (_, i) => `${i % 2}/${i >> 1}.png`);
  expect(new Set(named(...many)).size).toBe(many.length);
  expect(fileNames({ names: undefined, length: 10 }).slice(8)).toEqual(["09.png", "10.png"]);
});

test("reconstruct, interpolate, augment", async () => {
  const seen = await run("reconstruct v.safetensors faces --samples 4 --scale 1 --out r.png");
  expect(seen).toMatchObject({ code: 0, stderr: "" });
  expect(picture("r.png")).toMatchObject({ width: 4 * 17 - 1, height: 2 * 17 - 1 });
  const between = await run("interpolate v.safetensors a.png b.png --out i.png --scale 1");
  expect(between.stderr).toMatch(
    'the model learns labels "label", and the pictures have no labels; put them into sub-folders, or give',
  );
  const way = ["interpolate", "v.safetensors", "a.png", "b.png", "--label", "label=none"];
  expect(await run(...way, "--spherical --out i.png")).toMatchObject({ code: 0, stderr: "" });
  const more = await run("augment v.safetensors --samples 3 --out more");
  expect(more).toMatchObject({ code: 0, stdout: "3 pictures of 3 labels each in more\n" });
  expect(readdirSync(join(cwd, "more")).sort()).toEqual(["none", "round", "shades"]);
  expect(readdirSync(join(cwd, "more", "none"))).toEqual([
    "generated-1.png",
    "generated-2.png",
    "generated-3.png",
  ]);
});

test("an autoencoder takes noise away", async () => {
  const args = [
    "--model",
    "autoencoder",
    ...small,
    "--latent",
    "8",
    "--noise",
    "0.3",
    "--steps",
    "8",
  ];
  expect(await run("train faces", ...args, "--out n.safetensors")).toMatchObject({
    code: 0,
    stderr: "",
  });
  expect(picture("n.samples.png")).toMatchObject({ channels: 3 });
  const made = await run(
    "denoise n.safetensors faces --noise 0.3 --samples 4 --scale 1 --out n.png",
  );
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(picture("n.png").height).toBe(3 * 17 - 1);
  const clean = await run("denoise n.safetensors faces/none --out clean");
  expect(clean.stdout).toMatch(/files in clean/);
  expect(readdirSync(join(cwd, "clean")).sort()).toEqual(
    readdirSync(join(cwd, "faces", "none")).sort(),
  );
  const between = await run(
    "interpolate n.safetensors a.png b.png --samples 5 --scale 1 --out i.png",
  );
  expect(between).toMatchObject({ code: 0, stdout: "5 pictures in i.png\n" });
  expect(picture("i.png")).toMatchObject({ width: 5 * 17 - 1, height: 16 });
  const found = await json("evaluate n.safetensors faces --noise 0.3");
  expect(found).toMatchObject({ before: {}, examples: 60, features: "classifier" });
  await refused(
    1,
    "holds an autoencoder; use simdream reconstruct",
    "generate",
    "n.safetensors",
    "--out",
    "g.png",
  );
});

test("a classifier says what is in pictures", async () => {
  const args = ["--model", "classifier", ...small, "--steps", "60"];
  expect(await run("train faces", ...args, "--out c.safetensors")).toMatchObject({
    code: 0,
    stderr: "",
  });
  const said = await run("classify c.safetensors faces --limit 3");
  expect(said.stdout.trimEnd().split("\n")).toHaveLength(3);
  expect(said.stdout).toMatch(/^none\/\d+\.png\tlabel=\w+ \(\d+\.\d %\)$/m);
  const { pictures } = await json("classify c.safetensors faces --limit 2");
  expect(pictures).toMatchObject([{ labels: {}, probabilities: { label: {} } }, {}]);
  const found = await json("evaluate c.safetensors faces");
  expect(found).toMatchObject({ examples: 60, accuracy: { label: expect.any(Number) } });
  await refused(
    1,
    "holds a classifier of pictures; use simdream classify",
    "reconstruct",
    "c.safetensors",
    "faces",
    "--out",
    "r.png",
  );
  await refused(1, "holds a classifier of pictures; use simdream cl", "serve c.safetensors");
});

test("evaluate measures a VAE", async () => {
  const args = [
    "evaluate",
    "v.safetensors",
    "faces",
    "--limit",
    "40",
    "--generated",
    "50",
    "--importance",
    "5",
  ];
  const found = await json(...args);
  expect(found).toMatchObject({ features: "classifier", examples: 40, generated: 50 });
  for (const name of ["elbo", "nll", "frechet", "precision", "recall"]) {
    expect(found[name]).toEqual(expect.any(Number));
  }
  expect(await json(...args)).toEqual(found);
  const rows = await run(...args);
  expect(rows.stdout).toMatch(/frechet distance {2,}\d/);
});

test("quantize writes a smaller file that generates", async () => {
  const found = await json("quantize v.safetensors --out q.safetensors");
  expect(Number(found.outBytes)).toBeLessThan(0.5 * Number(found.bytes));
  await run("generate q.safetensors --samples 4 --out q.png");
  expect(await json("inspect q.safetensors")).toMatchObject({ weights: "int8" });
});
