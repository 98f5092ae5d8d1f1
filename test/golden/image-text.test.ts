// Pairs of encoders against PyTorch: weights read as PyTorch names and stores them, the gradient of every one, and ten steps
// of AdamW, with several captions of a picture and several pictures of a caption. make_image_text.py beside this file made
// the fixture.

import { describe, expect, test } from "vitest";
import { f32Data } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import type { BodyConfig } from "../../src/models/images/body-config.js";
import {
  type ImageTextBatch,
  ImageTextNetwork,
  type ImageTextNetworkConfig,
} from "../../src/models/images/image-text-network.js";
import { readable, regionEntries } from "../../src/nn/entries.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { generator } from "../kernels/harness.js";
import { difference, pictureFixture } from "./picture-fixtures.js";

interface Configuration extends Pick<ImageTextNetworkConfig, "shape" | "features" | "text"> {
  readonly temperature: number;
  readonly layers: number;
  /** Of dense layers. */
  readonly hidden?: number;
  /** Of convolutions. */
  readonly channels?: number;
  readonly groups?: readonly number[];
  readonly losses: readonly number[];
  /** The scale's logarithm after each step. */
  readonly scales: readonly number[];
}

const [ROWS, POOL] = [6, 5];
const { golden, group } = pictureFixture<Configuration>("image_text.safetensors");
const runtime = await (await load()).withPictures();

function bodyOf({ hidden, layers, channels, groups }: Configuration): BodyConfig {
  if (hidden !== undefined) return { network: "dense", hidden, layers, activation: "tanh" };
  const norm = groups ? "group" : "none";
  return { network: "conv", channels: channels!, layers, activation: "relu", norm };
}

function make(name: string, config: Configuration) {
  const { shape, features, temperature, text } = config;
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const network = { shape, features, temperature, text, body: bodyOf(config) };
  const model = new ImageTextNetwork(parameters, { model: "ImageTextPair", network });
  const first = Math.log(model.scale);
  parameters.seal();
  parameters.prepareAssign(readable(group(`${name}.weights`)))(parameters.address);
  parameters.enableGradients();
  const optimizer = new Adam(parameters, {
    ...{ decoupled: true, betas: [0.9, 0.999], weightDecay: 0.01, decay: "all" },
  });
  return { machine, parameters, model, optimizer, first };
}

/** The batches of the fixture's script: bytes, which vectors have as fractions. */
function batches({ shape, text, losses }: Configuration): ImageTextBatch[] {
  const random = generator(7);
  const numbers = shape.reduce((all, size) => all * size, 1);
  const pool = Array.from({ length: POOL }, () => {
    const length = 1 + Math.floor(text.context * random());
    const ids = Array.from({ length: text.context }, () => Math.floor(text.tokens * random()));
    return ids.map((id, i) => (i < length ? id : -1));
  });
  return losses.map(() => {
    const values = Uint8Array.from({ length: ROWS * numbers }, () => Math.floor(256 * random()));
    const own = Int32Array.from({ length: 2 * ROWS }, () => Math.floor(POOL * random()));
    const drawn = own.filter((_, i) => i % 2 === 0);
    const tokens = Int32Array.from(Array.from(drawn, (one) => pool[one]).flat());
    return { values, tokens, drawn, own };
  });
}

describe.each(Object.entries(golden))("a pair: %s", (name, config) => {
  const all = batches(config);
  type Pair = ReturnType<typeof make>;

  /** The loss of a step; its gradients are in the parameters. */
  function step({ machine, parameters, model }: Pair, index: number): number {
    parameters.changed();
    parameters.zeroGradients();
    return machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const totals = { targets: ROWS, rows: ROWS };
      const { loss } = model.loss(tape, all[index], undefined, totals);
      tape.backward(loss);
      return loss.data[0];
    });
  }

  test("loss and gradient of every parameter", () => {
    const pair = make(name, config);
    expect(pair.first).toBeCloseTo(Math.log(1 / config.temperature), 5);
    expect(difference([step(pair, 0)], [config.losses[0]])).toBeLessThan(1e-5);
    const wanted = group(`${name}.grads`);
    const { parameters } = pair;
    const entries = regionEntries(parameters, "", parameters.grads, () => true);
    expect(new Set(entries.map((entry) => entry.name))).toEqual(new Set(wanted.keys()));
    for (const entry of entries) {
      const want = wanted.get(entry.name)!;
      expect(entry.shape, entry.name).toEqual(want.shape);
      const [got, expected] = [entry, want].map((one) => f32Data(one));
      expect(difference(got, expected), entry.name).toBeLessThan(3e-5);
    }
  });

  test("ten steps of AdamW", () => {
    const pair = make(name, config);
    const scales: number[] = [];
    const losses = config.losses.map((_, i) => {
      const loss = step(pair, i);
      pair.optimizer.step(1e-3);
      pair.model.observe("", {});
      pair.parameters.changed();
      scales.push(Math.log(pair.model.scale));
      return loss;
    });
    expect(difference(losses, config.losses)).toBeLessThan(1e-4);
    expect(difference(scales, config.scales)).toBeLessThan(1e-5);
  });
});

test("after a step the scale is at most 100", () => {
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const { shape, features, text } = golden.dense;
  const network = { shape, features, text, body: bodyOf(golden.dense), temperature: 0.005 };
  const model = new ImageTextNetwork(parameters, { model: "ImageTextPair", network });
  expect(model.scale).toBeCloseTo(200, 2);
  model.observe("", {});
  expect(model.scale).toBeCloseTo(100, 3);
});
