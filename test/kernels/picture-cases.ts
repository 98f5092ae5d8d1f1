// Rows for the operations on pictures, but convolutions.

import { Key } from "../../src/host/key.js";
import { leakyRelu, softplus } from "../../src/nn/ops/activations.js";
import { batchNorm, batchNormEval, groupNorm } from "../../src/nn/ops/channel-norm.js";
import { gram } from "../../src/nn/ops/gram.js";
import { gaussianNoise, reparameterize } from "../../src/nn/ops/noise.js";
import { type PadMode, pad2d } from "../../src/nn/ops/pad.js";
import * as losses from "../../src/nn/ops/pixel-losses.js";
import { avgPool2d, maxPool2d } from "../../src/nn/ops/pool.js";
import { resize2d } from "../../src/nn/ops/resize.js";
import { addToPixels } from "../../src/nn/ops/vectors.js";
import type { Tape } from "../../src/nn/tape.js";
import { sizeOf, type Tensor } from "../../src/nn/tensor.js";
import { type Case, constant, type Input, input, row, values } from "./case.js";
import * as pictures from "./picture-reference.js";
import * as reference from "./reference.js";

const lengths = [1, 2, 3, 4, 5, 7, 8, 37, 130];

const activationCases = [
  ...row(
    "leakyRelu",
    lengths.flatMap((n) => [
      { n, slope: 0.01 },
      { n, slope: -0.5 },
    ]),
    ({ n, slope }) => ({
      inputs: { x: input([n]) },
      run: (tape, { x }) => [leakyRelu(tape, x, slope)],
      reference: ({ x }) => [reference.map(x, (v) => (v > 0 ? v : Math.fround(slope) * v))],
      tolerance: 0,
    }),
  ),
  ...row("softplus", lengths, (n) => ({
    inputs: { x: input([n], -8, 8) },
    run: (tape, { x }) => [softplus(tape, x)],
    reference: ({ x }) => [reference.map(x, pictures.softplus)],
    tolerance: 2e-7,
  })),
  ...row("softplus, relative to itself", [4001], (n) => ({
    inputs: { x: { ...constant([n]), value: (_, i) => -80 + (160 * i) / n } },
    run: (tape, { x }) => [
      Array.from(softplus(tape, x).data, (v, i) => v / pictures.softplus(x.data[i])),
    ],
    reference: ({ x }) => [Array.from(x.data, () => 1)],
    tolerance: 3e-7,
  })),
];

const noiseCases = [
  ...row("gaussianNoise", [[3], [2, 5, 4]], (shape) => ({
    run: (tape) => [gaussianNoise(tape, shape, Key.fromSeed(tape.machine, 9), 3)],
    reference: () => {
      const numbers = reference.normal(sizeOf(shape), { k0: 9, k1: 0, block: 3 });
      return [values(shape, (i) => numbers[i])];
    },
  })),
  ...row("reparameterize", [[1], [2, 3], [5, 13], [130]], (shape) => ({
    inputs: { mean: input(shape), log: input(shape, -4, 2), noise: constant(shape) },
    run: (tape, { mean, log, noise }) => [reparameterize(tape, mean, log, noise)],
    reference: ({ mean, log, noise }) => [
      values(shape, (i) => mean.data[i] + Math.exp(log.data[i] / 2) * noise.data[i]),
    ],
  })),
];

/** Shapes of losses, and which sums are taken of them. */
const lossShapes: { shape: number[]; sums: boolean }[] = [
  { shape: [1], sums: false },
  { shape: [2, 3, 3, 1], sums: false },
  { shape: [3, 5], sums: true },
  { shape: [2, 4, 3, 3], sums: true },
  { shape: [130], sums: false },
];

type Compare = (tape: Tape, x: Tensor, target: Tensor, perRow?: boolean) => Tensor;

/** A loss of x against targets, element by element. */
function compared(
  op: Compare,
  target: (shape: readonly number[]) => Input,
  term: (x: number, t: number) => number,
): Case[] {
  return row(op.name, lossShapes, ({ shape, sums }) => ({
    inputs: { x: input(shape, -5, 5), t: target(shape) },
    run: (tape, { x, t }) => [op(tape, x, t, sums)],
    reference: ({ x, t }) => [pictures.summed(shape, sums, (i) => term(x.data[i], t.data[i]))],
  }));
}

/** Bytes as a discretised likelihood takes them; both edges are there where there is room. */
function levels(shape: readonly number[]): Input {
  const value = (u: number, index: number) => {
    const byte = index % 5 === 0 ? 0 : index % 5 === 1 ? 255 : Math.floor(256 * u);
    return byte / 127.5 - 1;
  };
  return { shape, value, gradient: false };
}

