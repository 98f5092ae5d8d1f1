// Clips on the command line: how they are read from files, and how they are written.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type PictureFlags, readClips } from "../../src/cli/io/pictures.js";
import { ImageSet } from "../../src/data/images/image-set.js";
import { readGIF } from "../../src/formats/gif/decode.js";
import { readAPNG } from "../../src/formats/png/animation.js";
import { folder, inFolder } from "./command-line.js";

let cwd: string;
const { json, done, refused, picture } = inFolder(() => cwd);

/** Clips of 4 frames of 8 × 8, in colour: a dot that goes down or to the right. */
const [COUNT, FRAMES, SIDE] = [12, 4, 8];
const pixels = new Uint8Array(COUNT * FRAMES * SIDE * SIDE * 3).fill(240);
for (let n = 0; n < COUNT * FRAMES; n++) {
  const [i, t] = [Math.floor(n / FRAMES), n % FRAMES];
  const [y, x] = i % 2 ? [(i + 2 * t) % SIDE, i % SIDE] : [i % SIDE, (i + 2 * t) % SIDE];
  pixels.set([200, 10 * i, 0], 3 * ((n * SIDE + y) * SIDE + x));
}
const set = new ImageSet({
  pixels,
  frames: FRAMES,
  fps: 12,
  height: SIDE,
  width: SIDE,
  channels: 3,
});
const ways = ["right", "down"];

beforeAll(async () => {
  cwd = folder();
  const at = (...names: string[]) => {
    mkdirSync(join(cwd, ...names.slice(0, -1)), { recursive: true });
    return join(cwd, ...names);
  };
  for (let i = 0; i < COUNT; i++) {
    const gif = await set.toGIF(i);
    writeFileSync(at("gifs", `${i}.gif`), gif);
    writeFileSync(at("labelled", ways[i % 2], `${i}.gif`), gif);
    writeFileSync(at("pngs", `${i}.png`), await set.toAPNG(i));
    const stills = set.subset([i]).stills();
    for (let t = 0; t < FRAMES; t++) {
      const png = await stills.toPNG(t);
      // Eleventh after second, as people count.
      writeFileSync(at("frames", `${i}`, `frame${t + 8}.png`), png);
      writeFileSync(at("nested", ways[i % 2], `${i}`, `${t}.png`), png);
      if (i === 0) writeFileSync(at("one", `${t}.png`), png);
    }
  }
  writeFileSync(at("sheet.png"), await set.sheet());
  writeFileSync(at("still.png"), await set.frame(0).toPNG(0));
  writeFileSync(at("movie.mp4"), "no movie");
  writeFileSync(at("movies", "a.mov"), "no movie");
  writeFileSync(at("empty", "a.txt"), "nothing");
  const rows = Array.from({ length: COUNT }, (_, i) => `${i}.gif,${ways[i % 2]},c${i >> 2}`);
  writeFileSync(at("labels.csv"), ["file,way,character", ...rows].join("\n"));
  const order = Array.from({ length: COUNT }, (_, i) => JSON.stringify({ way: ways[i % 2] }));
  writeFileSync(at("labels.jsonl"), order.join("\n"));
  const said = Array.from({ length: COUNT }, (_, i) => `${i}.gif\ta dot that goes ${ways[i % 2]}`);
  writeFileSync(at("captions.tsv"), said.join("\n"));
});

const read = (names: string, flags: PictureFlags = {}) => {
  const { labels, captions } = flags;
  return readClips(
    names.split(" ").map((name) => join(cwd, name)),
    {
      ...flags,
      ...(labels === undefined ? {} : { labels: join(cwd, labels) }),
      ...(captions === undefined ? {} : { captions: join(cwd, captions) }),
    },
  );
};

