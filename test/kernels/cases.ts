// The table: one row per operation or kernel. A row says how to run it on which inputs, and what must
// come out in double precision; harness.ts and cases.test.ts derive the tests. A new operation needs
// its kernel, its file in src/nn/ops and a row here.

import { addLinear } from "../../src/nn/ops/add-linear.js";
import { columns, concat, stack, unstack } from "../../src/nn/ops/concat.js";
import { crossEntropy, logSoftmax, softmax } from "../../src/nn/ops/cross-entropy.js";
import { dropout } from "../../src/nn/ops/dropout.js";
import * as elementwise from "../../src/nn/ops/elementwise.js";
import { embedding, embeddingBag, embeddingLinear } from "../../src/nn/ops/embedding.js";
import { linear } from "../../src/nn/ops/linear.js";
import { linearCrossEntropy } from "../../src/nn/ops/linear-cross-entropy.js";
import { lstm, lstmStep } from "../../src/nn/ops/lstm.js";
import { matmul } from "../../src/nn/ops/matmul.js";
import { mean, sum } from "../../src/nn/ops/reduce.js";
import type { Tape } from "../../src/nn/tape.js";
import { sizeOf, type Tensor } from "../../src/nn/tensor.js";
import { type Case, type CaseBody, constant, input, row, type Values, values } from "./case.js";
import { convolutionCases } from "./convolution-cases.js";
import { encoderAttentionCases } from "./encoder-attention-cases.js";
import { DROPOUT_SEED } from "./harness.js";
import { kernelCases } from "./kernel-cases.js";
import { multiHeadCases } from "./multi-head-cases.js";
import { pictureCases } from "./picture-cases.js";
import { quantizedCases } from "./quantized-cases.js";
import { randomCases } from "./random-cases.js";
import * as reference from "./reference.js";
import { rowCases } from "./row-cases.js";
import { transformerCases } from "./transformer-cases.js";

const lengths = [1, 2, 3, 4, 5, 7, 8, 37, 130];

/** A row for y = f(x), element by element, x from `low` to `high`. */
function unary(
  op: (tape: Tape, x: Tensor) => Tensor,
  f: (x: number) => number,
  options: Partial<CaseBody> & { low?: number; high?: number } = {},
): Case[] {
  return row(op.name, lengths, (n) => ({
    inputs: { x: input([n], options.low ?? -4, options.high ?? 4) },
    run: (tape, { x }) => [op(tape, x)],
    reference: ({ x }) => [reference.map(x, f)],
    ...options,
  }));
}

/** A row for y = f(a, b), element by element, and for f(a, a). */
function binary(
  op: (tape: Tape, a: Tensor, b: Tensor) => Tensor,
  f: (a: number, b: number) => number,
  low = -2,
): Case[] {
  const apart = row(op.name, [[1], [2, 3], [5], [4, 8], [3, 37], [130]], (shape) => ({
    inputs: { a: input(shape), b: input(shape, low) },
    run: (tape, { a, b }) => [op(tape, a, b)],
    reference: ({ a, b }) => [reference.zip(a, b, f)],
    tolerance: 0,
  }));
  const same = row(`${op.name} with itself`, [7], (n) => ({
    inputs: { a: input([n], low) },
    run: (tape, { a }) => [op(tape, a, a)],
    reference: ({ a }) => [reference.zip(a, a, f)],
    tolerance: 0,
  }));
  return [...apart, ...same];
}

const elementwiseCases = [
  ...binary(elementwise.add, (a, b) => a + b),
  ...binary(elementwise.sub, (a, b) => a - b),
  ...binary(elementwise.mul, (a, b) => a * b),
  ...binary(elementwise.div, (a, b) => a / b, 0.5),
  ...unary(elementwise.exp, Math.exp),
  ...unary(elementwise.log, Math.log, { low: 0.1 }),
  ...unary(elementwise.sin, Math.sin),
  ...unary(elementwise.cos, Math.cos),
  ...unary(elementwise.tanh, Math.tanh),
  ...unary(elementwise.sigmoid, reference.sigmoid),
  ...unary(elementwise.relu, (x) => Math.max(x, 0), { tolerance: 0 }),
  ...row(
    "scale",
    [
      { n: 1, factor: -1.5 },
      { n: 37, factor: 0.25 },
    ],
    ({ n, factor }) => ({
      inputs: { x: input([n]) },
      run: (tape, { x }) => [elementwise.scale(tape, x, factor)],
      reference: ({ x }) => [reference.map(x, (v) => factor * v)],
      tolerance: 0,
    }),
  ),
];

