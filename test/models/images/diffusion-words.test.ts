// What a diffusion makes of words, what its Transformer of patches does, and what both refuse.

import { beforeAll, describe, expect, test } from "vitest";
import { Diffusion, ImageSet, InvalidInputError } from "../../../src/entries/index.js";
import { readSafetensors, writeSafetensors } from "../../../src/formats/safetensors.js";
import type { DiffusionNetwork } from "../../../src/models/images/diffusion-network.js";
import { activationsIn } from "../help.js";
import { drawings, points, runtime, spoken } from "./help.js";

const images = spoken(drawings(30));
const sizes = { channels: 8, levels: 2, textWidth: 16, seed: 1 } as const;
let model: Diffusion;
beforeAll(async () => {
  model = await Diffusion.create({ runtime, images, labels: false, ...sizes });
  await model.fit(images, { steps: 200, batch: 10, lr: 3e-3 });
});

/** The mean of the pictures that have been asked for. */
function meanOf(rows: readonly Float32Array[]): Float32Array {
  return rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
}

function apart(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, j) => sum + (value - b[j]) ** 2, 0) / a.length;
}

test("draws what it is asked for, in either language", () => {
  const means = ["square", "cross"].map((value) => {
    const { pixels } = images.where("shape", value);
    const count = pixels.length / 144;
    return Float32Array.from(
      { length: 144 },
      (_, j) =>
        Array.from({ length: count }, (_, i) => pixels[i * 144 + j]).reduce((a, b) => a + b) /
        count /
        255,
    );
  });
  for (const [prompt, is] of [
    ["a square on the left", 0],
    ["a cross on the right", 1],
    ["左边的方块", 0],
    ["右边的十字", 1],
  ] as const) {
    const { rows } = model.generate({ prompt, samples: 16, seed: 1, guidance: 2 });
    const made = meanOf(rows);
    const [own, other] = [means[is], means[1 - is]].map((mean) => apart(made, mean));
    expect(own, prompt).toBeLessThan(other);
  }
});

test("a prompt for each, with samples as many, is as if each were alone", () => {
  const how = { steps: 3, seed: 4, guidance: 2 };
  const prompt = ["a square on the left", "右边的十字"];
  const both = model.generate({ prompt, ...how });
  expect(both.captions).toEqual([[prompt[0]], [prompt[1]]]);
  expect(both.images.captions).toEqual(both.captions);
  expect(both.rows[0]).toEqual(model.generate({ prompt: prompt[0], ...how }).rows[0]);
  expect(both.rows[1]).not.toEqual(
    model.generate({ prompt: prompt[0], samples: 2, ...how }).rows[1],
  );
  const many = model.generate({ prompt: prompt[0], samples: 130, ...how }).rows;
  expect(many.slice(0, 2)).toEqual(model.generate({ prompt: prompt[0], samples: 2, ...how }).rows);
});

test("guidance: 0 leaves the prompt out; what is not wanted takes the place of nothing", () => {
  const how = { samples: 2, steps: 3, seed: 2 };
  const prompt = "a cross on the left";
  const nothing = model.generate(how).rows;
  expect(model.generate({ ...how, prompt, guidance: 0 }).rows).toEqual(nothing);
  expect(model.generate({ ...how, prompt: "", guidance: 3 }).rows).toEqual(nothing);
  // Pictures of which nothing was asked have no captions.
  expect(model.generate({ ...how, prompt: "" }).images.captions).toBeUndefined();
  expect(model.generate({ ...how, prompt: ["", prompt] }).images.captions).toBeUndefined();
  const plain = model.generate({ ...how, prompt, guidance: 3 }).rows;
  expect(plain).not.toEqual(nothing);
  expect(model.generate({ ...how, prompt, guidance: 3, negative: "" }).rows).toEqual(plain);
  const without = model.generate({ ...how, prompt, negative: "a square" }).rows;
  expect(without).not.toEqual(plain);
  // 3 where nothing is said.
  expect(model.generate({ ...how, prompt }).rows).toEqual(plain);
  // Away from something, towards nothing else.
  expect(model.generate({ ...how, guidance: 3, negative: "a square" }).rows).not.toEqual(nothing);
});

test("the other verbs take prompts, too", async () => {
  const how = { prompt: "a cross on the left", steps: 2, seed: 3 };
  const some = images.first(2);
  const mask = [new Float32Array(144).fill(1, 70)];
  const verbs = (prompt: string) => [
    model.inpaint(some, mask, { ...how, prompt, repeats: 2 }).rows,
    model.vary(some, { ...how, prompt }).rows,
    model.interpolate(1, 2, { ...omitted(how), prompt, samples: 3 }).rows,
  ];
  const [crosses, squares] = [verbs("a cross on the left"), verbs("a square on the left")];
  for (const [i, rows] of crosses.entries()) expect(rows).not.toEqual(squares[i]);
  let last: unknown;
  for await (const { made } of model.stream({ ...how, samples: 2 })) last = made.rows;
  expect(last).toEqual(model.generate({ ...how, samples: 2 }).rows);
});