describe("reading", () => {
  test.each(["gifs", "pngs", "frames"])("a folder: %s", async (name) => {
    const found = await read(name);
    expect(found).toMatchObject({ length: COUNT, frames: FRAMES, channels: 3 });
    expect(found.fps).toBe(name === "frames" ? 10 : 12);
    expect(found.pixels).toEqual(set.pixels);
    expect(found.names?.[11]).toMatch(/^11(\.gif|\.png)?$/);
  });

  test.each(["labelled", "nested"])("labels from sub-folders: %s", async (name) => {
    const found = await read(name);
    expect(found.classes()).toEqual(["down", "right"]);
    expect(found.length).toBe(COUNT);
    const [first] = found.names!;
    expect(first).toBe(name === "nested" ? "down/1" : "down/1.gif");
    expect(found.subset([0]).pixels).toEqual(set.subset([1]).pixels);
  });

  test("one file, and a folder that is one clip", async () => {
    expect((await read("gifs/3.gif")).pixels).toEqual(set.subset([3]).pixels);
    expect((await read("one")).pixels).toEqual(set.subset([0]).pixels);
    expect((await read("gifs/3.gif pngs/4.png")).pixels).toEqual(set.subset([3, 4]).pixels);
  });

  test("a sheet, or a part of it", async () => {
    expect((await read("sheet.png", { tile: "8" })).pixels).toEqual(set.pixels);
    const some = await read("sheet.png sheet.png", {
      tile: "8x8",
      tileColumns: "1-2,3",
      size: "4",
    });
    expect(some).toMatchObject({ length: 2 * COUNT, frames: 3, width: 4, height: 4 });
    const short = await read("sheet.png", { tile: "8", frames: 2, count: 5 });
    expect(short).toMatchObject({ length: 5, frames: 2 });
  });

  test("fewer frames, and several clips of a file", async () => {
    expect(await read("gifs", { frames: 3 })).toMatchObject({ length: COUNT, frames: 3 });
    const many = await read("gifs", { frames: 2, every: 1 });
    expect(many).toMatchObject({ length: 3 * COUNT, frames: 2 });
    expect(new Set(many.groups).size).toBe(COUNT);
  });

  test("labels and captions by clip; groups are not learned", async () => {
    const found = await read("gifs", {
      labels: "labels.csv",
      captions: "captions.tsv",
      group: "character",
    });
    expect(found.labels.map(({ name }) => name)).toEqual(["way"]);
    expect(found.groups?.slice(3, 5)).toEqual(["c0", "c1"]);
    expect(found.captions?.[2]).toEqual(["a dot that goes right"]);
    const sheet = await read("sheet.png", { tile: "8", labels: "labels.jsonl" });
    expect(sheet.classes("way")).toEqual(["down", "right"]);
    await expect(read("gifs", { group: "hat" })).rejects.toThrow("the pictures have no labels");
  });

  test.each([
    [
      "still.png",
      {},
      "still.png is a still picture, a clip has at least two frames; if it is a sheet",
    ],
    [
      "gifs frames",
      {},
      "0.gif is animated, and 0 has a file for each frame; give the ones or the others",
    ],
    ["empty", {}, "empty has no clip (GIF or PNG), and no frame of one"],
    ["movie.mp4", {}, "is a video, which is not read; make a folder, frames"],
    ["movies", {}, "a.mov -vf fps=10,scale=64:-2 frames/%04d.png"],
    ["sheet.png", { tile: "5" }, "is not made of frames of 5 × 5"],
    ["sheet.png", { tile: "8", tileColumns: "8" }, "columns[0] must be"],
    ["sheet.png", { tile: "8", tileColumns: "3-1" }, "--tile-columns must be numbers from 0"],
    ["gifs", { tile: "8" }, "--tile is for PNG files that are sheets"],
    ["gifs", { tileColumns: "1" }, "--tile-columns is for a sheet; give --tile, too"],
    ["gifs", { count: 1 }, "--count is for a sheet"],
    ["gifs", { frames: 9 }, "has 4 frames, fewer than 9"],
  ])("%s %j is refused", async (name, flags, message) => {
    await expect(read(name, flags)).rejects.toThrow(message);
  });
});

describe("a model of clips", () => {
  const small = "--model video --channels 8 --levels 1 --batch 4 --seed 3 --preview-every 0";

  beforeAll(async () => {
    const all = `--labels labels.csv --group character --val 0.34 --steps 2 --out v.safetensors`;
    const { stdout } = await done(`train gifs ${small} ${all}`);
    expect(stdout).toContain("12 clips of 4 frames of 8 × 8, RGB, with way (2)");
  });

  test("learns the same of every kind of files", async () => {
    const of = async (what: string, ...more: string[]) =>
      (
        await json(
          `train ${what} ${small} --steps 1 --val 0 --fps 12 --out w.safetensors --quiet`,
          ...more,
        )
      ).fingerprint;
    const whole = await of("gifs");
    expect(await of("frames")).toBe(whole);
    expect(await of("sheet.png --tile 8 --frames 4")).toBe(whole);
  });

  test("is written as what its file's name says", async () => {
    await done("generate v.safetensors --seed 1 --out clip.gif");
    const bytes = (name: string) => new Uint8Array(readFileSync(join(cwd, name)));
    const gif = readGIF("clip.gif", bytes("clip.gif"));
    expect(gif).toMatchObject({ width: 8, height: 8 });
    // Twelve a second, in whole hundredths.
    expect(gif.delays).toEqual([8, 9, 8, 8]);
    await done("generate v.safetensors --seed 1 --out clip.apng");
    const apng = readAPNG("clip.apng", bytes("clip.apng"));
    const [a, b] = [gif, apng].map(({ frames }) => [...frames()]);
    expect(a).toEqual(b);
    await done("generate v.safetensors --seed 1 --samples 3 --out clips.png");
    expect(picture("clips.png")).toMatchObject({ width: 32, height: 24 });
    const sheet = await read("clips.png", { tile: "8" });
    await done("generate v.safetensors --seed 1 --samples 3 --out made");
    expect(readdirSync(join(cwd, "made"))).toEqual(["1", "2", "3"]);
    expect((await read("made")).pixels).toEqual(sheet.pixels);
    await done("generate v.safetensors --seed 1 --samples 1 --out alone");
    expect(readdirSync(join(cwd, "alone"))).toEqual(["1.png", "2.png", "3.png", "4.png"]);
    await done("generate v.safetensors --seed 1 --samples 4 --columns 2 --out all.gif --scale 1");
    expect(readGIF("all.gif", bytes("all.gif"))).toMatchObject({ width: 17, height: 17 });
  });

  test("reads what it is measured on as it learned it", async () => {
    const found = await json("evaluate v.safetensors labelled --labels labels.csv --generated 2");
    expect(found).toHaveProperty("changes");
    await done("vary v.safetensors gifs/0.gif --samples 1 --out varied.gif");
  });

  test("is refused where it would write over a clip, or what nobody reads", async () => {
    await refused(2, "clips are written as GIF, or PNG", "generate v.safetensors --out clip.mp4");
    await refused(2, /gifs\/0\.gif/, `train gifs ${small} --steps 1 --out gifs/0.gif`);
    await refused(
      2,
      "--frames is for --model diffusion",
      "train still.png --model vae --frames 2 --steps 1 --out n.safetensors",
    );
    await refused(1, "GIF files are clips", "train gifs --model vae --steps 1 --out n.safetensors");
  });
});