const reduceCases = [
  ...row("sum", [[1], [3], [2, 3, 5], [130]], (shape) => ({
    inputs: { x: input(shape) },
    run: (tape, { x }) => [sum(tape, x)],
    reference: ({ x }) => [values([], () => reference.sum(x.data))],
  })),
  ...row("mean", [[1], [3], [2, 3, 5], [130]], (shape) => ({
    inputs: { x: input(shape) },
    run: (tape, { x }) => [mean(tape, x)],
    reference: ({ x }) => [values([], () => reference.sum(x.data) / x.data.length)],
  })),
];

const columnCases = row(
  "columns",
  [
    { shape: [3], from: 0, to: 3 },
    { shape: [3, 9], from: 2, to: 7 },
    { shape: [2, 3, 5], from: 4, to: 5 },
  ],
  ({ shape, from, to }) => ({
    inputs: { x: input(shape) },
    run: (tape, { x }) => [columns(tape, x, from, to)],
    reference: ({ x }) => [reference.columns(x, from, to)],
    tolerance: 0,
  }),
);

const shapeCases = row(
  "concat",
  [
    { leading: [], na: 1, nb: 1 },
    { leading: [3], na: 4, nb: 5 },
    { leading: [2, 3], na: 7, nb: 2 },
  ],
  ({ leading, na, nb }) => ({
    inputs: { a: input([...leading, na]), b: input([...leading, nb]) },
    run: (tape, { a, b }) => [concat(tape, a, b)],
    reference: ({ a, b }) => [reference.concat(a, b)],
    tolerance: 0,
  }),
);

const stackCases = [
  ...row("stack", [{ shape: [1] }, { shape: [2, 5] }], ({ shape }) => ({
    inputs: { a: input(shape), b: input(shape), c: input(shape) },
    // One of them twice: both of its gradients count.
    run: (tape, { a, b, c }) => [stack(tape, [a, b, c, a])],
    reference: ({ a, b, c }) => [reference.stack([a, b, c, a])],
    tolerance: 0,
  })),
  ...row("unstack", [{ shape: [1, 3] }, { shape: [3, 2, 5] }], ({ shape }) => ({
    inputs: { x: input(shape) },
    // Entries in another order, one of them twice; x is read whole, too.
    run: (tape, { x }) => {
      const entries = unstack(tape, x);
      return [stack(tape, [...entries.slice(1), entries[0], entries[0]]), elementwise.exp(tape, x)];
    },
    reference: ({ x }) => {
      const entries = reference.unstack(x);
      const order = [...entries.slice(1), entries[0], entries[0]];
      return [reference.stack(order), values(x.shape, (i) => Math.exp(x.data[i]))];
    },
  })),
];

