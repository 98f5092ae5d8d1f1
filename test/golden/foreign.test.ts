// Models brought from PyTorch as it saves them. The fixtures were made by make_foreign.py; no Python is needed here.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readSafetensors, type TensorEntry, writeSafetensors } from "../../src/formats/safetensors.js";
import { InvalidInputError, ModelFileError } from "../../src/host/errors.js";
import { load } from "../../src/host/module.js";
import { LanguageModel } from "../../src/models/language/language-model.js";
import { defineModel } from "../../src/models/own/define.js";
import { Linear } from "../../src/nn/layers/linear.js";
import { Norm } from "../../src/nn/layers/norm.js";
import { gelu } from "../../src/nn/ops/gated.js";
import { mse } from "../../src/nn/ops/example-losses.js";
import type { Tape } from "../../src/nn/tape.js";
import type { Tensor } from "../../src/nn/tensor.js";
import { createTokenizer } from "../../src/text/create.js";
import { refusedLater } from "../models/help.js";

const bytes = (name: string) => new Uint8Array(readFileSync(new URL(name, import.meta.url)));
const golden = JSON.parse(new TextDecoder().decode(bytes("foreign.json"))) as {
  vocabulary: string[];
  text: string;
  likely: Record<"lstm" | "transformer", number[][]>;
  layers: { x: number[]; y: number[] };
};
const runtime = await load();
const { vocabulary, text, likely } = golden;
const tokenizer = createTokenizer("char", vocabulary, { order: "given" });
const llama = { kind: "transformer", heads: 4, context: 12 } as const;

/** The same file with other tensors. */
function changed(name: string, change: (tensors: Map<string, TensorEntry>) => void): Uint8Array {
  const tensors = new Map(readSafetensors(bytes(name)).tensors);
  change(tensors);
  return writeSafetensors([...tensors].map(([name, entry]) => ({ ...entry, name })));
}

test("a vocabulary keeps the order that it is given in", () => {
  expect(Array.from(tokenizer.encode(vocabulary.join("")))).toEqual(vocabulary.map((_, i) => i));
  expect(tokenizer.decode([6, 0, 1])).toBe("😀.z");
  const { characters } = createTokenizer("char", "Hello", { order: "given", clean: { lowercase: true } })
    .toJSON() as { characters: string };
  expect(characters).toBe("helo");
  const order = (kind: "char" | "byte", order: never) => () => createTokenizer(kind, "a", { order });
  expect(order("byte", "given" as never)).toThrow('order is for the tokenizer "char" only');
  expect(order("char", "any" as never)).toThrow("order must be");
});

describe.each([
  ["lstm", undefined, { embed: 6, hidden: 10, layers: 2 }],
  ["transformer", llama, { hidden: 16, layers: 2, kvHeads: 2, inner: 24, tied: true }],
] as const)("%s", (kind, network, sizes) => {
  const file = `foreign_${kind}.safetensors`;

  test("has its sizes, and PyTorch's log-probabilities to 1e-5, again from its own file", async () => {
    const model = await LanguageModel.load(bytes(file), { runtime, tokenizer, network });
    expect(model.config).toMatchObject({ network: kind, documents: false, ...sizes });
    expect(model.record.imported).toBe(true);
    const saved = model.save();
    for (const one of [model, await LanguageModel.load(saved, { runtime })]) {
      const characters = Array.from(text);
      for (const [i, expected] of likely[kind].entries()) {
        const prompt = characters.slice(0, i + 1).join("");
        const options = { prompt, maxTokens: 1, logprobs: vocabulary.length };
        const { top } = one.generate(options).samples[0].logprobs![0];
        expect(top).toHaveLength(vocabulary.length);
        for (const { token, logprob } of top!) {
          expect(Math.abs(logprob - expected[token])).toBeLessThan(1e-5);
        }
      }
    }
    // The way back: PyTorch's names, shapes and bits, and no others.
    const [before, after] = [bytes(file), saved].map((one) => readSafetensors(one).tensors);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [name, { shape, data }] of before) expect(after.get(name)).toMatchObject({ shape, data });
  });
});

describe("GPT-2's and Llama's weights", async () => {
  const { tensors } = readSafetensors(bytes("transformer.safetensors"));
  const models = JSON.parse(new TextDecoder().decode(bytes("transformer.json"))) as Record<
    string,
    { config: { style: string; window: number } }
  >;
  const weightsOf = (name: string) =>
    [...tensors].flatMap(([key, entry]) =>
      key.startsWith(`${name}.weights.`) ? [{ ...entry, name: key.slice(name.length + 9) }] : [],
    );
  const tokenizer = createTokenizer("char", "abcdefghijk");

  test.each(Object.entries(models))("%s", async (name, { config }) => {
    const context = config.style === "llama" ? { context: 12 } : {};
    const network = { kind: "transformer", heads: 4, window: config.window, ...context } as const;
    const weights = writeSafetensors(weightsOf(name));
    const model = await LanguageModel.load(weights, { runtime, tokenizer, network });
    expect(model.config).toMatchObject({ ...config, hidden: 16, layers: 2, inner: 24, context: 12 });
    expect(model.score("abcdefgh").nats).toBeGreaterThan(0);
  });

  test("with products the other way are refused", async () => {
    const other = weightsOf("gpt2").map((entry) =>
      entry.name.includes("c_attn.weight") ? { ...entry, shape: entry.shape.toReversed() } : entry,
    );
    expect(other.length).toBeGreaterThan(0);
    const network = { kind: "transformer", heads: 4 } as const;
    const work = LanguageModel.load(writeSafetensors(other), { runtime, tokenizer, network });
    await refusedLater(work, ModelFileError, "(48, 16), got (16, 48): Hugging Face's GPT-2");
  });
});

