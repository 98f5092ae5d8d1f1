// What is a diffusion's own: what it makes of noise and of pictures, and what it refuses.

import { beforeAll, describe, expect, test } from "vitest";
import {
  Diffusion,
  type Emerging,
  ImageSet,
  InvalidInputError,
} from "../../../src/entries/index.js";
import { drawings, points, runtime } from "./help.js";

const images = drawings(30);
let model: Diffusion;
beforeAll(async () => {
  model = await Diffusion.create({ runtime, images, channels: 8, levels: 2, seed: 1 });
  await model.fit(images, { steps: 150, batch: 10, lr: 3e-3 });
});

/** The mean squared difference of examples. */
function apart(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let [sum, count] = [0, 0];
  for (const [i, row] of a.entries()) {
    for (const [j, value] of row.entries()) sum += (value - b[i][j]) ** 2;
    count += row.length;
  }
  return sum / count;
}

const numbersOf = (set: ImageSet): Float32Array[] =>
  Array.from({ length: set.length }, (_, i) =>
    Float32Array.from(set.subset([i]).pixels, (byte) => byte / 255),
  );

test("the U-Net of the usual sizes has 214,033 numbers", async () => {
  const usual = await Diffusion.create({ runtime, shape: [28, 28, 1] });
  expect(usual.parameterCount).toBe(214_033);
  expect(usual.config.body).toEqual({
    ...{ network: "unet", channels: 16, levels: 3, attention: false },
  });
});

test("learns: samples are near the pictures", () => {
  const { rows } = model.generate({ samples: 8, seed: 1 });
  const known = numbersOf(images);
  const nearest = rows.map((row) => Math.min(...known.map((one) => apart([row], [one]))));
  expect(nearest.reduce((sum, one) => sum + one, 0) / 8).toBeLessThan(0.06);
  for (const row of rows) for (const v of row) expect(v >= 0 && v <= 1).toBe(true);
});

test("the first samples are the same however many there are", () => {
  for (const sampler of ["euler", "ancestral"] as const) {
    const options = { steps: 3, seed: 6, sampler, labels: { shape: "cross", side: "left" } };
    const many = model.generate({ ...options, samples: 130 }).rows;
    expect(many.slice(0, 2)).toEqual(model.generate({ ...options, samples: 2 }).rows);
    expect(many[129]).not.toEqual(many[0]);
  }
});

test("guidance: 0 leaves labels out, above 1 they count more", () => {
  const of = (shape: string, guidance: number) =>
    model.generate({ samples: 4, seed: 2, guidance, labels: { shape, side: "left" } }).rows;
  expect(of("cross", 0)).toEqual(of("square", 0));
  const [plain, more] = [1, 3].map((guidance) =>
    apart(of("cross", guidance), of("square", guidance)),
  );
  expect(plain).toBeGreaterThan(0);
  expect(more).toBeGreaterThan(plain);
});

test("a stream ends with what generate gives, and stops when it is told", async () => {
  const options = { samples: 2, steps: 4, seed: 3 };
  const pieces: Emerging[] = [];
  for await (const piece of model.stream(options)) pieces.push(piece);
  expect(pieces.map(({ step, steps, time }) => [step, steps, time])).toEqual([
    [1, 4, 0.75],
    [2, 4, 0.5],
    [3, 4, 0.25],
    [4, 4, 0],
  ]);
  expect(pieces[3].made.rows).toEqual(model.generate(options).rows);
  expect(pieces[3].made.images).toBeInstanceOf(ImageSet);
  const controller = new AbortController();
  await expect(async () => {
    for await (const _ of model.stream({ ...options, signal: controller.signal })) {
      controller.abort(new Error("enough"));
    }
  }).rejects.toThrow("enough");
});

describe("inpainting", () => {
  const some = images.first(4);
  const mask = Float32Array.from({ length: 144 }, (_, i) => Number(i % 12 >= 6));

  test("what is known stays to the bit, the rest is new and fits", () => {
    const { rows, images: made } = model.inpaint(some, [mask], { seed: 1 });
    const known = numbersOf(some);
    for (const [i, row] of rows.entries()) {
      for (const [j, value] of row.entries()) {
        if (mask[j] === 0) expect(value).toBe(known[i][j]);
      }
    }
    for (const [j, byte] of made.pixels.entries()) {
      if (mask[j % 144] === 0) expect(byte).toBe(some.pixels[j]);
    }
    expect(rows).not.toEqual(known);
    const plain = model.generate({ samples: 4, seed: 1 }).rows;
    expect(apart(rows, known)).toBeLessThan(apart(plain, known));
  });

  test("masks may be pictures, one for each, of pixels or of numbers", () => {
    const pixels = Uint8Array.from({ length: 4 * 144 }, (_, i) => (i % 12 >= 6 ? 255 : 0));
    const masks = new ImageSet({ pixels, height: 12, width: 12, channels: 1 });
    const options = { steps: 2, repeats: 2 };
    const want = model.inpaint(some, [mask], options).rows;
    expect(model.inpaint(some, masks, options).rows).toEqual(want);
    expect(model.inpaint(numbersOf(some), [mask, mask, mask, mask], options).rows).toEqual(want);
  });

  test.each([
    [[mask, mask], "one for all 4 examples or one for each, got 2"],
    [[mask.subarray(1)], "144 numbers, got 143"],
    [mask, "list of Float32Array"],
    [[mask.with(5, Number.NaN)], "masks[0][5] must be a number, got NaN"],
    [
      new ImageSet({ pixels: new Uint8Array(144), height: 16, width: 9, channels: 1 }),
      "pictures of 12×12 (height × width), as the model's, got 16×9",
    ],
  ])("refuses other masks", (wrong, message) => {
    expect(() => model.inpaint(some, wrong as never)).toThrow(InvalidInputError);
    expect(() => model.inpaint(some, wrong as never)).toThrow(message);
  });
});