const matrixCases = [
  ...row(
    "linear",
    [
      { rows: [1], I: 1, O: 1, bias: true },
      { rows: [1], I: 7, O: 37, bias: true },
      { rows: [1], I: 300, O: 5, bias: false },
      { rows: [2, 3], I: 5, O: 13, bias: true },
      { rows: [5], I: 8, O: 36, bias: false },
      { rows: [121], I: 37, O: 7, bias: true },
      { rows: [4], I: 259, O: 40, bias: true },
      { rows: [260], I: 3, O: 11, bias: true },
    ],
    ({ rows, I, O, bias }) => ({
      inputs: { x: input([...rows, I]), w: input([O, I]), ...(bias && { b: input([O]) }) },
      run: (tape, { x, w, b }) => [linear(tape, x, w, b)],
      reference: ({ x, w, b }) => [reference.linear(x, w, b)],
    }),
  ),
  ...row(
    "addLinear",
    [
      { rows: [1], I: 1, O: 37 },
      { rows: [2, 3], I: 8, O: 13 },
      { rows: [121], I: 4, O: 7 },
    ],
    ({ rows, I, O }) => ({
      inputs: { y: input([...rows, O]), x: input([...rows, I]), w: input([O, I]) },
      run: (tape, { y, x, w }) => [addLinear(tape, elementwise.scale(tape, y, 1), x, w)],
      reference: ({ y, x, w }) => {
        const { data } = reference.linear(x, w);
        return [values([...rows, O], (i) => y.data[i] + data[i])];
      },
    }),
  ),
  ...row(
    "matmul",
    [
      [1, 1, 1],
      [1, 5, 37],
      [3, 4, 12],
      [5, 7, 11],
      [2, 260, 13],
      [121, 9, 14],
      [10, 3, 262],
    ],
    ([m, k, n]) => ({
      inputs: { a: input([m, k]), b: input([k, n]) },
      run: (tape, { a, b }) => [matmul(tape, a, b)],
      reference: ({ a, b }) => [reference.matmul(a, b)],
    }),
  ),
  ...row(
    "embedding",
    [
      { V: 1, D: 1, ids: [0], shape: [1] },
      { V: 5, D: 7, ids: [4, 0, 4, 2, 4, 0], shape: [2, 3] },
      { V: 3, D: 130, ids: [1, 1, 2, 1], shape: [4] },
    ],
    ({ V, D, ids, shape }) => ({
      inputs: { table: input([V, D]) },
      run: (tape, { table }) => [embedding(tape, table, ids, shape)],
      reference: ({ table }) => [reference.embedding(table, ids, shape)],
      tolerance: 0,
    }),
  ),
  ...row(
    "embeddingBag",
    [
      { V: 1, D: 1, ids: [0], shape: [1] },
      { V: 5, D: 7, ids: [4, 0, 4, 2, 4, 0, 1, 1, 3, 2, 0, 4], shape: [2, 2] },
      { V: 3, D: 130, ids: [1, 1, 2, 1], shape: [2] },
    ],
    ({ V, D, ids, shape }) => ({
      inputs: { table: input([V, D]) },
      run: (tape, { table }) => [embeddingBag(tape, table, ids, shape)],
      reference: ({ table }) => [reference.embeddingBag(table, ids, shape)],
    }),
  ),
  ...row(
    "embeddingLinear",
    [
      { V: 5, D: 3, O: 7, ids: [4, 0, 4], shape: [3], bias: true },
      { V: 3, D: 5, O: 13, ids: [2, 1, 2, 2, 0, 1], shape: [3, 2], bias: true },
      { V: 2, D: 4, O: 4, ids: [1, 1, 1], shape: [3], bias: false },
    ],
    ({ V, D, O, ids, shape, bias }) => ({
      inputs: { table: input([V, D]), w: input([O, D]), ...(bias && { b: input([O]) }) },
      run: (tape, { table, w, b }) => [embeddingLinear(tape, table, ids, shape, w, b)],
      reference: ({ table, w, b }) => [
        reference.linear(reference.embedding(table, ids, shape), w, b),
      ],
    }),
  ),
];

