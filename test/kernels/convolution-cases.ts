// Rows for the convolutions, beside references that loop over everything.

import { conv2d, convTranspose2d, depthwiseConv2d } from "../../src/nn/ops/convolution.js";
import { mapSize, pictureSize } from "../../src/nn/ops/convolution-sizes.js";
import { type Case, type Input, input, row, type Values, values } from "./case.js";

type Pair = readonly [number, number];

/** x (N, H, W, I), a kernel and O channels out. */
interface Variant {
  readonly x: readonly number[];
  readonly O: number;
  readonly kernel: Pair;
  readonly stride?: Pair;
  readonly padding?: Pair;
  readonly dilation?: Pair;
  readonly outputPadding?: Pair;
  readonly bias?: boolean;
}

const variants: readonly Variant[] = [
  { x: [1, 1, 1, 1], O: 1, kernel: [1, 1] },
  { x: [2, 4, 5, 3], O: 4, kernel: [3, 3], padding: [1, 1], bias: true },
  { x: [1, 5, 4, 1], O: 5, kernel: [3, 3], padding: [1, 1], bias: true },
  { x: [2, 6, 6, 1], O: 8, kernel: [4, 4], stride: [2, 2], padding: [1, 1], bias: true },
  { x: [3, 3, 3, 5], O: 13, kernel: [2, 2], stride: [2, 1] },
  { x: [1, 7, 8, 2], O: 3, kernel: [3, 2], dilation: [2, 3], padding: [2, 1], bias: true },
  { x: [1, 6, 5, 4], O: 2, kernel: [3, 3], dilation: [2, 1], padding: [2, 3], stride: [1, 2] },
  { x: [2, 3, 2, 7], O: 25, kernel: [1, 1], bias: true },
  { x: [1, 2, 3, 9], O: 1, kernel: [5, 5], padding: [3, 3], stride: [3, 2] },
  // More than a block of rows, of k and of columns.
  { x: [1, 12, 12, 32], O: 12, kernel: [3, 3], padding: [1, 1] },
  { x: [1, 4, 4, 3], O: 130, kernel: [2, 2], bias: true },
];

const transposedVariants: readonly Variant[] = [
  ...variants.filter(({ x: [, P, Q], padding = [0, 0] }) => P > padding[0] && Q > padding[1]),
  {
    ...{ x: [2, 3, 2, 4], O: 3, kernel: [3, 3], stride: [2, 3] },
    ...{ padding: [1, 0], outputPadding: [1, 2], bias: true },
  },
];

/** A row of the table, which has no undefined options. */
function named({ x, O, kernel, ...options }: Variant): Variant {
  return { x, O, kernel, ...options };
}

interface Steps {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
}

function steps({ kernel, stride = [1, 1], padding = [0, 0], dilation = [1, 1] }: Variant): Steps {
  return { kernel, stride, padding, dilation };
}

/** Calls `visit` with the places of each pixel of a map and of each tap of its patch that is in the picture. */
function eachTap(
  map: readonly number[],
  picture: readonly number[],
  { kernel, stride, padding, dilation }: Steps,
  visit: (map: number, picture: number, tap: number) => void,
): void {
  const [N, P, Q] = map;
  const [, H, W] = picture;
  for (let n = 0; n < N; n++) {
    for (let p = 0; p < P; p++) {
      for (let q = 0; q < Q; q++) {
        for (let i = 0; i < kernel[0]; i++) {
          for (let j = 0; j < kernel[1]; j++) {
            const h = p * stride[0] - padding[0] + i * dilation[0];
            const w = q * stride[1] - padding[1] + j * dilation[1];
            if (h < 0 || h >= H || w < 0 || w >= W) continue;
            visit((n * P + p) * Q + q, (n * H + h) * W + w, i * kernel[1] + j);
          }
        }
      }
    }
  }
}

