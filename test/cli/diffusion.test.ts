// Diffusion on the command line: pictures out of noise, pictures made from pictures, and points in the plane.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ImageSet } from "../../src/data/images/image-set.js";
import { folder, inFolder } from "./command-line.js";
import { writeFaces, writePoints } from "./faces.js";

let cwd: string;
const { json, done, refused, picture } = inFolder(() => cwd);
const pictures = "--model diffusion --channels 4 --levels 2 --batch 16 --seed 3";
const points = "--model diffusion --network mlp --hidden 12 --layers 2 --batch 16 --seed 3";
const SIDE = 16;
/** Pixels of so many pictures beside each other, four times as large, with a gap between. */
const shown = (pictures: number) => 4 * (pictures * (SIDE + 1) - 1);

/** A mask whose right half is white. */
async function mask(name: string, side = SIDE, white = 255): Promise<void> {
  const pixels = Uint8Array.from({ length: side * side }, (_, i) =>
    i % side < side / 2 ? 0 : white,
  );
  const set = new ImageSet({ pixels, height: side, width: side, channels: 1 });
  writeFileSync(join(cwd, name), await set.toPNG(0));
}

beforeAll(async () => {
  cwd = folder();
  const set = await writeFaces(cwd, 48);
  mkdirSync(join(cwd, "some"));
  for (const i of [0, 1, 2, 3]) writeFileSync(join(cwd, "some", `${i}.png`), await set.toPNG(i));
  await mask("mask.png");
  writePoints(cwd);
  const { stdout } = await done(`train faces ${pictures} --steps 6 --out d.safetensors`);
  expect(stdout).toContain("rectified flow, U-Net of 2 levels from 4 channels");
  expect(stdout).toContain("simdream generate d.safetensors --samples 64 --out grid.png");
  const other = await done(`train points.csv ${points} --steps 6 --out p.safetensors`);
  expect(other.stdout).toContain("dense, 2 residual blocks of 12");
  expect(other.stdout).toContain("generate p.safetensors --samples 1000 --out generated.csv");
  const patches = "--network dit --patch 4 --hidden 16 --layers 1 --heads 2 --batch 16 --seed 3";
  const dit = await done(`train faces --model diffusion ${patches} --steps 1 --out t.safetensors`);
  expect(dit.stdout).toContain("flow, Transformer of 1 block of 16 over patches of 4 × 4: ");
  const plain = "--ignore-labels --objective noise --prediction velocity --pixel-attention";
  const said = await done(`train faces ${pictures} ${plain} --steps 2 --out n.safetensors`);
  expect(said.stdout).toContain("diffusion of noise, cosine schedule, velocity predicted");
});