const lstmCases = row(
  "lstm",
  [
    { T: 1, B: 1, I: 1, H: 1 },
    { T: 3, B: 2, I: 5, H: 3, biasIh: true, biasHh: true, initial: true },
    { T: 3, B: 2, I: 5, H: 3, biasIh: true, biasHh: true, initial: true, reverse: true },
    { T: 4, B: 3, I: 2, H: 5, initial: true, lengths: [4, 1, 2], biasHh: true },
    { T: 4, B: 3, I: 2, H: 5, initial: true, lengths: [3, 4, 0], biasIh: true, reverse: true },
    { T: 5, B: 2, I: 3, H: 6, lengths: [2, 5], biasIh: true, biasHh: true },
    { T: 3, B: 2, I: 3, H: 4, through: [0] },
    { T: 3, B: 2, I: 3, H: 4, through: [1], initial: true },
    { T: 3, B: 2, I: 3, H: 4, through: [2], initial: true, lengths: [1, 3] },
    { T: 2, B: 4, I: 3, H: 9, through: [1, 2], reverse: true, lengths: [2, 1, 2, 1] },
    { T: 2, B: 1, I: 4, H: 37, biasIh: true, biasHh: true },
    { T: 2, B: 2, I: 3, H: 65, biasIh: true, initial: true },
    { T: 41, B: 3, I: 13, H: 5, biasIh: true, biasHh: true, initial: true },
  ] as {
    T: number;
    B: number;
    I: number;
    H: number;
    biasIh?: boolean;
    biasHh?: boolean;
    initial?: boolean;
    lengths?: number[];
    reverse?: boolean;
    /** Which of output, h and c are used; default: all. */
    through?: number[];
  }[],
  ({ T, B, I, H, biasIh, biasHh, initial, lengths, reverse, through = [0, 1, 2] }) => ({
    inputs: {
      x: input([T, B, I]),
      wih: input([4 * H, I], -0.7, 0.7),
      whh: input([4 * H, H], -0.7, 0.7),
      ...(biasIh && { bih: input([4 * H], -1, 1) }),
      ...(biasHh && { bhh: input([4 * H], -1, 1) }),
      ...(initial && { h0: input([B, H], -1, 1), c0: input([B, H]) }),
    },
    run: (tape, { x, wih, whh, bih, bhh, h0, c0 }) => {
      const bias = bih && bhh ? elementwise.add(tape, bih, bhh) : (bih ?? bhh);
      const inputs = linear(tape, x, wih, bias);
      const initialState = h0 && { h: h0, c: c0 };
      const { output, state } = lstm(tape, inputs, initialState, whh, {
        lengths: lengths && tape.indices(lengths),
        reverse,
      });
      return through.map((i) => [output, state.h, state.c][i]);
    },
    reference: ({ x, wih, whh, bih, bhh, h0, c0 }) => {
      const all = reference.lstm({ x, wih, whh, bih, bhh, h0, c0 }, { lengths, reverse });
      return through.map((i) => all[i]);
    },
  }),
);

const lstmStepCases = row(
  "lstmStep",
  [
    { shape: [1], H: 1 },
    { shape: [3], H: 5, through: [0] },
    { shape: [3], H: 4, through: [1] },
    { shape: [2, 3, 2], H: 9 },
    { shape: [5], H: 65 },
  ] as { shape: number[]; H: number; through?: number[] }[],
  ({ shape, H, through = [0, 1] }) => ({
    inputs: { gates: input([...shape, 4 * H]), c: input([...shape, H]) },
    run: (tape, { gates, c }) => {
      // The sums are used up, so those that are given are not passed on themselves.
      const { h, c: next } = lstmStep(tape, elementwise.scale(tape, gates, 1), c);
      return through.map((i) => [h, next][i]);
    },
    reference: ({ gates, c }) => {
      const all = reference.lstmStep(gates, c);
      return through.map((i) => all[i]);
    },
  }),
);

const dropoutCases = row(
  "dropout",
  [
    { shape: [1], p: 0.5 },
    { shape: [5], p: 0.25 },
    { shape: [8], p: 0 },
    { shape: [3, 37], p: 0.1 },
    { shape: [5000], p: 0.3 },
  ],
  ({ shape, p }) => ({
    inputs: { x: input(shape, 1, 2) },
    run: (tape, { x }) => [dropout(tape, x, p)],
    reference: ({ x }) => {
      // The first dropout of a step has child 0 of the step's key.
      const [k0, k1] = reference.threefry(DROPOUT_SEED, 0, 0, 0xffffffff);
      const mask = reference.dropoutMask(sizeOf(shape), p, { k0, k1, block: 0 });
      return [values(shape, (i) => mask[i] * x.data[i])];
    },
    check: ([y]) => {
      const share = y.filter((v) => v === 0).length / y.length;
      const deviation = Math.sqrt((p * (1 - p)) / y.length);
      if (Math.abs(share - p) > 4 * deviation) throw new Error(`${share} were dropped, p = ${p}`);
    },
  }),
);

/** The mean loss, smoothed, and the loss of each row. */
function referenceLoss(
  logits: Values,
  targets: readonly number[],
  { denominator, smoothing }: { denominator?: number; smoothing: number },
): Values[] {
  const V = logits.shape[1];
  const sharp = reference.crossEntropy(logits, targets);
  const logProbs = reference.logSoftmax(logits);
  const losses = sharp.map((loss, r) => {
    if (targets[r] === -1) return 0;
    const even = -reference.sum(logProbs.data.subarray(r * V, (r + 1) * V)) / V;
    return (1 - smoothing) * loss + smoothing * even;
  });
  const counted = targets.filter((target) => target !== -1).length;
  const loss = reference.sum(losses) / (denominator ?? Math.max(1, counted));
  return [values([], () => loss), values([losses.length], (i) => losses[i])];
}

