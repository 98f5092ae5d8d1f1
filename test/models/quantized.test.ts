// A quantised model: the verbs of the model that it was made from but fit, its bits, and its file.

import { describe, expect, test } from "vitest";
import {
  InvalidInputError,
  LanguageModel,
  type LanguageModelOptions,
  ModelFileError,
} from "../../src/entries/index.js";
import {
  f32Data,
  f32Entry,
  readSafetensors,
  type TensorEntry,
  writeSafetensors,
} from "../../src/formats/safetensors.js";
import { names, refused, refusedLater, runtime, text, tiny, train } from "./help.js";

const small = { steps: 60, batch: 8, seqLen: 16, lr: 1e-2 };
const create = (options: object = {}) =>
  LanguageModel.create({
    runtime,
    ...({
      ...{ ...tiny, hidden: 21, layers: 2, corpus: text },
      ...options,
    } as LanguageModelOptions),
  });

const model = await create();
await train(model, text, small);
const quantized = await model.quantize();
const documents = await create({ corpus: names });
await train(documents, names, small);

describe("quantize", () => {
  test("leaves the model as it was", async () => {
    expect([model.quantized, quantized.quantized]).toEqual([false, true]);
    expect(await quantized.quantize()).toBe(quantized);
    expect(quantized.config).toEqual(model.config);
    expect(quantized.record).toEqual(model.record);
    expect(quantized.parameterCount).toBe(model.parameterCount);
    expect(quantized.run).toBeUndefined();
    expect(quantized.fingerprint()).not.toBe(model.fingerprint());
    expect((await model.quantize()).fingerprint()).toBe(quantized.fingerprint());
  });

  test("scores nearly as well", async () => {
    expect(model.score(text).nats).toBeLessThan(1.5);
    expect(Math.abs(quantized.score(text).nats - model.score(text).nats)).toBeLessThan(0.01);
    const [own, other] = [(await documents.quantize()).score(names), documents.score(names)];
    expect(Math.abs(own.nats - other.nats)).toBeLessThan(0.02);
    expect(own.tokens).toBe(other.tokens);
  });

  test("rounds each row to the nearest of 255 steps", () => {
    const tensors = readSafetensors(quantized.save()).tensors;
    const exact = readSafetensors(model.save()).tensors;
    for (const [name, { shape }] of exact) {
      const want = f32Data(exact.get(name)!);
      if (shape.length === 1) {
        expect(f32Data(tensors.get(name)!)).toEqual(want);
        continue;
      }
      const scales = f32Data(tensors.get(`${name}.scale`)!);
      const whole = new Int8Array(tensors.get(name)!.data.slice().buffer);
      expect([whole.length, scales.length]).toEqual([want.length, shape[0]]);
      for (const [i, value] of want.entries()) {
        const scale = scales[Math.floor(i / shape[1])];
        expect(Math.abs(scale * whole[i] - value)).toBeLessThanOrEqual(0.5001 * scale);
      }
    }
  });

  test("takes an untrained model, which can then be scored", async () => {
    const fresh = await (await create()).quantize();
    expect(fresh.score(text).nats).toBeGreaterThan(2);
    await refused(() => fresh.generate(), InvalidInputError, "has not been trained");
  });

  test("is of finite weights, and not of a model in training", async () => {
    const tensors = new Map(readSafetensors(model.save()).tensors);
    const data = f32Data(tensors.get("linear.weight")!);
    data[3] = Infinity;
    tensors.set("linear.weight", f32Entry("linear.weight", [model.tokenizer.size, 21], data));
    const bytes = writeSafetensors(tensors.values(), readSafetensors(model.save()).metadata);
    const load = () => LanguageModel.load(bytes, { runtime });
    await refused(load, ModelFileError, "linear.weight", "finite numbers");
    const busy = await create();
    for await (const _ of busy.fit(text, { ...small, steps: 2 })) {
      await refused(() => busy.quantize(), InvalidInputError, "in training");
      break;
    }
    expect((await busy.quantize()).quantized).toBe(true);
  });

  test("cannot be trained", async () => {
    const before = quantized.fingerprint();
    const fit = quantized.fit(text, small).next();
    await refusedLater(fit, InvalidInputError, "a quantised model cannot be trained");
    expect(quantized.fingerprint()).toBe(before);
  });
});

