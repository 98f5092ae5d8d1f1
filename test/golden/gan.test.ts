// Whole GANs against PyTorch, convolutional and dense: weights read as PyTorch names and stores them, the gradients of both
// sides for every objective, spectral norm and penalties by differences, and ten steps with an Adam for each side.
// make_gan.py beside this file made the fixture.

import { describe, expect, test } from "vitest";
import { f32Data } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { type GANBatch, GANNetwork, type GANNetworkConfig } from "../../src/models/images/gan-network.js";
import type { GANObjective } from "../../src/models/images/gan-objective.js";
import { readable, regionEntries } from "../../src/nn/entries.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { selectTrained, trainedBy } from "../../src/train/phases.js";
import { generator } from "../kernels/harness.js";
import { difference, pictureFixture } from "./picture-fixtures.js";

interface Configuration {
  readonly shape: readonly number[];
  readonly latent: number;
  readonly classes: readonly number[];
  readonly objective: GANObjective;
  readonly smoothing: number;
  readonly r1: number;
  readonly r2: number;
  readonly sigma: number;
  readonly spectral: boolean;
  /** Of a dense one. */
  readonly hidden?: number;
  /** Of a convolutional one. */
  readonly channels?: number;
  /** Of the discriminator and the generator in turn. */
  readonly losses: readonly number[];
}

const ROWS = 6;
const { golden, group } = pictureFixture<Configuration>("gan.safetensors");
const runtime = await (await load()).withPictures();

function make(name: string, { shape, latent, classes, spectral, hidden, channels }: Configuration) {
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const body =
    hidden === undefined
      ? ({ network: "dcgan", channels: channels! } as const)
      : ({ network: "dense", hidden, layers: 3 } as const);
  const network: GANNetworkConfig = { shape, body, latent, spectral, classes };
  const gan = new GANNetwork(parameters, { model: "GAN", network });
  parameters.seal();
  parameters.prepareAssign(readable(group(`${name}.weights`)))(parameters.address);
  parameters.enableGradients();
  const optimizers = gan.phases.map((phase) => {
    const options = { decoupled: false, betas: [0.5, 0.999] as const };
    return new Adam(parameters, options, (path) => trainedBy(parameters, phase, path));
  });
  return { machine, parameters, gan, optimizers };
}

/** The batches of the fixture's script. */
function batches({ shape, classes, losses }: Configuration) {
  const random = generator(5);
  const numbers = shape.reduce((all, size) => all * size, 1);
  return Array.from({ length: losses.length / 2 }, () => {
    const bytes = Uint8Array.from({ length: ROWS * numbers }, () => Math.floor(256 * random()));
    const places = Int32Array.from({ length: ROWS * classes.length }, (_, i) =>
      Math.floor(classes[i % classes.length] * random()),
    );
    return { values: bytes, places };
  });
}

describe.each(Object.entries(golden))("a GAN: %s", (name, config) => {
  const all = batches(config);
  type Model = ReturnType<typeof make>;

  /** The loss of a phase; its gradients are in the parameters, and statistics are observed. */
  function phase({ machine, parameters, gan }: Model, step: number, p: number): number {
    gan.advance?.(gan.phases[p].name);
    parameters.changed();
    parameters.zeroGradients();
    selectTrained(parameters, gan.phases[p]);
    const { loss, statistics } = machine.scoped(() => {
      const noiseKey = Key.fromSeed(machine, 2 * step + p);
      const tape = new Tape(machine, { record: true, noiseKey });
      const { objective, smoothing, r1, r2, sigma } = config;
      const own = { objective, smoothing, r1, r2, sigma, translation: 0, cutout: 0, noise: 0 };
      const batch: GANBatch = { ...own, ...all[step], rows: ROWS };
      const totals = { targets: ROWS, rows: ROWS };
      const { loss, statistics } = gan.loss(tape, batch, undefined, totals, gan.phases[p].name);
      tape.backward(loss);
      return { loss: loss.data[0], statistics: statistics?.() };
    });
    if (statistics) gan.observe(gan.phases[p].name, statistics);
    return loss;
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

  test("loss and gradient of every parameter of both sides", () => {
    const model = make(name, config);
    for (const [p, side] of ["discriminator", "generator"].entries()) {
      expect(difference([phase(model, 0, p)], [config.losses[p]])).toBeLessThan(1e-5);
      const trained = (path: string) =>
        trainedBy(model.parameters, model.gan.phases[p], path) && path.startsWith(side);
      expectRegion(model, model.parameters.grads, "grads", 2e-5, trained);
      model.optimizers[p].step(2e-4);
    }
  });

  test("ten steps with an Adam for each side", () => {
    const model = make(name, config);
    const got = config.losses.map((_, i) => {
      const [step, p] = [Math.floor(i / 2), i % 2];
      const loss = phase(model, step, p);
      model.optimizers[p].step(2e-4);
      model.parameters.changed();
      return loss;
    });
    expect(difference(got, config.losses)).toBeLessThan(1e-4);
    expectRegion(model, model.parameters.address, "trained", 1e-4, () => true);
  });
});
