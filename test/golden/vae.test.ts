// Whole VAEs against PyTorch, convolutional and dense: weights read as PyTorch names and stores them, the gradient of each, and ten
// steps of Adam with batch norm's running averages. make_vae.py beside this file made the fixture.

import { describe, expect, test } from "vitest";
import { f32Data } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import type { BodyConfig } from "../../src/models/images/body-config.js";
import { VAENetwork, type VAENetworkConfig } from "../../src/models/images/vae-network.js";
import { readable, regionEntries } from "../../src/nn/entries.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { generator } from "../kernels/harness.js";
import { difference, pictureFixture } from "./picture-fixtures.js";

interface Configuration {
  readonly shape: readonly [number, number, number];
  readonly latent: number;
  readonly classes: readonly number[];
  readonly pixels: VAENetworkConfig["pixels"];
  /** Of a dense one. */
  readonly hidden?: number;
  /** Of a convolutional one. */
  readonly channels: number;
  readonly norm: "none" | "group" | "batch";
  readonly activation: "relu" | "leaky_relu" | "silu";
  readonly beta: number;
  readonly losses: readonly number[];
  /** Reconstruction and KL of each step. */
  readonly parts: readonly (readonly [number, number])[];
}

const ROWS = 6;
const { golden, group } = pictureFixture<Configuration>("vae.safetensors");
const runtime = await (await load()).withPictures();

function bodyOf({ hidden, channels, activation, norm }: Configuration): BodyConfig {
  return hidden === undefined
    ? { network: "conv", channels, layers: 2, activation, norm }
    : { network: "dense", hidden, layers: 2, activation: "tanh" };
}

function make(name: string, config: Configuration) {
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const { latent, shape, classes, pixels } = config;
  const network = new VAENetwork(parameters, {
    model: "VAE",
    network: { shape, body: bodyOf(config), latent, pixels, classes } satisfies VAENetworkConfig,
  });
  parameters.seal();
  parameters.prepareAssign(readable(group(`${name}.weights`)))(parameters.address);
  parameters.enableGradients();
  return { machine, parameters, network };
}

/** The batches of the fixture's script. */
function batches({ shape, classes, losses }: Configuration) {
  const random = generator(5);
  const numbers = shape[0] * shape[1] * shape[2];
  return losses.map(() => {
    const values = Uint8Array.from({ length: ROWS * numbers }, () => Math.floor(256 * random()));
    const places = Int32Array.from({ length: ROWS * classes.length }, (_, i) =>
      Math.floor(classes[i % classes.length] * random()),
    );
    return { values, places };
  });
}

describe.each(Object.entries(golden))("a VAE: %s", (name, config) => {
  const all = batches(config);

  type Model = ReturnType<typeof make>;

  /** Loss and parts of a step; its gradients are in the parameters. */
  function step({ machine, parameters, network }: Model, index: number) {
    parameters.zeroGradients();
    return machine.scoped(() => {
      const tape = new Tape(machine, { record: true, noiseKey: Key.fromSeed(machine, index) });
      const batch = { ...all[index], beta: config.beta, freeBits: 0, particles: 1 };
      const totals = { targets: ROWS, rows: ROWS };
      const { loss, parts, statistics } = network.loss(tape, batch, undefined, totals);
      const { reconstruction, kl } = parts!;
      tape.backward(loss);
      const told = [loss, reconstruction, kl].map(({ data }) => data[0]);
      return { told, statistics: statistics?.() };
    });
  }

  /** The tensors of a region as they would stand in a file against the fixture's. */
  function expectRegion(
    { parameters }: Model,
    region: number,
    what: string,
    tolerance: number,
    holds: (path: string) => boolean,
  ) {
    const wanted = group(`${name}.${what}`);
    const entries = regionEntries(parameters, "", region, holds);
    expect(new Set(entries.map((entry) => entry.name))).toEqual(
      new Set([...wanted.keys()].filter(holds)),
    );
    for (const entry of entries) {
      const want = wanted.get(entry.name)!;
      expect(entry.shape, entry.name).toEqual(want.shape);
      const [got, expected] = [entry, want].map((one) => f32Data(one));
      expect(difference(got, expected), `${what} of ${entry.name}`).toBeLessThan(tolerance);
    }
  }

  /**
   * A bias before a batch norm changes nothing but its mean: its gradient is zero but for rounding, which Adam divides by
   * itself.
   */
  function drifts(path: string): boolean {
    return config.norm === "batch" && /layers\.\d\.bias$|running_mean$/.test(path);
  }

  test("loss, gradient of every parameter, running averages", () => {
    const model = make(name, config);
    const { parameters, network } = model;
    const { told, statistics } = step(model, 0);
    expect(difference(told, [config.losses[0], ...config.parts[0]])).toBeLessThan(1e-6);
    const isBuffer = (path: string) => parameters.role(path)?.buffer === true;
    const trained = (path: string) => !isBuffer(path) && !drifts(path);
    expectRegion(model, parameters.grads, "grads", 5e-6, trained);
    if (statistics) network.observe("", statistics);
    expectRegion(model, parameters.address, "averages", 2e-6, isBuffer);
  });

  test("ten steps of Adam", () => {
    const model = make(name, config);
    const optimizer = new Adam(model.parameters, { decoupled: false });
    const got = config.losses.map((_, index) => {
      const { told, statistics } = step(model, index);
      optimizer.step(1e-3);
      if (statistics) model.network.observe("", statistics);
      model.parameters.changed();
      return told;
    });
    expect(difference(got.map(([loss]) => loss), config.losses)).toBeLessThan(1e-6);
    const parts = got.flatMap(([, ...some]) => some);
    expect(difference(parts, config.parts.flat())).toBeLessThan(2e-6);
    const steady = (path: string) => !drifts(path);
    expectRegion(model, model.parameters.address, "trained", 1e-5, steady);
  });
});
