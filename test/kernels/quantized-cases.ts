// Rows for the 8-bit and 4-bit kernels. Their sums are of whole numbers, so the references are exact: in doubles
// for the sums, rounded to f32 where the kernels round.

import { add } from "../../src/nn/ops/elementwise.js";
import { linear } from "../../src/nn/ops/linear.js";
import { lstm } from "../../src/nn/ops/lstm.js";
import {
  type Bits,
  packQuantized,
  type QuantizedMatrix,
  quantizedBytes,
  quantizeRows,
} from "../../src/nn/ops/quantized.js";
import type { Tape } from "../../src/nn/tape.js";
import type { Tensor } from "../../src/nn/tensor.js";
import { type Case, constant, type Input, row, type Values, values } from "./case.js";
import * as reference from "./reference.js";

const f = Math.fround;

/** Products in one sum of whole numbers. */
const BLOCK = 512;

/** Nearest whole number, ties to even. */
function nearest(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

/** A row as whole numbers up to ±limit, times a scale. */
function rounded(x: Float64Array, limit: number): { scale: number; whole: Float64Array } {
  const scale = f(x.reduce((most, v) => Math.max(most, Math.abs(v)), 0) / limit);
  const whole = x.map((v) => {
    const bounded = Math.min(limit, Math.max(-limit, nearest(f(v / scale))));
    return Number.isNaN(bounded) ? 0 : bounded + 0;
  });
  return { scale, whole };
}

function rowsOf({ shape, data }: Values): Float64Array[] {
  const n = shape[shape.length - 1];
  return Array.from({ length: data.length / n }, (_, i) => data.subarray(i * n, (i + 1) * n));
}

/** The weights that the 8 bits stand for. */
function widened(w: Values): Values {
  const all = rowsOf(w).flatMap((own) => {
    const { scale, whole } = rounded(own, 127);
    return Array.from(whole, (v) => scale * v);
  });
  return values(w.shape, (i) => all[i]);
}

/** y = start + x Wᵀ, every rounding as in the kernel. */
function product(x: Values, w: Values, start: (i: number, j: number) => number): Values {
  const weights = rowsOf(w).map((own) => rounded(own, 127));
  const y = rowsOf(x).flatMap((own, i) => {
    const q = rounded(own, 32767);
    return weights.map((p, j) => {
      let sum = start(i, j);
      for (let k = 0; k < own.length; k += BLOCK) {
        const block = q.whole.subarray(k, k + BLOCK);
        const exact = block.reduce((total, v, e) => total + v * p.whole[k + e], 0);
        sum = f(sum + f(f(q.scale * p.scale) * f(exact)));
      }
      return sum;
    });
  });
  return values([rowsOf(x).length, weights.length], (i) => y[i]);
}

/** A block of 4-bit numbers, and its scale: every rounding as in the kernel, every candidate in its order. */
function block(own: Float64Array): { scale: number; whole: Float64Array } {
  const most = own.reduce((a, v) => Math.max(a, Math.abs(v)), 0);
  if (most === 0) return { scale: 0, whole: own };
  const x = Float64Array.from({ length: 32 }, (_, i) => f((own[i] ?? 0) / most));
  const unit = (v: number, inverse: number) => Math.max(-8, Math.min(7, nearest(f(v * inverse))));
  const cut = (v: number) => bitsOf(f(v)) >>> 16;
  const [from, to] = [Math.max(1, cut(most / 10.5)), cut(most / 5.5)];
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const sign of [0, 0x8000]) {
    for (let bits = from; bits <= to; bits++) {
      const scale = f(wide(sign | bits) / most);
      const inverse = f(1 / scale);
      const sums = [0, 0, 0, 0];
      x.forEach((v, i) => {
        const off = f(v - f(scale * unit(v, inverse)));
        sums[i % 4] = f(sums[i % 4] + f(off * off));
      });
      const error = f(f(sums[0] + sums[2]) + f(sums[1] + sums[3]));
      if (error < least) [least, best] = [error, sign | bits];
    }
  }
  const scale = wide(best);
  const inverse = f(1 / f(scale / most));
  return { scale, whole: own.map((_, i) => (best === 0 ? 0 : unit(x[i], inverse) + 0)) };
}

function bitsOf(x: number): number {
  return new Uint32Array(Float32Array.of(x).buffer)[0];
}

/** The f32 of a bf16. */
function wide(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0];
}

function blocksOf(own: Float64Array): Float64Array[] {
  return Array.from({ length: Math.ceil(own.length / 32) }, (_, b) =>
    own.subarray(32 * b, 32 * b + 32),
  );
}

