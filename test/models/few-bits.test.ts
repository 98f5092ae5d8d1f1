// Copies with 4-bit weights: of every network of texts, their bits by both ways to compute, and their files.

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import {
  InvalidInputError,
  LanguageModel,
  type LanguageModelOptions,
  load,
  ModelFileError,
  Seq2Seq,
} from "../../src/entries/index.js";
import {
  f32Data,
  readSafetensors,
  type TensorEntry,
  writeSafetensors,
} from "../../src/formats/safetensors.js";
import { names, refused, runtime, text, train } from "./help.js";

const build = (name: string) =>
  readFileSync(new URL(`../../build/quantized-${name}.wasm`, import.meta.url));
const relaxed = WebAssembly.validate(build("relaxed"));

/** Widths that are no multiple of a block of 32, or of two. */
const networks: Readonly<Record<string, LanguageModelOptions["network"]>> = {
  lstm: { kind: "lstm", hidden: 45, layers: 2 },
  gru: { kind: "gru", hidden: 37 },
  llama: { kind: "transformer", hidden: 40, layers: 2, heads: 2, context: 24 },
  gpt2: { kind: "transformer", style: "gpt2", hidden: 36, layers: 1, heads: 2, tied: false },
};

async function trained(network: LanguageModelOptions["network"]): Promise<LanguageModel> {
  const model = await LanguageModel.create({ runtime, corpus: text, network, seed: 1 });
  await train(model, text, { steps: 40, batch: 8, seqLen: 16, lr: 1e-2 });
  return model;
}

const asked = { prompt: "the ", maxTokens: 40, overflow: "slide", samples: 3, seed: 3 } as const;

describe.each(Object.entries(networks))("%s", (_, network) => {
  let model: LanguageModel;
  let small: LanguageModel;
  beforeAll(async () => {
    model = await trained(network);
    small = await model.quantize({ bits: 4 });
  });

  it("scores nearly as well and is smaller than 8 bits", async () => {
    expect([small.quantized, small.weights]).toEqual([true, "int4"]);
    expect(small.parameterCount).toBe(model.parameterCount);
    expect(small.record).toEqual(model.record);
    expect(Math.abs(small.score(text).nats - model.score(text).nats)).toBeLessThan(0.05);
    const eight = await model.quantize();
    expect(small.save().length).toBeLessThan(eight.save().length);
    expect(await small.quantize({ bits: 4 })).toBe(small);
    await refused(() => small.quantize(), InvalidInputError, "int4 weights already");
    await refused(() => eight.quantize({ bits: 4 }), InvalidInputError, "int8 weights already");
  });

  it("is the same after its file, and computes the same bits by the plain instructions", async () => {
    const file = small.save();
    const runtimes = [runtime, await load(undefined, undefined, build("release"))];
    if (relaxed) runtimes.push(await load(undefined, undefined, build("relaxed")));
    for (const own of runtimes) {
      const again = await LanguageModel.load(file, { runtime: own });
      expect(again.fingerprint()).toBe(small.fingerprint());
      expect(again.save()).toEqual(file);
      expect(again.generate(asked)).toEqual(small.generate(asked));
      expect(again.score(text)).toEqual(small.score(text));
    }
  });

  it("has 4 bits in matrices, 8 in tables and what makes logits, 32 elsewhere", () => {
    const { tensors } = readSafetensors(small.save());
    for (const [name, { dtype, shape }] of readSafetensors(model.save()).tensors) {
      const own = tensors.get(name)!;
      const scale = tensors.get(`${name}.scale`);
      if (shape.length < 2) expect(own.dtype).toBe(dtype);
      else if (/^(linear|lm_head|embedding)|embed_tokens|wte|wpe/.test(name)) {
        expect([own.dtype, own.shape, scale!.dtype]).toEqual(["I8", shape, "F32"]);
      } else {
        expect([own.dtype, scale!.dtype]).toEqual(["U8", "BF16"]);
        expect(own.shape).toEqual([shape[0], Math.ceil(shape[1] / 2)]);
        expect(scale!.shape).toEqual([shape[0], Math.ceil(shape[1] / 32)]);
      }
    }
  });

  it("a sample of many has the bits that it has alone", () => {
    const { samples } = small.generate(asked);
    expect(small.generate({ ...asked, samples: 1 }).samples[0]).toEqual(samples[0]);
  });
});