type Likelihood = (
  tape: Tape,
  mean: Tensor,
  scale: Tensor,
  target: Tensor,
  perRow?: boolean,
) => Tensor;

/** A likelihood with a scale for each number, or one for all. */
function likelihood(
  op: Likelihood,
  mean: (shape: readonly number[]) => Input,
  scale: readonly [number, number],
  target: (shape: readonly number[]) => Input,
  term: (mean: number, scale: number, target: number) => number,
): Case[] {
  const variants = lossShapes.flatMap((one) => [
    { ...one, shared: false },
    { ...one, shared: true },
  ]);
  return row(op.name, variants, ({ shape, sums, shared }) => ({
    inputs: { m: mean(shape), s: input(shared ? [1] : shape, ...scale), t: target(shape) },
    run: (tape, { m, s, t }) => [op(tape, m, s, t, sums)],
    reference: ({ m, s, t }) => [
      pictures.summed(shape, sums, (i) => term(m.data[i], s.data[shared ? 0 : i], t.data[i])),
    ],
    tolerance: 2e-6,
    gradientTolerance: 5e-6,
  }));
}

const lossCases = [
  ...compared(losses.squaredError, constant, (x, t) => (x - t) ** 2),
  ...compared(losses.absoluteError, constant, (x, t) => Math.abs(x - t)),
  ...compared(
    losses.binaryCrossEntropy,
    (shape) => constant(shape, 0, 1),
    (x, t) => pictures.softplus(x) - x * t,
  ),
  ...likelihood(
    losses.gaussianNll,
    input,
    [-3, 2],
    constant,
    (m, v, t) => (Math.log(2 * Math.PI) + v + (t - m) ** 2 * Math.exp(-v)) / 2,
  ),
  ...likelihood(
    losses.discretizedLogisticNll,
    (shape) => input(shape, -1, 1),
    [-4, -1],
    levels,
    pictures.logisticNll,
  ),
  ...row(
    "discretizedLogisticNll far out, relative to itself",
    [-7, -5, 0, 3].flatMap((scale) => [0, 1, 100, 254, 255].map((byte) => ({ scale, byte }))),
    ({ scale, byte }) => ({
      inputs: {
        m: { ...constant([21]), value: (_, i) => -1.5 + 0.15 * i },
        s: { ...constant([1]), value: () => scale },
        t: { ...constant([21]), value: () => byte / 127.5 - 1 },
      },
      run: (tape, { m, s, t }) => [
        Array.from(m.data, (_, i) => {
          const one = (x: Tensor) => tape.tensor([x.data[i]], [1]);
          const got = losses.discretizedLogisticNll(tape, one(m), s, one(t)).data[0];
          const want = pictures.logisticNll(m.data[i], scale, t.data[i]);
          return (got + 1e-30) / (want + 1e-30);
        }),
      ],
      reference: () => [Array(21).fill(1)],
      // A term of size 1 - ln P is rounded; so is the target, by up to 3e-8 of a scale of e^-7.
      tolerance: 4e-5,
    }),
  ),
  ...row(
    "gaussianKl",
    [
      { shape: [1], sums: false },
      { shape: [3, 5], sums: false },
      { shape: [3, 5], sums: true },
      { shape: [4, 16], sums: true },
      { shape: [3, 5], sums: "perDimension" },
      { shape: [7, 10], sums: "perDimension" },
      { shape: [2, 3, 2, 3], sums: "perDimension" },
    ] as { shape: number[]; sums: pictures.Sums }[],
    ({ shape, sums }) => ({
      inputs: { m: input(shape), v: input(shape, -4, 2) },
      run: (tape, { m, v }) => [losses.gaussianKl(tape, m, v, sums)],
      reference: ({ m, v }) => [
        pictures.summed(
          shape,
          sums,
          (i) => (Math.exp(v.data[i]) + m.data[i] ** 2 - 1 - v.data[i]) / 2,
        ),
      ],
    }),
  ),
];

const vectorCases = row(
  "addToPixels",
  [
    [1, 1, 1, 1],
    [2, 3, 2, 4],
    [3, 2, 2, 7],
    [2, 5, 16],
  ],
  (shape) => {
    const [N, C] = [shape[0], shape[shape.length - 1]];
    const pixels = shape.reduce((all, size) => all * size, 1) / (N * C);
    return {
      inputs: { x: input(shape), v: input([N, C]) },
      run: (tape, { x, v }) => [addToPixels(tape, x, v)],
      reference: ({ x, v }) => [
        values(shape, (i) => x.data[i] + v.data[Math.floor(i / (pixels * C)) * C + (i % C)]),
      ],
    };
  },
);

