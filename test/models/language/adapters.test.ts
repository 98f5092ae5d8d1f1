// Adapters (LoRA): what they train, what they leave alone, and how they come and go.

import { beforeAll, describe, expect, it } from "vitest";
import {
  InvalidInputError,
  LanguageModel,
  type LanguageModelOptions,
  type LoraOptions,
  ModelFileError,
  Seq2Seq,
} from "../../../src/entries/node.js";
import { readSafetensors, writeSafetensors } from "../../../src/formats/safetensors.js";

const text = "the cat sat on the mat. a dog ran to the log. ".repeat(20);
const other = "zebras jump over every quick brown fox and lazy dog. ".repeat(20);
const corpus = text + other;
const fit = { steps: 6, batch: 4, seqLen: 16, lr: 1e-2, val: 0 } as const;

const networks = {
  transformer: { network: "transformer", hidden: 16, layers: 2, heads: 2, context: 32 },
  gpt2: { network: "transformer", style: "gpt2", hidden: 16, layers: 2, heads: 2, context: 32 },
  lstm: { network: "lstm", hidden: 16, embed: 8, layers: 2 },
  gru: { network: "gru", hidden: 16, embed: 8, layers: 1 },
} as const;

async function trained(kind: keyof typeof networks): Promise<LanguageModel> {
  const model = await LanguageModel.create({ corpus, ...networks[kind] });
  await model.fit(text, fit);
  return model;
}

describe.each(Object.keys(networks) as (keyof typeof networks)[])("an adapter of a %s", (kind) => {
  let bytes: Uint8Array<ArrayBuffer>;
  beforeAll(async () => {
    bytes = (await trained(kind)).save();
  });

  it("trains beside a model that stays as it is, and merges", async () => {
    const model = await LanguageModel.load(bytes);
    const before = model.fingerprint();
    const nats = model.score(other.slice(0, 200)).nats;
    await model.fit(other, { ...fit, steps: 30, lora: { rank: 4, targets: "all" } });
    expect(model.fingerprint()).toBe(before);
    const adapted = model.score(other.slice(0, 200)).nats;
    expect(adapted).toBeLessThan(nats - 0.05);
    expect(model.adapter).toBe("default");
    const merged = await model.merge();
    expect(Math.abs(merged.score(other.slice(0, 200)).nats - adapted)).toBeLessThan(1e-5);
    const prompt = { prompt: "the ", maxTokens: 20, greedy: true };
    expect(model.generate(prompt).text).toBe(merged.generate(prompt).text);
    model.useAdapter(null);
    expect(model.score(other.slice(0, 200)).nats).toBe(nats);
    const base = await LanguageModel.load(bytes);
    expect(model.generate(prompt).text).toBe(base.generate(prompt).text);
    expect(model.generate({ ...prompt, adapter: "default" }).text).toBe(
      merged.generate(prompt).text,
    );
  });
});