test("variations are nearer to a picture the less they go back", () => {
  const some = images.first(6);
  const known = numbersOf(some);
  const far = [0.1, 0.5, 1].map((strength) =>
    apart(model.vary(some, { strength, steps: 20, seed: 1 }).rows, known),
  );
  expect(far[0]).toBeLessThan(far[1]);
  expect(far[1]).toBeLessThan(far[2]);
});

test("between two seeds, both ends are those of the seeds", () => {
  const labels = { shape: "cross", side: "left" };
  const way = model.interpolate(3, 4, { samples: 5, steps: 4, labels }).rows;
  for (const [i, seed] of [
    [0, 3],
    [4, 4],
  ]) {
    expect(way[i]).toEqual(model.generate({ seed, steps: 4, labels }).rows[0]);
  }
  expect(way[2]).not.toEqual(way[0]);
});

test("score has the loss at ten times, which validation is a part of", () => {
  const score = model.score(images);
  expect(score.times).toHaveLength(10);
  expect(score.examples).toBe(30);
  const mean = score.times.reduce((sum, { loss }) => sum + loss, 0) / 10;
  expect(score.loss).toBeCloseTo(mean, 10);
  expect(score).toEqual(model.score(images));
  expect(model.score(images, { seed: 1 }).loss).not.toBe(score.loss);
});

test("examples are predicted: what is made is nearer to them than noise, and a file says so", async () => {
  const options = { runtime, images: points, hidden: 32, seed: 1 };
  const own = await Diffusion.create({ ...options, prediction: "example" });
  await own.fit(points, { steps: 200, batch: 30 });
  const again = await Diffusion.load(own.save(), { runtime });
  expect(again.config.process).toEqual({ objective: "flow", prediction: "example" });
  for (const sampler of ["euler", "heun", "ancestral"] as const) {
    const made = own.generate({ samples: 20, sampler, steps: 40, seed: 1 }).rows;
    expect(again.generate({ samples: 20, sampler, steps: 40, seed: 1 }).rows).toEqual(made);
    const far = (row: Float32Array) =>
      Math.min(...points.map((one) => Math.hypot(...row.map((value, i) => value - one[i]))));
    const mean = made.reduce((sum, row) => sum + far(row), 0) / made.length;
    expect(mean).toBeLessThan(0.5);
  }
  expect((await Diffusion.create(options)).config.process).toEqual({ objective: "flow" });
});

test("vectors by dense layers", async () => {
  const own = await Diffusion.create({ runtime, images: points, hidden: 32, seed: 1 });
  await own.fit(points, { steps: 200, batch: 30 });
  expect(own.generate({ samples: 3, sampler: "heun", steps: 5 }).rows[2]).toHaveLength(4);
  expect(() => own.generate({ tile: true })).toThrow("tile is for pictures");
  expect(() => own.generate().images).toThrow(InvalidInputError);
});

