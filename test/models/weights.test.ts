// Weights of examples: what they do to a gradient, whatever the model.

import { describe, expect, test } from "vitest";
import {
  Autoencoder,
  Classifier,
  Diffusion,
  FramePredictor,
  GAN,
  GridModel,
  ImageTextPair,
  InvalidInputError,
  LanguageModel,
  Seq2Seq,
  VAE,
} from "../../src/entries/index.js";
import { f32Data, readSafetensors } from "../../src/formats/safetensors.js";
import { labelledRooms } from "./grids/help.js";
import { names, text, tiny } from "./help.js";
import { drawings, points, spoken } from "./images/help.js";
import { movingBars } from "./video/help.js";

interface Fits {
  fit(data: never, options: object): PromiseLike<unknown>;
  save(): Uint8Array<ArrayBuffer>;
}

/** One step of plain gradient descent over all the data: weights move by the gradient, and by nothing else. */
const step = { steps: 1, optimizer: "sgd", momentum: 0, clip: 0, lr: 0.05, ema: 0 } as const;

async function after(
  create: () => Promise<Fits>,
  data: unknown,
  options: object,
): Promise<Map<string, Float32Array>> {
  const model = await create();
  await model.fit(data as never, { ...step, ...options });
  const { tensors } = readSafetensors(model.save());
  return new Map(Array.from(tensors, ([name, tensor]) => [name, f32Data(tensor).slice()]));
}

/** The largest difference of two states, as a part of the largest move of the first. */
function apart(
  one: ReadonlyMap<string, Float32Array>,
  two: ReadonlyMap<string, Float32Array>,
  start: ReadonlyMap<string, Float32Array>,
  prefix = "",
): number {
  let [most, moved] = [0, 0];
  for (const [name, values] of one) {
    if (!name.startsWith(prefix)) continue;
    for (const [i, value] of values.entries()) {
      most = Math.max(most, Math.abs(value - two.get(name)![i]));
      moved = Math.max(moved, Math.abs(value - start.get(name)![i]));
    }
  }
  expect(moved).toBeGreaterThan(1e-6);
  return most / moved;
}

const words = ["rose", "lily", "iris", "fern", "moss", "sage", "mint", "poky"];
const pairs = words.map((source, i) => ({
  source,
  target: source.toUpperCase(),
  label: i % 4 < 2 ? "even" : "odd",
}));
const still = { ...tiny, dropout: 0 } as const;
const drawn = drawings(24);
const body = { channels: 4, seed: 1 } as const;
const transformer = { kind: "transformer", hidden: 16, layers: 1, heads: 2 } as const;
const bars = movingBars(8, 4);
const rooms = await labelledRooms(8);

/** Models, what they learn, and of a GAN the part that is trained first. */
const rows: Record<string, [() => Promise<unknown>, { readonly length: number }, string?]> = {
  LSTM: [() => LanguageModel.create({ ...still, corpus: words }), words],
  GRU: [() => LanguageModel.create({ ...tiny, network: "gru", corpus: words }), words],
  Transformer: [
    () => LanguageModel.create({ network: { ...transformer, context: 12 }, corpus: words }),
    words,
  ],
  "encoder-decoder": [
    () => Seq2Seq.create({ embed: 6, hidden: 12, dropout: 0, corpus: pairs }),
    pairs,
  ],
  "encoder-decoder, Transformer": [
    () => Seq2Seq.create({ network: transformer, corpus: pairs }),
    pairs,
  ],
  Autoencoder: [() => Autoencoder.create({ images: drawn, ...body, latent: 3 }), drawn],
  VAE: [() => VAE.create({ images: drawn, ...body, latent: 3 }), drawn],
  "VAE, vectors": [() => VAE.create({ images: points, hidden: 8, latent: 2 }), points],
  Classifier: [() => Classifier.create({ images: drawn, ...body, features: 8 }), drawn],
  GAN: [
    () => GAN.create({ images: drawn, ...body, latent: 3, labels: false }),
    drawn,
    "discriminator.",
  ],
  "GAN with labels": [
    () => GAN.create({ images: drawn, ...body, latent: 3, spectral: true }),
    drawn,
    "discriminator.",
  ],
  Diffusion: [() => Diffusion.create({ images: drawn, ...body, levels: 2 }), drawn],
  ImageTextPair: [
    () => ImageTextPair.create({ images: spoken(drawn), ...body, features: 8, textWidth: 8 }),
    spoken(drawn),
  ],
  FramePredictor: [
    () => FramePredictor.create({ clips: bars, hidden: 4, patch: 2, input: 2, output: 2 }),
    bars,
  ],
  GridModel: [
    () => GridModel.create({ grids: rooms, network: "lstm", hidden: 8, dropout: 0 }),
    rooms,
  ],
};