describe("what is said of weights", () => {
  const file = bytes("foreign_transformer.safetensors");
  const cases: [string, Uint8Array, object, typeof ModelFileError | typeof InvalidInputError, string][] = [
    ["no heads", file, { tokenizer }, ModelFileError, "do not say its heads; give heads and context: { network:"],
    [
      "no context",
      file,
      { tokenizer, network: { kind: "transformer", heads: 4 } },
      ModelFileError,
      "do not say its context",
    ],
    [
      "another width",
      file,
      { tokenizer, network: { ...llama, hidden: 32 } },
      ModelFileError,
      "hidden is 16 by the file's tensors, got 32",
    ],
    [
      "another network",
      file,
      { tokenizer, network: "gru" },
      ModelFileError,
      'weights of network "gru", by the names embedding.weight, gru.weight_hh_l0',
    ],
    [
      "heads that do not divide",
      file,
      { tokenizer, network: { ...llama, heads: 3 } },
      ModelFileError,
      "make no model: kvHeads",
    ],
    [
      "a size that nobody has",
      file,
      { tokenizer, network: { ...llama, head: 4 } },
      InvalidInputError,
      "network does not know the option head",
    ],
    ["no tokenizer", file, { network: llama }, ModelFileError, "give one: { tokenizer }"],
    [
      "a tokenizer of another size",
      file,
      { tokenizer: createTokenizer("char", "ab"), network: llama },
      ModelFileError,
      "model.embed_tokens.weight has 9 rows, the tokenizer 2 tokens",
    ],
    [
      "names of one's own",
      changed("foreign_lstm.safetensors", (tensors) => {
        for (const [name, entry] of [...tensors]) {
          tensors.delete(name);
          tensors.set(`my.${name}`, entry);
        }
      }),
      { tokenizer },
      ModelFileError,
      "by the names embedding.weight, lstm.weight_hh_l0 …, linear.weight, linear.bias; or",
    ],
    [
      "a lost matrix",
      changed("foreign_transformer.safetensors", (tensors) => {
        tensors.delete("model.layers.0.mlp.gate_proj.weight");
      }),
      { tokenizer, network: llama },
      ModelFileError,
      "expected a matrix model.layers.0.mlp.gate_proj.weight",
    ],
  ];
  test.each(cases)("%s", async (_, file, options, type, message) => {
    await refusedLater(LanguageModel.load(file, { runtime, ...options }), type, message);
  });

  test("is refused where the file says it", async () => {
    const model = await LanguageModel.load(file, { runtime, tokenizer, network: llama });
    for (const options of [{ tokenizer }, { network: llama }]) {
      const work = LanguageModel.load(model.save(), { runtime, ...options });
      await refusedLater(work, InvalidInputError, "is for weights of another program");
    }
  });
});

test("a network of one's own takes the weights of an nn.Sequential", async () => {
  const Layers = defineModel({
    name: "Layers",
    defaults: { hidden: 4 },
    batch: (rows: readonly number[][], indices) => ({
      x: Float32Array.from(Array.from(indices).flatMap((i) => rows[i])),
    }),
    build(scope, { hidden }) {
      const first = new Linear(scope.child("0"), 3, hidden);
      const norm = new Norm(scope.child("2"), hidden, { kind: "layer", bias: true });
      const second = new Linear(scope.child("3"), hidden, 2);
      const forward = (tape: Tape, x: Tensor) =>
        second.forward(tape, norm.forward(tape, gelu(tape, first.forward(tape, x))));
      return {
        forward,
        loss(tape, { x }, { rows }) {
          const y = forward(tape, tape.tensor(x, [rows, 3]));
          return mse(tape, y, y);
        },
      };
    },
  });
  const file = bytes("foreign_layers.safetensors");
  const model = await Layers.load(file, { runtime, hidden: 8 });
  const { x, y } = golden.layers;
  const got = model.compute((tape, network) => network.forward(tape, tape.tensor(x, [4, 3])));
  for (const [i, value] of y.entries()) expect(Math.abs(got[i] - value)).toBeLessThan(1e-5);
  const [before, after] = [file, model.save()].map((one) => readSafetensors(one).tensors);
  expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
});
