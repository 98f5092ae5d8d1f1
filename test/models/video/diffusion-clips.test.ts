// What a diffusion of clips learns and makes, and what it refuses; its gradients are in test/golden/diffusion.test.ts, its
// promises in test/models/contract.test.ts.

import { describe, expect, test } from "vitest";
import { Diffusion, type DiffusionOptions, ImageSet } from "../../../src/entries/index.js";
import { movingBars, SIDE } from "./help.js";

const tiny = { channels: 4, levels: 2, labels: false } as const;
const clips = movingBars(16, 4, 3);

async function learned(images: ImageSet, options: Partial<DiffusionOptions> = {}) {
  const model = await Diffusion.create({ images, ...tiny, ...options } as DiffusionOptions);
  await model.fit(images, { steps: 2, batch: 4 });
  return model;
}

/** Mean squared difference of pixels, of 1. */
function distance(a: ImageSet, b: ImageSet): number {
  return (
    a.pixels.reduce((sum, byte, i) => sum + ((byte - b.pixels[i]) / 255) ** 2, 0) / a.pixels.length
  );
}

/** As many copies of the first frame as there are frames. */
function still(set: ImageSet): ImageSet {
  const first = set.frame(0);
  const size = first.pixels.length / set.length;
  const pixels = set.pixels.map((_, i) => {
    const clip = Math.floor(i / (set.frames * size));
    return first.pixels[clip * size + (i % size)];
  });
  return new ImageSet({ ...set, pixels });
}

/** Of clips that become lighter, changes of the mean: between neighbours, and from the last frame to the first. */
function fading(set: ImageSet): { between: number; around: number } {
  const size = SIDE * SIDE;
  const mean = (clip: number, frame: number) => {
    const from = (clip * set.frames + frame) * size;
    return set.pixels.subarray(from, from + size).reduce((sum, one) => sum + one, 0) / size;
  };
  let [between, around] = [0, 0];
  for (let i = 0; i < set.length; i++) {
    for (let t = 1; t < set.frames; t++) between += Math.abs(mean(i, t) - mean(i, t - 1));
    around += Math.abs(mean(i, set.frames - 1) - mean(i, 0));
  }
  return { between: between / (set.length * (set.frames - 1)), around: around / set.length };
}

