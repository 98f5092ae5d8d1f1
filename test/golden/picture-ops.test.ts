// Norms, pooling, resizing and losses of pictures against PyTorch, forward and backward: make_picture_ops.py beside
// this file made the fixture, from inputs that both sides draw.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { f32Data, readSafetensors } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { BatchNorm2d, BatchStatistics } from "../../src/nn/layers/batch-norm.js";
import { leakyRelu, softplus } from "../../src/nn/ops/activations.js";
import { batchNormEval, groupNorm } from "../../src/nn/ops/channel-norm.js";
import { mul } from "../../src/nn/ops/elementwise.js";
import * as losses from "../../src/nn/ops/pixel-losses.js";
import { avgPool2d, maxPool2d } from "../../src/nn/ops/pool.js";
import { sum } from "../../src/nn/ops/reduce.js";
import { resize2d } from "../../src/nn/ops/resize.js";
import { Parameters, Scope } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { sizeOf, type Tensor } from "../../src/nn/tensor.js";
import { generator } from "../kernels/harness.js";

type Both = readonly [number, number];

interface Configuration {
  readonly op: string;
  readonly shape: readonly number[];
  readonly groups: number;
  readonly eps: number;
  readonly momentum: number;
  readonly kernel: Both;
  readonly stride: Both;
  readonly padding: Both;
  readonly to: Both;
  readonly mode: "nearest" | "bilinear";
  /** Name: shape, lowest and highest value. */
  readonly inputs: Readonly<Record<string, readonly [readonly number[], number, number]>>;
}

const file = readSafetensors(
  new Uint8Array(readFileSync(new URL("picture_ops.safetensors", import.meta.url))),
);
const configurations: Configuration[] = JSON.parse(file.metadata.get("configurations")!);
const runtime = await (await load()).withPictures();

function drawn(shape: readonly number[], low: number, high: number, seed: number): Float32Array {
  const random = generator(seed);
  return Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random());
}

/** Levels of 256, as the fixture's script makes them of what is drawn. */
function levels(values: Float32Array): Float32Array {
  return values.map((v) => Math.round((Math.max(-1, Math.min(1, v)) + 1) * 127.5) / 127.5 - 1);
}

type Ops = Record<
  string,
  (tape: Tape, inputs: Record<string, Tensor>, config: Configuration) => Tensor
>;

const ops: Ops = {
  groupNorm: (tape, { x, w, b }, { groups, eps }) => groupNorm(tape, x, groups, w, b, eps),
  batchNormEval: (tape, { x, w, b, mean, variance }, { eps }) =>
    batchNormEval(tape, x, w, b, mean, variance, eps),
  maxPool2d: (tape, { x }, config) => maxPool2d(tape, x, config),
  avgPool2d: (tape, { x }, config) => avgPool2d(tape, x, config),
  resize2d: (tape, { x }, { to, mode }) => resize2d(tape, x, ...to, mode),
  squaredError: (tape, { x, t }) => losses.squaredError(tape, x, t),
  absoluteError: (tape, { x, t }) => losses.absoluteError(tape, x, t),
  softplus: (tape, { x }) => softplus(tape, x),
  leakyRelu: (tape, { x }) => leakyRelu(tape, x, 0.2),
  binaryCrossEntropy: (tape, { x, t }) => losses.binaryCrossEntropy(tape, x, t),
  gaussianKl: (tape, { x, s }) => losses.gaussianKl(tape, x, s),
  gaussianNll: (tape, { x, s, t }) => losses.gaussianNll(tape, x, s, t),
  discretizedLogisticNll: (tape, { x, s, t }) => losses.discretizedLogisticNll(tape, x, s, t),
};

/** Batch norm in training goes through its layer, whose averages PyTorch's file has, too. */
function batchNormLayer(config: Configuration, given: Record<string, Float32Array>) {
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const layer = new BatchNorm2d(new Scope(parameters), config.shape[3], config);
  parameters.seal();
  parameters.enableGradients();
  const names = { weight: "w", bias: "b", running_mean: "mean", running_var: "variance" } as const;
  const tensors = new Map(parameters.entries());
  for (const [name, from] of Object.entries(names)) tensors.get(name)!.data.set(given[from]);
  return { machine, layer, tensors };
}

describe.each(configurations.map((config, i) => [i, config] as const))("%i", (i, config) => {
  const given = Object.fromEntries(
    Object.entries(config.inputs).map(([name, [shape, low, high]], j) => {
      const values = drawn(shape, low, high, 100 * i + j);
      const discrete = config.op === "discretizedLogisticNll" && name === "t";
      return [name, discrete ? levels(values) : values];
    }),
  );
  const wanted = (name: string) => file.tensors.get(`${i}.${name}`);

  /** Compares an output and plays back from its product with drawn weights. */
  function check(tape: Tape, y: Tensor): void {
    expectNear("y", y.data, f32Data(wanted("y")!));
    expect(y.shape).toEqual(wanted("y")!.shape);
    const weights = tape.tensor(drawn(y.shape, -1, 1, 100 * i + 99), y.shape);
    tape.backward(sum(tape, mul(tape, y, weights)));
  }

  function expectGradients(inputs: Record<string, Tensor>): void {
    for (const [name, { grad }] of Object.entries(inputs)) {
      const entry = wanted(`d${name}`);
      if (entry) expectNear(`d${name}`, grad!, f32Data(entry));
    }
  }

  test(`${config.op} of [${config.shape}] as PyTorch`, () => {
    if (config.op === "batchNorm") {
      const { machine, layer, tensors } = batchNormLayer(config, given);
      machine.scoped(() => {
        const tape = new Tape(machine, { record: true });
        const x = tape.tensor(given.x, config.shape, true);
        const collected = new BatchStatistics();
        check(tape, layer.forward(tape, x, collected));
        expectGradients({ x, w: tensors.get("weight")!, b: tensors.get("bias")! });
        layer.observe(collected.values);
        for (const name of ["running_mean", "running_var"]) {
          expectNear(name, tensors.get(name)!.data, f32Data(wanted(name)!));
        }
      });
      return;
    }
    const machine = runtime.machine();
    machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const inputs = Object.fromEntries(
        Object.entries(config.inputs).map(([name, [shape]]) => {
          return [name, tape.tensor(given[name], shape, wanted(`d${name}`) !== undefined)];
        }),
      );
      check(tape, ops[config.op](tape, inputs, config));
      expectGradients(inputs);
    });
  });
});

/** Within 3e-6 of the largest number. */
function expectNear(what: string, got: Float32Array, want: Float32Array): void {
  expect(got.length, what).toBe(want.length);
  const largest = want.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const worst = want.reduce((most, v, i) => Math.max(most, Math.abs(got[i] - v)), 0);
  expect(worst, what).toBeLessThanOrEqual(3e-6 * largest);
}
