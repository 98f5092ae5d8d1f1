// LoRA: against PyTorch (the fixture was made by make_lora.py; no Python is needed here), and as every model is.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Batch } from "../../src/data/texts.js";
import { LanguageModel, type LanguageModelOptions, load } from "../../src/entries/node.js";
import { f32Data, readSafetensors, type TensorEntry } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import { type Adapter, Adapters } from "../../src/models/base/adapters.js";
import type { ModelCore } from "../../src/models/base/core.js";
import type { AnyCausalNetwork } from "../../src/models/language/causal-network.js";
import { network as lstm } from "../../src/models/language/lstm.js";
import { readable } from "../../src/nn/entries.js";
import { adaptedNetwork, LowRankAdapter } from "../../src/nn/low-rank.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { clipGradNorm } from "../../src/nn/optim/clip.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { contract } from "../models/contract.js";
import { text } from "../models/help.js";

const file = readFileSync(new URL("lora.safetensors", import.meta.url));
const { tensors, metadata } = readSafetensors(new Uint8Array(file));
const losses = JSON.parse(metadata.get("losses")!) as number[];
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

/** Every tensor of a region against the fixture's: the largest difference over the largest expected value. */
function expectRegion(parameters: Parameters, region: number, what: string, tolerance: number) {
  const expected = group(what);
  const views = [...parameters.views(region)];
  expect(new Set(views.map(([path]) => path))).toEqual(new Set(expected.keys()));
  for (const [path, shape, view] of views) {
    const wanted = f32Data(expected.get(path)!);
    expect(shape, path).toEqual(expected.get(path)!.shape);
    const off = Math.max(...view.map((x, i) => Math.abs(x - wanted[i])));
    expect(off / Math.max(...wanted.map(Math.abs)), path).toBeLessThan(tolerance);
  }
}

test("against PyTorch: an LSTM of two layers, every gradient and five steps of AdamW", () => {
  const machine = runtime.machine();
  const base = new Parameters(machine, Key.fromSeed(machine, 0));
  const network = new lstm.Network(base, V, sizes);
  base.seal();
  base.prepareAssign(readable(group("weights")))(base.address);
  base.freeze();
  const names = [...base.matrices.keys()];
  expect(names).toEqual(["ih_l0", "hh_l0", "ih_l1", "hh_l1"].map((n) => `lstm.weight_${n}`).concat("linear.weight"));
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const adapter = new LowRankAdapter(parameters, base.matrices, { rank: 3, alpha: 5, names });
  const adapted = adaptedNetwork<AnyCausalNetwork>(network, adapter);
  parameters.seal();
  parameters.prepareAssign(readable(group("adapter")))(parameters.address);
  const optimizer = new Adam(parameters, { weightDecay: 0.5 });
  const [inputs, targets] = [int32("inputs"), int32("targets")];
  const batch: Batch = { inputs, targets, tokens: T * B, steps: T, rows: B, continues: false };
  for (const [step, expected] of losses.entries()) {
    parameters.zeroGradients();
    const loss = machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const { loss } = adapted.loss(tape, batch, undefined);
      tape.backward(loss);
      return loss.data[0];
    });
    expect(Math.abs(loss - expected)).toBeLessThan(2e-6);
    if (step === 0) expectRegion(parameters, parameters.grads, "grads", 1e-5);
    clipGradNorm(parameters, 0.5);
    optimizer.step(1e-2);
  }
  expectRegion(parameters, parameters.address, "trained", 1e-4);
  // Nothing was reserved for the model's own: neither gradients nor moments.
  expect(base.hasRegion("grads")).toBe(false);
});

interface Options {
  readonly runtime?: LanguageModelOptions["runtime"];
  readonly model: Partial<LanguageModelOptions>;
}

/** An adapter, as the contract takes models: on a model of its own that is always the same. */
class Adapted {
  readonly model: LanguageModel;
  readonly own: Adapter<AnyCausalNetwork>;

  constructor(model: LanguageModel, own: Adapter<AnyCausalNetwork>) {
    this.model = model;
    this.own = own;
  }

  static async base(options: Partial<LanguageModelOptions>): Promise<LanguageModel> {
    const model = await LanguageModel.create({ runtime, corpus: text, seed: 1, ...options });
    await model.fit(text, { steps: 2, batch: 6, seqLen: 8, val: 0 });
    return model;
  }

  static of(base: Partial<LanguageModelOptions>) {
    const made = async () => Adapted.base(base);
    return {
      async create(): Promise<Adapted> {
        const model = await made();
        const { core } = model as unknown as { core: ModelCore<AnyCausalNetwork> };
        return new Adapted(model, Adapters.of(core).train({ rank: 2, targets: "all" }));
      },
      async load(bytes: Uint8Array): Promise<Adapted> {
        const model = await made();
        return new Adapted(model, await model.loadAdapter(bytes));
      },
    };
  }

  get core() {
    return (this.own as unknown as { core: ModelCore<AnyCausalNetwork> }).core;
  }

  get parameterCount() {
    return this.own.parameterCount;
  }

  get quantized() {
    return this.own.quantized;
  }

  get weights() {
    return this.own.weights;
  }

  get record() {
    return this.own.record;
  }

  get run() {
    return this.own.run;
  }

  fit(data: string, options: object) {
    return this.model.fit(data, { ...options, lora: {} });
  }

  fingerprint() {
    return this.own.fingerprint();
  }

  save(options?: { readonly training?: boolean }) {
    return this.own.save(options);
  }
}

const rows: Readonly<Record<string, { base: Partial<LanguageModelOptions>; fit: object }>> = {
  "of a Transformer": {
    base: { network: "transformer", hidden: 16, layers: 2, heads: 2, context: 32, dropout: 0.1 },
    fit: { val: 0.2, evalEvery: 2, patience: 9 },
  },
  "of an LSTM on windows": {
    base: { embed: 6, hidden: 12 },
    fit: { val: 0.2, evalEvery: 2 },
  },
  "of an LSTM on streams": {
    base: { embed: 6, hidden: 12, layers: 2 },
    fit: { batching: "streams" },
  },
};

describe.each(Object.entries(rows))("an adapter %s", (name, { base, fit }) => {
  contract<Adapted, string, Partial<Options>>({
    name: `Adapter, ${name}`,
    runtime,
    of: Adapted.of(base),
    options: {},
    data: text,
    fit: { lr: 1e-2, batch: 6, seqLen: 8, weightDecay: 0.01, ...fit },
    audited: ({ model }) => model as never,
    use: ({ model }) => [
      model.generate({ maxTokens: 12, seed: 5, temperature: 0.9 }),
      model.score(text.slice(0, 100)),
    ],
  });
});
