// What a VAE does besides the contract of all models: it learns, asks for what it needs, and says what was wrong.

import { describe, expect, test } from "vitest";
import { ImageSet, InvalidInputError, ModelFileError, VAE } from "../../../src/entries/index.js";
import { f32Data, readSafetensors } from "../../../src/formats/safetensors.js";
import { refused } from "../help.js";
import { drawings, points, runtime } from "./help.js";

const images = drawings(200);
const fit = { steps: 150, batch: 32, lr: 3e-3 } as const;
const conv = { runtime, images, channels: 8, latent: 4, seed: 1 } as const;

const trained = await VAE.create(conv);
const first = trained.score(images);
await trained.fit(images, fit);

describe("learning", () => {
  test("the bound rises far, and importance weights make it tighter", () => {
    const { elbo, reconstruction, kl, nll, examples } = trained.score(images, { importance: 50 });
    expect(elbo).toBeGreaterThan(first.elbo + 30);
    expect(elbo).toBeCloseTo(-reconstruction - kl, 6);
    expect(kl).toBeGreaterThan(0.5);
    expect(nll).toBeLessThan(-elbo);
    expect(nll).toBeGreaterThan(0);
    expect(examples).toBe(200);
  });

  test("the decoder begins at the mean of the pictures", async () => {
    const bare = await VAE.create({ runtime, shape: [12, 12, 1], channels: 8, latent: 4, seed: 1 });
    expect(first.elbo).toBeGreaterThan(bare.score(images).elbo + 20);
    // Of every size: to compute it, memory may grow.
    for (const side of [60, 75, 90, 105, 120]) {
      const pixels = new Uint8Array(side * side).fill(51);
      const set = new ImageSet({ pixels, height: side, width: side, channels: 1 });
      const large = await VAE.create({ runtime, images: set, network: "dense", hidden: 4 });
      const own = f32Data(readSafetensors(large.save()).tensors.get("decoder.output.bias")!);
      expect(own[0]).toBeCloseTo(-1.38629, 4);
    }
    const pair = await VAE.create({ runtime, images: points, latent: 2, hidden: 8 });
    const { tensors } = readSafetensors(pair.save());
    const bias = f32Data(tensors.get("decoder.output.bias")!);
    const mean = points[0].map((_, d) => points.reduce((sum, one) => sum + one[d], 0) / 60);
    for (const [d, value] of mean.entries()) expect(bias[d]).toBeCloseTo(value, 5);
  });

  test("it makes what is asked for", () => {
    const mean = (shape: string) => {
      const { rows } = trained.generate({ samples: 40, seed: 3, labels: { shape } });
      return rows.reduce((sum, row) => sum.map((v, i) => v + row[i] / 40), new Float32Array(144));
    };
    const real = (shape: string) => {
      const { pixels, length } = images.where("shape", shape);
      const sum = new Float32Array(144);
      for (let i = 0; i < pixels.length; i++) sum[i % 144] += pixels[i] / 255 / length;
      return sum;
    };
    const distance = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
    for (const [own, other] of [
      ["cross", "square"],
      ["square", "cross"],
    ]) {
      const made = mean(own);
      expect(distance(made, real(own))).toBeLessThan(0.6 * distance(made, real(other)));
    }
  });

  test("reconstructions are nearer than any other picture", () => {
    const some = images.first(10);
    const { rows } = trained.reconstruct(some);
    const error = (row: Float32Array, i: number) =>
      row.reduce((sum, v, d) => sum + (v - some.pixels[i * 144 + d] / 255) ** 2, 0);
    const right = rows.filter((row, i) => {
      const errors = rows.map((_, j) => error(row, j));
      return Math.min(...errors) === errors[i] || errors[i] < 2;
    });
    expect(right.length).toBeGreaterThanOrEqual(9);
  });

  test("vectors are learned, with a deviation of their own", async () => {
    const model = await VAE.create({ runtime, images: points, hidden: 32, latent: 2, seed: 1 });
    const before = model.score(points).elbo;
    await model.fit(points, { steps: 300, batch: 20, lr: 5e-3 });
    expect(model.score(points).elbo).toBeGreaterThan(before + 1);
    const { rows } = model.generate({ samples: 2, seed: 1 });
    expect(rows.map((row) => row.length)).toEqual([4, 4]);
    expect(() => model.generate().images).toThrow("no pictures; use rows");
  });

  test("beta above 1 has less KL, free bits have more", async () => {
    const kl = async (more: object) => {
      const model = await VAE.create({ ...conv, labels: false });
      await model.fit(images, { ...fit, ...more });
      return model.score(images).kl;
    };
    const plain = await kl({});
    const dear = await kl({ beta: 8 });
    expect(dear).toBeLessThan(0.8 * plain);
    expect(await kl({ beta: 8, freeBits: 1.5 })).toBeGreaterThan(1.15 * dear);
    expect(await kl({ betaWarmup: 3000 })).toBeGreaterThan(1.3 * plain);
  });

  test("the importance-weighted objective is the bound of one draw with one draw", async () => {
    const bounds = async (particles: number) => {
      const model = await VAE.create({ ...conv, labels: false });
      const reports = [];
      for await (const report of model.fit(images, {
        ...fit,
        steps: 1,
        objective: "iwae",
        particles,
      })) {
        reports.push(report.loss);
      }
      return reports[0];
    };
    expect(await bounds(5)).toBeLessThan(await bounds(1));
  });
});