describe("a diffusion of clips", () => {
  test("continues first frames as clips like them did, and makes clips that move from nothing", async () => {
    const bars = movingBars(64, 6, 3);
    const model = await Diffusion.create({ images: bars, channels: 8, levels: 2, labels: false });
    await model.fit(bars, { steps: 240, batch: 16, lr: 5e-3, ema: 0.97 });
    const first = bars.frame(0);
    const made = model.generate({ first, seed: 1, steps: 8 }).images;
    expect(made.frame(0).pixels).toEqual(first.pixels);
    expect(distance(made, bars)).toBeLessThan(0.3 * distance(still(bars), bars));
    const free = model.generate({ samples: 16, seed: 1, steps: 8 }).images;
    expect([free.length, free.frames]).toEqual([16, 6]);
    expect(distance(free, still(free))).toBeGreaterThan(0.3 * distance(bars, still(bars)));
  }, 120_000);

  test("with loop: true the last frame goes over into the first", async () => {
    const frames = 6;
    const pixels = Uint8Array.from({ length: 32 * frames * SIDE * SIDE }, (_, i) => {
      const [picture, t] = [Math.floor(i / SIDE ** 2), Math.floor(i / SIDE ** 2) % frames];
      return 20 + (Math.floor(picture / frames) % 8) * 10 + 30 * t;
    });
    const lighter = new ImageSet({ pixels, frames, height: SIDE, width: SIDE, channels: 1 });
    const model = await Diffusion.create({ images: lighter, ...tiny });
    await model.fit(lighter, { steps: 150, batch: 8, lr: 1e-2, ema: 0.95 });
    const how = { samples: 8, steps: 12, seed: 1 };
    const [plain, loop] = [false, true].map((loop) =>
      fading(model.generate({ ...how, loop }).images),
    );
    expect(plain.around).toBeGreaterThan(100);
    expect(loop.around).toBeLessThan(0.5 * plain.around);
    const first = lighter.frame(0).first(4);
    const begun = model.generate({ first, steps: 12, loop: true }).images;
    expect(begun.frame(0).pixels).toEqual(first.pixels);
    expect(fading(begun).around).toBeLessThan(0.95 * plain.around);
  }, 120_000);

  test("first frames: one for all or one for each, to the bit, whatever else is drawn", async () => {
    const model = await learned(clips);
    const one = clips.frame(0).first(1);
    const both = model.generate({ first: one, samples: 2, steps: 2 }).images;
    expect(both.frame(0).subset([1]).pixels).toEqual(one.pixels);
    const rows = model.generate({ first: clips.frame(0).first(3), steps: 2 });
    expect(rows.images.length).toBe(3);
    expect(rows.shape).toEqual([4, SIDE, SIDE, 3]);
    const numbers = Array.from({ length: 2 }, () => new Float32Array(SIDE * SIDE * 3).fill(0.3));
    const [row] = model.generate({ first: numbers, steps: 2 }).rows;
    expect(row.slice(0, numbers[0].length)).toEqual(numbers[0]);
    const pieces = [];
    for await (const { made } of model.stream({ first: one, steps: 2 })) pieces.push(made);
    expect(pieces.at(-1)!.rows).toEqual(model.generate({ first: one, steps: 2 }).rows);
    // It changes the other frames, too.
    const other = model.generate({
      first: clips.frame(0).subset([3]),
      samples: 2,
      steps: 2,
    }).images;
    expect(other.frame(2).pixels).not.toEqual(both.frame(2).pixels);
  });

  test("a batch has 8 clips where nothing is said, however many there are", async () => {
    const model = await Diffusion.create({ images: movingBars(90, 2), ...tiny });
    await model.fit(movingBars(90, 2), { steps: 1 });
    expect(model.run!.dataOptions).toMatchObject({ batch: 8, firstDropout: 0.2 });
  });

  test("many clips are made and measured a few at a time, to the same bits", async () => {
    const long = movingBars(24, 16, 1);
    const model = await learned(long);
    const { machine } = (model as unknown as { core: { machine: { bytes: number } } }).core;
    const how = { seed: 3, steps: 1 };
    const few = model.generate({ samples: 8, ...how }).rows;
    const before = machine.bytes;
    expect(model.generate({ samples: 24, ...how }).rows.slice(0, 8)).toEqual(few);
    expect(model.score(long).examples).toBe(24);
    expect(machine.bytes).toBe(before);
  });

  test("the pace of the clips is kept in the file", async () => {
    const model = await learned(new ImageSet({ ...clips, fps: 24 }));
    const loaded = await Diffusion.load(model.save());
    expect(loaded.generate({ steps: 1 }).images.fps).toBe(24);
    const told = await Diffusion.create({ shape: [2, 4, 4, 1], ...tiny, fps: 5 });
    expect(told.config.fps).toBe(5);
    expect((await Diffusion.create({ shape: [4, 4, 1], ...tiny })).config.fps).toBeUndefined();
  });

  test("parts of clips are made new: the same of all frames, or of each its own", async () => {
    const model = await learned(clips);
    const mask = new Float32Array(SIDE * SIDE).fill(1, 32);
    const made = model.inpaint(clips.first(1), [mask], { steps: 2 }).images;
    const half = 32 * 3;
    for (let t = 0; t < 4; t++) {
      const [a, b] = [made, clips].map((set) => set.frame(t).pixels.subarray(0, half));
      expect(a).toEqual(b);
    }
    // All frames but the first and the last.
    const between = new ImageSet({
      pixels: Uint8Array.from({ length: 4 * SIDE * SIDE }, (_, i) => {
        return [0, 3].includes(Math.floor(i / SIDE ** 2)) ? 0 : 255;
      }),
      ...{ frames: 4, height: SIDE, width: SIDE, channels: 1 },
    });
    const inner = model.inpaint(clips.first(2), between, { steps: 2 }).images;
    for (const t of [0, 3]) expect(inner.frame(t).pixels).toEqual(clips.first(2).frame(t).pixels);
    expect(inner.frame(1).pixels).not.toEqual(clips.first(2).frame(1).pixels);
    expect(() => model.inpaint(clips.first(1), [new Float32Array(7)])).toThrow(
      "has 256 numbers, one for each pixel, or 768 numbers, got 7",
    );
  });

  test.each<[string, Partial<DiffusionOptions>, string]>([
    ["a Transformer", { network: "dit", hidden: 8 }, 'network "dit" learns no clips'],
    ["dense layers", { network: "mlp" }, 'network "mlp" learns no clips, these are of 4×8×8×3'],
    ["sizes that there are not", { timeLevels: 3 }, "timeLevels must be at most levels (2), got 3"],
    ["no pace", { fps: 0 }, "fps must be a number of at least 0.01 and at most 100, got 0"],
  ])("create refuses %s", async (_, options, message) => {
    const given = options.network ? {} : tiny;
    const made = Diffusion.create({ images: clips, ...given, ...options } as DiffusionOptions);
    await expect(made).rejects.toThrow(message);
  });

  test("options of clips are refused for pictures, and clips of one frame are pictures", async () => {
    const shape = [8, 8, 1];
    for (const [name, value] of Object.entries({ timeLevels: 1, first: true, fps: 12 })) {
      const made = Diffusion.create({ shape, ...tiny, [name]: value } as DiffusionOptions);
      await expect(made).rejects.toThrow(`${name} is for clips, this shape is 8×8×1`);
    }
    const one = Diffusion.create({ shape: [1, 8, 8, 1], ...tiny });
    await expect(one).rejects.toThrow("clips have 2 frames or more, got shape [1, 8, 8, 1]");
    const frames = clips.stills();
    const model = await learned(frames);
    expect(() => model.generate({ loop: true })).toThrow(
      "loop is for clips, the model makes 8×8×3",
    );
    expect(() => model.generate({ first: frames.first(1) })).toThrow("first is for clips");
    await expect(model.fit(frames, { firstDropout: 0.1 })).rejects.toThrow(
      "firstDropout is for a model of clips",
    );
    expect(() => model.score(clips)).toThrow("the model takes pictures of 8×8×3");
  });

  test("first frames that cannot be used are refused", async () => {
    const model = await learned(clips);
    const of = (first: unknown, samples?: number) => () =>
      model.generate({ first: first as ImageSet, steps: 1, ...(samples && { samples }) });
    expect(of(clips)).toThrow("first: the model takes pictures of 8×8×3");
    expect(of(movingBars(1, 4).frame(0))).toThrow("got pictures of 8×8×1");
    expect(of(clips.frame(0).first(3), 2)).toThrow(
      "one picture for all 2 clips or one for each, got 3",
    );
    expect(of("frame.png")).toThrow("first must be an ImageSet, or a list of Float32Array");
    expect(of([new Float32Array(192).fill(2)])).toThrow(
      "numbers of pictures are from 0 to 1, got 2",
    );
    const none = await learned(clips, { first: false });
    expect(() => none.generate({ first: clips.frame(0) })).toThrow("created with first: false");
    await expect(none.fit(clips, { firstDropout: 0.1 })).rejects.toThrow(
      "firstDropout is for a model",
    );
    expect(() => model.vary(clips, { first: clips.frame(0) } as object)).toThrow("first");
  });

  test("reflow is refused by name", async () => {
    const [model, teacher] = [await learned(clips), await learned(clips)];
    await expect(model.fit(clips, { reflow: teacher, resume: false })).rejects.toThrow(
      "reflow is for pictures and vectors, the model makes clips of 4×8×8×3",
    );
  });
});
