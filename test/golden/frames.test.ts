// Frame predictors against PyTorch: weights read as PyTorch names and stores them, the gradient of every one, and ten steps of
// AdamW, with frames that are read as they are and as they were predicted. make_frames.py beside this file made the fixture.

import { describe, expect, test } from "vitest";
import { f32Data } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import {
  FramePredictorNetwork,
  type FramesBatch,
  type FramesNetworkConfig,
} from "../../src/models/video/frames-network.js";
import { readable, regionEntries } from "../../src/nn/entries.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { generator } from "../kernels/harness.js";
import { difference, pictureFixture } from "./picture-fixtures.js";

interface Configuration
  extends Omit<FramesNetworkConfig, "body">,
    Omit<FramesNetworkConfig["body"], "network"> {
  readonly losses: readonly number[];
}

const ROWS = 3;
const { golden, group } = pictureFixture<Configuration>("frames.safetensors");
const runtime = await (await load()).withPictures();

function make(name: string, { losses, patch, hidden, layers, kernel, shared, ...rest }: Configuration) {
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const network: FramesNetworkConfig = {
    ...rest,
    body: { network: "convlstm", patch, hidden, layers, kernel, shared },
  };
  const model = new FramePredictorNetwork(parameters, { model: "FramePredictor", network });
  parameters.seal();
  parameters.prepareAssign(readable(group(`${name}.weights`)))(parameters.address);
  parameters.enableGradients();
  const optimizer = new Adam(parameters, {
    ...{ decoupled: true, betas: [0.9, 0.999], weightDecay: 0.01, decay: "all" },
  });
  return { machine, parameters, model, optimizer };
}

/** The batches of the fixture's script. */
function batches({ shape, input, output, losses }: Configuration): FramesBatch[] {
  const random = generator(7);
  const numbers = shape.reduce((all, size) => all * size, input + output);
  return losses.map(() => ({
    values: Uint8Array.from({ length: ROWS * numbers }, () => Math.floor(256 * random())),
    truth: Uint8Array.from({ length: ROWS * (output - 1) }, () => Math.floor(2 * random())),
  }));
}

describe.each(Object.entries(golden))("a frame predictor: %s", (name, config) => {
  const all = batches(config);

  /** The loss of a step; its gradients are in the parameters. */
  function step({ machine, parameters, model }: ReturnType<typeof make>, index: number): number {
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
    const made = make(name, config);
    expect(difference([step(made, 0)], [config.losses[0]])).toBeLessThan(1e-6);
    const wanted = group(`${name}.grads`);
    const { parameters } = made;
    const entries = regionEntries(parameters, "", parameters.grads, () => true);
    expect(new Set(entries.map((entry) => entry.name))).toEqual(new Set(wanted.keys()));
    for (const entry of entries) {
      const want = wanted.get(entry.name)!;
      expect(entry.shape, entry.name).toEqual(want.shape);
      const [got, expected] = [entry, want].map((one) => f32Data(one));
      expect(difference(got, expected), entry.name).toBeLessThan(1e-5);
    }
  });

  test("ten steps of AdamW", () => {
    const made = make(name, config);
    const losses = config.losses.map((_, i) => {
      const loss = step(made, i);
      made.optimizer.step(1e-2);
      return loss;
    });
    expect(difference(losses, config.losses)).toBeLessThan(1e-5);
  });
});
