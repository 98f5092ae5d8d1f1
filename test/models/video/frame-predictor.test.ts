// What a frame predictor says and makes, beyond the contract of all models.

import { describe, expect, test } from "vitest";
import {
  FramePredictor,
  ImageSet,
  InvalidInputError,
  ModelFileError,
  type Runtime,
} from "../../../src/entries/index.js";
import { load } from "../../../src/entries/node.js";
import { fromPatches, toPatches } from "../../../src/models/video/clips.js";
import { movingBars, SIDE } from "./help.js";

const runtime: Runtime = await load();
const clips = movingBars(16, 6);
const small = { patch: 2, hidden: 8, kernel: 3, seed: 1, runtime } as const;
const size = SIDE * SIDE;

/** Trained until it knows where bars go. */
const known = await FramePredictor.create({ ...small, clips });
await known.fit(clips, { steps: 150, lr: 2e-2, batch: 8 });

describe("patches", () => {
  const shape = [4, 6, 3];
  const values = Float32Array.from({ length: 2 * 4 * 6 * 3 }, (_, i) => i);

  test("a patch has its pixels row by row", () => {
    const patches = toPatches(values, shape, 2);
    const pixel = (y: number, x: number, c: number) => (y * 6 + x) * 3 + c;
    // The patch in row 1, column 2 of the first picture: 12 numbers.
    const second = patches.subarray(5 * 12, 6 * 12);
    expect([...second]).toEqual(
      [2, 3].flatMap((y) => [4, 5].flatMap((x) => [0, 1, 2].map((c) => pixel(y, x, c)))),
    );
  });

  test("patches come back as they were", () => {
    expect(fromPatches(toPatches(values, shape, 2), shape, 2)).toEqual(values);
    expect(toPatches(values, shape, 1)).toEqual(values);
  });
});

describe("predictions", () => {
  test("are far better than copying, on clips and on frames beyond those of training", () => {
    const { mse, frames, copying, examples, nats } = known.score(clips);
    expect(mse).toBeLessThan(copying / 10);
    expect(frames).toHaveLength(3);
    expect(frames.reduce((sum, one) => sum + one, 0) / 3).toBeCloseTo(mse, 10);
    expect(examples).toBe(16);
    expect(nats).toBeUndefined();
    const longer = movingBars(16, 10);
    const made = known.continue(clips.first(4), { frames: 4 }).images;
    const error = made.pixels.reduce((sum, byte, i) => {
      const [clip, rest] = [Math.floor(i / (4 * size)), i % (4 * size)];
      return sum + ((byte - longer.pixels[(clip * 10 + 6) * size + rest]) / 255) ** 2;
    }, 0);
    expect(error / 16).toBeLessThan(copying / 5);
  });

  test("what copying the last frame costs is counted by hand", () => {
    const pixels = new Uint8Array(6 * size);
    pixels.fill(255, 4 * size, 4 * size + 5);
    pixels.fill(51, 5 * size, 5 * size + 10);
    const one = new ImageSet({ pixels, frames: 6, height: SIDE, width: SIDE, channels: 1 });
    expect(known.score(one).copying).toBeCloseTo((5 + 10 * 0.04) / 3, 5);
  });

  test("a clip has the same continuation among others, and of a longer clip the last frames count", () => {
    const all = known.continue(clips).rows;
    expect(known.continue(clips.subset([5])).rows[0]).toEqual(all[5]);
    const last = new ImageSet({
      ...clips,
      frames: 3,
      pixels: Uint8Array.from({ length: 16 * 3 * size }, (_, i) => {
        const [clip, rest] = [Math.floor(i / (3 * size)), i % (3 * size)];
        return clips.pixels[(clip * 6 + 3) * size + rest];
      }),
    });
    expect(known.continue(last).rows).toEqual(all);
  });

  test("whole clips begin with what was given", () => {
    const two = clips.first(2);
    const { images } = known.continue(two, { frames: 5, whole: true });
    const only = known.continue(two, { frames: 5 }).images;
    expect([images.frames, only.frames, images.fps]).toEqual([11, 5, clips.fps]);
    expect(images.frame(3).equals(two.frame(3))).toBe(true);
    expect(images.frame(6).equals(only.frame(0))).toBe(true);
  });

  test("one frame is enough to go on from", () => {
    const still = known.continue(clips.frame(0).first(1), { frames: 2 });
    expect(still.shape).toEqual([2, SIDE, SIDE, 1]);
  });
});

