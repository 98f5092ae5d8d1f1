// Diffusion of clips on the command line: --model video, first frames, loops.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ImageSet } from "../../src/data/images/image-set.js";
import { movingBars, SIDE } from "../models/video/help.js";
import { folder, inFolder } from "./command-line.js";

let cwd: string;
const { json, done, refused } = inFolder(() => cwd);
const small = "--model video --channels 4 --levels 2 --seed 3 --preview-every 0";
const clips = movingBars(12, 4, 3);

beforeAll(async () => {
  cwd = folder();
  mkdirSync(join(cwd, "clips"));
  const rows: string[] = [];
  for (let i = 0; i < clips.length; i++) {
    writeFileSync(join(cwd, "clips", `${i}.gif`), await clips.toGIF(i));
    rows.push(`${i}.gif,${i % 2 === 1 ? "down" : "across"}`);
  }
  writeFileSync(join(cwd, "ways.csv"), `file,way\n${rows.join("\n")}\n`);
  writeFileSync(join(cwd, "sheet.png"), await clips.sheet());
  writeFileSync(join(cwd, "frame.png"), await clips.frame(0).toPNG(1));
  const { stdout } = await done(
    `train clips --labels ways.csv ${small} --steps 4 --out v.safetensors`,
  );
  expect(stdout).toContain("clips: 12 clips of 4 frames of 8 × 8, RGB, with way (2)");
  expect(stdout).toContain("simdream generate v.safetensors --seed 1 --out clip.gif");
});

/** What stands in a file of clips. */
async function read(name: string): Promise<ImageSet> {
  return ImageSet.fromGIF([{ name, bytes: readFileSync(join(cwd, name)) }], { mode: "rgb" });
}

describe("clips", () => {
  test("begin with a picture, to the bit; are of a class, and loops", async () => {
    await done("generate v.safetensors --first frame.png --seed 1 --out moving.png");
    const [one] = [clips.frame(0).subset([1])];
    await done("generate v.safetensors --first frame.png --seed 1 --out moving.apng");
    const moving = await read("moving.apng");
    expect([moving.length, moving.frames, moving.height]).toEqual([1, 4, SIDE]);
    expect(moving.frame(0).pixels).toEqual(one.pixels);
    const asked = "generate v.safetensors --label way=down --guidance 2 --seed 4";
    const plain = await json(`${asked} --samples 2 --out two.png`);
    expect(plain).toMatchObject({ samples: 2, labels: { way: ["down", "down"] } });
    const loop = await json(`${asked} --samples 2 --loop --out loop.png`);
    expect(loop.fingerprint).not.toBe(plain.fingerprint);
    await done("generate v.safetensors --out one.gif");
    expect((await read("one.gif")).frames).toBe(4);
    expect(await json("generate v.safetensors --out many.png")).toMatchObject({ samples: 8 });
  });

  test("are varied, and between two seeds", async () => {
    await done("vary v.safetensors clips/1.gif --samples 2 --sampling-steps 2 --out like");
    await done(
      "interpolate v.safetensors --seeds 1,2 --samples 3 --sampling-steps 2 --out way.gif",
    );
    expect((await read("way.gif")).frames).toBe(4);
  });

  test("are learned from a sheet to the same bits, resumed or not", async () => {
    const of = `train sheet.png --tile 8 --frames 4 ${small} --first-dropout 0.4 --time-levels 2`;
    const whole = await json(`${of} --steps 4 --out w.safetensors`);
    expect(whole).toMatchObject({ steps: 4, clipsPerSecond: expect.any(Number) });
    await json(`${of} --steps 2 --keep-state --out h.safetensors`);
    const resumed = await json("train sheet.png --tile 8 --resume h.safetensors --steps 4");
    expect(resumed.fingerprint).toBe(whole.fingerprint);
  });

  test("are measured: the loss, and how much changes from a frame to the next", async () => {
    const figures = await json(
      "evaluate v.safetensors clips --labels ways.csv --generated 3 --sampling-steps 2",
    );
    expect(figures).toMatchObject({ examples: 12, loss: expect.any(Number) });
    const { real, generated } = (figures as unknown as { changes: Record<string, object> }).changes;
    for (const one of [real, generated]) {
      expect(one).toEqual({ change: expect.any(Number), around: expect.any(Number) });
    }
    const { stdout } = await done("inspect v.safetensors");
    expect(stdout).toContain("4 × 8 × 8 × 3 (frames × height × width × channels)");
  });

  test("what is for clips is refused for pictures, and the other way round", async () => {
    await done(
      `train sheet.png ${small.replace("video", "diffusion")} --steps 1 --out p.safetensors`,
    );
    await refused(
      2,
      /--first is for models of clips, p\.safetensors makes pictures/,
      "generate p.safetensors --first frame.png --out a.png",
    );
    await refused(2, /--loop is for models of clips/, "generate p.safetensors --loop --out a.png");
    await refused(
      2,
      /inpaint is for pictures, v\.safetensors makes clips/,
      "inpaint v.safetensors clips/1.gif --mask frame.png --out a.png",
    );
    await refused(
      1,
      /frame\.png is a still picture/,
      `train frame.png ${small} --out x.safetensors`,
    );
    expect(existsSync(join(cwd, "x.safetensors"))).toBe(false);
    await done(`train clips ${small} --no-first-frames --steps 1 --out n.safetensors`);
    await refused(
      2,
      /the model learned no first frames/,
      "generate n.safetensors --first frame.png --out a.gif",
    );
  });
});
