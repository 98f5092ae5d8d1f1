// Frame predictors on the command line: trained on a folder of animated files, which they continue.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { readGIF } from "../../src/formats/gif/decode.js";
import { movingBars, SIDE } from "../models/video/help.js";
import { folder, inFolder } from "./command-line.js";

let cwd: string;
const { json, done, refused, picture } = inFolder(() => cwd);
const small = "--model frames --patch 2 --hidden 8 --kernel 3 --seed 3 --batch 8 --lr 2e-2";

beforeAll(async () => {
  cwd = folder();
  mkdirSync(join(cwd, "clips"));
  const set = movingBars(16, 6);
  for (let i = 0; i < set.length; i++) {
    writeFileSync(join(cwd, "clips", `${i}.gif`), await set.toGIF(i));
  }
  writeFileSync(join(cwd, "still.png"), await set.frame(0).toPNG(0));
  writeFileSync(join(cwd, "long.gif"), await movingBars(1, 9).toGIF(0));
  const { stdout } = await done(`train clips ${small} --steps 60 --out f.safetensors`);
  expect(stdout).toContain("16 clips of 6 frames of 8 × 8, grey");
  expect(stdout).toContain("frame predictor, 3 read and 3 predicted, squared error");
  expect(stdout).toContain("convolutional LSTM, 1 layer of 8 over patches of 2 × 2");
  expect(stdout).toContain("simdream continue f.safetensors clips --frames 20 --out");
});

test("says how far predictions are, beside copies of the last frame", async () => {
  const score = await json("evaluate f.safetensors clips");
  expect(score).toMatchObject({
    examples: 16,
    frames: [expect.any(Number), expect.any(Number), expect.any(Number)],
  });
  expect(score.mse).toBeLessThan((score.copying as number) / 2);
  const { stdout } = await done("evaluate f.safetensors clips --limit 4");
  expect(stdout).toMatch(/squared error +\d+\.\d{4} a frame\n[\s\S]*clips +4\n/);
  expect(await json("evaluate f.safetensors long.gif")).toMatchObject({ examples: 1 });
});

test("continues clips of any length", async () => {
  const shown = await done(
    "continue f.safetensors clips/3.gif --frames 4 --out longer.png --scale 1 --gap 0",
  );
  expect(shown.stdout).toContain("longer.png");
  expect(picture("longer.png")).toMatchObject({ width: 10 * SIDE, height: SIDE });
  await done("continue f.safetensors clips/3.gif --frames 20 --out longer.gif");
  const gif = readGIF("longer.gif", readFileSync(join(cwd, "longer.gif")));
  expect([...gif.frames()]).toHaveLength(26);
  await done("continue f.safetensors long.gif --only --frames 2 --out new");
  expect(readdirSync(join(cwd, "new"))).toEqual(["1.png", "2.png"]);
  await refused(
    1,
    /still\.png is a still picture, a clip has at least two frames/,
    "continue f.safetensors still.png --out two.png",
  );
});

test("resumes, is shown and made smaller, and refuses what cannot be", async () => {
  const run = `${small} --val 0.25 --feed scheduled --feed-steps 4 --checkpoint-every 2`;
  const whole = await json(`train clips ${run} --steps 8 --out whole.safetensors --quiet`);
  await done(`train clips ${run} --steps 8 --out g.safetensors --quiet --keep-state`);
  expect((await json("inspect g.safetensors")).fingerprint).toBe(whole.fingerprint);
  const shown = (await done("inspect f.safetensors")).stdout;
  expect(shown).toMatch(
    /frames +8 × 8 × 1 [\s\S]*60 steps, \d+ clips\nloss +[\d.]+ \(squared error a frame\)\n/,
  );
  expect(shown).toMatch(/kernel +3\n[\s\S]*input +3\n/);
  await done("quantize f.safetensors --out q.safetensors");
  await done("continue q.safetensors long.gif --out q.png");
  const no = (code: number, message: RegExp, args: string) => refused(code, message, args);
  await no(
    1,
    /holds a predictor of frames; use simdream continue/,
    "generate f.safetensors --out a.png",
  );
  const lengths = "--input 5 --output 4 --steps 1 --out h.safetensors";
  await no(
    1,
    /input and output are 5 \+ 4 frames, got clips of 6/,
    `train clips/1.gif ${small} ${lengths}`,
  );
  await no(2, /has no distribution/, "continue f.safetensors long.gif --temperature 1 --out a.png");
  await no(2, /give --out/, "continue f.safetensors long.gif");
  await no(
    2,
    /--feed is for --model frames/,
    "train clips --model vae --feed own --steps 1 --out h.safetensors",
  );
});
