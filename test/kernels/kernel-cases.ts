// Rows for the kernels that no differentiable operation uses as they are.

import type { Tensor } from "../../src/nn/tensor.js";
import { type Case, constant, fixed, row, values } from "./case.js";
import * as reference from "./reference.js";

const lengths = [1, 2, 3, 4, 5, 37, 130];

/** What has no largest number as most have one. */
const lists = [
  [],
  [-Infinity],
  [1, NaN, 2],
  [-0, -3],
  [-0, -1, -2, -3, 0, -1, -2, -3, -0, -4],
  [-1, -2, -3, -4, -5, NaN, -7, -8, 3],
  [1, 2, 3, 4, -Infinity, 5, 6, 7, Infinity, 8, 9, 1, 1, 1, 1, 1, 1],
  Array<number>(9).fill(-Infinity),
  Array<number>(9).fill(3e38),
];

const vectorCases = [
  ...row("fill", lengths, (n) => ({
    run: (tape) => {
      const x = tape.empty([n]);
      tape.machine.kernels.fill(x.address, -1.5, n);
      return [x];
    },
    reference: () => [values([n], () => -1.5)],
    tolerance: 0,
  })),
  ...row("add_to", lengths, (n) => ({
    inputs: { y: constant([n]), x: constant([n]) },
    run: ({ machine }, { y, x }) => {
      machine.kernels.add_to(y.address, x.address, n);
      return [y, x];
    },
    reference: ({ y, x }) => [reference.zip(y, x, (a, b) => a + b), x],
    tolerance: 0,
  })),
  ...row("add_scaled", lengths, (n) => ({
    inputs: { y: constant([n]), x: constant([n]) },
    run: ({ machine }, { y, x }) => {
      machine.kernels.add_scaled(y.address, x.address, 0.3, n);
      return [y, x];
    },
    reference: ({ y, x }) => [reference.zip(y, x, (a, b) => a + 0.3 * b), x],
  })),
  ...row("sum_squares", lengths, (n) => ({
    inputs: { x: constant([n], -1e20, 1e20) },
    run: ({ machine }, { x }) => [[machine.kernels.sum_squares(x.address, n)]],
    reference: ({ x }) => [[reference.sum(x.data.map((v) => v * v))]],
    tolerance: 1e-14,
  })),
  ...row("max_value", lengths, (n) => ({
    inputs: { x: constant([n], -2, -1) },
    run: ({ machine }, { x }) => [[machine.kernels.max_value(x.address, n)]],
    reference: ({ x }) => [[Math.max(...x.data)]],
    tolerance: 0,
  })),
  ...row("max_value of", lists, (list) => ({
    inputs: { x: fixed(list) },
    run: ({ machine }, { x }) => [[machine.kernels.max_value(x.address, list.length)]],
    reference: () => [[Math.max(...list)]],
  })),
  ...row(
    "sum_columns",
    [
      [1, 1],
      [3, 5],
      [7, 4],
      [2, 130],
      [121, 3],
    ],
    ([rows, n]) => ({
      inputs: { y: constant([n]), x: constant([rows, n]) },
      run: ({ machine }, { y, x }) => {
        machine.kernels.sum_columns(y.address, x.address, rows, n);
        return [y, x];
      },
      reference: ({ y, x }) => {
        const column = (j: number) => reference.sum(x.data.filter((_, i) => i % n === j));
        return [values([n], (j) => y.data[j] + column(j)), x];
      },
    }),
  ),
  ...row("fused", [""], () => ({
    // What it says differs by build: cases.test.ts.
    run: ({ machine }) => [[Number(machine.kernels.fused())]],
    reference: () => [],
  })),
  ...row("heap_base", [64], (align) => ({
    run: ({ machine }) => {
      const base = machine.kernels.heap_base();
      return [[Number(base > 0), Number(machine.alloc(align) >= base)]];
    },
    reference: () => [[1, 1]],
    tolerance: 0,
  })),
];

/** m, k, n. Blocks are 3 x 12 (36 for one row), 120 and 256. */
const products = [
  [1, 1, 1],
  [1, 3, 5],
  [2, 4, 12],
  [3, 5, 13],
  [4, 8, 36],
  [1, 7, 37],
  [1, 257, 40],
  [1, 300, 36],
  [5, 256, 11],
  [121, 3, 7],
  [33, 257, 25],
  [244, 260, 14],
  [7, 513, 24],
];
const choices = products.flatMap(([m, k, n]) =>
  [false, true].map((accumulate) => ({ m, k, n, accumulate })),
);

/** Where A and B stand turned around in memory: A as (k, m), B as (n, k). */
const forms = {
  matmul_nn: { turnA: false, turnB: false },
  matmul_nt: { turnA: false, turnB: true },
  matmul_tn: { turnA: true, turnB: false },
} as const;

const productCases = Object.entries(forms).flatMap(([name, { turnA, turnB }]) =>
  row(name, choices, ({ m, k, n, accumulate }) => ({
    inputs: {
      a: constant(turnA ? [k, m] : [m, k]),
      b: constant(turnB ? [n, k] : [k, n]),
      ...(accumulate && { before: constant([m, n]) }),
    },
    run: (tape, { a, b, before }) => {
      const { kernels } = tape.machine;
      const c = before ?? tape.empty([m, n]);
      tape.scratch(kernels.matmul_work(k, n), (work) =>
        kernels[name as keyof typeof forms](
          c.address,
          a.address,
          b.address,
          m,
          k,
          n,
          accumulate,
          work,
        ),
      );
      return [c, a, b];
    },
    reference: ({ a, b, before }) => {
      const left = turnA ? reference.transpose(a) : a;
      const right = turnB ? reference.transpose(b) : b;
      const c = reference.matmul(left, right);
      return [before ? reference.zip(before, c, (x, y) => x + y) : c, a, b];
    },
  })),
);