const lossCases = [
  ...row(
    "crossEntropy",
    [
      { V: 1, targets: [0] },
      { V: 5, targets: [4, 0, -1, 2] },
      { V: 37, targets: [-1, 36, 1, 1], denominator: 7 },
      { V: 3, targets: [-1, -1] },
      { V: 7, targets: [0, 6, 3], range: 1e4 },
      { V: 130, targets: [129, 64, 0, -1, 3], range: 20 },
      { V: 5, targets: [4, -1, 0], smoothing: 0.1 },
      { V: 37, targets: [3, 36], smoothing: 0.5, denominator: 3 },
    ] as {
      V: number;
      targets: number[];
      denominator?: number;
      range?: number;
      smoothing?: number;
    }[],
    ({ V, targets, denominator, range = 3, smoothing = 0 }) => ({
      inputs: { logits: input([targets.length, V], -range, range) },
      run: (tape, { logits }) => {
        const { loss, losses } = crossEntropy(tape, logits, targets, {
          denominator,
          smoothing,
        });
        return [loss, losses];
      },
      reference: ({ logits }) => referenceLoss(logits, targets, { denominator, smoothing }),
    }),
  ),
  ...row(
    "linearCrossEntropy",
    [
      { C: 1, V: 2, targets: [1] },
      { C: 7, V: 5, targets: [4, 0, -1, 2, 2, 1, 0, 3, 4] },
      { C: 4, V: 37, targets: [-1, 36, 1], denominator: 7, bias: true },
      { C: 3, V: 13, targets: [3, 12], smoothing: 0.2, bias: true },
    ] as {
      C: number;
      V: number;
      targets: number[];
      denominator?: number;
      smoothing?: number;
      bias?: boolean;
    }[],
    ({ C, V, targets, denominator, smoothing = 0, bias }) => ({
      inputs: {
        x: input([targets.length, C]),
        w: input([V, C]),
        ...(bias && { b: input([V]) }),
      },
      run: (tape, { x, w, b }) => {
        const layer = { weight: w, bias: b };
        const options = { denominator, smoothing };
        const { loss, losses } = linearCrossEntropy(tape, x, layer, targets, options);
        return [loss, losses];
      },
      reference: ({ x, w, b }) =>
        referenceLoss(reference.linear(x, w, b), targets, { denominator, smoothing }),
    }),
  ),
  ...[softmax, logSoftmax].flatMap((op) =>
    row(
      op.name,
      [
        { shape: [1] },
        { shape: [3, 1] },
        { shape: [2, 3, 5] },
        { shape: [2, 4] },
        { shape: [3, 37], range: 30 },
        { shape: [2, 130] },
        { shape: [4, 6], range: 1e4 },
      ],
      ({ shape, range = 3 }) => ({
        inputs: { x: input(shape, -range, range) },
        run: (tape, { x }) => [op(tape, x)],
        reference: ({ x }) => [op === softmax ? reference.softmax(x) : reference.logSoftmax(x)],
      }),
    ),
  ),
];

/** A value that is used twice: gradients of both uses must be added. */
const sharingCases = row("shared value", [5], (n) => ({
  inputs: { x: input([n]), y: constant([n]) },
  run: (tape, { x, y }) => {
    const z = elementwise.tanh(tape, x);
    return [elementwise.mul(tape, z, elementwise.add(tape, z, y)), z];
  },
  reference: ({ x, y }) => {
    const z = reference.map(x, Math.tanh);
    return [reference.zip(z, y, (a, b) => a * (a + b)), z];
  },
}));

export const cases: readonly Case[] = [
  ...elementwiseCases,
  ...reduceCases,
  ...shapeCases,
  ...stackCases,
  ...columnCases,
  ...matrixCases,
  ...lstmCases,
  ...lstmStepCases,
  ...dropoutCases,
  ...lossCases,
  ...rowCases,
  ...sharingCases,
  ...encoderAttentionCases,
  ...transformerCases,
  ...multiHeadCases,
  ...kernelCases,
  ...convolutionCases,
  ...pictureCases,
  ...quantizedCases,
  ...randomCases,
];