describe("pictures", () => {
  test("are trained with the same bits, resumed or not, on any number of workers", async () => {
    expect(picture("d.samples.png")).toMatchObject({ channels: 3, width: shown(16) });
    const of = `train faces ${pictures} --preview-every 0 --label-dropout 0.2 --flip --shards 2`;
    const whole = await json(`${of} --steps 6 --val 0.3 --out w.safetensors`);
    expect(whole).toMatchObject({
      ...{ steps: 6, out: "w.safetensors", picturesPerSecond: expect.any(Number) },
      validation: expect.any(Number),
    });
    await json(`${of} --steps 2 --val 0.3 --keep-state --workers 1 --out h.safetensors`);
    const resumed = await json("train faces --resume h.safetensors --steps 6 --workers 1");
    expect(resumed.fingerprint).toBe(whole.fingerprint);
    const other = "train faces --resume d.safetensors --steps 9";
    for (const [option, text] of [
      ["--label-dropout 0.3", "--label-dropout 0.3 contradicts k.safetensors"],
      ["--objective noise", "--objective noise contradicts d.safetensors"],
      ["--pixel-attention", "--pixel-attention true contradicts d.safetensors"],
    ]) {
      if (option.startsWith("--label")) {
        await json(`${of} --steps 1 --keep-state --out k.safetensors`);
        await refused(2, text, `train faces --resume k.safetensors --steps 9 ${option}`);
      } else await refused(2, text, `${other} ${option}`);
    }
  });

  test("are learned in fewer steps from another flow, which is named again to resume", async () => {
    const how = "--pairs 48 --pair-steps 2 --preview-every 0 --batch 16 --seed 3 --keep-state";
    const learn = `train faces --from d.safetensors --reflow d.safetensors ${how}`;
    const whole = await json(`${learn} --steps 5 --out r.safetensors`);
    expect(whole.steps).toBe(11);
    await json(`${learn} --steps 2 --out rh.safetensors`);
    const on = "train faces --resume rh.safetensors --steps 5";
    await refused(1, "give it as reflow again", on);
    const resumed = await json(`${on} --reflow d.safetensors`);
    expect(resumed.fingerprint).toBe(whole.fingerprint);
    await refused(
      2,
      "--pairs goes with --reflow",
      "train faces --from d.safetensors --pairs 9 --out z",
    );
    await refused(
      2,
      "--reflow",
      "train faces --from d.safetensors --reflow q.safetensors --out q.safetensors",
    );
  });

  test("are generated of a label, with guidance, by every sampler", async () => {
    const all = "generate d.safetensors --samples 4 --sampling-steps 3 --seed 1";
    const one = await json(`${all} --label round --guidance 2 --out g.png`);
    expect(one.labels).toEqual({ label: ["round", "round", "round", "round"] });
    const same = await json(`${all} --label label=round --guidance 2 --out g2.png`);
    expect(same.fingerprint).toBe(one.fingerprint);
    const prints = new Set([one.fingerprint]);
    for (const more of [
      ...["", "--sampler heun", "--sampler ancestral", "--tile", "--temperature 0.5"],
      ...["--guidance 0", "--sampling-steps 4"],
    ]) {
      prints.add((await json(`${all} ${more} --out g3.png`.replace("  ", " "))).fingerprint);
    }
    expect(prints.size).toBe(8);
    await done("generate n.safetensors --samples 5 --sampling-steps 2 --out made/");
    expect(readdirSync(join(cwd, "made"))).toHaveLength(5);
  });

  test("alone have the model's size, so that others take them", async () => {
    await done("generate n.safetensors --samples 1 --sampling-steps 1 --out one.png");
    expect(picture("one.png")).toMatchObject({ width: 16, height: 16 });
    await done("generate n.safetensors --samples 1 --sampling-steps 1 --scale 3 --out three.png");
    expect(picture("three.png")).toMatchObject({ width: 48, height: 48 });
  });

  test("between seeds are rows", async () => {
    const how = "--samples 4 --sampling-steps 2 --label none --guidance 2 --scale 1";
    await done(`interpolate d.safetensors --seeds 1,2,3 ${how} --out i.png`);
    expect(picture("i.png")).toMatchObject({ width: 4 * 17 - 1, height: 2 * 17 - 1 });
  });

  test("go to a folder for each label", async () => {
    await done("augment d.safetensors --samples 2 --sampling-steps 2 --guidance 2 --out more");
    expect(readdirSync(join(cwd, "more")).sort()).toEqual(["none", "round", "shades"]);
  });

  test("are measured by distances, the classes that appear, and how well they are predicted", async () => {
    const line = "evaluate d.safetensors faces --generated 20 --sampling-steps 2 --guidance 2";
    const found = await json(`${line} --nearest near.png`);
    expect(found).toMatchObject({
      ...{ loss: expect.any(Number), examples: 48, features: "classifier", generated: 20 },
      ...{ frechet: expect.any(Number), precision: expect.any(Number), recall: expect.any(Number) },
      ...{ coverage: { label: { classes: 3 } }, recognised: { label: expect.any(Number) } },
    });
    expect(found.times).toHaveLength(10);
    expect(picture("near.png").height).toBe(4 * (4 * 17 - 1));
    const few = "--generated 4 --limit 4 --sampling-steps 1";
    const plain = await done(`evaluate d.safetensors some ${few}`);
    expect(plain.stdout).toMatch(
      /^loss .* not measured: the model learned labels, give --labels$/m,
    );
  });

  test("are compared with those of other models", async () => {
    const vae = "--model vae --network dense --hidden 16 --latent 3 --batch 16 --seed 3";
    await done(`train faces ${vae} --steps 2 --out v.safetensors`);
    const all = "compare d.safetensors v.safetensors --data faces --generated 12";
    const found = await json(`${all} --sampling-steps 2 --out c.png`);
    expect(found.models).toMatchObject([
      { name: "d", model: "Diffusion", generated: 12 },
      { name: "v", model: "VAE", generated: 12 },
    ]);
    const no = "--sampling-steps is for a diffusion model, v.safetensors holds";
    await refused(2, no, "compare v.safetensors --data faces --sampling-steps 2");
  });

  test("are shown by inspect", async () => {
    const { stdout } = await done("inspect n.safetensors");
    expect(stdout).toMatch(/^model {8}diffusion of noise, cosine schedule, velocity predicted$/m);
    expect(stdout).toMatch(/^attention {4}true$/m);
    expect(stdout).toMatch(/^loss .* \(mean squared error\)$/m);
  });
});

