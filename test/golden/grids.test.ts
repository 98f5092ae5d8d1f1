// The networks of grid models against PyTorch: the fixtures were made by make_grids.py; no Python is needed here.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { load } from "../../src/entries/node.js";
import { f32Data, readSafetensors, type TensorEntry } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import type { AnyGridNetwork, GridBatch } from "../../src/models/grids/grid-network.js";
import { networks } from "../../src/models/grids/networks.js";
import { readable } from "../../src/nn/entries.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { clipGradNorm } from "../../src/nn/optim/clip.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";

const bytes = (name: string) => new Uint8Array(readFileSync(new URL(name, import.meta.url)));
const { tensors } = readSafetensors(bytes("grids.safetensors"));
const golden = JSON.parse(new TextDecoder().decode(bytes("grids.json"))) as Record<
  keyof typeof networks,
  { readonly losses: number[]; readonly norms: number[] }
>;
const runtime = await load();
const [V, table, K, T, B] = [7, 41, 5, 12, 3];
const sizes = {
  lstm: { embed: 6, hidden: 10, layers: 2, dropout: 0 },
  transformer: { hidden: 16, layers: 2, heads: 4, inner: 24, context: T, dropout: 0 },
};

function group(prefix: string): Map<string, TensorEntry> {
  return new Map(
    [...tensors].flatMap(([key, entry]) =>
      key.startsWith(`${prefix}.`) ? [[key.slice(prefix.length + 1), entry] as const] : [],
    ),
  );
}

const int32 = (name: string) => new Int32Array(tensors.get(name)!.data.slice().buffer);
const [inputs, targets] = [int32("inputs"), int32("targets")];

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

function batch(step: number): GridBatch {
  const some = (all: Int32Array, width: number) => all.subarray(step * width, (step + 1) * width);
  return {
    inputs: some(inputs, T * B * K),
    targets: some(targets, T * B),
    ...{ steps: T, rows: B, continues: false },
  };
}

for (const kind of ["lstm", "transformer"] as const) {
  const { network } = await networks[kind]();
  const make = () => {
    const machine = runtime.machine();
    const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
    const config = { ...sizes[kind], table, features: K } as never;
    const made: AnyGridNetwork = new network.Network(parameters, V, config);
    parameters.seal();
    parameters.prepareAssign(readable(group(`${kind}.weights`)))(parameters.address);
    parameters.enableGradients();
    return { machine, parameters, network: made };
  };
  const gradients = ({ machine, parameters, network }: ReturnType<typeof make>, step: number) => {
    parameters.zeroGradients();
    return machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const { loss, losses } = network.loss(tape, batch(step), undefined);
      tape.backward(loss);
      return { loss: loss.data[0], losses: losses.data.slice() };
    });
  };
  /** Every tensor of a region against the fixture's. */
  const expectRegion = (parameters: Parameters, region: number, what: string, most: number) => {
    const expected = group(`${kind}.${what}`);
    const views = [...parameters.views(region)];
    expect(new Set(views.map(([path]) => path))).toEqual(new Set(expected.keys()));
    for (const [path, shape, view] of views) {
      expect(shape, path).toEqual(expected.get(path)!.shape);
      expect(difference(view, f32Data(expected.get(path)!)), path).toBeLessThan(most);
    }
  };

  describe(`against PyTorch: ${kind}`, () => {
    const { losses, norms } = golden[kind];

    test("loss and gradient of every parameter", () => {
      const model = make();
      expect(Math.abs(gradients(model, 0).loss - losses[0])).toBeLessThan(1e-6);
      expectRegion(model.parameters, model.parameters.grads, "grads", 1e-5);
    });

    test("ten steps of AdamW, which decays matrices only", () => {
      const model = make();
      const { parameters } = model;
      const optimizer = new Adam(parameters, { weightDecay: 0.5 });
      const got = losses.map((_, step) => {
        const { loss } = gradients(model, step);
        const norm = clipGradNorm(parameters, 0.2);
        optimizer.step(1e-2);
        return { loss, norm };
      });
      expect(Math.max(...norms), "clipping acts").toBeGreaterThan(0.2);
      const [own, grown] = [got.map(({ loss }) => loss), got.map(({ norm }) => norm)];
      expect(difference(own, losses)).toBeLessThan(1e-5);
      expect(difference(grown, norms)).toBeLessThan(1e-4);
      expectRegion(parameters, parameters.address, "trained", 1e-4);
    });

    test("steps for sampling give the logits that the loss is of", () => {
      const { network } = make();
      const { losses } = gradients({ ...make() }, 1);
      const { inputs, targets } = batch(1);
      const state = network.start(B);
      const logits = new Float32Array(B * V);
      let sum = 0;
      for (let t = 0; t < T; t++) {
        network.step(state, inputs.subarray(t * B * K, (t + 1) * B * K), logits);
        for (let b = 0; b < B; b++) {
          const own = logits.subarray(b * V, (b + 1) * V);
          const all = Math.log(own.reduce((total, one) => total + Math.exp(one), 0));
          const loss = all - own[targets[t * B + b]];
          expect(Math.abs(loss - losses[t * B + b])).toBeLessThan(1e-5);
          sum += loss;
        }
      }
      expect(sum).toBeGreaterThan(0);
      network.free(state);
    });
  });
}