describe("refuses", () => {
  test.each([
    [{ steps: 0 }, "steps"],
    [{ steps: 1001 }, "steps"],
    [{ guidance: -1 }, "guidance"],
    [{ sampler: "ddim" }, 'sampler "ddim" is not for objective "flow"'],
    [{ sampler: "best" }, "sampler"],
    [{ labels: { shape: "star" } }, "star"],
    [{ strength: 1 }, "strength"],
  ])("generate %o", (options, message) => {
    expect(() => model.generate(options as never)).toThrow(InvalidInputError);
    expect(() => model.generate(options as never)).toThrow(message);
  });

  test.each([
    [
      { prediction: "noise" },
      'prediction must be "velocity" or "example" for objective "flow", got "noise"',
    ],
    [{ objective: "noise", prediction: "example" }, 'must be "noise" or "velocity"'],
    [{ noiseSchedule: "linear" }, 'noiseSchedule is for objective "noise"'],
    [{ hidden: 3 }, 'hidden is for network "mlp"'],
    [{ levels: 4 }, "multiples of 8"],
    [{ shape: [5], images: undefined, network: "unet" }, "for pictures"],
    [{ network: "dense" }, "network"],
  ])("create %o", async (options, message) => {
    const given = { runtime, images, ...options } as never;
    await expect(Diffusion.create(given)).rejects.toThrow(InvalidInputError);
    await expect(Diffusion.create(given)).rejects.toThrow(message);
  });

  test("what was never trained, and labels where there are none", async () => {
    const fresh = await Diffusion.create({ runtime, images, labels: false });
    expect(() => fresh.generate()).toThrow("has not been trained");
    expect(() => fresh.inpaint(images, [new Float32Array(144)])).toThrow("has not been trained");
    await expect(async () => await fresh.fit(images, { labelDropout: 0.1 })).rejects.toThrow(
      "labelDropout",
    );
    expect(() => model.interpolate(1, 2, { sampler: "ancestral" })).toThrow("draws nothing");
    expect(() => model.vary([new Float32Array(144).fill(2)])).toThrow("from 0 to 1");
  });
});

describe("reflow", () => {
  const data = points;
  const teach = { pairs: 400, pairSteps: 10 };
  let bytes: Uint8Array;
  beforeAll(async () => {
    const teacher = await Diffusion.create({ runtime, images: data, hidden: 32, seed: 3 });
    await teacher.fit(data, { steps: 800, batch: 60, lr: 2e-3 });
    bytes = teacher.save();
  });
  const again = () => Diffusion.load(bytes, { runtime });

  test("one step leads nearer to where the teacher's many lead", async () => {
    const [teacher, learner] = [await again(), await again()];
    await learner.fit(data, { reflow: teacher, ...teach, steps: 300, batch: 64, lr: 2e-3 });
    const asked = { samples: 200, seed: 5 };
    const far = teacher.generate({ ...asked, steps: 50 }).rows;
    const before = apart(far, teacher.generate({ ...asked, steps: 1 }).rows);
    const after = apart(far, learner.generate({ ...asked, steps: 1 }).rows);
    expect(after).toBeLessThan(0.5 * before);
  });

  test("resumes to the bit, whoever made the pairs", async () => {
    const options = { ...teach, steps: 14, batch: 64, shards: 2 };
    const whole = await again();
    await whole.fit(data, { reflow: await again(), ...options });
    const half = await again();
    for await (const { step } of half.fit(data, { reflow: await again(), ...options })) {
      if (step === 5) break;
    }
    const resumed = await Diffusion.load(half.save({ training: true }), { runtime });
    await expect(resumed.fit(data)).rejects.toThrow("give it as reflow again");
    await resumed.fit(data, { reflow: await again(), workers: 2 });
    expect(resumed.fingerprint()).toBe(whole.fingerprint());
  });

  test("learns a pass over its pairs by default, labels as the data have them", async () => {
    const learner = await Diffusion.load(model.save(), { runtime });
    await learner.fit(images, { reflow: model, pairs: 100, pairSteps: 2, batch: 16 });
    expect(learner.run!.step).toBe(7);
    expect(learner.run!.options).toMatchObject({ lr: 3e-4, schedule: "constant" });
  });

  test("refuses what it cannot learn from", async () => {
    const learner = await again();
    const other = await Diffusion.create({ runtime, shape: [3], seed: 1 });
    const tries: [object, string][] = [
      [{ reflow: learner }, "got the model itself"],
      [{ reflow: "a.safetensors" }, "reflow must be another Diffusion"],
      [{ reflow: other }, "the teacher of reflow has not been trained"],
      [{ reflow: model }, "the model makes 4, the teacher 12 × 12 × 1"],
      [{ reflow: await again(), val: 0.1 }, "not for reflow"],
      [{ pairs: 10 }, "pairs goes with reflow"],
    ];
    for (const [options, message] of tries) {
      await expect(learner.fit(data, options)).rejects.toThrow(message);
      await expect(learner.fit(data, options)).rejects.toThrow(InvalidInputError);
    }
  });
});

test("labels may be called as what every object has", async () => {
  const [{ classes, indices }] = images.labels;
  const odd = new ImageSet({ ...images, labels: [{ name: "constructor", classes, indices }] });
  const model = await Diffusion.create({ runtime, images: odd, channels: 4, levels: 1 });
  await model.fit(odd, { steps: 1, batch: 8 });
  const [drawn] = model.generate({ samples: 4, steps: 1 }).labels;
  expect(drawn.name).toBe("constructor");
  const asked = { constructor: classes[1] } as never;
  const [one] = model.generate({ samples: 2, steps: 1, labels: asked }).labels;
  expect(Array.from(one.indices)).toEqual([1, 1]);
  expect(model.vary(odd.first(2), { steps: 1 }).labels).toEqual([]);
});