const packedCases = row(
  "matmul_packed",
  products.flatMap(([m, k, n]) =>
    (["bias", "accumulate", "store"] as const).map((mode) => ({ m, k, n, mode })),
  ),
  ({ m, k, n, mode }) => ({
    inputs: {
      a: constant([m, k]),
      b: constant([k, n]),
      ...(mode === "bias" && { bias: constant([n]) }),
      ...(mode === "accumulate" && { before: constant([m, n]) }),
    },
    run: (tape, { a, b, bias, before }) => {
      const { kernels } = tape.machine;
      const floats = kernels.matmul_pack_bytes(k, n) / 4;
      const packed = tape.empty([floats]);
      const packedFromTurned = tape.empty([floats]);
      const turned = tape.tensor(reference.transpose(toValues(b)).data, [n, k]);
      kernels.matmul_pack_nn(packed.address, b.address, k, n);
      kernels.matmul_pack_nt(packedFromTurned.address, turned.address, k, n);
      const c = before ?? tape.empty([m, n]);
      tape.scratch(kernels.matmul_packed_work(), (work) =>
        kernels.matmul_packed(
          c.address,
          a.address,
          packed.address,
          bias?.address ?? 0,
          m,
          k,
          n,
          mode === "accumulate",
          work,
        ),
      );
      return [c, packed, packedFromTurned];
    },
    reference: ({ a, b, bias, before }) => {
      const c = reference.matmul(a, b);
      return [values([m, n], (i) => c.data[i] + (bias?.data[i % n] ?? 0) + (before?.data[i] ?? 0))];
    },
    check: ([, packed, packedFromTurned]) => {
      if (packed.every((value, i) => value === packedFromTurned[i])) return;
      throw new Error("B packed is not the same as turned B packed");
    },
  }),
);

function toValues({ shape, data }: Tensor) {
  return { shape, data: Float64Array.from(data) };
}

const plain = { lr: 0.1, momentum: 0, decay: 0, nesterov: false, first: false };

const optimizerCases = [
  ...row(
    "sgd_step",
    [
      { ...plain, n: 1 },
      { ...plain, n: 37, decay: 0.2 },
      { ...plain, n: 37, momentum: 0.9, first: true },
      { ...plain, n: 37, momentum: 0.9 },
      { ...plain, n: 37, momentum: 0.9, nesterov: true, first: true },
      { ...plain, n: 38, momentum: 0.9, nesterov: true },
      { ...plain, n: 39, momentum: 0.5, decay: 0.2 },
      { ...plain, n: 130, momentum: 0.5, decay: 0.2, nesterov: true },
    ],
    ({ n, ...rule }) => ({
      inputs: {
        p: constant([n]),
        g: constant([n]),
        // The first step must not look at the velocity.
        v: rule.first ? fixed(Array<number>(n).fill(NaN)) : constant([n]),
      },
      run: ({ machine }, { p, g, v }) => {
        const { lr, momentum, decay, nesterov, first } = rule;
        const velocity = momentum === 0 ? 0 : v.address;
        machine.kernels.sgd_step(
          p.address,
          g.address,
          velocity,
          n,
          lr,
          momentum,
          decay,
          nesterov,
          first,
        );
        return [p, v, g];
      },
      reference: ({ p, g, v }) => {
        const steps = Array.from(p.data, (x, i) => reference.sgd(x, g.data[i], v.data[i], rule));
        return [...[0, 1].map((part) => values([n], (i) => steps[i][part])), g];
      },
    }),
  ),
  ...row(
    "adam_step",
    [
      { n: 1, t: 1, decay: 0, decoupled: true },
      { n: 37, t: 1, decay: 0.3, decoupled: true },
      { n: 38, t: 7, decay: 0.3, decoupled: true },
      { n: 39, t: 7, decay: 0.3, decoupled: false },
      { n: 130, t: 100, decay: 0, decoupled: false },
    ],
    ({ n, ...rest }) => ({
      inputs: { p: constant([n]), g: constant([n]), m: constant([n]), v: constant([n], 0.01, 2) },
      run: ({ machine }, { p, g, m, v }) => {
        machine.kernels.adam_step(
          p.address,
          g.address,
          m.address,
          v.address,
          n,
          0.05,
          0.9,
          0.999,
          1e-3,
          rest.decay,
          rest.decoupled,
          1 - 0.9 ** rest.t,
          1 - 0.999 ** rest.t,
        );
        return [p, m, v, g];
      },
      reference: ({ p, g, m, v }) => {
        const rule = { lr: 0.05, betas: [0.9, 0.999] as const, eps: 1e-3, ...rest };
        const steps = Array.from(p.data, (x, i) =>
          reference.adam(x, g.data[i], m.data[i], v.data[i], rule),
        );
        return [...[0, 1, 2].map((part) => values([n], (i) => steps[i][part])), g];
      },
    }),
  ),
  ...row("ema_step", [1, 4, 37], (n) => ({
    inputs: { average: constant([n]), p: constant([n]) },
    run: ({ machine }, { average, p }) => {
      machine.kernels.ema_step(average.address, p.address, n, 0.9);
      return [average, p];
    },
    reference: ({ average, p }) => [
      reference.zip(average, p, (a, x) => 0.9 * a + (1 - 0.9) * x),
      p,
    ],
  })),
];

export const kernelCases: readonly Case[] = [
  ...vectorCases,
  ...productCases,
  ...packedCases,
  ...optimizerCases,
];
