// Whole diffusions against PyTorch, U-Nets of pictures and clips, Transformers and dense layers, with captions and without: weights read as PyTorch names and stores them, the gradient of
// every one for every objective, and ten steps of AdamW. make_diffusion.py beside this file made the fixtures.

import { describe, expect, test } from "vitest";
import { f32Data } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import type { DiffusionBody } from "../../src/models/images/diffusion-body.js";
import * as clips from "../../src/models/images/diffusion-clips.js";
import * as encoder from "../../src/models/images/diffusion-encoder.js";
import {
  DiffusionNetwork,
  type DiffusionNetworkConfig,
} from "../../src/models/images/diffusion-network.js";
import { networks } from "../../src/models/images/diffusion-networks.js";
import type {
  DiffusionPrediction,
  NoiseSchedule,
  ProcessConfig,
} from "../../src/models/images/diffusion-process.js";
import { readable, regionEntries } from "../../src/nn/entries.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { generator } from "../kernels/harness.js";
import { difference, pictureFixture } from "./picture-fixtures.js";

interface Configuration {
  readonly shape: readonly number[];
  readonly objective: "flow" | "noise";
  readonly noiseSchedule: NoiseSchedule;
  readonly prediction: DiffusionPrediction;
  readonly classes: readonly number[];
  readonly dropout: number;
  readonly captionDropout: number;
  readonly firstDropout?: number;
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
  /** Of clips. */
  readonly timeLevels?: number;
  readonly first?: boolean;
  /** Of what reads captions. */
  readonly text?: DiffusionNetworkConfig["text"];
  readonly losses: readonly number[];
}

const ROWS = 6;
const fixtures = ["diffusion", "video"].map((name) =>
  pictureFixture<Configuration>(`${name}.safetensors`),
);
const all = fixtures.flatMap(({ golden, group }) =>
  Object.entries(golden).map(([name, config]) => ({ name, config, group })),
);
const runtime = await (await load()).withPictures();
const predictors = {
  unet: (await networks.unet()).network,
  dit: (await networks.dit()).network,
  mlp: (await networks.mlp()).network,
};

function bodyOf(config: Configuration): DiffusionBody {
  const { hidden, layers, patch, heads, channels, levels, attention = false } = config;
  const { timeLevels, first } = config;
  if (hidden === undefined) {
    const time = timeLevels === undefined ? {} : { timeLevels, first };
    return { network: "unet", channels: channels!, levels: levels!, attention, ...time };
  }
  if (patch === undefined) return { network: "mlp", hidden, layers: layers! };
  return { network: "dit", patch, hidden, layers: layers!, heads: heads! };
}

function make({ name, config, group }: (typeof all)[number]) {
  const { shape, classes, text } = config;
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const { objective, noiseSchedule, prediction } = config;
  const network: DiffusionNetworkConfig = {
    shape,
    classes,
    body: bodyOf(config),
    ...(text && { text }),
    process: { objective, noiseSchedule, prediction } as ProcessConfig,
  };
  const description = { model: "Diffusion", network };
  const predictor = predictors[network.body.network];
  const own = { predictor, encoder, clips: shape.length === 4 ? clips : undefined };
  const model = new DiffusionNetwork(parameters, description, own);
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

describe.each(all)("a diffusion: $name", (one) => {
  const { name, config, group } = one;
  const steps = batches(config);
  type Model = ReturnType<typeof make>;

  /** The loss of a step; its gradients are in the parameters. */
  function step({ machine, parameters, model }: Model, index: number): number {
    parameters.changed();
    parameters.zeroGradients();
    return machine.scoped(() => {
      const tape = new Tape(machine, { record: true, noiseKey: Key.fromSeed(machine, index) });
      const { dropout, captionDropout, firstDropout } = config;
      const batch = { ...steps[index], dropout, captionDropout, firstDropout };
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
    const model = make(one);
    expect(difference([step(model, 0)], [config.losses[0]])).toBeLessThan(1e-5);
    expectRegion(model, model.parameters.grads, "grads", 3e-5);
  });

  test("ten steps of AdamW", () => {
    const model = make(one);
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
