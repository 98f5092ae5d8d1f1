// What only GANs have: warnings, validations by features, the average that is kept, and what they refuse.

import { describe, expect, test } from "vitest";
import {
  GAN,
  type GANFitOptions,
  InvalidInputError,
  pictureFeatures,
  type StepReport,
} from "../../../src/entries/index.js";
import { readSafetensors } from "../../../src/formats/safetensors.js";
import { refusedLater, runtime } from "../help.js";
import { drawings, points } from "./help.js";

/** Gaussians on a grid of so many a side, spacing 2. */
function grid(side: number, count: number): Float32Array[] {
  return Array.from({ length: count }, (_, i) => {
    const [x, y, at] = [i % side, Math.floor(i / side) % side, Math.floor(i / side / side)];
    const [dx, dy] = [((at * 37) % 101) / 101 - 0.5, ((at * 53) % 97) / 97 - 0.5];
    return Float32Array.of(2 * x - side + 1 + 0.1 * dx, 2 * y - side + 1 + 0.1 * dy);
  });
}

async function all(gan: GAN, data: Float32Array[], options: GANFitOptions, until = Infinity) {
  const reports: StepReport[] = [];
  for await (const report of gan.fit(data, options)) {
    reports.push(report);
    if (report.step === until) break;
  }
  return reports;
}

const warned = (reports: readonly StepReport[]) =>
  reports.flatMap(({ step, warnings = [] }) => warnings.map(({ kind }) => `${step} ${kind}`));

describe("warnings", () => {
  const data = grid(5, 1000);
  const small = { hidden: 32, layers: 2, seed: 1 };
  const planted = { batch: 64, steps: 500, discriminatorLr: 50, r1: 0, r2: 0 };

  test("of a discriminator that learns far too fast; the same after a resume", async () => {
    const gan = await GAN.create({ runtime, images: data, ...small });
    const reports = await all(gan, data, planted);
    const said = warned(reports);
    expect(said.length).toBeGreaterThan(0);
    const { message } = reports.flatMap(({ warnings = [] }) => warnings)[0];
    expect(message).toContain("discriminatorLr (it is 50)");
    const first = await GAN.create({ runtime, images: data, ...small });
    const begun = await all(first, data, planted, 130);
    const second = await GAN.load(first.save({ training: true }), { runtime });
    expect([...warned(begun), ...warned(await all(second, data, {}))]).toEqual(said);
    expect(second.fingerprint()).toBe(gan.fingerprint());
  });

  test("of a generator that is too small", async () => {
    const gan = await GAN.create({ runtime, images: data, ...small, generatorHidden: 1 });
    const said = warned(await all(gan, data, { batch: 64, steps: 500, r1: 0, r2: 0 }));
    expect(said.length).toBeGreaterThan(0);
  });

  test("none of a healthy run", async () => {
    const gan = await GAN.create({ runtime, images: data, ...small });
    expect(warned(await all(gan, data, { batch: 64, steps: 1000 }))).toEqual([]);
  });
});

describe("validation", () => {
  const set = drawings(60);
  const run = { batch: 8, steps: 12, val: 0.3, evalEvery: 2, ema: 0.5 } as const;
  const create = () => GAN.create({ runtime, images: set, channels: 4, latent: 3, seed: 2 });

  test("keeps the average of the generator with the smallest Fréchet distance", async () => {
    const gan = await create();
    const reports: StepReport[] = [];
    for await (const report of gan.fit(set, { ...run, patience: 2 })) reports.push(report);
    const measured = reports.filter(({ validation }) => validation !== undefined);
    const best = Math.min(...measured.map(({ validation }) => validation!));
    const { kept, finished, step } = reports[reports.length - 1];
    expect(finished).toBe(step === 12 ? "steps" : "patience");
    expect(measured.find((one) => one.validation === best)?.step).toBe(kept);
    for (const { validation, measures } of measured) {
      expect(measures?.frechet).toBe(validation);
      expect(measures).toHaveProperty("precision");
      expect(measures).toHaveProperty("recall");
    }
    const straight = await create();
    await straight.fit(set, { ...run, steps: kept!, keep: "last" });
    expect(gan.fingerprint()).toBe(straight.fingerprint());
  });

  test("by the features of a classifier, which a resumed run needs again", async () => {
    const features = await pictureFeatures(set, { runtime, kind: "random" });
    const gan = await create();
    await all2(gan, { ...run, features }, 4);
    const begun = await GAN.load(gan.save({ training: true }), { runtime });
    await refusedLater(begun.fit(set), InvalidInputError, "measuredBy");
    await begun.fit(set, { features });
    const straight = await create();
    await straight.fit(set, { ...run, features });
    expect(begun.fingerprint()).toBe(straight.fingerprint());
    const scores = [gan.score(set), gan.score(set, { features })];
    expect(scores[0].frechet).not.toBe(scores[1].frechet);
  });

  async function all2(gan: GAN, options: GANFitOptions, until: number) {
    for await (const { step } of gan.fit(set, options)) if (step === until) break;
  }
});