describe("use", () => {
  test("the first samples are the same however many there are", () => {
    const some = trained.generate({ samples: 3, seed: 9 }).rows;
    const more = trained.generate({ samples: 150, seed: 9 }).rows;
    expect(more.slice(0, 3)).toEqual(some);
    expect(trained.generate({ samples: 3, seed: 10 }).rows).not.toEqual(some);
  });

  test("ends of a way are the reconstructions", () => {
    const [a, b] = [images.subset([0]), images.subset([4])];
    for (const spherical of [false, true]) {
      const { rows } = trained.interpolate(a, b, { steps: 5, spherical });
      expect(rows.length).toBe(5);
      expect(rows[0]).toEqual(trained.reconstruct(a).rows[0]);
    }
    const { mean } = trained.encode(a);
    const own = trained.interpolate(mean[0], mean[0], { labels: { shape: "cross", side: "left" } });
    expect(own.rows.length).toBe(8);
  });

  test("pixels that are drawn are 0 or 1 around the means", () => {
    const { rows } = trained.generate({ samples: 4, seed: 2, drawPixels: true });
    expect(new Set(rows.flatMap((row) => [...row]))).toEqual(new Set([0, 1]));
  });

  test("what it makes is a set of pictures with the labels asked for", async () => {
    const made = trained.generate({ samples: 3, labels: { shape: "cross" } });
    expect(made.images).toBeInstanceOf(ImageSet);
    expect(made.images.label("shape").indices).toEqual(Int32Array.of(1, 1, 1));
    expect((await made.images.grid()).subarray(1, 4)).toEqual(new TextEncoder().encode("PNG"));
  });

  test("a file's weights have PyTorch's names and layouts", () => {
    const shapes = Object.fromEntries(
      Array.from(readSafetensors(trained.save()).tensors, ([name, { shape }]) => [name, shape]),
    );
    expect(shapes).toMatchObject({
      "encoder.layers.0.weight": [8, 1, 4, 4],
      "encoder.layers.1.weight": [16, 8, 4, 4],
      "encoder.mean.weight": [4, 16 * 9 + 4],
      "decoder.input.weight": [16 * 9, 4 + 4],
      "decoder.layers.0.weight": [16, 8, 4, 4],
      "decoder.output.weight": [8, 1, 4, 4],
    });
  });
});