describe("a 4-bit weight", () => {
  it("is the nearest of 16 steps, with a scale better than the largest number's", async () => {
    const model = await trained({ kind: "lstm", hidden: 45 });
    const name = "lstm.weight_hh_l0";
    const whole = f32Data(readSafetensors(model.save()).tensors.get(name)!);
    const { tensors } = readSafetensors((await model.quantize({ bits: 4 })).save());
    const { data } = tensors.get(name)!;
    const scales = f32Data(tensors.get(`${name}.scale`)!);
    const [columns, bytes] = [45, 23];
    let error = 0;
    let plain = 0;
    for (let row = 0; row < whole.length / columns; row++) {
      expect(data[row * bytes + 22]).toBeLessThan(16);
      for (const [b, from] of [0, 32].entries()) {
        const own = whole.subarray(
          row * columns + from,
          row * columns + Math.min(columns, from + 32),
        );
        const scale = scales[2 * row + b];
        const most = own.reduce((a, v) => (Math.abs(v) > Math.abs(a) ? v : a), 0) / -8;
        for (const [i, x] of own.entries()) {
          const k = from + i;
          const unit = ((data[row * bytes + (k >> 1)] >> (4 * (k & 1))) & 15) - 8;
          const near = (by: number) => Math.max(-8, Math.min(7, Math.round(x / by)));
          expect(Math.abs(near(scale) - unit)).toBeLessThanOrEqual(
            Math.abs(Math.abs((x / scale) % 1) - 0.5) < 1e-4 ? 1 : 0,
          );
          error += (x - scale * unit) ** 2;
          plain += (x - most * near(most)) ** 2;
        }
      }
    }
    expect(error).toBeLessThan(0.9 * plain);
  });

  it("of zeros is zero", async () => {
    const model = await LanguageModel.create({ runtime, corpus: text, hidden: 12, seed: 1 });
    const { tensors, metadata } = readSafetensors(model.save());
    const all = Array.from(tensors.values(), (one) => ({ ...one, data: one.data.map(() => 0) }));
    const zeros = await LanguageModel.load(writeSafetensors(all, Object.fromEntries(metadata)), {
      runtime,
    });
    const small = await zeros.quantize({ bits: 4 });
    expect(small.score(text).nats).toBeCloseTo(Math.log(model.tokenizer.size), 5);
  });
});

describe("encoder-decoders", () => {
  const pairs = names.map((source) => ({ source, target: source.toUpperCase() }));

  it.each([
    { kind: "lstm", hidden: 40 },
    { kind: "transformer", hidden: 40, layers: 1, heads: 2 },
  ] as const)("$kind", async (network) => {
    const model = await Seq2Seq.create({ runtime, corpus: pairs, network, seed: 1 });
    await model.fit(pairs, { steps: 60, batch: 6, lr: 5e-3 });
    const small = await model.quantize({ bits: 4 });
    expect(small.weights).toBe("int4");
    expect(Math.abs(small.score(pairs).nats - model.score(pairs).nats)).toBeLessThan(0.1);
    const plain = await load(undefined, undefined, build("release"));
    const again = await Seq2Seq.load(small.save(), { runtime: plain });
    expect(again.fingerprint()).toBe(small.fingerprint());
    expect(again.generate({ source: "fern", samples: 2, seed: 3 })).toEqual(
      small.generate({ source: "fern", samples: 2, seed: 3 }),
    );
    expect(again.score(pairs)).toEqual(small.score(pairs));
  });
});

describe("a file", async () => {
  const model = await LanguageModel.create({ runtime, corpus: text, hidden: 45, seed: 1 });
  const { tensors, metadata } = readSafetensors((await model.quantize({ bits: 4 })).save());
  const name = "lstm.weight_hh_l0";
  const { data } = tensors.get(name)!;
  const scale = tensors.get(`${name}.scale`)!;

  const changed = (entries: Readonly<Record<string, Partial<TensorEntry>>>) => {
    const all = Array.from(tensors.values(), (one) => ({ ...one, ...entries[one.name] }));
    const bytes = writeSafetensors(all, Object.fromEntries(metadata));
    return () => LanguageModel.load(bytes, { runtime });
  };

  it.each([
    ["with signed pairs", { [name]: { dtype: "I8" } }, `${name} has dtype I8, the model needs U8`],
    [
      "with a number too many in a row",
      { [name]: { data: data.map((v, i) => (i === 22 ? v | 16 : v)) } },
      "a number after the last of a row of 45",
    ],
    [
      "with fewer pairs",
      { [name]: { shape: [180, 22], data: data.slice(0, 180 * 22) } },
      "has shape [180, 22], the model needs [180, 23]",
    ],
    [
      "with a scale for each row only",
      { [scale.name]: { shape: [180, 1], data: scale.data.slice(0, 360) } },
      "has shape [180, 1], the model needs [180, 2]",
    ],
    ["with f16 scales", { [scale.name]: { dtype: "F16" } }, "has dtype F16, the model needs BF16"],
    [
      "with a scale that is no number",
      { [scale.name]: { data: scale.data.map((v, i) => (i < 2 ? 0xff : v)) } },
      "must have finite numbers, got NaN",
    ],
    [
      "with an endless scale",
      { [scale.name]: { data: scale.data.map((v, i) => [0x80, 0xff][i] ?? v) } },
      "must have finite numbers, got -Infinity",
    ],
  ] as [string, Record<string, Partial<TensorEntry>>, string][])(
    "%s is refused",
    async (_, entries, part) => {
      await refused(changed(entries), ModelFileError, part);
    },
  );

  it("of other bits is refused by its names", async () => {
    const json = JSON.parse(metadata.get("simdream")!);
    const simdream = JSON.stringify({ ...json, weights: "int8" });
    const bytes = writeSafetensors([...tensors.values()], { simdream });
    await refused(
      () => LanguageModel.load(bytes, { runtime }),
      ModelFileError,
      "lstm.weight_ih_l0 has shape [180, 32]",
    );
  });

  it.each([
    [{ bits: 3 }, "bits must be 4 or 8, got 3"],
    [{ bit: 4 }, "bit"],
  ])("is not made with %o", async (options, part) => {
    await refused(() => model.quantize(options as never), InvalidInputError, part);
  });
});
