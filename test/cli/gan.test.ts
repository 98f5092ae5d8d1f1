// GANs on the command line: of pictures, and of points in the plane.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { folder, inFolder } from "./command-line.js";
import { writeFaces, writePoints } from "./faces.js";

let cwd: string;
const { json, done, refused, picture } = inFolder(() => cwd);
const pictures = "--model gan --network dcgan --channels 4 --latent 6 --batch 16 --seed 3";
const points = "--model gan --network dense --hidden 12 --layers 2 --batch 16 --seed 3";

beforeAll(async () => {
  cwd = folder();
  await writeFaces(cwd, 48);
  writePoints(cwd);
  const { stdout } = await done(`train faces ${pictures} --steps 6 --out g.safetensors`);
  expect(stdout).toContain("GAN of 6 latent numbers, DCGAN, from 4 channels");
  expect(stdout).toMatch(/ step {2}.* D {2} .* G {2} .* real {2}generated {2}pictures\/s/);
  expect(stdout).toContain("simdream generate g.safetensors --samples 64 --out grid.png");
  const other = await done(`train points.csv ${points} --steps 6 --out p.safetensors`);
  expect(other.stdout).toContain("points.csv: 60 rows of 2 numbers");
  expect(other.stdout).toContain("generate p.safetensors --samples 1000 --out generated.csv");
});

describe("pictures", () => {
  test("are trained with the same bits, resumed or not, on any number of workers", async () => {
    expect(picture("g.samples.png")).toMatchObject({ channels: 3 });
    const of = `train faces ${pictures} --preview-every 0 --objective hinge --r1 1 --translation 0.1 --shards 2`;
    const whole = await json(`${of} --steps 6 --val 0.3 --out w.safetensors`);
    expect(whole).toMatchObject({
      ...{ steps: 6, out: "w.safetensors", picturesPerSecond: expect.any(Number) },
      measures: { frechet: expect.any(Number), recall: expect.any(Number) },
    });
    await json(`${of} --steps 2 --val 0.3 --keep-state --workers 1 --out h.safetensors`);
    const resumed = await json("train faces --resume h.safetensors --steps 6 --workers 1");
    expect(resumed.fingerprint).toBe(whole.fingerprint);
    await json(`${of} --steps 1 --keep-state --out k.safetensors`);
    const other = "train faces --resume k.safetensors --steps 9 --r1 2";
    await refused(2, "--r1 2 contradicts k.safetensors, which was trained with 1", other);
  });

  test("are generated in one PNG or a file each, of a label where that is asked", async () => {
    const one = await done("generate g.safetensors --samples 6 --label label=round --out g.png");
    expect(one.stdout).toBe("6 pictures in g.png\n");
    await done("generate g.safetensors --samples 5 --out made/");
    expect(readdirSync(join(cwd, "made"))).toHaveLength(5);
    const known = '--label label: the model does not know "x"';
    await refused(2, known, "generate g.safetensors --label label=x --out x.png");
  });

  test("between seeds are rows", async () => {
    const all = "interpolate g.safetensors --seeds 1,2,3 --samples 4 --label label=none --scale 1";
    await done(`${all} --out i.png`);
    expect(picture("i.png")).toMatchObject({ width: 4 * 17 - 1, height: 2 * 17 - 1 });
    await refused(
      2,
      "g.safetensors reads no pictures",
      "interpolate g.safetensors a.png a.png --out i.png",
    );
    await refused(
      2,
      "Expected two seeds or more",
      "interpolate g.safetensors --seeds 1 --out i.png",
    );
  });

  test("are measured by distances, and by the classes that appear", async () => {
    const found = await json("evaluate g.safetensors faces --generated 20 --nearest near.png");
    expect(found).toMatchObject({
      ...{ features: "classifier", featuresFingerprint: expect.any(String), generated: 20 },
      ...{ frechet: expect.any(Number), precision: expect.any(Number), recall: expect.any(Number) },
      coverage: { label: { classes: 3, entropy: expect.any(Number), counts: {} } },
      recognised: { label: expect.any(Number) },
      nearest: { out: "near.png", copies: 0 },
    });
    expect(picture("near.png").height).toBe(4 * (4 * 17 - 1));
    const lost = "--nearest faces/none is what it is measured on and would be lost";
    const path = `faces/none/${readdirSync(join(cwd, "faces", "none"))[0]}`;
    await refused(
      2,
      lost.replace("none", path.slice(6)),
      `evaluate g.safetensors faces --nearest ${path}`,
    );
  });

  test("are shown by inspect", async () => {
    const { stdout } = await done("inspect g.safetensors");
    expect(stdout).toMatch(/^model {8}GAN of 6 latent numbers$/m);
    expect(stdout).toMatch(/^label label {2}none, round, shades$/m);
    expect(stdout).toMatch(/^loss .* \(discriminator and generator\)$/m);
  });
});