describe("inpaint", () => {
  const how = "--sampling-steps 2 --repeats 2 --seed 1";

  test("keeps what is black in the mask to the bit", async () => {
    await done(`inpaint d.safetensors a.png --mask mask.png ${how} --out done.png`);
    const [before, after] = [picture("a.png"), picture("done.png")];
    expect(after).toMatchObject({ width: SIDE, height: SIDE, channels: 3 });
    const [kept, made] = [0, 1].map((side) =>
      Array.from(before.data.keys()).filter(
        (i) => Math.floor(((Math.floor(i / 3) % SIDE) * 2) / SIDE) === side,
      ),
    );
    expect(kept.map((i) => after.data[i])).toEqual(kept.map((i) => before.data[i]));
    expect(made.some((i) => after.data[i] !== before.data[i])).toBe(true);
  });

  test("fills a picture in several ways, and many pictures", async () => {
    const one = `inpaint d.safetensors a.png --mask mask.png ${how}`;
    await done(`${one} --samples 3 --label none --guidance 2 --out ways.png`);
    expect(picture("ways.png").width).toBe(shown(4));
    const all = `inpaint d.safetensors some --mask mask.png ${how}`;
    await done(`${all} --out all.png`);
    expect(picture("all.png")).toMatchObject({ width: shown(4), height: shown(2) });
    await done(`${all} --samples 2 --out filled`);
    expect(readdirSync(join(cwd, "filled")).sort()).toEqual(
      ["0-1", "0-2", "1-1", "1-2", "2-1", "2-2", "3-1", "3-2"].map((name) => `${name}.png`),
    );
    mkdirSync(join(cwd, "masks"));
    for (const name of ["2", "0", "3", "1"]) await mask(join("masks", `${name}.png`));
    const each = await done(`inpaint d.safetensors some --mask masks ${how} --out each`);
    expect(each.stdout).toBe("4 files in each\n");
  });

  test("varies pictures", async () => {
    const { stdout } = await done(
      "vary n.safetensors a.png --strength 0.3 --sampling-steps 4 --samples 3 --out like.png",
    );
    expect(stdout).toBe("3 pictures in like.png\n");
    expect(picture("like.png").width).toBe(shown(4));
  });

  test.each([
    [2, "inpaint needs --mask", "d.safetensors a.png --out x.png"],
    [
      1,
      "--mask small.png is of 8 × 8 pixels, the pictures are of 16 × 16",
      "d.safetensors a.png --mask small.png --out x.png",
    ],
    [
      1,
      "large.png is of 32 × 32 pixels, the model makes 16 × 16; --size 16 brings",
      "d.safetensors large.png --mask mask.png --out x.png",
    ],
    [1, "black.png has no white pixel", "d.safetensors a.png --mask black.png --out x.png"],
    [
      1,
      /--mask two: no mask is for "0", .* give one for each/,
      "d.safetensors some --mask two --out x.png",
    ],
    [2, "would be lost", "d.safetensors a.png --mask mask.png --out a.png"],
    [2, "would be lost", "d.safetensors a.png --mask mask.png --out mask.png"],
    [
      1,
      "c.safetensors holds a classifier of pictures; use simdream classify",
      "c.safetensors a.png --mask mask.png --out x.png",
    ],
    [
      1,
      "p.safetensors holds a model of vectors",
      "p.safetensors a.png --mask mask.png --out x.png",
    ],
    [2, "--guidance needs --label", "d.safetensors a.png --mask mask.png --guidance 2 --out x.png"],
    [
      2,
      '--label label: the model does not know "x"',
      "d.safetensors a.png --mask mask.png --label x --out x.png",
    ],
    [2, "--repeats must be", "d.safetensors a.png --mask mask.png --repeats 0 --out x.png"],
    [
      2,
      "--known-guidance must be",
      "d.safetensors a.png --mask mask.png --known-guidance 101 --out x.png",
    ],
    [
      2,
      "--samples 1000000000 of 1 picture is more than the 100,000 pictures",
      "d.safetensors a.png --mask mask.png --samples 1e9 --out x.png",
    ],
    [2, "give a name that ends in .png", "d.safetensors a.png --mask mask.png --out x.csv"],
  ])("%d: %s", async (code, message, line) => {
    await mask("small.png", 8);
    await mask("large.png", 32);
    await mask("black.png", SIDE, 0);
    mkdirSync(join(cwd, "two"), { recursive: true });
    for (const name of ["1", "2"]) await mask(join("two", `${name}.png`));
    if (line.startsWith("c.")) {
      const small = "--network dense --hidden 8 --steps 1 --seed 1 --quiet";
      await done(`train faces --model classifier ${small} --out c.safetensors`);
    }
    await refused(code, message, `inpaint ${line}`);
    expect(existsSync(join(cwd, "x.png"))).toBe(false);
  });
});