const omitted = ({ seed: _, ...rest }: { steps: number; seed: number }) => rest;

test("a file gives the same, and so does a copy of 8 bits of its own file", async () => {
  const how = { prompt: "a cross on the left", samples: 2, steps: 3, guidance: 2 };
  const bytes = model.save();
  const again = await Diffusion.load(bytes, { runtime });
  expect(again.config).toEqual(model.config);
  expect(again.generate(how).rows).toEqual(model.generate(how).rows);
  const small = await model.quantize();
  const read = await Diffusion.load(small.save(), { runtime });
  expect(read.quantized).toBe(true);
  expect(read.generate(how).rows).toEqual(small.generate(how).rows);
  expect(apart(small.generate(how).rows[0], model.generate(how).rows[0])).toBeLessThan(0.05);
});

test("score is of captions: others are predicted worse", () => {
  const wrong = images.withCaptions(
    images.captions!.map((_, i) => images.captions![(i + 1) % images.length]),
  );
  expect(model.score(images).loss).toBeLessThan(model.score(wrong).loss);
});

test("labels and captions: either, both, or neither", async () => {
  const both = await Diffusion.create({ runtime, images, labels: ["side"], ...sizes });
  await both.fit(images, { steps: 20, batch: 10, labelDropout: 0.2 });
  const how = { samples: 2, steps: 3, seed: 5 };
  const prompt = "a cross";
  const labels = { side: "left" };
  const all = [
    both.generate(how),
    both.generate({ ...how, prompt }),
    both.generate({ ...how, labels }),
    both.generate({ ...how, prompt, labels }),
  ];
  const distinct = new Set(all.map(({ rows }) => rows[0].join()));
  expect(distinct.size).toBe(4);
  expect(all.map((made) => made.labels.map(({ name }) => name))).toEqual([
    ["side"],
    [],
    ["side"],
    ["side"],
  ]);
});

test("captions are left out as often as is asked", async () => {
  const other = images.withCaptions(images.captions!.toReversed());
  const after = async (data: ImageSet, captionDropout: number) => {
    const own = await Diffusion.create({ runtime, images, labels: ["side"], ...sizes });
    await own.fit(data, { steps: 3, batch: 10, labelDropout: 0.5, captionDropout });
    return own.fingerprint();
  };
  expect(await after(images, 1)).toBe(await after(other, 1));
  expect(await after(images, 0)).not.toBe(await after(other, 0));
  expect(await after(images, 0.5)).not.toBe(await after(images, 0));
});

test("captions by dense layers, which hear the mean", async () => {
  const dense = await Diffusion.create({
    runtime,
    images,
    labels: false,
    network: "mlp",
    hidden: 16,
  });
  await dense.fit(images, { steps: 5 });
  const made = ["a square", "a cross"].map((prompt) => dense.generate({ prompt, steps: 2 }).rows);
  expect(made[0]).not.toEqual(made[1]);
  expect(dense.config.text).not.toHaveProperty("levels");
});

test("every kind of tokenizer, and sizes", async () => {
  for (const tokenizer of ["char", "byte", "bpe"] as const) {
    const own = await Diffusion.create({
      ...{ runtime, images, labels: false, channels: 4, levels: 2, tokenizer },
      ...{ textLayers: 1, textHeads: 2, textWidth: 8, textContext: 40, textLevels: 2 },
    });
    expect(own.config.text).toEqual({ width: 8, layers: 1, heads: 2, context: 40, levels: 2 });
    await own.fit(images, { steps: 1 });
    expect(own.generate({ prompt: "a cross", steps: 1 }).rows.length).toBe(1);
  }
});

test("characters that captions never had are refused, or left out", async () => {
  const how = { runtime, images, labels: false, tokenizer: "char", ...sizes } as const;
  const own = await Diffusion.create(how);
  await own.fit(images, { steps: 1 });
  expect(() => own.generate({ prompt: "a zebra" })).toThrow('prompt "a zebra": the text has "z"');
  const skipped = own.generate({ prompt: "a? square", steps: 2, unknown: "skip" }).rows;
  expect(skipped).toEqual(own.generate({ prompt: "a square", steps: 2 }).rows);
});

test("a Transformer of patches learns", async () => {
  const own = await Diffusion.create({
    ...{ runtime, images, labels: false, seed: 1, textWidth: 16 },
    ...{ network: "dit", patch: 3, hidden: 32, layers: 2, heads: 2 },
  });
  expect(own.config.body).toEqual({ network: "dit", patch: 3, hidden: 32, layers: 2, heads: 2 });
  const before = own.score(images).loss;
  await own.fit(images, { steps: 150, batch: 10, lr: 3e-3 });
  expect(own.score(images).loss).toBeLessThan(0.6 * before);
});