const normInputs = (shape: readonly number[]) => {
  const C = shape[shape.length - 1];
  return { x: input(shape), w: input([C], 0.5, 2), b: input([C]) };
};

const normCases = [
  ...row(
    "groupNorm",
    [
      { shape: [1, 3, 2, 1], groups: 1 },
      { shape: [2, 3, 2, 4], groups: 2 },
      { shape: [3, 2, 2, 6], groups: 3 },
      { shape: [2, 3, 3, 10], groups: 5 },
      { shape: [2, 4, 4, 8], groups: 1 },
      { shape: [2, 5, 3, 7], groups: 7 },
      { shape: [1, 9, 7, 32], groups: 8 },
    ],
    ({ shape, groups }) => ({
      inputs: normInputs(shape),
      run: (tape, { x, w, b }) => [groupNorm(tape, x, groups, w, b)],
      reference: ({ x, w, b }) => [pictures.channelNorm(x, shape[0], groups, { w, b }, 1e-5).y],
      gradientTolerance: 5e-6,
    }),
  ),
  ...row("groupNorm of numbers far from 0", [100, 1e4], (offset) => ({
    inputs: { ...normInputs([2, 3, 3, 4]), x: input([2, 3, 3, 4], offset - 1, offset + 1) },
    run: (tape, { x, w, b }) => [groupNorm(tape, x, 2, w, b)],
    reference: ({ x, w, b }) => [pictures.channelNorm(x, 2, 2, { w, b }, 1e-5).y],
    tolerance: 2e-7 * offset,
    gradientTolerance: 1e-6 * offset,
  })),
  ...row(
    "batchNorm",
    [
      [5, 1, 1, 1],
      [3, 2, 2, 5],
      [2, 3, 3, 4],
      [6, 9],
      [2, 9, 7, 13],
    ],
    (shape) => ({
      inputs: normInputs(shape),
      run: (tape, { x, w, b }) => {
        const { y, mean, variance } = batchNorm(tape, x, w, b, 1e-3);
        return [y, mean, variance];
      },
      reference: ({ x, w, b }) => {
        const { y, mean, variance } = pictures.channelNorm(x, 1, w.data.length, { w, b }, 1e-3);
        return [y, mean, variance];
      },
      gradientTolerance: 5e-6,
    }),
  ),
  ...row(
    "batchNormEval",
    [
      [1, 1, 1, 1],
      [3, 2, 2, 5],
      [2, 3, 3, 4],
      [6, 9],
    ],
    (shape) => {
      const C = shape[shape.length - 1];
      return {
        inputs: { ...normInputs(shape), mean: constant([C]), variance: constant([C], 0.1, 3) },
        run: (tape, { x, w, b, mean, variance }) => [
          batchNormEval(tape, x, w, b, mean, variance, 1e-3),
        ],
        reference: ({ x, w, b, mean, variance }) => [
          pictures.channelNorm(x, 1, C, { w, b }, 1e-3, { mean, variance }).y,
        ],
      };
    },
  ),
];

type Both = readonly [number, number];

const windows: { shape: number[]; kernel: Both; stride: Both; padding: Both }[] = [
  { shape: [1, 1, 1, 1], kernel: [1, 1], stride: [1, 1], padding: [0, 0] },
  { shape: [2, 4, 4, 3], kernel: [2, 2], stride: [2, 2], padding: [0, 0] },
  { shape: [2, 5, 7, 4], kernel: [3, 3], stride: [2, 2], padding: [1, 1] },
  { shape: [1, 6, 5, 10], kernel: [3, 2], stride: [1, 2], padding: [1, 0] },
  { shape: [3, 4, 6, 5], kernel: [4, 6], stride: [4, 6], padding: [0, 0] },
  { shape: [1, 7, 7, 1], kernel: [2, 3], stride: [3, 1], padding: [1, 1] },
];

