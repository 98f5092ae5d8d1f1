// Convolutions against PyTorch, forward and every gradient. The fixture was made by make_convolution.py; no Python is
// needed here.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { f32Data, readSafetensors } from "../../src/formats/safetensors.js";
import { load } from "../../src/host/module.js";
import { depthwiseLayout, kernelLayout } from "../../src/nn/file-layout.js";
import {
  conv2d,
  convTranspose2d,
  depthwiseConv2d,
  type TransposedOptions,
} from "../../src/nn/ops/convolution.js";
import { mul } from "../../src/nn/ops/elementwise.js";
import { sum } from "../../src/nn/ops/reduce.js";
import type { FileLayout } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { sizeOf } from "../../src/nn/tensor.js";

interface Config extends TransposedOptions {
  readonly kind: "conv" | "transposed" | "depthwise";
  /** (N, C, H, W) */
  readonly x: readonly [number, number, number, number];
  readonly w: readonly [number, number, number, number];
  readonly bias: boolean;
}

const { tensors, metadata } = readSafetensors(
  new Uint8Array(readFileSync(new URL("convolution.safetensors", import.meta.url))),
);
const configs = JSON.parse(metadata.get("configs")!) as Config[];
const machine = (await (await load()).withPictures()).machine();

/** As `numbers` of the script. */
function numbers(seed: number, shape: readonly number[]): Float32Array {
  const value = (i: number) => ((i * 7919 + seed * 104729) % 2003) / 1001.5 - 1;
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => value(i));
}

/** Pictures (N, H, W, C), stored as (N, C, H, W): which the layout of kernels does as well. */
const pictures = ([N, C, H, W]: readonly number[]): FileLayout & { kept: number[] } => ({
  ...kernelLayout([N, H, W, C]),
  kept: [N, H, W, C],
});

function kernel({ kind, w: [a, b, kh, kw] }: Config): FileLayout & { kept: number[] } {
  return kind === "depthwise"
    ? { ...depthwiseLayout([kh, kw, a]), kept: [kh, kw, a] }
    : { ...kernelLayout([a, kh, kw, b]), kept: [a, kh, kw, b] };
}

function near(name: string, got: Float32Array): void {
  const wanted = f32Data(tensors.get(name)!);
  expect(got.length).toBe(wanted.length);
  const size = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  const worst = wanted.reduce((most, v, i) => Math.max(most, Math.abs(v - got[i])), 0);
  expect(worst / size, name).toBeLessThan(2e-6);
}

test("twenty of each kind, three of depthwise", () => {
  expect(configs.filter(({ kind }) => kind === "conv")).toHaveLength(20);
  expect(configs.filter(({ kind }) => kind === "transposed")).toHaveLength(20);
  expect(configs).toHaveLength(43);
});

test.each(configs.map((config, i) => [i, config.kind, config] as const))("%i: %s", (i, _, config) => {
  machine.scoped(() => {
    const { kind, bias, stride, padding, dilation, outputPadding } = config;
    const tape = new Tape(machine, { record: true });
    const seed = 10 * i;
    const [layoutX, layoutW] = [pictures(config.x), kernel(config)];
    const x = tape.tensor(layoutX.fromFile(numbers(seed, config.x)), layoutX.kept, true);
    const w = tape.tensor(layoutW.fromFile(numbers(seed + 1, config.w)), layoutW.kept, true);
    const shapeY = tensors.get(`${i}.y`)!.shape;
    const out = [shapeY[1]];
    const b = bias ? tape.tensor(numbers(seed + 2, out), out, true) : undefined;
    const options = { stride, padding, dilation } as TransposedOptions;
    const y =
      kind === "transposed"
        ? convTranspose2d(tape, x, w, b, { ...options, outputPadding: outputPadding! })
        : (kind === "conv" ? conv2d : depthwiseConv2d)(tape, x, w, b, options);
    const layoutY = pictures(shapeY);
    expect(y.shape).toEqual(layoutY.kept);
    const g = tape.tensor(layoutY.fromFile(numbers(seed + 3, shapeY)), y.shape);
    tape.backward(sum(tape, mul(tape, y, g)));
    near(`${i}.y`, layoutY.toFile(y.data));
    near(`${i}.dx`, layoutX.toFile(x.grad!));
    near(`${i}.dw`, layoutW.toFile(w.grad!));
    if (b) near(`${i}.db`, b.grad!);
  });
});