describe("what a step needs of memory is known before it, within a tenth", () => {
  const words = { tokenizer: "byte", textContext: 22 } as const;
  test.each([
    ["a U-Net", { channels: 32, levels: 2, ...words }],
    ["a U-Net that looks twice", { channels: 32, levels: 2, textLevels: 2, ...words }],
    ["a Transformer", { network: "dit", patch: 3, layers: 2, captions: false }],
    ["a Transformer with words", { network: "dit", patch: 3, layers: 2, ...words }],
    ["dense layers", { network: "mlp", hidden: 16, layers: 1, ...words }],
  ] as const)("%s", async (_, options) => {
    const own = await Diffusion.create({ runtime, images, labels: false, ...options });
    const { network } = (own as unknown as { core: { network: DiffusionNetwork } }).core;
    const expected = network.activationBytes(24);
    const { most } = await activationsIn(network.machine, () =>
      own.fit(images, { steps: 1, batch: 24 }),
    );
    expect(most / expected).toBeGreaterThan(0.9);
    expect(most / expected).toBeLessThan(1.1);
  });
});

describe("refuses", () => {
  test.each([
    [{ prompt: 5 }, "prompt must be a text, or a list of texts, got 5"],
    [{ prompt: [] }, "prompt must be a text, or a list of texts"],
    [{ prompt: ["a", "b"], samples: 3 }, "one text for all 3 examples or one for each, got 2"],
    [{ prompt: "a".repeat(200) }, "tokens, the model reads at most"],
    [{ prompt: "a", negative: "b", guidance: 1 }, "negative counts where guidance is above 1"],
    [{ prompt: "a", unknown: "guess" }, "unknown must be one of error, skip"],
    [{ prompts: "a" }, "did you mean prompt?"],
  ])("generate %j", (options, message) => {
    expect(() => model.generate(options as never)).toThrow(InvalidInputError);
    expect(() => model.generate(options as never)).toThrow(message);
  });

  const plain = new ImageSet({ ...images, captions: undefined });
  test.each([
    [{ textWidth: 8, images: plain }, "textWidth is for a model that learns captions"],
    [{ captions: true, images: plain }, "captions are those of an ImageSet"],
    [{ captions: "yes" }, "captions must be true or false"],
    [{ textHeads: 3 }, "textHeads must divide textWidth (64), got 3"],
    [{ textWidth: 6, textHeads: 2 }, "textWidth 6 / textHeads 2 is 3"],
    [{ textLevels: 4 }, "textLevels must be a whole number of at least 1 and at most 3"],
    [{ network: "dit", textLevels: 1 }, 'textLevels is for network "unet"'],
    [{ vocab: 300, tokenizer: "char" }, 'vocab is for the tokenizer "bpe" only'],
    [{ tokenizer: "words" }, "tokenizer must be one of char, byte, bpe"],
    [{ patch: 2 }, 'patch is for network "dit", this one is "unet"'],
    [{ network: "dit", channels: 4 }, 'channels is for network "unet", this one is "dit"'],
    [{ network: "dit", patch: 5 }, "patches of 5 pixels must divide both sides"],
    [{ network: "dit", heads: 3 }, "heads must divide hidden (128), got 3"],
    [{ network: "dit", images: points }, 'network "dit" is for pictures'],
  ])("create %j", async (options, message) => {
    const given = { runtime, images, levels: undefined, ...options } as never;
    await expect(Diffusion.create(given)).rejects.toThrow(InvalidInputError);
    await expect(Diffusion.create(given)).rejects.toThrow(message);
  });

  test("prompts of a model without words, and pictures without captions", async () => {
    const wordless = await Diffusion.create({ runtime, images, captions: false, channels: 4 });
    await wordless.fit(images, { steps: 1 });
    expect(() => wordless.generate({ prompt: "a" })).toThrow("the model learned no captions");
    await expect(wordless.fit(images, { captionDropout: 0.1 }).then()).rejects.toThrow(
      "captionDropout is for a model that learns captions",
    );
    await expect(model.fit(plain).then()).rejects.toThrow("the pictures have none");
    expect(() => model.score(plain)).toThrow("the pictures have none");
    const reflow = await Diffusion.load(model.save(), { runtime });
    await expect(model.fit(images, { reflow }).then()).rejects.toThrow(
      "reflow is for models without captions",
    );
  });

  test("a damaged file", async () => {
    const file = readSafetensors(model.save());
    const described = JSON.parse(file.metadata.get("simdream")!);
    const changed = async (change: (one: typeof described) => void) => {
      const other = structuredClone(described);
      change(other);
      const metadata = new Map([...file.metadata, ["simdream", JSON.stringify(other)]]);
      return Diffusion.load(writeSafetensors([...file.tensors.values()], metadata), { runtime });
    };
    await expect(changed((one) => delete one.network.textContext)).rejects.toThrow("damaged");
    await expect(changed((one) => (one.network.textWidth = 0))).rejects.toThrow("damaged");
    await expect(changed((one) => (one.assets.tokenizer = 5))).rejects.toThrow("damaged");
    await expect(changed((one) => delete one.assets.tokenizer)).rejects.toThrow("do not fit");
  });
});