describe.each(Object.entries(rows))("weights of examples: %s", (_, [create, data, trained]) => {
  const own = create as () => Promise<Fits>;
  const batch = { batch: data.length };
  const some = Array.from({ length: data.length }, (_, i) => (i % 3 === 0 ? 4 : 0));
  const rest = some.map((weight) => (weight > 0 ? 0 : 1));

  test("the gradient is the sum of the examples', each as often as it counts", async () => {
    const start = readSafetensors((await own()).save()).tensors;
    const before = new Map(Array.from(start, ([name, tensor]) => [name, f32Data(tensor).slice()]));
    const states = [];
    for (const weights of [undefined, some, rest]) {
      states.push(await after(own, data, { ...batch, weights }));
    }
    const [all, one, two] = states;
    // Both are divided by their means: examples of the first are so many of all.
    const part = some.filter((weight) => weight > 0).length / data.length;
    const mixed = new Map(
      Array.from(one, ([name, values]) => [
        name,
        values.map((value, i) => part * value + (1 - part) * two.get(name)![i]),
      ]),
    );
    expect(apart(all, mixed, before, trained)).toBeLessThan(2e-4);
    expect(apart(all, one, before, trained)).toBeGreaterThan(1e-2);
  });
});

describe("a weight of 0", () => {
  const cases: Record<string, [() => Promise<unknown>, unknown, unknown]> = {
    documents: [rows.LSTM[0], words, words.slice(0, 4)],
    pairs: [rows["encoder-decoder"][0], pairs, pairs.slice(0, 4)],
    pictures: [rows.Autoencoder[0], drawn, drawn.first(12)],
    labels: [rows.Classifier[0], drawn, drawn.first(12)],
  };
  test.each(Object.entries(cases))("is as if the example were not there: %s", async (_, row) => {
    const [create, data, half] = row as [() => Promise<Fits>, typeof words, typeof words];
    const { length } = data;
    const weights = Array.from({ length }, (_, i) => Number(i < length / 2));
    const start = readSafetensors((await create()).save()).tensors;
    const before = new Map(Array.from(start, ([name, tensor]) => [name, f32Data(tensor).slice()]));
    const one = await after(create, data, { batch: length, weights });
    const two = await after(create, half, { batch: length / 2 });
    expect(apart(two, one, before)).toBeLessThan(2e-4);
  });
});

describe("weights", () => {
  const fit = async (data: unknown, options: object, corpus: unknown = data) => {
    const model = await LanguageModel.create({ ...tiny, corpus: corpus as string });
    return model.fit(data as string, { ...step, ...options });
  };

  test("are one number for each example, 0 or more", async () => {
    const all = names.map(() => 1);
    for (const [weights, message] of [
      [
        [1, 2],
        "weights must be a list of 18 numbers, one for each of the documents, got 2 of them",
      ],
      ["heavy", 'weights must be a list of 18 numbers, one for each of the documents, got "heavy"'],
      [[...all.slice(1), -1], "weights[17] must be a number of 0 or more, got -1"],
      [[NaN, ...all.slice(1)], "weights[0] must be a number of 0 or more, got NaN"],
      [all.map(() => 0), "weights are 0 for all documents"],
    ] as const) {
      await expect(fit(names, { weights })).rejects.toThrow(message);
      await expect(fit(names, { weights })).rejects.toThrow(InvalidInputError);
    }
  });

  test("are for documents, not for one text", async () => {
    await expect(fit(text, { weights: [1] })).rejects.toThrow("weights are for documents");
  });

  test("of a part that is left for training must not all be 0", async () => {
    const weights = names.map((_, i) => Number(i === 0));
    let refused = 0;
    for (let seed = 0; seed < 8; seed++) {
      const model = await LanguageModel.create({ ...tiny, seed, corpus: names });
      const run = model.fit(names, { ...step, weights, val: 0.5 });
      await run.then(undefined, (error) => {
        refused++;
        expect((error as Error).message).toContain("left beside the validation");
      });
    }
    expect(refused).toBeGreaterThan(0);
  });

  test("the loss that is reported is the weighted one", async () => {
    const model = await LanguageModel.create({ ...still, corpus: words });
    const own = words.map((word) => model.score([word]).nats);
    const weights = words.map((_, i) => i);
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / words.length;
    const report = await model.fit(words, { ...step, batch: words.length, weights });
    const expected = own.reduce((sum, nats, i) => sum + (weights[i] / mean) * nats, 0);
    expect(report.loss).toBeCloseTo(expected / words.length, 5);
  });
});
