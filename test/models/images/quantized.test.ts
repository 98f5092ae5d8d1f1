// Picture models whose weights are stored in 8 bits: files of a quarter, f32 numbers once they are read.

import { describe, expect, test } from "vitest";
import {
  Classifier,
  Diffusion,
  GAN,
  ImageTextPair,
  InvalidInputError,
  ModelFileError,
  VAE,
} from "../../../src/entries/index.js";
import { readSafetensors, writeSafetensors } from "../../../src/formats/safetensors.js";
import { drawings, runtime, spoken } from "./help.js";

const images = spoken(drawings(30));
const fit = { steps: 20, batch: 10 };

async function trained() {
  const diffusion = await Diffusion.create({
    runtime,
    images,
    captions: false,
    channels: 16,
    levels: 2,
  });
  const gan = await GAN.create({ runtime, images, network: "dense", spectral: true });
  const vae = await VAE.create({ runtime, images, network: "conv", norm: "batch" });
  const classifier = await Classifier.create({ runtime, images, channels: 8 });
  const pair = await ImageTextPair.create({ runtime, images, channels: 8 });
  for (const model of [diffusion, gan, vae, classifier, pair]) await model.fit(images, fit);
  return { diffusion, gan, vae, classifier, pair };
}
const models = await trained();
const { diffusion, gan, vae } = models;
const load = {
  diffusion: Diffusion,
  gan: GAN,
  vae: VAE,
  classifier: Classifier,
  pair: ImageTextPair,
};

const rounded = await Promise.all(
  Object.entries(models).map(
    async ([name, model]) => [name, model, await model.quantize()] as const,
  ),
);

describe.each(rounded)("%s", (name, model, small) => {
  const bytes = small.save();

  test("its file is about a quarter, and gives the same model", async () => {
    expect(bytes.length).toBeLessThan(0.45 * model.save().length);
    const again = await load[name as keyof typeof load].load(bytes, { runtime });
    expect(again.quantized).toBe(true);
    expect(again.fingerprint()).toBe(small.fingerprint());
    expect(again.save()).toEqual(bytes);
    expect(await again.quantize()).toBe(again);
    expect(again.parameterCount).toBe(model.parameterCount);
  });

  test("each weight is the nearest of 127 steps of its row's largest", () => {
    const [whole, stored] = [model.save(), bytes].map((one) => readSafetensors(one).tensors);
    let kernels = 0;
    for (const [tensor, { shape, data }] of whole) {
      const scales = stored.get(`${tensor}.scale`);
      if (shape.length < 2) {
        expect(stored.get(tensor)!.data).toEqual(data);
        continue;
      }
      if (shape.length === 4) kernels++;
      const values = new Float32Array(data.slice().buffer);
      const rounded = new Int8Array(stored.get(tensor)!.data.slice().buffer);
      const steps = new Float32Array(scales!.data.slice().buffer);
      const columns = values.length / shape[0];
      for (const [i, value] of values.entries()) {
        const step = steps[Math.floor(i / columns)];
        expect(Math.abs(value - step * rounded[i])).toBeLessThanOrEqual(0.5 * step * 1.0001);
      }
    }
    if (name !== "gan") expect(kernels).toBeGreaterThan(0);
  });

  test("is not trained", async () => {
    const attempt = small.fit(images, fit);
    await expect(attempt).rejects.toThrow(InvalidInputError);
  });
});

test("samples are near those of the whole weights", async () => {
  const asked = { samples: 4, seed: 3 };
  for (const model of [diffusion, gan, vae]) {
    const small = (await model.quantize()).generate(asked).rows;
    const whole = model.generate(asked).rows;
    const most = whole.flatMap((row, i) => Array.from(row, (v, j) => Math.abs(v - small[i][j])));
    expect(most.reduce((sum, v) => sum + v, 0) / most.length).toBeLessThan(0.02);
    expect(whole).not.toEqual(small);
  }
});

test("a damaged file is refused", async () => {
  const { tensors, metadata } = readSafetensors((await diffusion.quantize()).save());
  const entries = [...tensors.values()];
  const write = (text: string, some = entries) => writeSafetensors(some, { simdream: text });
  const text = metadata.get("simdream")!;
  const tries = [
    [write(text.replace("int8-stored", "int3")), '"int3"'],
    [write(text.replace("int8-stored", "int8")), "not expected"],
    [write(text, entries.slice(1)), "missing"],
  ] as const;
  for (const [bytes, message] of tries) {
    await expect(Diffusion.load(bytes, { runtime })).rejects.toThrow(message);
    await expect(Diffusion.load(bytes, { runtime })).rejects.toThrow(ModelFileError);
  }
});