describe("what is refused", () => {
  const wrong: Record<string, [() => unknown, ...string[]]> = {
    "no shape": [() => VAE.create({ runtime }), "needs images", "or shape"],
    "a latent of size 0": [
      () => VAE.create({ ...conv, latent: 0 }),
      "latent",
      "at least 1",
      "got 0",
    ],
    "an option of the other network": [() => VAE.create({ ...conv, hidden: 9 }), 'network "dense"'],
    "a label that is not there": [
      () => VAE.create({ ...conv, labels: ["color"] }),
      '"color"',
      "shape, side",
    ],
    "too small for convolutions": [
      () => VAE.create({ runtime, shape: [1, 1, 3], network: "conv" }),
      "1×1×3 is too small",
    ],
    "convolutions of vectors": [
      () => VAE.create({ runtime, shape: [9], network: "conv" }),
      "pictures",
    ],
    "binarised colours": [
      () => VAE.create({ runtime, shape: [8, 8, 3], binarize: "stochastic" }),
      'pixels "bernoulli"',
    ],
    "other channels": [() => trained.score(drawings(2, 3)), "12×12×1", "12×12×3", 'mode: "grey"'],
    "another size": [
      () =>
        trained.reconstruct(
          new ImageSet({ pixels: new Uint8Array(4), height: 2, width: 2, channels: 1 }),
        ),
      "12×12×1",
      "2×2×1",
    ],
    "vectors of pictures with labels": [
      () => trained.score([new Float32Array(144)]),
      "labels: false",
    ],
    "a number that is none": [
      () =>
        VAE.create({ runtime, shape: [2], labels: false }).then((m) =>
          m.score([Float32Array.of(1, Number.NaN)]),
        ),
      "[0][1]",
      "NaN",
    ],
    "an unknown class": [
      () => trained.generate({ labels: { shape: "cros" } }),
      'did you mean "cross"?',
    ],
    "an unknown label": [() => trained.generate({ labels: { form: "x" } }), "shape, side"],
    "a latent of another length": [
      () => trained.decode([new Float32Array(3)]),
      "Float32Array of 4",
      "3 numbers",
    ],
    "two ends at once": [
      () => trained.interpolate(images.first(2), images.first(1)),
      "one example, got 2",
    ],
    "an untrained model": [
      () => VAE.create(conv).then((m) => m.generate()),
      "has not been trained",
    ],
    "particles of the bound": [() => trained.fit(images, { particles: 3 }), "iwae"],
    "beta of the importance-weighted bound": [
      () => trained.fit(images, { objective: "iwae", beta: 2 }),
      "elbo",
    ],
    "a shift larger than the picture": [() => trained.fit(images, { shift: 12 }), "shift", "11"],
    "bernoulli of numbers above 1": [
      () =>
        VAE.create({ runtime, shape: [2], pixels: "bernoulli" }).then((m) =>
          m.fit([Float32Array.of(0, 2)]),
        ),
      "from 0 to 1",
      "got 2",
    ],
  };
  test.each(Object.entries(wrong))("%s", async (_, [work, ...parts]) => {
    await refused(async () => await work(), InvalidInputError, ...parts);
  });

  test("files that are damaged", async () => {
    const bytes = trained.save();
    const text = new TextDecoder("latin1").decode(bytes);
    const changed = (from: string, to: string) =>
      Uint8Array.from(text.replace(from, to.padEnd(from.length)), (c) => c.charCodeAt(0));
    for (const [from, to] of [
      ['\\"latent\\":4', '\\"latent\\":0'],
      ['\\"shape\\":[12,12,1]', '\\"shape\\":[12,-2,1]'],
      ['\\"kind\\":\\"conv\\"', '\\"kind\\":\\"conq\\"'],
      ['\\"counts\\":[100,100]', '\\"counts\\":[-10,100]'],
    ]) {
      const wrongFile = changed(from, to);
      expect(text).toContain(from);
      await refused(async () => await VAE.load(wrongFile, { runtime }), ModelFileError, "file");
    }
  });
});
