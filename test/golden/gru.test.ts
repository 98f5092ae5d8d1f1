// The GRU as a language model's network: against PyTorch (the fixtures were made by make_gru.py; no Python is needed
// here), as every model is, and what is its own.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Batch } from "../../src/data/texts.js";
import { LanguageModel, type LanguageModelOptions, ModelFileError } from "../../src/entries/index.js";
import { load } from "../../src/entries/node.js";
import {
  f32Data,
  readSafetensors,
  type TensorEntry,
  writeSafetensors,
} from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import type { AnyCausalNetwork } from "../../src/models/language/causal-network.js";
import { network } from "../../src/models/language/gru.js";
import { readable } from "../../src/nn/entries.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { clipGradNorm } from "../../src/nn/optim/clip.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { contract } from "../models/contract.js";
import { activationsIn, names, refusedLater, text } from "../models/help.js";

const bytes = (name: string) => new Uint8Array(readFileSync(new URL(name, import.meta.url)));
const { tensors } = readSafetensors(bytes("gru.safetensors"));
const golden = JSON.parse(new TextDecoder().decode(bytes("gru.json"))) as {
  carried: number;
  losses: number[];
  norms: number[];
};
const runtime = await load();
const [V, T, B] = [11, 9, 5];
const sizes = { embed: 7, hidden: 13, layers: 2, dropout: 0 };

function group(prefix: string): Map<string, TensorEntry> {
  return new Map(
    [...tensors].flatMap(([key, entry]) =>
      key.startsWith(`${prefix}.`) ? [[key.slice(prefix.length + 1), entry] as const] : [],
    ),
  );
}

const int32 = (name: string) => new Int32Array(tensors.get(name)!.data.slice().buffer);