test("a run's file has the moments of both sides, the average and the vectors of spectral norm", async () => {
  const set = drawings(24);
  const options = { runtime, images: set, channels: 4, latent: 3, spectral: true };
  const gan = await GAN.create(options);
  await gan.fit(set, { batch: 8, steps: 2 });
  const names = [...readSafetensors(gan.save({ training: true })).tensors.keys()];
  for (const side of ["generator.output", "discriminator.output"]) {
    const weight = side.startsWith("g") ? "weight" : "weight_orig";
    for (const region of ["exp_avg", "exp_avg_sq", "average"]) {
      expect(names).toContain(`training.${region}.${side}.${weight}`);
    }
  }
  expect(names).toContain("discriminator.output.weight_u");
  expect(names).toContain("training.average.discriminator.output.weight_u");
});

describe("refuses", () => {
  const set = drawings(24);

  test.each([
    [{ network: "dcgan", hidden: 3 }, 'hidden is for network "dense"'],
    [{ network: "dense", generatorChannels: 3 }, 'generatorChannels is for network "dcgan"'],
    [{ generatorChannels: 0 }, "generatorChannels must be a whole number of at least 1"],
    [{ latent: 0 }, "latent must be"],
    [{ spectral: 1 }, "spectral must be true or false"],
    [{ chanels: 3 }, "channels"],
  ])("create: %o", async (options, message) => {
    const made = GAN.create({ runtime, images: set, ...options } as never);
    await refusedLater(made, InvalidInputError, message);
  });

  test("pictures that cannot be halved, of dcgan", async () => {
    const made = GAN.create({ runtime, shape: [15, 20, 1], network: "dcgan" });
    await refusedLater(made, InvalidInputError, "15×20×1", 'use network "dense"');
  });

  test.each([
    [{ objective: "wasserstein" }, "objective must be one of non-saturating, hinge, least-squares"],
    [{ objective: "hinge", labelSmoothing: 0.1 }, "labelSmoothing is not for"],
    [{ instanceNoiseSteps: 10 }, "instanceNoiseSteps is for instanceNoise"],
    [{ r1: -1 }, "r1 must be"],
    [{ sigma: 0 }, "sigma must be a number above 0"],
    [{ discriminatorSteps: 0 }, "discriminatorSteps must be"],
    [{ features: 3 }, "features must be of pictures"],
    [{ patience: 3 }, "set val"],
  ])("fit: %o", async (options, message) => {
    const gan = await GAN.create({ runtime, images: set, channels: 4 });
    const before = gan.fingerprint();
    await refusedLater(gan.fit(set, options as never), InvalidInputError, message);
    expect(gan.fingerprint()).toBe(before);
    expect(gan.record.steps).toBe(0);
  });

  test("what is for pictures, of vectors", async () => {
    const gan = await GAN.create({ runtime, images: points, hidden: 8 });
    for (const option of [{ translation: 0.1 }, { cutout: 0.1 }, { flip: true }]) {
      await refusedLater(gan.fit(points, option), InvalidInputError, "these are vectors");
    }
    const features = await pictureFeatures(set, { runtime, kind: "random" });
    await refusedLater(gan.fit(points, { features }), InvalidInputError, "these are vectors");
    expect(() => gan.score(points, { features })).toThrow("these are vectors");
  });

  test("latents of another length, and a model that was never trained", async () => {
    const gan = await GAN.create({ runtime, images: set, channels: 4, latent: 3 });
    expect(() => gan.generate()).toThrow("has not been trained");
    await gan.fit(set, { batch: 8, steps: 1 });
    expect(() => gan.decode([new Float32Array(4)])).toThrow(InvalidInputError);
    expect(() => gan.generate({ labels: { shape: "circle" } })).toThrow("circle");
    expect(() => gan.score(set.first(3))).toThrow("more than 3 examples");
  });
});