describe("sampling from a quantised model", () => {
  const options = { prompt: "the c", maxTokens: 40, temperature: 0.9, seed: 5 };

  test("a sample of many has the bits that it has alone", () => {
    const all = quantized.generate({ ...options, samples: 13, logprobs: 2 }).samples;
    for (const [i, sample] of all.entries()) {
      const alone = quantized.generate({ ...options, seed: 5 + i, logprobs: 2 });
      expect(alone.samples[0]).toEqual(sample);
    }
  });

  test("a stream gives what generate gives", async () => {
    let streamed = "";
    for await (const chunk of quantized.stream(options)) streamed += chunk.text;
    expect(streamed).toBe(quantized.generate(options).text);
  });

  test("a text scored in pieces has the bits of the whole", async () => {
    const whole = quantized.score(text);
    const other = await LanguageModel.load(quantized.save(), { runtime });
    expect(other.score(text)).toEqual(whole);
    expect(quantized.score(text, { resetEvery: 7 }).nats).toBeGreaterThan(whole.nats);
  });

  test("greedy, beams, stop strings and filters work", async () => {
    expect(quantized.generate({ prompt: "the c", maxTokens: 2, greedy: true }).text).toBe("at");
    const beams = quantized.generate({ prompt: "the c", maxTokens: 8, beams: 3 }).samples[0];
    expect(beams.text).toHaveLength(8);
    const stopped = quantized.generate({ ...options, stop: " " }).samples[0];
    expect(stopped.finish).toBe("stop");
    expect(quantized.generate({ ...options, topK: 1 }).text).toBe(
      quantized.generate({ ...options, greedy: true }).text,
    );
    const { samples } = (await documents.quantize()).generate({ samples: 5, maxTokens: 60 });
    expect(samples.map(({ finish }) => finish)).toEqual(Array(5).fill("end"));
  });
});

