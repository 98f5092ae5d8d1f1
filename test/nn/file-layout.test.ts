// Kernels and dense layers beside pictures: kept with the channels last, stored as PyTorch stores them.

import { expect, it } from "vitest";
import { f32Data } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { readable, weightEntries } from "../../src/nn/entries.js";
import { afterPictures, beforePictures } from "../../src/nn/file-layout.js";
import { Conv2d, ConvTranspose2d, DepthwiseConv2d } from "../../src/nn/layers/convolution.js";
import { Linear } from "../../src/nn/layers/linear.js";
import { type ParameterSource, Parameters, recordShapes, Scope } from "../../src/nn/parameters.js";

const runtime = await (await load()).withPictures();

function build(source: ParameterSource) {
  const scope = new Scope(source);
  return {
    conv: new Conv2d(scope.child("conv"), 3, 5, { kernel: [2, 4] }),
    up: new ConvTranspose2d(scope.child("up"), 5, 2, { kernel: 3, stride: 2 }),
    each: new DepthwiseConv2d(scope.child("each"), 4, { kernel: [3, 2] }),
    dense: new Linear(scope.child("dense"), 24, 7, { stored: afterPictures([2, 3, 4], 7) }),
    wide: new Linear(scope.child("wide"), 7, 24, { stored: beforePictures([2, 3, 4], 7) }),
  };
}

function model(seed: number) {
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, seed));
  const layers = build(parameters);
  parameters.seal();
  return { parameters, layers };
}

const stored = {
  "conv.weight": [5, 3, 2, 4],
  "conv.bias": [5],
  "up.weight": [5, 2, 3, 3],
  "up.bias": [2],
  "each.weight": [4, 1, 3, 2],
  "each.bias": [4],
  "dense.weight": [7, 24],
  "dense.bias": [7],
  "wide.weight": [24, 7],
  "wide.bias": [24],
};

it("has PyTorch's shapes in a file", () => {
  const recorded = Array.from(recordShapes(runtime.machine(), build));
  expect(Object.fromEntries(recorded.map(([name, { shape }]) => [name, shape]))).toEqual(stored);
  const entries = weightEntries(model(1).parameters);
  expect(Object.fromEntries(entries.map(({ name, shape }) => [name, shape]))).toEqual(stored);
});

it("has PyTorch's order there", () => {
  const { parameters, layers } = model(1);
  const file = new Map(weightEntries(parameters).map((entry) => [entry.name, f32Data(entry)]));
  const at = (shape: readonly number[], place: readonly number[]) =>
    place.reduce((sum, i, axis) => sum * shape[axis] + i, 0);
  const kept = layers.conv.weight;
  expect(file.get("conv.weight")![at([5, 3, 2, 4], [4, 1, 1, 2])]).toBe(
    kept.data[at(kept.shape, [4, 1, 2, 1])],
  );
  const up = layers.up.weight;
  expect(file.get("up.weight")![at([5, 2, 3, 3], [3, 1, 2, 0])]).toBe(
    up.data[at(up.shape, [3, 2, 0, 1])],
  );
  const each = layers.each.weight;
  expect(file.get("each.weight")![at([4, 1, 3, 2], [3, 0, 2, 1])]).toBe(
    each.data[at(each.shape, [2, 1, 3])],
  );
  const [channel, row, column] = [3, 1, 2];
  const inFile = at([4, 2, 3], [channel, row, column]);
  const here = at([2, 3, 4], [row, column, channel]);
  const data = (layer: Linear, which: "weight" | "bias") =>
    (layer[which] as { data: Float32Array }).data;
  expect(file.get("dense.weight")![24 * 5 + inFile]).toBe(
    data(layers.dense, "weight")[24 * 5 + here],
  );
  expect(file.get("wide.weight")![7 * inFile + 5]).toBe(data(layers.wide, "weight")[7 * here + 5]);
  expect(file.get("wide.bias")![inFile]).toBe(data(layers.wide, "bias")[here]);
  expect(file.get("dense.bias")).toEqual(data(layers.dense, "bias"));
});

it("is read again as it was", () => {
  const { parameters } = model(1);
  const other = model(2).parameters;
  const before = parameters.all(parameters.address).slice();
  const entries = new Map(weightEntries(parameters).map((entry) => [entry.name, entry]));
  other.prepareAssign(readable(entries))(other.address);
  expect(other.all(other.address)).toEqual(before);
});