describe("points", () => {
  test("are drawn beside the model, and generated as a table or a picture", async () => {
    expect(picture("p.samples.png")).toMatchObject({ width: 552, height: 536 });
    const { stdout } = await done("generate p.safetensors --samples 4 --seed 2");
    expect(stdout).toMatch(/^(-?\d+\.?\d*(e-\d+)?,-?\d+\.?\d*(e-\d+)?\n){4}$/);
    const said = await done("generate p.safetensors --samples 4 --seed 2 --out some.csv");
    expect(said.stdout).toBe("4 rows in some.csv\n");
    expect(readFileSync(join(cwd, "some.csv"), "utf8")).toBe(stdout);
    const { rows } = await json("generate p.safetensors --samples 4 --seed 2");
    const read = (rows as number[][]).map((row) => row.map(Math.fround));
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split(",").map(Number).map(Math.fround)),
    ).toEqual(read);
    await done("generate p.safetensors --out some.png");
    expect(picture("some.png")).toMatchObject({ width: 552, height: 536 });
  });

  test("are measured by their numbers", async () => {
    const found = await json("evaluate p.safetensors points.csv --generated 50");
    expect(found).toMatchObject({ features: "numbers", real: 60, generated: 50 });
    for (const name of ["frechet", "precision", "recall"]) {
      expect(found[name]).toEqual(expect.any(Number));
    }
  });

  test("are resumed", async () => {
    const whole = await json(
      `train points.csv ${points} --schedule constant --steps 6 --out w2.safetensors`,
    );
    expect(whole).toHaveProperty("rowsPerSecond");
    await json(
      `train points.csv ${points} --schedule constant --steps 3 --keep-state --out h2.safetensors`,
    );
    const resumed = await json("train points.csv --resume h2.safetensors --steps 6");
    expect(resumed.fingerprint).toBe(whole.fingerprint);
  });
});