/** y = start + x Wᵀ with 4-bit weights, every rounding as in the kernel. */
function coarseProduct(x: Values, w: Values, start: (i: number, j: number) => number): Values {
  const weights = rowsOf(w).map((own) => blocksOf(own).map(block));
  const y = rowsOf(x).flatMap((own, i) => {
    const q = blocksOf(own).map((part) => rounded(part, 127));
    return weights.map((p, j) =>
      p.reduce(
        (sum, { scale, whole }, b) => {
          const exact = q[b].whole.reduce((total, v, e) => total + v * whole[e], 0);
          return f(sum + f(f(q[b].scale * scale) * exact));
        },
        start(i, j),
      ),
    );
  });
  return values([rowsOf(x).length, weights.length], (i) => y[i]);
}

/** Quantises in the step's own memory. */
function quantized(tape: Tape, weight: Tensor, bits: Bits = 8): QuantizedMatrix {
  const { machine } = tape;
  const shape = [weight.shape[0], weight.shape[1]] as const;
  // In multiples of words, as the watched memory needs.
  const address = machine.alloc(quantizedBytes(machine, bits, shape));
  return packQuantized(machine, address, quantizeRows(machine, bits, weight.data, shape[0]), shape);
}

const rounding = row(
  "int8_quantize",
  [
    { shape: [1, 1] },
    { shape: [2, 3] },
    { shape: [3, 4] },
    { shape: [5, 37] },
    { shape: [3, 5], factor: 0 },
    { shape: [2, 6], factor: 1e-44 },
    { shape: [2, 7], factor: 1e-38 },
    { shape: [4, 130], factor: 1.6e38 },
    { shape: [1, 255], ties: true },
  ] as { shape: number[]; factor?: number; ties?: boolean }[],
  ({ shape, factor = 1, ties = false }) => ({
    inputs: {
      // With ties: 127, -63, -62.5 … 63.5, whose scale is 1.
      w: ties
        ? { shape, value: (_, i) => (i === 0 ? 127 : (i - 127) / 2), gradient: false }
        : constant(shape, -2 * factor, 2 * factor),
    },
    run: (_, { w }) => {
      const { values, scales } = quantizeRows(w.machine, 8, w.data, w.shape[0]);
      return [new Int8Array(values.buffer), new Float32Array(scales.buffer)];
    },
    reference: ({ w }) => {
      const rows = rowsOf(w).map((own) => rounded(own, 127));
      return [rows.flatMap(({ whole }) => [...whole]), rows.map(({ scale }) => scale)];
    },
    tolerance: 0,
  }),
);

const coarseRounding = row(
  "int4_quantize",
  [
    { shape: [1, 1] },
    { shape: [2, 3] },
    { shape: [3, 4] },
    { shape: [5, 37] },
    { shape: [2, 65] },
    { shape: [3, 5], factor: 0 },
    { shape: [2, 6], factor: 1e-44 },
    { shape: [2, 7], factor: 1e-38 },
    { shape: [4, 130], factor: 1.6e38 },
  ] as { shape: number[]; factor?: number }[],
  ({ shape, factor = 1 }) => ({
    inputs: { w: constant(shape, -2 * factor, 2 * factor) },
    run: (_, { w }) => {
      const { values, scales } = quantizeRows(w.machine, 4, w.data, w.shape[0]);
      return [values, new Uint16Array(scales.buffer)];
    },
    reference: ({ w }) => {
      const rows = rowsOf(w).map((own) => blocksOf(own).map(block));
      const pairs = rows.flatMap((blocks) =>
        blocks.flatMap(({ whole }) =>
          Array.from({ length: Math.ceil(whole.length / 2) }, (_, e) => {
            const high = 2 * e + 1 < whole.length ? whole[2 * e + 1] + 8 : 0;
            return whole[2 * e] + 8 + 16 * high;
          }),
        ),
      );
      const scales = rows.flatMap((blocks) => blocks.map(({ scale }) => bitsOf(scale) >>> 16));
      return [pairs, scales];
    },
    tolerance: 0,
  }),
);

/** m, k, n. Panels are of 16, tiles of 4, blocks of 64 rows and 512 products. */
const sizes = [
  [1, 1, 1],
  [1, 7, 5],
  [2, 8, 16],
  [3, 9, 17],
  [4, 16, 16],
  [5, 33, 40],
  [6, 12, 20],
  [64, 5, 9],
  [131, 11, 35],
  [1, 512, 33],
  [4, 513, 17],
  [7, 1031, 10],
  [1, 1600, 3],
];
const modes = ["bias", "accumulate", "store"] as const;

interface ProductVariant {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly mode: (typeof modes)[number];
  readonly x?: Input;
  readonly w?: Input;
}

