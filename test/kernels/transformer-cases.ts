// Rows for what Transformers are made of, but attention: norms, activations, positions.

import { addPositions } from "../../src/nn/ops/embedding.js";
import { gated, gelu, silu } from "../../src/nn/ops/gated.js";
import { layerNorm, rmsNorm } from "../../src/nn/ops/norm.js";
import { rotary, rotaryFrequencies, rotaryTable } from "../../src/nn/ops/rotary.js";
import { type Case, constant, input, row, type Values, values } from "./case.js";
import * as reference from "./reference.js";

const FAR = [0, -1e30, 1e30, -3e5, 3e5, -60, 60, -40, 40];

const lengths = [1, 2, 3, 4, 5, 7, 8, 37, 300];

const activationCases = [
  ...row("gelu, relative to itself", [4001], (n) => ({
    inputs: { x: { ...constant([n]), value: (_, i) => -5 + (10 * i) / n } },
    run: (tape, { x }) => {
      const y = gelu(tape, x);
      return [Array.from(y.data, (v, i) => v / reference.gelu(x.data[i]))];
    },
    reference: ({ x }) => [Array.from(x.data, () => 1)],
    tolerance: 8e-7,
  })),
  ...row("gelu", lengths, (n) => ({
    inputs: { x: input([n], -4, 4) },
    run: (tape, { x }) => [gelu(tape, x)],
    reference: ({ x }) => [reference.map(x, reference.gelu)],
  })),
  ...row("gelu, tanh", lengths, (n) => ({
    inputs: { x: input([n], -4, 4) },
    run: (tape, { x }) => [gelu(tape, x, "tanh")],
    reference: ({ x }) => [reference.map(x, reference.geluTanh)],
  })),
  ...row("silu", lengths, (n) => ({
    inputs: { x: input([n], -6, 6) },
    run: (tape, { x }) => [silu(tape, x)],
    reference: ({ x }) => [reference.map(x, (v) => v * reference.sigmoid(v))],
  })),
  ...row("activations far out", ["gelu", "gelu_tanh", "silu"] as const, (name) => ({
    inputs: { x: { ...constant([9]), value: (_, i) => FAR[i] } },
    run: (tape, { x }) => {
      const { kernels } = tape.machine;
      const y = tape.empty([9]);
      const slope = tape.tensor(Array(9).fill(0), [9]);
      const ones = tape.tensor(Array(9).fill(1), [9]);
      kernels[`${name}_forward`](y.address, x.address, 9);
      kernels[`${name}_backward`](slope.address, ones.address, x.address, 9);
      return [y, slope];
    },
    // As far as f32 can tell, all of them are ReLU.
    reference: ({ x }) => [
      reference.map(x, (v) => Math.max(v, 0)),
      reference.map(x, (v) => (v === 0 ? 0.5 : Number(v > 0))),
    ],
  })),
  ...row("gated", [[1], [2, 3], [5], [4, 8], [3, 37], [300]], (shape) => ({
    inputs: { a: input(shape, -4, 4), b: input(shape) },
    run: (tape, { a, b }) => [gated(tape, a, b)],
    reference: ({ a, b }) => [reference.zip(a, b, (u, v) => u * reference.sigmoid(u) * v)],
  })),
];

/** Rows normalised: by their mean, too, where `centred`. */
function norm(x: Values, w: Values, b: Values | undefined, eps: number, centred: boolean): Values {
  const n = w.data.length;
  return values(x.shape, (i) => {
    const from = Math.floor(i / n) * n;
    const all = x.data.subarray(from, from + n);
    const mean = centred ? reference.sum(all) / n : 0;
    const square = reference.sum(all.map((v) => (v - mean) ** 2)) / n;
    const z = (x.data[i] - mean) / Math.sqrt(square + eps);
    return z * w.data[i % n] + (b?.data[i % n] ?? 0);
  });
}

const normShapes = [
  [1, 3],
  [3, 4],
  [2, 3, 5],
  [4, 8],
  [2, 37],
  [3, 130],
];