describe("adapters", () => {
  const create = async (options: Partial<LanguageModelOptions> = {}) => {
    const model = await LanguageModel.create({ corpus, ...networks.transformer, ...options });
    await model.fit(text, fit);
    return model;
  };
  const lora = (name: string, more: LoraOptions = {}) => ({
    ...fit,
    steps: 20,
    lora: { name, rank: 2, ...more },
  });
  const prompt = { prompt: "the ", maxTokens: 12, seed: 3 };

  it("are several on one model, and each request has its own, also where they alternate", async () => {
    const model = await create();
    await model.fit(other, lora("a"));
    await model.fit(text, lora("b", { targets: "all" }));
    expect(model.adapters).toEqual(["a", "b"]);
    expect(model.adapter).toBe("b");
    const names = ["a", "b", null] as const;
    const alone = names.map((adapter) => model.generate({ ...prompt, adapter }).text);
    expect(new Set(alone).size).toBe(3);
    const streams = names.map((adapter) => model.stream({ ...prompt, adapter }));
    const texts = names.map(() => "");
    for (let open = true; open; ) {
      open = false;
      for (const [i, stream] of streams.entries()) {
        const { done, value } = await stream.next();
        if (done) continue;
        texts[i] += value.text;
        open = true;
      }
    }
    expect(texts).toEqual(alone);
    expect(() => model.generate({ adapter: "c" })).toThrow('there is no adapter "c": it has a, b');
    expect(() => model.useAdapter("c")).toThrow(InvalidInputError);
    await expect(async () => await model.fit(text, fit)).rejects.toThrow("the model has adapters");
  });

  it("go to a file under PEFT's names and come back, and know their model", async () => {
    const model = await create();
    await model.fit(other, lora("default"));
    const adapter = model.getAdapter("default");
    const bytes = adapter.save();
    const { tensors } = readSafetensors(bytes);
    expect([...tensors.keys()].slice(0, 2)).toEqual([
      "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
      "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight",
    ]);
    expect(adapter.config).toMatchObject({
      peft_type: "LORA",
      r: 2,
      lora_alpha: 16,
      target_modules: ["q_proj", "k_proj", "v_proj", "o_proj"],
    });
    const text = model.generate(prompt).text;
    const again = await LanguageModel.load(model.save());
    await again.loadAdapter(bytes, { name: "x" });
    expect(again.generate(prompt).text).toBe(text);
    expect(again.getAdapter("x").fingerprint()).toBe(adapter.fingerprint());
    await expect(again.loadAdapter(bytes, { name: "x" })).rejects.toThrow("already");
    // Those of PEFT say nothing but numbers; older ones have the adapter's name in theirs.
    const peft = writeSafetensors(
      Array.from(tensors.values(), (entry) => ({
        ...entry,
        name: entry.name.replace(".weight", ".default.weight"),
      })),
    );
    await expect(again.loadAdapter(peft, { name: "y" })).rejects.toThrow("alpha");
    await again.loadAdapter(peft, { name: "y", config: JSON.stringify(adapter.config) });
    expect(again.generate(prompt).text).toBe(text);
    for (const [setting, said] of [
      [{ use_dora: true }, "DoRA"],
      [{ r: 3 }, "rank 3"],
      [{ bias: "all" }, "bias"],
      [{ peft_type: "IA3" }, "peft_type"],
    ] as const) {
      const config = { ...adapter.config, ...setting };
      await expect(again.loadAdapter(peft, { name: "z", config })).rejects.toThrow(said);
    }
    const stranger = await create({ seed: 7 });
    await expect(stranger.loadAdapter(bytes)).rejects.toThrow(
      "trained on a model with the fingerprint",
    );
    const lstm = await create({ heads: undefined, context: undefined, ...networks.lstm });
    await expect(lstm.loadAdapter(bytes)).rejects.toThrow(
      "of another model: this one has no base_model",
    );
    await expect(model.loadAdapter(model.save(), { name: "m" })).rejects.toThrow(ModelFileError);
    expect(lstm.adapter).toBe(null);
  });

  it("go on a quantised model, which trains none", async () => {
    const model = await create();
    await model.fit(other, lora("default", { targets: "all" }));
    const quantized = await model.quantize();
    const before = quantized.score(other.slice(0, 300)).nats;
    await quantized.loadAdapter(model.getAdapter("default").save());
    const { nats } = quantized.score(other.slice(0, 300));
    expect(nats).toBeLessThan(before);
    expect(Math.abs(nats - model.score(other.slice(0, 300)).nats)).toBeLessThan(0.02);
    await expect(async () => await quantized.fit(other, lora("more"))).rejects.toThrow(
      "trains no adapter",
    );
    await expect(quantized.merge()).rejects.toThrow("quantised");
  });

  it("have the same bits where activations are computed again", async () => {
    const [model, again] = [await create({ dropout: 0.1 }), await create({ dropout: 0.1 })];
    await model.fit(other, lora("default", { targets: "all" }));
    await again.fit(other, { ...lora("default", { targets: "all" }), recompute: true });
    const prints = [model, again].map((one) => one.getAdapter().fingerprint());
    expect(prints[1]).toBe(prints[0]);
  });

  it("refuse what they cannot be", async () => {
    const model = await create();
    for (const [wrong, said] of [
      [{ rank: 0 }, "lora.rank"],
      [{ alpha: -1 }, "lora.alpha"],
      [{ targets: ["nothing"] }, 'no matrix is "nothing"; there are q_proj'],
      [{ targets: ["embed_tokens"] }, "no matrix is"],
      [{ ranks: 3 }, "ranks"],
      [{ name: "" }, "name"],
    ] as const) {
      const work = async () => await model.fit(other, { ...fit, lora: wrong as LoraOptions });
      await expect(work).rejects.toThrow(said);
    }
    expect(model.adapters).toEqual([]);
    await model.fit(other, lora("default", { targets: ["layers.0.*"] }));
    expect(model.getAdapter("default").targets).toHaveLength(7);
    await expect(async () => await model.fit(other, lora("default", { rank: 3 }))).rejects.toThrow(
      "another rank",
    );
    const fresh = await LanguageModel.create({ corpus, ...networks.transformer });
    await expect(async () => await fresh.fit(other, lora("default"))).rejects.toThrow(
      "not been trained",
    );
  });
});

it("an adapter of an encoder-decoder", async () => {
  const pairs = ["ab", "ba", "aab", "bba", "abab"].map((source) => ({
    source,
    target: source.toUpperCase(),
  }));
  for (const network of ["lstm", "transformer"] as const) {
    const model = await Seq2Seq.create({ corpus: pairs, network, hidden: 16, seed: 1 });
    await model.fit(pairs, { steps: 5, batch: 4 });
    const before = model.fingerprint();
    const { nats } = model.score(pairs);
    await model.fit(pairs, { steps: 20, batch: 4, lr: 1e-2, lora: {} });
    expect(model.fingerprint()).toBe(before);
    const adapted = model.score(pairs).nats;
    expect(adapted).toBeLessThan(nats);
    expect(Math.abs((await model.merge()).score(pairs).nats - adapted)).toBeLessThan(1e-5);
    model.useAdapter(null);
    expect(model.score(pairs).nats).toBe(nats);
  }
});