describe("drawn frames", () => {
  test.each(["bernoulli", "gaussian"] as const)("of %s pixels", async (loss) => {
    const model = await FramePredictor.create({ ...small, clips, loss });
    const before = model.score(clips).nats!;
    await model.fit(clips, { steps: 60, lr: 2e-2, batch: 8 });
    const { nats } = model.score(clips);
    expect(nats).toBeLessThan(before / 2);
    const two = clips.first(2);
    const mean = model.continue(two);
    const drawn = model.continue(two, { temperature: 1, seed: 3 });
    expect(model.continue(two, { temperature: 1, seed: 3 }).rows).toEqual(drawn.rows);
    expect(model.continue(two, { temperature: 1, seed: 4 }).rows).not.toEqual(drawn.rows);
    expect(model.continue(clips.subset([0]), { temperature: 1, seed: 3 }).rows[0]).toEqual(
      drawn.rows[0],
    );
    const values = new Set(drawn.rows[0]);
    if (loss === "bernoulli") expect([...values].sort()).toEqual([0, 1]);
    else for (const value of values) expect(value >= 0 && value <= 1).toBe(true);
    // The colder, the nearer to the mean.
    const cold = model.continue(two, { temperature: 1e-3, seed: 3, frames: 1 }).rows[0];
    const far = cold.map((value, i) => Math.abs(value - mean.rows[0][i]));
    const limit = loss === "bernoulli" ? 0.5 : 1e-2;
    expect(far.filter((one) => one > limit)).toHaveLength(0);
  });

  test("the likelihood of one pixel's Bernoulli is that of its odds", async () => {
    const model = await FramePredictor.create({
      ...small,
      shape: [SIDE, SIDE, 1],
      input: 2,
      output: 1,
      loss: "bernoulli",
    });
    const dark = new ImageSet({
      pixels: new Uint8Array(3 * size),
      ...{ frames: 3, height: SIDE, width: SIDE, channels: 1 },
    });
    const light = new ImageSet({ ...dark, pixels: new Uint8Array(3 * size).fill(255, 2 * size) });
    await model.fit(dark, { steps: 1 });
    // Both clips have the same first frames, so ln p + ln (1 - p) is the sum of both scores.
    const first = new ImageSet({ ...dark, frames: 2, pixels: dark.pixels.slice(0, 2 * size) });
    const odds = model.continue(first, { frames: 1 }).rows[0];
    const both = odds.reduce((sum, p) => sum - Math.log(p) - Math.log(1 - p), 0);
    expect(model.score(dark).nats! + model.score(light).nats!).toBeCloseTo(both, 3);
  });
});

describe("training", () => {
  test("has errors of the frames that are read, and of those after them", async () => {
    const model = await FramePredictor.create({ ...small, clips });
    const { mse } = model.score(clips);
    const { loss, parts } = await model.fit(clips, { steps: 1, batch: 16, clip: 1e-6 });
    expect(parts!.predicted).toBeCloseTo(mse, 4);
    expect((2 * parts!.read + 3 * parts!.predicted) / 5).toBeCloseTo(loss, 4);
  });

  test("has half the weights where encoder and forecaster are shared", async () => {
    const [own, shared] = await Promise.all(
      [false, true].map((shared) => FramePredictor.create({ ...small, clips, shared })),
    );
    const output = 4 * 8 + 4;
    expect(own.parameterCount - output).toBe(2 * (shared.parameterCount - output));
    await shared.fit(clips, { steps: 150, lr: 2e-2, batch: 8 });
    const { mse, copying } = shared.score(clips);
    expect(mse).toBeLessThan(copying / 10);
    const again = await FramePredictor.load(shared.save(), { runtime });
    expect(again.config).toEqual(shared.config);
    expect(again.continue(clips).rows).toEqual(shared.continue(clips).rows);
  });

  test.each(["own", "truth", "scheduled"] as const)("reads %s frames", async (feed) => {
    const model = await FramePredictor.create({ ...small, clips });
    const report = await model.fit(clips, { steps: 30, lr: 2e-2, batch: 8, feed, feedSteps: 20 });
    expect(report.loss).toBeLessThan(known.score(clips).copying);
  });

  test("at first scheduled feeding is the truth, at last its own predictions", async () => {
    const losses = async (feed: "own" | "truth" | "scheduled", feedSteps: number) => {
      const model = await FramePredictor.create({ ...small, clips });
      const all: number[] = [];
      for await (const { loss } of model.fit(clips, { steps: 2, lr: 1e-9, feed, feedSteps }))
        all.push(loss);
      return all;
    };
    const [truth, own] = [await losses("truth", 1), await losses("own", 1)];
    const [first, second] = await losses("scheduled", 1);
    expect(first).toBe(truth[0]);
    expect(second).toBeCloseTo(own[1], 6);
  });

  test("of longer clips other frames are learned each time", async () => {
    const long = movingBars(8, 12);
    const model = await FramePredictor.create({ ...small, clips: long, input: 2, output: 2 });
    const all: number[] = [];
    for await (const { loss } of model.fit(long, { steps: 3, lr: 1e-9, batch: 8 })) all.push(loss);
    expect(new Set(all).size).toBe(3);
  });

  test("a validation says the squared error, too", async () => {
    const model = await FramePredictor.create({ ...small, clips, loss: "bernoulli" });
    const report = await model.fit(clips, { steps: 2, val: 0.25, evalEvery: 1 });
    expect(report.measures?.mse).toBeGreaterThan(0);
  });

  test("flips are of whole clips", async () => {
    const model = await FramePredictor.create({ ...small, clips });
    await model.fit(clips, { steps: 2, flip: true, shift: 1 });
  });
});