const normCases = [
  ...row(
    "layerNorm",
    [
      ...normShapes.map((shape) => ({ shape, bias: true })),
      { shape: [1, 1], bias: true },
      { shape: [2, 7], bias: false },
      { shape: [2, 6], bias: true, mean: 100 },
      { shape: [3, 6], bias: true, eps: 0.1 },
    ] as { shape: number[]; bias: boolean; mean?: number; eps?: number }[],
    ({ shape, bias, mean = 0, eps = 1e-5 }) => {
      const n = [shape[shape.length - 1]];
      return {
        inputs: { x: input(shape, mean - 2, mean + 2), w: input(n), ...(bias && { b: input(n) }) },
        run: (tape, { x, w, b }) => [layerNorm(tape, x, w, b, eps)],
        reference: ({ x, w, b }) => [norm(x, w, b, eps, true)],
        // A mean of 100 is rounded, too.
        ...(mean !== 0 && { tolerance: 1e-5, gradientTolerance: 1e-5 }),
      };
    },
  ),
  ...row(
    "rmsNorm",
    [...normShapes.map((shape) => ({ shape, eps: 1e-6 })), { shape: [3, 6], eps: 0.1 }],
    ({ shape, eps }) => ({
      inputs: { x: input(shape), w: input([shape[shape.length - 1]]) },
      run: (tape, { x, w }) => [rmsNorm(tape, x, w, eps)],
      reference: ({ x, w }) => [norm(x, w, undefined, eps, false)],
    }),
  ),
];

/** Heads turned, in double precision: angle = position theta^(-2i/d). */
function turned(x: Values, positions: readonly number[], theta: number, interleaved: boolean) {
  const [heads, d] = x.shape.slice(-2);
  return values(x.shape, (index) => {
    const [row, i] = [Math.floor(index / (heads * d)), index % d];
    const [pair, second] = interleaved
      ? [Math.floor(i / 2), i % 2 === 1]
      : [i % (d / 2), i >= d / 2];
    const step = interleaved ? 1 : d / 2;
    const angle = positions[row % positions.length] * theta ** ((-2 * pair) / d);
    const other = x.data[second ? index - step : index + step];
    return x.data[index] * Math.cos(angle) + other * Math.sin(angle) * (second ? 1 : -1);
  });
}

const positionCases = [
  ...row(
    "rotary",
    [
      { shape: [1, 1, 2], positions: [3] },
      { shape: [3, 2, 4], positions: [0, 1, 2] },
      { shape: [2, 3, 1, 6], positions: [7, 8, 9] },
      { shape: [2, 2, 3, 10], positions: [5, 0, 100, 1000] },
      { shape: [1, 2, 2, 32], positions: [1_000_000, 1_048_575], theta: 500_000 },
      { shape: [2, 1, 2, 62], positions: [12_345] },
    ].flatMap((sizes) => [
      { ...sizes, interleaved: false },
      { ...sizes, interleaved: true },
    ]) as { shape: number[]; positions: number[]; theta?: number; interleaved: boolean }[],
    ({ shape, positions, theta = 10_000, interleaved }) => ({
      inputs: { x: input(shape) },
      run: (tape, { x }) => {
        const table = rotaryTable(
          tape,
          rotaryFrequencies(shape[shape.length - 1], theta),
          positions,
        );
        return [rotary(tape, x, table, interleaved ? "interleaved" : "half")];
      },
      reference: ({ x }) => [turned(x, positions, theta, interleaved)],
    }),
  ),
  ...row(
    "addPositions",
    [
      { B: 1, T: 1, positions: [2] },
      { B: 2, T: 3, positions: [1, 2, 3] },
      { B: 2, T: 2, positions: [4, 0, 0, 1] },
    ],
    ({ B, T, positions }) => ({
      inputs: { x: input([B, T, 5]), table: input([5, 5]) },
      run: (tape, { x, table }) => [addPositions(tape, x, table, positions)],
      reference: ({ x, table }) => {
        const ids = Array.from({ length: B * T }, (_, i) => positions[i % positions.length]);
        return [reference.zip(x, reference.embedding(table, ids, [B, T]), (a, b) => a + b)];
      },
      tolerance: 0,
    }),
  ),
];

export const transformerCases: readonly Case[] = [
  ...activationCases,
  ...normCases,
  ...positionCases,
];
