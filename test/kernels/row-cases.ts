// Rows of what is made of products and other operations: sums along an axis, repetitions, scatter, losses of examples.

import { binaryCrossEntropy, crossEntropy, mse } from "../../src/nn/ops/example-losses.js";
import {
  logSumExp,
  repeatFirst,
  repeatLast,
  scatter,
  sumFirst,
  sumLast,
} from "../../src/nn/ops/rows.js";
import { sizeOf } from "../../src/nn/tensor.js";
import { type Case, constant, input, row, type Values, values } from "./case.js";

const shapes = [[1], [5], [2, 3], [4, 1, 7], [3, 37]];

/** f of each row along the last axis. */
function along(x: Values, f: (row: Float64Array) => number): Values {
  const columns = x.shape[x.shape.length - 1];
  return values(x.shape.slice(0, -1), (i) => f(x.data.subarray(i * columns, (i + 1) * columns)));
}

const total = (row: Float64Array) => row.reduce((a, b) => a + b, 0);
const logTotal = (row: Float64Array) => Math.log(row.reduce((a, b) => a + Math.exp(b), 0));

const lossShapes = [[1], [3, 2], [2, 3, 5]];

export const rowCases: readonly Case[] = [
  ...row("sumLast", shapes, (shape) => ({
    inputs: { x: input(shape) },
    run: (tape, { x }) => [sumLast(tape, x)],
    reference: ({ x }) => [along(x, total)],
  })),
  ...row("sumFirst", shapes, (shape) => ({
    inputs: { x: input(shape) },
    run: (tape, { x }) => [sumFirst(tape, x)],
    reference: ({ x }) => {
      const [N, ...rest] = shape;
      const size = sizeOf(rest);
      return [
        values(rest, (i) => {
          let sum = 0;
          for (let n = 0; n < N; n++) sum += x.data[n * size + i];
          return sum;
        }),
      ];
    },
  })),
  ...row("repeatLast", shapes, (shape) => ({
    inputs: { x: input(shape) },
    run: (tape, { x }) => [repeatLast(tape, x, 3)],
    reference: ({ x }) => [values([...shape, 3], (i) => x.data[Math.floor(i / 3)])],
    tolerance: 0,
  })),
  ...row("repeatFirst", shapes, (shape) => ({
    inputs: { x: input(shape) },
    run: (tape, { x }) => [repeatFirst(tape, x, 3)],
    reference: ({ x }) => [values([3, ...shape], (i) => x.data[i % x.data.length])],
    tolerance: 0,
  })),
  ...row("logSumExp", [...shapes, [2, 130]], (shape) => ({
    inputs: { x: input(shape, -90, 90) },
    run: (tape, { x }) => [logSumExp(tape, x)],
    reference: ({ x }) => [along(x, logTotal)],
  })),
  ...row(
    "scatter",
    [
      { D: 1, ids: [0], rows: 1 },
      { D: 5, ids: [4, 0, 4, 2, 4, 0], rows: 6 },
      { D: 130, ids: [1, 1, 1], rows: 3 },
    ],
    ({ D, ids, rows }) => ({
      inputs: { x: input([ids.length, D]) },
      run: (tape, { x }) => [scatter(tape, x, ids, rows)],
      reference: ({ x }) => {
        const y = values([rows, D], () => 0);
        ids.forEach((id, i) => {
          for (let d = 0; d < D; d++) y.data[id * D + d] += x.data[i * D + d];
        });
        return [y];
      },
    }),
  ),
  ...row("mse of examples", lossShapes, (shape) => ({
    inputs: { x: input(shape), t: constant(shape) },
    run: (tape, { x, t }) => [mse(tape, x, t)],
    reference: ({ x, t }) => {
      const width = sizeOf(shape) / shape[0];
      const squares = values([shape[0], width], (i) => (x.data[i] - t.data[i]) ** 2 / width);
      return [along(squares, total)];
    },
  })),
  ...row(
    "crossEntropy of examples",
    [
      [
        [3, 5],
        [4, -1, 0],
      ] as const,
      [
        [1, 2, 7],
        [6, 2],
      ] as const,
    ],
    ([shape, targets]) => ({
      inputs: { x: input(shape, -20, 20) },
      run: (tape, { x }) => [crossEntropy(tape, x, targets)],
      reference: ({ x }) => {
        let at = 0;
        return [
          along(x, (row) => {
            const target = targets[at++];
            return target < 0 ? 0 : logTotal(row) - row[target];
          }),
        ];
      },
    }),
  ),
  ...row("binaryCrossEntropy of examples", lossShapes, (shape) => ({
    inputs: { x: input(shape, -30, 30), t: constant(shape, 0, 1) },
    run: (tape, { x, t }) => [binaryCrossEntropy(tape, x, t)],
    reference: ({ x, t }) => {
      const width = sizeOf(shape) / shape[0];
      const each = values([shape[0], width], (i) => {
        const [v, target] = [x.data[i], t.data[i]];
        return Math.max(v, 0) - v * target + Math.log1p(Math.exp(-Math.abs(v)));
      });
      return [along(each, total)];
    },
  })),
];