function convolution(x: Values, w: Values, bias: Values | undefined, how: Steps): Values {
  const { kernel, stride, padding, dilation } = how;
  const [N, H, W, I] = x.shape;
  const O = w.shape[0];
  const size = (axis: 0 | 1, of: number) =>
    mapSize(of, kernel[axis], stride[axis], padding[axis], dilation[axis]);
  const y = values([N, size(0, H), size(1, W), O], (i) => bias?.data[i % O] ?? 0);
  const taps = kernel[0] * kernel[1];
  eachTap(y.shape, x.shape, how, (map, picture, tap) => {
    for (let o = 0; o < O; o++) {
      for (let i = 0; i < I; i++) {
        y.data[map * O + o] += x.data[picture * I + i] * w.data[(o * taps + tap) * I + i];
      }
    }
  });
  return y;
}

function transposed(
  x: Values,
  w: Values,
  bias: Values | undefined,
  how: Steps,
  more: Pair,
): Values {
  const { kernel, stride, padding, dilation } = how;
  const [N, P, Q, I] = x.shape;
  const O = w.shape[3];
  const size = (axis: 0 | 1, of: number) =>
    pictureSize(of, kernel[axis], stride[axis], padding[axis], dilation[axis], more[axis]);
  const y = values([N, size(0, P), size(1, Q), O], (i) => bias?.data[i % O] ?? 0);
  const taps = kernel[0] * kernel[1];
  eachTap(x.shape, y.shape, how, (map, picture, tap) => {
    for (let i = 0; i < I; i++) {
      for (let o = 0; o < O; o++) {
        y.data[picture * O + o] += x.data[map * I + i] * w.data[(i * taps + tap) * O + o];
      }
    }
  });
  return y;
}

function depthwise(x: Values, w: Values, bias: Values | undefined, how: Steps): Values {
  const C = x.shape[3];
  const taps = how.kernel[0] * how.kernel[1];
  const wide = values([C, ...how.kernel, C], (at) => {
    const [o, tap, i] = [Math.floor(at / (taps * C)), Math.floor(at / C) % taps, at % C];
    return o === i ? w.data[tap * C + i] : 0;
  });
  return convolution(x, wide, bias, how);
}

const biases = (bias: boolean | undefined, n: number): Record<string, Input> =>
  bias ? { bias: input([n]) } : {};

export const convolutionCases: readonly Case[] = [
  ...row("conv2d", variants.map(named), ({ x: shape, O, bias, ...options }) => ({
    inputs: {
      x: input(shape),
      w: input([O, ...options.kernel, shape[3]]),
      ...biases(bias, O),
    },
    run: (tape, { x, w, bias: b }) => [conv2d(tape, x, w, b, options)],
    reference: ({ x, w, bias: b }) => [convolution(x, w, b, steps({ x: shape, O, ...options }))],
    tolerance: 2e-6,
    gradientTolerance: 4e-6,
  })),
  ...row("convTranspose2d", transposedVariants.map(named), ({ x: shape, O, bias, ...options }) => ({
    inputs: {
      x: input(shape),
      w: input([shape[3], ...options.kernel, O]),
      ...biases(bias, O),
    },
    run: (tape, { x, w, bias: b }) => [convTranspose2d(tape, x, w, b, options)],
    reference: ({ x, w, bias: b }) => [
      transposed(x, w, b, steps({ x: shape, O, ...options }), options.outputPadding ?? [0, 0]),
    ],
    tolerance: 2e-6,
    gradientTolerance: 4e-6,
  })),
  ...row("depthwiseConv2d", variants.map(named), ({ x: shape, O: _, bias, ...options }) => ({
    inputs: {
      x: input(shape),
      w: input([...options.kernel, shape[3]]),
      ...biases(bias, shape[3]),
    },
    run: (tape, { x, w, bias: b }) => [depthwiseConv2d(tape, x, w, b, options)],
    reference: ({ x, w, bias: b }) => [depthwise(x, w, b, steps({ x: shape, O: 1, ...options }))],
    gradientTolerance: 4e-6,
  })),
];