const poolCases = [
  ...row("maxPool2d", windows, (window) => ({
    inputs: { x: input(window.shape) },
    run: (tape, { x }) => [maxPool2d(tape, x, window)],
    reference: ({ x }) => [pictures.pool(x, window, (inside) => Math.max(...inside))],
    tolerance: 0,
  })),
  ...row("maxPool2d of equals and of a NaN", [""], () => ({
    inputs: { x: { ...constant([1, 2, 4, 1]), value: (_, i) => [1, 1, 5, NaN, 1, 0, 6, 7][i] } },
    run: (tape, { x }) => [maxPool2d(tape, x, { kernel: 2 })],
    reference: () => [values([1, 1, 2, 1], (i) => [1, NaN][i])],
  })),
  ...row("avgPool2d", windows, (window) => ({
    inputs: { x: input(window.shape) },
    run: (tape, { x }) => [avgPool2d(tape, x, window)],
    reference: ({ x }) => {
      const size = window.kernel[0] * window.kernel[1];
      return [pictures.pool(x, window, (inside) => reference.sum(inside) / size)];
    },
  })),
];

const gramCases = row(
  "gram",
  [
    { shape: [1, 1], count: undefined },
    { shape: [5, 3], count: undefined },
    { shape: [1, 3, 4, 5], count: 7.5 },
    { shape: [1, 20, 30, 64], count: undefined },
  ],
  ({ shape, count }) => ({
    inputs: { x: input(shape) },
    run: (tape, { x }) => [gram(tape, x, count)],
    reference: ({ x }) => {
      const C = shape[shape.length - 1];
      const rows = x.data.length / C;
      return [
        values([C, C], (i) => {
          const [a, b] = [Math.floor(i / C), i % C];
          let total = 0;
          for (let r = 0; r < rows; r++) total += x.data[r * C + a] * x.data[r * C + b];
          return total / (count ?? rows);
        }),
      ];
    },
    // Of 600 rows.
    tolerance: 4e-6,
    gradientTolerance: 4e-6,
  }),
);

/** Where each place of a margin is taken from, written out. */
const padded: readonly { mode: PadMode; size: number; from: number; places: number[] }[] = [
  { mode: "wrap", size: 3, from: -4, places: [2, 0, 1, 2, 0, 1, 2, 0, 1] },
  { mode: "reflect", size: 3, from: -4, places: [0, 1, 2, 1, 0, 1, 2, 1, 0] },
  { mode: "edge", size: 3, from: -2, places: [0, 0, 0, 1, 2, 2, 2] },
  { mode: "reflect", size: 1, from: -2, places: [0, 0, 0, 0, 0] },
  { mode: "edge", size: 4, from: 1, places: [1, 2] },
  { mode: "zero", size: 3, from: -2, places: [-1, -1, 0, 1, 2, -1] },
  { mode: "zero", size: 5, from: 1, places: [1, 2, 3] },
];

const padCases = row("pad2d", padded, ({ mode, size, from, places }) => {
  const after = from + places.length - size;
  return {
    inputs: { x: input([2, 3, size, 2]) },
    run: (tape, { x }) => [pad2d(tape, x, [0, 0, -from, after], mode)],
    reference: ({ x }) => [
      values([2, 3, places.length, 2], (i) => {
        const line = Math.floor(i / 2 / places.length);
        const place = places[Math.floor(i / 2) % places.length];
        return place < 0 ? 0 : x.data[(line * size + place) * 2 + (i % 2)];
      }),
    ],
    tolerance: 0,
  };
});

const resizeCases = row(
  "resize2d",
  (["nearest", "bilinear"] as const).flatMap((mode) =>
    [
      { shape: [1, 1, 1, 1], to: [3, 2] },
      { shape: [2, 2, 3, 3], to: [4, 6] },
      { shape: [1, 5, 4, 4], to: [5, 4] },
      { shape: [2, 4, 6, 5], to: [2, 3] },
      { shape: [1, 3, 5, 2], to: [7, 4] },
      { shape: [1, 8, 8, 9], to: [3, 5] },
    ].map((sizes) => ({ mode, ...sizes })),
  ),
  ({ mode, shape, to: [height, width] }) => ({
    inputs: { x: input(shape) },
    run: (tape, { x }) => [resize2d(tape, x, height, width, mode)],
    reference: ({ x }) => [pictures.resize(x, height, width, mode)],
  }),
);

const moduleCases = row("pictures_fused", [0], () => ({
  run: ({ machine }) => [[Number(machine.pictures.pictures_fused() === machine.kernels.fused())]],
  reference: () => [[1]],
}));

export const pictureCases: readonly Case[] = [
  ...moduleCases,
  ...activationCases,
  ...noiseCases,
  ...lossCases,
  ...vectorCases,
  ...normCases,
  ...poolCases,
  ...gramCases,
  ...padCases,
  ...resizeCases,
];
