// Whole diffusions against PyTorch, U-Nets, Transformers and dense layers, with captions and without: weights read as PyTorch names and stores them, the gradient of
// every one for every objective, and ten steps of AdamW. make_diffusion.py beside this file made the fixture.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { f32Data, readSafetensors, type TensorEntry } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import type { DiffusionBody } from "../../src/models/images/diffusion-body.js";
import * as encoder from "../../src/models/images/diffusion-encoder.js";
import {
  DiffusionNetwork,
  type DiffusionNetworkConfig,
} from "../../src/models/images/diffusion-network.js";
import { networks } from "../../src/models/images/diffusion-networks.js";
import { readable, regionEntries } from "../../src/nn/entries.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { generator } from "../kernels/harness.js";

interface Configuration {
  readonly shape: readonly number[];
  readonly objective: "flow" | "noise";
  readonly noiseSchedule: "cosine" | "linear";
  readonly prediction: "noise" | "velocity";
  readonly classes: readonly number[];
  readonly dropout: number;
  readonly captionDropout: number;
  /** Of dense layers and Transformers. */
  readonly hidden?: number;
  readonly layers?: number;
  /** Of a Transformer. */
  readonly patch?: number;
  readonly heads?: number;
  /** Of a U-Net. */
  readonly channels?: number;
  readonly levels?: number;
  readonly attention?: boolean;
  /** Of what reads captions. */
  readonly text?: DiffusionNetworkConfig["text"];
  readonly losses: readonly number[];
}

const ROWS = 6;
const file = readSafetensors(
  new Uint8Array(readFileSync(new URL("diffusion.safetensors", import.meta.url))),
);
const golden: Record<string, Configuration> = JSON.parse(file.metadata.get("configurations")!);
const runtime = await (await load()).withPictures();
const predictors = {
  unet: (await networks.unet()).network,
  dit: (await networks.dit()).network,
  mlp: (await networks.mlp()).network,
};

function group(prefix: string): Map<string, TensorEntry> {
  const entries = [...file.tensors].filter(([name]) => name.startsWith(`${prefix}.`));
  return new Map(entries.map(([name, entry]) => [name.slice(prefix.length + 1), entry]));
}

/** Largest difference over the largest expected value. */
function difference(got: ArrayLike<number>, want: ArrayLike<number>): number {
  expect(got.length).toBe(want.length);
  let [worst, largest] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    worst = Math.max(worst, Math.abs(got[i] - want[i]));
    largest = Math.max(largest, Math.abs(want[i]));
  }
  return worst / largest;
}

function bodyOf(config: Configuration): DiffusionBody {
  const { hidden, layers, patch, heads, channels, levels, attention = false } = config;
  if (hidden === undefined) {
    return { network: "unet", channels: channels!, levels: levels!, attention };
  }
  if (patch === undefined) return { network: "mlp", hidden, layers: layers! };
  return { network: "dit", patch, hidden, layers: layers!, heads: heads! };
}

function make(name: string, config: Configuration) {
  const { shape, classes, text } = config;
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const { objective, noiseSchedule, prediction } = config;
  const network: DiffusionNetworkConfig = {
    shape,
    classes,
    body: bodyOf(config),
    ...(text && { text }),
    process: objective === "flow" ? { objective } : { objective, noiseSchedule, prediction },
  };
  const description = { model: "Diffusion", network };
  const predictor = predictors[network.body.network];
  const model = new DiffusionNetwork(parameters, description, { predictor, encoder });
  parameters.seal();
  parameters.prepareAssign(readable(group(`${name}.weights`)))(parameters.address);
  parameters.enableGradients();
  const optimizer = new Adam(parameters, {
    ...{ decoupled: true, betas: [0.9, 0.999], weightDecay: 0.01, decay: "all" },
  });
  return { machine, parameters, model, optimizer };
}

/** The batches of the fixture's script: bytes, which vectors have as fractions. */
function batches({ shape, classes, text, losses }: Configuration) {
  const random = generator(5);
  const numbers = shape.reduce((all, size) => all * size, 1);
  return Array.from({ length: losses.length }, () => {
    const values = Uint8Array.from({ length: ROWS * numbers }, () => Math.floor(256 * random()));
    const places = Int32Array.from({ length: ROWS * classes.length }, (_, i) =>
      Math.floor(classes[i % classes.length] * random()),
    );
    if (!text) return { values, places };
    const { context } = text;
    const rows = Array.from({ length: ROWS }, () => {
      const length = Math.floor((context + 1) * random());
      const ids = Array.from({ length: context }, () => Math.floor(text.tokens * random()));
      return ids.map((id, i) => (i < length ? id : -1));
    });
    return { values, places, tokens: Int32Array.from(rows.flat()) };
  });
}

describe.each(Object.entries(golden))("a diffusion: %s", (name, config) => {
  const all = batches(config);
  type Model = ReturnType<typeof make>;

  /** The loss of a step; its gradients are in the parameters. */
  function step({ machine, parameters, model }: Model, index: number): number {
    parameters.changed();
    parameters.zeroGradients();
    return machine.scoped(() => {
      const tape = new Tape(machine, { record: true, noiseKey: Key.fromSeed(machine, index) });
      const { dropout, captionDropout } = config;
      const batch = { ...all[index], dropout, captionDropout };
      const { loss } = model.loss(tape, batch, undefined, { targets: ROWS, rows: ROWS });
      tape.backward(loss);
      return loss.data[0];
    });
  }

  /** The tensors of a region as they would stand in a file against the fixture's. */
  function expectRegion({ parameters }: Model, region: number, what: string, tolerance: number) {
    const wanted = group(`${name}.${what}`);
    const entries = regionEntries(parameters, "", region, () => true);
    expect(new Set(entries.map((entry) => entry.name))).toEqual(new Set(wanted.keys()));
    for (const entry of entries) {
      const want = wanted.get(entry.name)!;
      expect(entry.shape, entry.name).toEqual(want.shape);
      const [got, expected] = [entry, want].map((one) => f32Data(one));
      expect(difference(got, expected), `${what} of ${entry.name}`).toBeLessThan(tolerance);
    }
  }

  test("loss and gradient of every parameter", () => {
    const model = make(name, config);
    expect(difference([step(model, 0)], [config.losses[0]])).toBeLessThan(1e-5);
    expectRegion(model, model.parameters.grads, "grads", 3e-5);
  });

  test("ten steps of AdamW", () => {
    const model = make(name, config);
    const got = config.losses.map((_, i) => {
      const loss = step(model, i);
      model.optimizer.step(1e-3);
      model.parameters.changed();
      return loss;
    });
    expect(difference(got, config.losses)).toBeLessThan(1e-4);
    if (group(`${name}.trained`).size === 0) return;
    expectRegion(model, model.parameters.address, "trained", 1e-4);
  });
});