describe("compare", () => {
  beforeAll(async () => {
    const vae = "--model vae --network dense --hidden 16 --latent 3 --batch 16 --seed 3";
    await done(`train faces ${vae} --steps 6 --out v.safetensors`);
    await done("generate g.safetensors --samples 12 --out drawn");
  });

  test("measures models, and pictures that are there, in one table and one PNG", async () => {
    const all = "compare v.safetensors g.safetensors drawn --data faces --generated 20 --limit 40";
    const found = await json(`${all} --out c.png`);
    expect(found).toMatchObject({ features: "classifier", real: 40, neighbours: 3, out: "c.png" });
    expect(found.models).toMatchObject([
      { name: "v", path: "v.safetensors", model: "VAE", generated: 20 },
      { name: "g", model: "GAN", coverage: { label: { classes: 3, entropy: expect.any(Number) } } },
      { name: "drawn", path: "drawn", generated: 12, frechet: expect.any(Number) },
    ]);
    const [, g] = found.models as { frechet: number }[];
    const alone = await json("evaluate g.safetensors faces --generated 20 --limit 40");
    expect(g.frechet).toBe(alone.frechet);
    expect(picture("c.png")).toMatchObject({ width: 16 * 66 - 2 + 32, height: 4 * 168 + 16 });
    const { stdout } = await done(all);
    expect(stdout).toMatch(/^ +frechet +kernel +precision +recall +classes +entropy +pictures\n/);
    expect(stdout).toMatch(
      /^drawn +\d+\.\d\d +-?\d+\.\d\d( +[01]\.\d{3}){2} +\d of 3 +[01]\.\d{3} +12$/m,
    );
    expect(stdout).toContain("on 40 real pictures; features of a classifier of the labels");
  });

  test.each([
    [
      1,
      "c.safetensors holds a classifier of pictures; use simdream classify",
      "c.safetensors g.safetensors --data faces",
    ],
    [1, "p.safetensors holds a model of vectors", "p.safetensors --data faces"],
    [
      1,
      "g.safetensors makes pictures of 16 × 16 × 3 (height × width × channels), s.safetensors of 8 × 8 × 1",
      "g.safetensors s.safetensors --data faces",
    ],
    [2, "compare needs --data", "g.safetensors"],
    [2, "g.safetensors is given twice", "g.safetensors g.safetensors --data faces"],
    [2, "--out c.jpg: give a name that ends in .png", "g.safetensors --data faces --out c.jpg"],
    [1, "there must be more than 3 g pictures", "g.safetensors --data faces --generated 3"],
  ])("%d: %s", async (code, message, line) => {
    const small = "--network dense --hidden 8 --steps 1 --seed 1 --quiet";
    if (line.startsWith("c."))
      await done(`train faces --model classifier ${small} --out c.safetensors`);
    if (line.includes(" s.safetensors")) {
      await done(`train faces --model gan --size 8 --mode grey ${small} --out s.safetensors`);
    }
    await refused(code, message, `compare ${line}`);
  });
});

test.each([
  [1, "two.csv:3: expected 2 numbers, as in two.csv:1, got 1", "train two.csv"],
  [1, 'word.csv:2: expected a number, got "x"', "train word.csv"],
  [1, 'comma.csv:1: expected a number, got "1,5"; decimals have a point', "train comma.csv"],
  [1, "empty.csv: expected rows of numbers, got none", "train empty.csv"],
  [1, "cannot read missing.csv: no such file", "train missing.csv"],
  [2, "--size is for pictures, points.csv has rows of numbers", "train points.csv --size 8"],
  [2, "--network must be dense or dcgan for a GAN, got conv", "train faces --network conv"],
  [
    2,
    "--label-smoothing is not for --objective hinge",
    "train faces --objective hinge --label-smoothing 0.1",
  ],
  [2, '--hidden is for --network dense, this one is "dcgan"', "train faces --hidden 8"],
  [
    2,
    "--instance-noise-steps is for --instance-noise, which is 0",
    "train faces --instance-noise-steps 3",
  ],
  [2, "--translation is for pictures, these are vectors", "train points.csv --translation 0.1"],
  [2, "--objective must be one of", "train faces --objective elbo"],
  [2, "--beta is for --model vae, this is one of gan", "train faces --beta 2"],
  [
    1,
    "--network dcgan is for pictures whose sides can be halved",
    "train faces --size 7 --network dcgan",
  ],
])("%d: %s", async (code, message, line) => {
  writeFileSync(join(cwd, "two.csv"), "1,2\n3,4\n5\n");
  writeFileSync(join(cwd, "word.csv"), "a;b\n1;x\n");
  writeFileSync(join(cwd, "comma.csv"), "1,5;2\n");
  writeFileSync(join(cwd, "empty.csv"), "a,b\n");
  await refused(code, message, `${line} --model gan --steps 1 --out x.safetensors`);
  expect(existsSync(join(cwd, "x.safetensors"))).toBe(false);
});

test.each([
  [
    2,
    "--columns is for pictures, p.safetensors makes rows",
    "generate p.safetensors --columns 3 --out x.csv",
  ],
  [2, "give a name that ends in .csv or .png", "generate p.safetensors --out folder"],
  [
    2,
    "--out p.safetensors is the model and would be lost",
    "generate p.safetensors --out p.safetensors",
  ],
  [1, "p.safetensors holds a model of vectors", "interpolate p.safetensors --out x.png"],
  [2, "dcgan is for --model gan", "train faces --model vae --network dcgan --out x.safetensors"],
])("%d: %s", async (code, message, line) => {
  await refused(code, message, line);
});