/** The largest sums that there can be: of one sign, and in turn. */
const extremes: ProductVariant[] = [1, 5].flatMap((m) =>
  [512, 1024].map((k) => ({
    ...{ m, k, n: 18, mode: "store" },
    x: { shape: [m, k], value: (_, i) => (i % k < 512 ? 1 : -1) * 3, gradient: false },
    w: { shape: [18, k], value: (_, i) => (Math.floor(i / k) % 2 ? 1 : -1), gradient: false },
  })),
);

const variants = [
  ...sizes.flatMap(([m, k, n]) => modes.map((mode): ProductVariant => ({ m, k, n, mode }))),
  { m: 5, k: 20, n: 18, mode: "bias", x: constant([5, 20], 0, 0) },
  { m: 2, k: 20, n: 18, mode: "bias", w: constant([18, 20], 0, 0) },
  { m: 2, k: 20, n: 3, mode: "store", x: constant([2, 20], -1e-44, 1e-44) },
  { m: 5, k: 21, n: 3, mode: "store", x: constant([5, 21], -1e30, 1e30) },
  ...extremes,
] as ProductVariant[];

const productsOf = (
  name: string,
  bits: Bits,
  expected: typeof product,
  some: readonly ProductVariant[],
) =>
  row(name, some, ({ m, k, n, mode, x = constant([m, k]), w = constant([n, k]) }) => ({
    inputs: {
      x,
      w,
      ...(mode === "bias" && { bias: constant([n]) }),
      ...(mode === "accumulate" && { before: constant([m, n]) }),
    },
    run: (tape, { x, w, bias, before }) => {
      const y = before ?? tape.empty([m, n]);
      const options = { bias, accumulate: mode === "accumulate" };
      quantized(tape, w, bits).product(tape, y.address, x.address, m, options);
      return [y, x];
    },
    reference: ({ x, w, bias, before }) => [
      expected(x, w, (i, j) => before?.data[i * n + j] ?? bias?.data[j] ?? 0),
      x,
    ],
    tolerance: 0,
  }));

const products = [
  ...productsOf("int8_linear", 8, product, variants),
  ...productsOf(
    "int4_linear",
    4,
    coarseProduct,
    variants.filter(({ m, k, n }) => m * k * n < 60000),
  ),
];

const layers = [
  ...row(
    "linear, quantised",
    [
      { rows: [1], I: 9, O: 5, bias: true },
      { rows: [2, 3], I: 17, O: 33, bias: false },
    ],
    ({ rows, I, O, bias }) => ({
      inputs: {
        x: constant([...rows, I]),
        w: constant([O, I]),
        ...(bias && { b: constant([O]) }),
      },
      run: (tape, { x, w, b }) => [linear(tape, x, quantized(tape, w), b)],
      reference: ({ x, w, b }) => {
        const { data } = product(x, w, (_, j) => b?.data[j] ?? 0);
        return [values([...rows, O], (i) => data[i])];
      },
      tolerance: 0,
    }),
  ),
  ...row(
    "lstm, quantised",
    [
      { T: 1, B: 1, I: 1, H: 1 },
      { T: 3, B: 2, I: 5, H: 3, initial: true },
      { T: 4, B: 3, I: 2, H: 5, lengths: [4, 1, 2], initial: true, reverse: true },
      { T: 7, B: 5, I: 6, H: 21 },
      { T: 2, B: 1, I: 3, H: 517, initial: true },
    ] as {
      T: number;
      B: number;
      I: number;
      H: number;
      lengths?: number[];
      initial?: boolean;
      reverse?: boolean;
    }[],
    ({ T, B, I, H, lengths, initial, reverse }) => ({
      inputs: {
        x: constant([T, B, I]),
        wih: constant([4 * H, I], -0.7, 0.7),
        whh: constant([4 * H, H], -0.7 / Math.sqrt(H), 0.7 / Math.sqrt(H)),
        bih: constant([4 * H], -1, 1),
        bhh: constant([4 * H], -1, 1),
        ...(initial && { h0: constant([B, H], -1, 1), c0: constant([B, H]) }),
      },
      run: (tape, { x, wih, whh, bih, bhh, h0, c0 }) => {
        const inputs = linear(tape, x, quantized(tape, wih), add(tape, bih, bhh));
        const initialState = h0 && { h: h0, c: c0 };
        const options = { lengths: lengths && tape.indices(lengths), reverse };
        const { output, state } = lstm(tape, inputs, initialState, quantized(tape, whh), options);
        return [output, state.h, state.c];
      },
      // The activations' 16 bits are left out here.
      reference: ({ wih, whh, ...rest }) => {
        const weights = { wih: widened(wih), whh: widened(whh) };
        return reference.lstm({ ...weights, ...rest } as Parameters<typeof reference.lstm>[0], {
          lengths,
          reverse,
        });
      },
      tolerance: 1e-4,
    }),
  ),
];

export const quantizedCases: readonly Case[] = [
  ...rounding,
  ...coarseRounding,
  ...products,
  ...layers,
];