describe("what cannot be used is refused", () => {
  const refused = async (options: object, message: RegExp) => {
    const made = FramePredictor.create({ ...small, ...options });
    await expect(made).rejects.toThrow(InvalidInputError);
    await expect(made).rejects.toThrow(message);
  };

  test("options of create", async () => {
    await refused({}, /needs clips, for their shape, or shape/);
    await refused({ clips, shape: [8, 8, 1] }, /got both/);
    await refused({ clips: [1] }, /clips must be an ImageSet of clips, got an array/);
    await refused({ clips: clips.frame(0) }, /learns clips of at least 3 frames, got pictures/);
    await refused(
      { clips, patch: 3 },
      /patches of 3 pixels must divide both sides of a frame, which is 8×8×1/,
    );
    await refused({ clips, kernel: 4 }, /kernel must be an odd number, got 4/);
    await refused(
      { clips, input: 5, output: 2 },
      /input and output are 5 \+ 2 frames, got clips of 6/,
    );
    await refused({ clips, input: 1 }, /input must be .*at least 2|input must be .*2/);
    await refused({ shape: [8, 8] }, /shape must be \[height, width, channels\] of a frame/);
    await refused({ shape: [8, 8, 2] }, /with 1, 3 or 4 channels, got 8×8×2/);
    await refused({ clips, loss: "huber" }, /loss/);
    await refused({ clips, strides: 2 }, /strides/);
  });

  test("data", async () => {
    const model = await FramePredictor.create({ ...small, clips });
    await expect(model.fit(movingBars(4, 6, 3), { steps: 1 })).rejects.toThrow(
      /takes frames of 8×8×1 .* got frames of 8×8×3; read them with mode: "grey"/,
    );
    await expect(model.fit(movingBars(4, 5), { steps: 1 })).rejects.toThrow(
      /clips must have at least 6 frames, got clips of 5/,
    );
    await expect(model.fit(clips, { steps: 1, feed: "teacher" as never })).rejects.toThrow(/feed/);
    expect(() => model.score(movingBars(2, 4))).toThrow(/at least 6 frames, got clips of 4/);
    expect(() => model.continue(clips)).toThrow(/has not been trained/);
    expect(() => known.continue(clips, { frames: 0 })).toThrow(/frames must be/);
    expect(() => known.continue(clips, { temperature: 1 })).toThrow(
      /squared errors has no distribution/,
    );
    expect(() => known.continue(clips, { step: 1 } as never)).toThrow(/step/);
  });

  test("files that say what no model is", async () => {
    const changed = (from: string, to: string) => {
      const bytes = known.save();
      const at = Buffer.from(bytes.buffer).indexOf(from);
      expect(at).toBeGreaterThan(0);
      bytes.set(Buffer.from(to), at);
      return FramePredictor.load(bytes, { runtime });
    };
    const wrong: [string, string, RegExp][] = [
      ["convlstm", "convlstn", /network must be one of convlstm/],
      ["squared", "squarer", /loss must be one of squared, bernoulli/],
      ['\\"kernel\\":3', '\\"kernel\\":4', /kernel must be an odd number, got 4/],
      ['\\"hidden\\":8', '\\"hidden\\":9', /encoder\.0\.gates/],
    ];
    for (const [from, to, message] of wrong) {
      const loaded = changed(from, to);
      await expect(loaded).rejects.toThrow(ModelFileError);
      await expect(loaded).rejects.toThrow(message);
    }
  });

  test("sizes follow from clips where nothing is said", async () => {
    const sizes = async (options: object) => {
      const { config } = await FramePredictor.create({ hidden: 4, runtime, ...options });
      return [config.input, config.output, config.body.patch];
    };
    expect(await sizes({ clips: movingBars(2, 7) })).toEqual([4, 3, 4]);
    expect(await sizes({ clips: movingBars(2, 7), output: 1 })).toEqual([6, 1, 4]);
    expect(await sizes({ clips: movingBars(2, 7), input: 2 })).toEqual([2, 5, 4]);
    expect(await sizes({ clips: movingBars(2, 3) })).toEqual([2, 1, 4]);
    expect(await sizes({ shape: [6, 10, 3] })).toEqual([10, 10, 2]);
    expect(await sizes({ shape: [5, 10, 3] })).toEqual([10, 10, 1]);
  });
});
