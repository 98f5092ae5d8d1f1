// Styles and textures on the command line.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { drawFaces } from "../../src/data/images/faces.js";
import { ImageSet } from "../../src/data/images/image-set.js";
import { folder, inFolder, simdream } from "./command-line.js";

let cwd: string;
const { json, done, refused, picture } = inFolder(() => cwd);

beforeAll(async () => {
  cwd = folder();
  mkdirSync(join(cwd, "photos"));
  const set = new ImageSet(drawFaces({ count: 8, seed: 5 }));
  for (let i = 0; i < set.length; i++) {
    writeFileSync(join(cwd, "photos", `${i}.png`), await set.toPNG(i));
  }
  for (const [i, name] of ["photo", "painting", "wall"].entries()) {
    writeFileSync(join(cwd, `${name}.png`), await set.toPNG(i));
  }
  const half = Uint8Array.from({ length: 256 }, (_, i) => (i < 128 ? 255 : 0));
  const mask = new ImageSet({ pixels: half, height: 16, width: 16, channels: 1 });
  writeFileSync(join(cwd, "mask.png"), await mask.toPNG(0));
});

test("a photo in the style of others, where a mask says so", async () => {
  const like = "--like painting.png --like wall.png --mask mask.png --keep-colours";
  const made = await json(`style photo.png ${like} --steps 4 --out styled.png`);
  expect(made).toMatchObject({ width: 16, height: 16, step: 4, style: expect.any(Number) });
  expect(picture("styled.png")).toMatchObject({ width: 16, height: 16 });
  const { stdout } = await done("style photo.png --like wall.png --steps 2 --size 12 --out s.png");
  expect(stdout).toMatch(
    /^style: 2 steps, about .*\n12 × 12 in s\.png, style distance [\d.e-]+\n$/,
  );
});

test("a texture of a size, as a tile", async () => {
  await done("texture wall.png --tile --size 24x20 --steps 3 --seed 2 --out tile.png");
  expect(picture("tile.png")).toMatchObject({ width: 24, height: 20 });
});

test("Ctrl-C keeps the picture so far", async () => {
  const args = "texture wall.png --size 96 --steps 100000 --out far.png".split(" ");
  const { code, stderr } = await simdream(args, {
    cwd,
    during: (child) => child.stdout!.once("data", () => child.kill("SIGINT")),
  });
  expect(code).toBe(130);
  expect(stderr).toMatch(/stopped after \d+ of 100000 steps; the picture so far is in far\.png/);
  expect(picture("far.png").width).toBe(96);
});

test("a network of a style is trained, resumed, measured and used", async () => {
  const train = "train photos --model style --like painting.png --channels 2 --blocks 1 --batch 2";
  const { stdout } = await done(`${train} --seed 3 --steps 4 --val 0 --out s.safetensors`);
  expect(stdout).toContain("network of a style, 2 channels, 1 block");
  expect(stdout).toContain("simdream style photo.png --with s.safetensors --out styled.png");
  await done("style photo.png --with s.safetensors --strength 0.5 --out half.png");
  expect(picture("half.png")).toMatchObject({ width: 16, height: 16 });
  const score = await json("evaluate s.safetensors photos");
  expect(score).toMatchObject({ examples: 8, style: expect.any(Number) });
  expect((await done("inspect s.safetensors")).stdout).toMatch(/channels +2\n[\s\S]*form +nearest/);
});

test("what does not go together is refused", async () => {
  const of = (args: string, message: RegExp) => refused(2, message, args);
  await of("style photo.png --out x.png", /style needs --like/);
  await of("style photo.png --like wall.png", /give --out, a name that ends in \.png/);
  await of("style photo.png --like wall.png --out wall.png", /wall\.png/);
  await of("style photo.png --like wall.png --strength 1 --out x.png", /--strength is for --with/);
  await of("style photo.png --with s.safetensors --steps 3 --out x.png", /--steps is for --like/);
  await of("texture wall.png --size 0 --out x.png", /--size must be pixels/);
  await of("train photos --model style --out x.safetensors", /needs --like/);
  expect(existsSync(join(cwd, "x.png"))).toBe(false);
});