describe("the file of a quantised model", () => {
  const file = quantized.save();
  const { tensors, metadata } = readSafetensors(file);

  /** The file with some tensors replaced, added or (undefined) left out, and other metadata. */
  function changed(
    entries: Readonly<Record<string, Partial<TensorEntry> | undefined>>,
    json: object = {},
  ): () => Promise<LanguageModel> {
    const all = new Map(tensors);
    for (const [name, entry] of Object.entries(entries)) {
      if (entry) all.set(name, { ...all.get(name), name, ...entry } as TensorEntry);
      else all.delete(name);
    }
    const simdream = JSON.stringify({ ...JSON.parse(metadata.get("simdream")!), ...json });
    const bytes = writeSafetensors(all.values(), { simdream });
    return () => LanguageModel.load(bytes, { runtime });
  }

  test("gives the model again", async () => {
    const again = await LanguageModel.load(file, { runtime });
    expect(again.quantized).toBe(true);
    expect(again.fingerprint()).toBe(quantized.fingerprint());
    expect(again.record).toEqual(quantized.record);
    expect(again.parameterCount).toBe(quantized.parameterCount);
    expect(Buffer.compare(again.save(), file)).toBe(0);
    expect(Buffer.compare(again.save({ training: true }), file)).toBe(0);
    const options = { prompt: "the", maxTokens: 30, samples: 3 };
    expect(again.generate(options)).toEqual(quantized.generate(options));
  });

  test("holds I8 matrices with their scales, and says so", () => {
    expect(JSON.parse(metadata.get("simdream")!).weights).toBe("int8");
    const kinds = Array.from(tensors.values(), ({ name, dtype, shape }) => [name, dtype, shape]);
    const V = model.tokenizer.size;
    expect(kinds.slice(0, 4)).toEqual([
      ["embedding.weight", "I8", [V, 6]],
      ["embedding.weight.scale", "F32", [V]],
      ["lstm.weight_ih_l0", "I8", [84, 6]],
      ["lstm.weight_ih_l0.scale", "F32", [84]],
    ]);
    expect(JSON.parse(readSafetensors(model.save()).metadata.get("simdream")!)).not.toHaveProperty(
      "weights",
    );
  });

  test("is about a quarter of the size", async () => {
    const large = await create({ hidden: 128, layers: 1, embed: 32 });
    expect((await large.quantize()).save().length / large.save().length).toBeLessThan(0.28);
  });

  test("the order of a file's tensors does not matter", async () => {
    const turned = new Map([...tensors].reverse());
    const bytes = writeSafetensors(turned.values(), metadata);
    expect((await LanguageModel.load(bytes, { runtime })).fingerprint()).toBe(
      quantized.fingerprint(),
    );
  });

  test("does not change with the bytes that it was read from", async () => {
    const bytes = file.slice();
    const again = await LanguageModel.load(bytes, { runtime });
    bytes.fill(7);
    expect(Buffer.compare(again.save(), file)).toBe(0);
  });

  const V = model.tokenizer.size;
  const w = tensors.get("linear.weight")!;
  const f32 = (n: number, value: number) => new Uint8Array(new Float32Array(n).fill(value).buffer);
  test.each([
    ["a missing scale", changed({ "linear.weight.scale": undefined }), "missing: linear.weight.sc"],
    ["a missing matrix", changed({ "linear.weight": undefined }), "missing: linear.weight"],
    [
      "a scale too many",
      changed({ "linear.bias.scale": { dtype: "F32", shape: [V], data: f32(V, 1) } }),
      "not expected: linear.bias.scale",
    ],
    [
      "a matrix of another shape",
      changed({ "linear.weight": { shape: [21, V] } }),
      `linear.weight has shape [21, ${V}], the model needs [${V}, 21]`,
    ],
    [
      "scales of another shape",
      changed({ "linear.weight.scale": { shape: [V, 1] } }),
      `linear.weight.scale has shape [${V}, 1], the model needs [${V}]`,
    ],
    [
      "an unsigned matrix",
      changed({ "linear.weight": { dtype: "U8" } }),
      "linear.weight has dtype U8, the model needs I8",
    ],
    [
      "an f32 matrix",
      changed({ "linear.weight": { dtype: "F32", data: f32(V * 21, 1) } }),
      "linear.weight has dtype F32, the model needs I8",
    ],
    [
      "scales of another dtype",
      changed({ "linear.weight.scale": { dtype: "F16", data: new Uint8Array(2 * V) } }),
      "linear.weight.scale has dtype F16, the model needs F32",
    ],
    ["-128", changed({ "linear.weight": { data: w.data.map(() => 0x80) } }), "the value -128"],
    [
      "a scale that is no number",
      changed({ "linear.weight.scale": { data: f32(V, Number.NaN) } }),
      "linear.weight.scale must have finite numbers of at least 0, got NaN",
    ],
    ["a negative scale", changed({ "linear.weight.scale": { data: f32(V, -1) } }), "got -1"],
    ["an endless bias", changed({ "linear.bias": { data: f32(V, -Infinity) } }), "got -Infinity"],
    ["another width", changed({}, { weights: "int3" }), '"int3"'],
    ["a width that is none", changed({}, { weights: 8 }), "the file's weights are 8"],
    [
      "weights that say f32",
      changed({}, { weights: undefined }),
      "not expected: embedding.weight.s",
    ],
    [
      "other sizes",
      changed({}, { network: { kind: "lstm", embed: 6, hidden: 1e6, layers: 2, dropout: 0 } }),
      "the model needs",
    ],
    ["a run", changed({}, { progress: {} }), "quantised model and yet holds a run"],
    [
      "a run's tensors",
      changed({ "training.best": { dtype: "F32", shape: [1], data: f32(1, 1) } }),
      "quantised model and yet holds a run",
    ],
  ])("is refused with %s", async (_, load, part) => {
    await refused(load, ModelFileError, part);
  });

  test("f32 weights are not taken for quantised ones, nor the other way", async () => {
    const own = readSafetensors(model.save());
    const json = { ...JSON.parse(own.metadata.get("simdream")!), weights: "int8" };
    const bytes = writeSafetensors(own.tensors.values(), { simdream: JSON.stringify(json) });
    await refused(
      () => LanguageModel.load(bytes, { runtime }),
      ModelFileError,
      "missing: embedding.weight.s",
    );
    const bare = writeSafetensors(tensors.values());
    const { tokenizer } = model;
    const load = () => LanguageModel.load(bare, { runtime, tokenizer });
    await refused(load, ModelFileError, "not expected: embedding.weight.scale");
  });
});