describe("points", () => {
  test("are drawn beside the model, and generated as a table or a picture", async () => {
    expect(picture("p.samples.png")).toMatchObject({ width: 552, height: 536 });
    const how = "--samples 4 --seed 2 --sampling-steps 3 --sampler heun";
    const { stdout } = await done(`generate p.safetensors ${how}`);
    expect(stdout).toMatch(/^(-?\d+\.?\d*(e-\d+)?,-?\d+\.?\d*(e-\d+)?\n){4}$/);
    await done(`generate p.safetensors ${how} --out some.csv`);
    expect(readFileSync(join(cwd, "some.csv"), "utf8")).toBe(stdout);
    await done("generate p.safetensors --samples 50 --out some.png");
    expect(picture("some.png")).toMatchObject({ width: 552, height: 536 });
  });

  test("are measured by their numbers, and resumed", async () => {
    const found = await json("evaluate p.safetensors points.csv --generated 50");
    expect(found).toMatchObject({ features: "numbers", real: 60, generated: 50, examples: 60 });
    expect(found.loss).toEqual(expect.any(Number));
    const all = `train points.csv ${points} --schedule constant`;
    const whole = await json(`${all} --steps 6 --out w2.safetensors`);
    await json(`${all} --steps 3 --keep-state --out h2.safetensors`);
    const resumed = await json("train points.csv --resume h2.safetensors --steps 6");
    expect(resumed.fingerprint).toBe(whole.fingerprint);
  });
});

test.each([
  [2, '--network must be one of unet, dit, mlp, got "dense"', "train faces --network dense"],
  [
    2,
    '--hidden is for --network mlp or --network dit, this one is "unet"',
    "train faces --hidden 8",
  ],
  [
    2,
    "--pixel-attention is for --network unet, this one is mlp",
    "train points.csv --pixel-attention",
  ],
  [
    2,
    '--prediction must be "velocity" or "example" for --objective flow, got "noise"',
    "train faces --prediction noise",
  ],
  [2, "--label-dropout is for a model that learns labels", "train points.csv --label-dropout 0.1"],
  [2, "--pair-steps goes with --reflow", "train faces --pair-steps 3"],
  [2, "--beta is for --model vae, this is one of diffusion", "train faces --beta 2"],
  [1, "3 levels halve pictures 2 times", "train faces --size 10 --levels 3"],
])("%d: %s", async (code, message, line) => {
  await refused(code, message, `${line} --model diffusion --steps 1 --out x.safetensors`);
  expect(existsSync(join(cwd, "x.safetensors"))).toBe(false);
});

test.each([
  [
    2,
    "--sampler ddim is not for a model of --objective flow; use euler, heun or ancestral",
    "generate d.safetensors --sampler ddim --out x.png",
  ],
  [2, "--sampling-steps must be", "generate d.safetensors --sampling-steps 0 --out x.png"],
  [
    2,
    "--guidance is for a model that learned labels or captions, n.safetensors knows none",
    "generate n.safetensors --guidance 2 --out x.png",
  ],
  [2, "--tile is for pictures, these are vectors", "generate p.safetensors --tile --out x.csv"],
  [2, "--generated must be at least 4", "evaluate d.safetensors faces --generated 3"],
  [2, "the real pictures must be at least 4", "evaluate d.safetensors faces --limit 3"],
  [
    1,
    "a row of the files has 2 numbers, the model takes 768 (16×16×3)",
    "train points.csv --from d.safetensors --out x.safetensors",
  ],
  [2, "n.safetensors knows no labels", "generate n.safetensors --label 7 --out x.png"],
  [
    2,
    "--sampler ancestral draws in each step",
    "interpolate d.safetensors --sampler ancestral --out x.png",
  ],
])("%d: %s", async (code, message, line) => {
  await refused(code, message, line);
});