/** Largest difference over the largest expected value. */
function difference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got.length).toBe(expected.length);
  expect([...Array.from(got)].every(Number.isFinite)).toBe(true);
  let [worst, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(got[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return worst / largest;
}

function make() {
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const made = new network.Network(parameters, V, sizes);
  parameters.seal();
  parameters.prepareAssign(readable(group("weights")))(parameters.address);
  parameters.enableGradients();
  return { machine, parameters, network: made };
}

function batch(step: number, continues = false): Batch {
  const part = (ids: Int32Array) => ids.subarray(step * T * B, (step + 1) * T * B);
  const targets = part(int32("targets"));
  const tokens = targets.filter((target) => target >= 0).length;
  return { inputs: part(int32("inputs")), targets, tokens, steps: T, rows: B, continues };
}

/** Loss of a step and the state after it, its gradients left in place. */
function gradients(
  { machine, parameters, network }: ReturnType<typeof make>,
  step: number,
  carried?: Float32Array[],
) {
  parameters.zeroGradients();
  return machine.scoped(() => {
    const tape = new Tape(machine, { record: true });
    const { loss, state } = network.loss(tape, batch(step, carried !== undefined), carried);
    tape.backward(loss);
    return { loss: loss.data[0], state: state() };
  });
}

/** Every tensor of a region against the fixture's. */
function expectRegion(parameters: Parameters, region: number, what: string, tolerance: number) {
  const expected = group(what);
  const views = [...parameters.views(region)];
  expect(new Set(views.map(([path]) => path))).toEqual(new Set(expected.keys()));
  for (const [path, shape, view] of views) {
    expect(shape, path).toEqual(expected.get(path)!.shape);
    expect(difference(view, f32Data(expected.get(path)!)), path).toBeLessThan(tolerance);
  }
}

describe("against PyTorch: two layers", () => {
  test("loss and gradient of every parameter", () => {
    const model = make();
    expect(Math.abs(gradients(model, 0).loss - golden.losses[0])).toBeLessThan(1e-6);
    expectRegion(model.parameters, model.parameters.grads, "grads", 1e-5);
  });

  test("the state after a batch, and a batch that continues it", () => {
    const model = make();
    const { state } = gradients(model, 0);
    const joined = state.flatMap((h) => Array.from(h));
    expect(difference(joined, f32Data(tensors.get("state")!))).toBeLessThan(1e-6);
    expect(Math.abs(gradients(model, 1, state).loss - golden.carried)).toBeLessThan(1e-6);
  });

  test("ten steps of AdamW, which decays matrices only", () => {
    const model = make();
    const { parameters } = model;
    const optimizer = new Adam(parameters, { weightDecay: 0.5 });
    const got = golden.losses.map((_, step) => {
      const { loss } = gradients(model, step);
      const norm = clipGradNorm(parameters, 0.13);
      optimizer.step(1e-2);
      return { loss, norm };
    });
    expect(Math.max(...golden.norms), "clipping acts").toBeGreaterThan(0.13);
    expect(difference(got.map(({ loss }) => loss), golden.losses)).toBeLessThan(1e-5);
    expect(difference(got.map(({ norm }) => norm), golden.norms)).toBeLessThan(1e-4);
    expectRegion(parameters, parameters.address, "trained", 1e-4);
  });
});

test("weights of PyTorch say what they are of", async () => {
  const characters = "abcdefghijk";
  const { tokenizer } = await LanguageModel.create({ runtime, corpus: characters });
  const weights = writeSafetensors([...group("weights")].map(([name, entry]) => ({ ...entry, name })));
  const model = await LanguageModel.load(weights, { runtime, tokenizer });
  expect(model.config).toMatchObject({ network: "gru", ...sizes });
  expect(model.generate({ maxTokens: 5 }).text).toHaveLength(5);
  const short = writeSafetensors(
    [...group("weights")].flatMap(([name, entry]) =>
      name === "embedding.weight" ? [] : [{ ...entry, name }],
    ),
  );
  const work = LanguageModel.load(short, { runtime, tokenizer });
  await refusedLater(work, ModelFileError, "expected a matrix embedding.weight; the file has gru.");
});

const gru = { embed: 6, hidden: 12, seed: 1, network: "gru" } as const;
const fit = { lr: 1e-2, batch: 6, weightDecay: 0.01 };

contract({
  name: "LanguageModel, a GRU of two layers on windows",
  runtime,
  of: LanguageModel,
  options: { ...gru, layers: 2, dropout: 0.2, corpus: text },
  data: text,
  fit: { ...fit, seqLen: 8, val: 0.2, evalEvery: 2, patience: 9 },
  use: (model) => [
    model.generate({ maxTokens: 12, seed: 5, temperature: 0.9 }),
    model.score(text.slice(0, 100)),
  ],
});

contract({
  name: "LanguageModel, a GRU on streams",
  runtime,
  of: LanguageModel,
  options: { ...gru, layers: 2, corpus: text },
  data: text,
  fit: { ...fit, seqLen: 8, batching: "streams" },
  use: (model) => model.generate({ maxTokens: 12, beams: 3 }),
});

contract({
  name: "LanguageModel, a GRU on documents",
  runtime,
  of: LanguageModel,
  options: { ...gru, corpus: names },
  data: names,
  fit,
  use: (model) => [model.generate({ seed: 5, samples: 3 }), model.score(names)],
});

describe("a GRU", () => {
  const create = (options: LanguageModelOptions) =>
    LanguageModel.create({ runtime, ...gru, ...options });
  const networkOf = (model: LanguageModel) =>
    (model as unknown as { core: { network: AnyCausalNetwork } }).core.network;

  test("a document has the same score whatever the others are", async () => {
    const model = await create({ corpus: names });
    await model.fit(names, { ...fit, steps: 3 });
    const alone = names.map((name) => model.score([name]));
    const nats = alone.reduce((all, { nats, tokens }) => all + nats * tokens, 0);
    const { nats: mean, tokens } = model.score(names);
    expect(mean * tokens).toBeCloseTo(nats, 9);
  });

  test("a prompt has the same bits whether it is read at once or a token at a time", async () => {
    const network = networkOf(await create({ corpus: text, layers: 2 }));
    const tokens = Int32Array.from({ length: 20 }, (_, i) => i % 10);
    const [whole, single] = [network.start(2), network.start(2)];
    const [a, b] = [new Float32Array(2 * network.classes), new Float32Array(2 * network.classes)];
    network.step(whole, tokens, a, 10);
    for (let t = 0; t < 10; t++) network.step(single, tokens.subarray(2 * t, 2 * t + 2), b);
    expect(a).toEqual(b);
    expect(whole).toEqual(single);
    const chosen = network.select(whole, [1, 1, 0]);
    expect(chosen.map((h: Float32Array) => h.length)).toEqual([36, 36]);
  });

  test.each<[LanguageModelOptions, { batch: number; seqLen: number }]>([
    [{ hidden: 40, embed: 24 }, { batch: 8, seqLen: 64 }],
    [{ hidden: 16, tokenizer: "byte" }, { batch: 4, seqLen: 64 }],
    [{ hidden: 40, embed: 24, layers: 2, dropout: 0.1 }, { batch: 8, seqLen: 64 }],
    [{ hidden: 40, embed: 80, layers: 3 }, { batch: 32, seqLen: 20 }],
  ])("its memory is known within a tenth: %j", async (options, run) => {
    const model = await create({ corpus: text, ...options });
    const network = networkOf(model);
    const expected = await network.activationBytes(run.batch, run.seqLen, false);
    const { most } = await activationsIn(network.machine, () =>
      model.fit(text.repeat(8), { steps: 1, ...run }),
    );
    expect(most / expected).toBeGreaterThan(0.9);
    expect(most / expected).toBeLessThan(1.1);
  });
});
