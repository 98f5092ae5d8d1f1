// Rows for the random numbers: the exact words of the paper's function, and that what is made of them
// is distributed as it should be. The streams are fixed, so a statistic passes always or never.

import type { Tape } from "../../src/nn/tape.js";
import { type Case, constant, row, values } from "./case.js";
import * as reference from "./reference.js";

const streams = [
  { k0: 0, k1: 0, block: 0 },
  { k0: 1, k1: 0xffffffff, block: 7 },
  { k0: 0x13198a2e, k1: 0x03707344, block: 0xfffffffe },
];
const lengths = [1, 2, 3, 4, 5, 7, 8, 9, 37, 1000];
const draws = streams.flatMap((stream) => lengths.map((n) => ({ n, ...stream })));
const many = [{ n: 100_000, ...streams[1] }];

type Draw = (typeof draws)[number];

/** n u32 that `write` puts at an address. */
function u32s(tape: Tape, n: number, write: (address: number) => void): number[] {
  const address = tape.machine.alloc(4 * n);
  write(address);
  return Array.from(tape.machine.u32(address, n));
}

function f32s(tape: Tape, n: number, write: (address: number) => void): Float32Array {
  const x = tape.empty([n]);
  write(x.address);
  return x.data.slice();
}

function require(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Mean of x to the power `k`. */
function moment(x: Float64Array, k: number): number {
  return reference.sum(x.map((v) => v ** k)) / x.length;
}

const wordCases = [
  // Known answers of Random123: counter, key, words.
  ...row("threefry", ["Random123"], () => ({
    run: (tape) =>
      [
        [0, 0, 0, 0],
        [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
        [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      ].map(([c0, c1, k0, k1]) =>
        u32s(tape, 2, (out) => tape.machine.kernels.threefry(out, k0, k1, c0, c1)),
      ),
    reference: () => [
      [0x6b200159, 0x99ba4efe],
      [0x1cb996fc, 0xbb002be7],
      [0xc4923a9c, 0x483df7a0],
    ],
    tolerance: 0,
  })),
  // FIPS 180-4's example: "abc", a one, zeros and 24 bits, as words whose first byte is the highest.
  ...row("sha256_blocks", ["abc"], () => ({
    run: (tape) => [
      u32s(tape, 8, (state) => {
        const { machine } = tape;
        const start = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a];
        machine.u32(state, 8).set([...start, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]);
        const data = tape.indices(new Array(16).fill(0));
        machine.u8(data.address, 64).set([0x61, 0x62, 0x63, 0x80]);
        machine.u8(data.address, 64)[63] = 24;
        machine.kernels.sha256_blocks(state, data.address, 1);
      }),
    ],
    reference: () => [
      [
        ...[0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223],
        ...[0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad],
      ],
    ],
    tolerance: 0,
  })),
  ...row("random_words", draws, ({ n, k0, k1, block }: Draw) => ({
    run: (tape) => [u32s(tape, n, (x) => tape.machine.kernels.random_words(x, n, k0, k1, block))],
    reference: () => [reference.words(n, { k0, k1, block })],
    tolerance: 0,
  })),
  ...row("random_uniform", draws, ({ n, k0, k1, block }: Draw) => ({
    run: (tape) => [f32s(tape, n, (x) => tape.machine.kernels.random_uniform(x, n, k0, k1, block))],
    reference: () => [reference.uniform(n, { k0, k1, block })],
    tolerance: 0,
  })),
  ...row("random_normal", draws, ({ n, k0, k1, block }: Draw) => ({
    run: (tape) => [f32s(tape, n, (x) => tape.machine.kernels.random_normal(x, n, k0, k1, block))],
    reference: () => [reference.normal(n, { k0, k1, block })],
  })),
];

/** The start of a longer draw is a shorter one. */
const prefixCases = (["random_words", "random_uniform", "random_normal"] as const).flatMap((name) =>
  row(`prefixes of ${name}`, [3], (seed) => ({
    run: (tape) => {
      const draw = (n: number) => (x: number) => tape.machine.kernels[name](x, n, seed, 0, 1);
      return [100, ...lengths.slice(0, 9)].map((n) => u32s(tape, n, draw(n)));
    },
    reference: () => [],
    check: ([long, ...short]) => {
      for (const draw of short) {
        require(draw.every((word, i) => word === long[i]), `${draw.length} are no prefix`);
      }
    },
  })),
);

const distributionCases = [
  ...row("distribution of random_uniform", many, ({ n, k0, k1, block }) => ({
    run: (tape) => [f32s(tape, n, (x) => tape.machine.kernels.random_uniform(x, n, k0, k1, block))],
    reference: () => [],
    check: ([x]) => {
      require(x.every((v) => v >= 0 && v < 1), "not in [0, 1)");
      require(x.every((v) => Number.isInteger(v * 2 ** 24)), "not a multiple of 2^-24");
      require(x.some((v) => (v * 2 ** 24) % 2 === 1), "a coarser grid than 2^-24");
      // Four standard errors.
      require(Math.abs(moment(x, 1) - 1 / 2) < 4 * Math.sqrt(1 / 12 / n), "mean");
      require(Math.abs(moment(x, 2) - 1 / 3) < 4 * Math.sqrt(4 / 45 / n), "second moment");
      const cells = counts(x, 100, (v) => Math.floor(v * 100));
      require(chiSquare(cells, Array(100).fill(n / 100)) < 148.2, "not uniform"); // p = 0.001
    },
  })),
  ...row("distribution of random_normal", many, ({ n, k0, k1, block }) => ({
    run: (tape) => [f32s(tape, n, (x) => tape.machine.kernels.random_normal(x, n, k0, k1, block))],
    reference: () => [],
    check: ([x]) => {
      require(x.every(Number.isFinite), "not finite");
      // The k-th moment's variance is (2k - 1)!! - moment²: four standard errors.
      const expected = [
        [1, 0, 1],
        [2, 1, 2],
        [3, 0, 15],
        [4, 3, 96],
      ];
      for (const [k, mean, variance] of expected) {
        const error = Math.abs(moment(x, k) - mean);
        require(error < 4 * Math.sqrt(variance / n), `moment ${k} is off by ${error}`);
      }
      const beyond = [
        [1, 0.317311],
        [2, 0.0455],
        [3, 0.0027],
        [4, 6.334e-5],
      ];
      for (const [limit, share] of beyond) {
        for (const side of [-1, 1]) {
          const count = x.filter((v) => side * v > limit).length;
          const want = (n * share) / 2;
          require(Math.abs(count - want) < 4 * Math.sqrt(want), `${count} beyond ${side * limit}`);
        }
      }
      // What is made of the same words must not be related: neighbours, and the two of a pair.
      for (const lag of [1, 4]) {
        const products = x.slice(lag).map((v, i) => v * x[i]);
        require(Math.abs(moment(products, 1)) < 4 / Math.sqrt(n), `related at distance ${lag}`);
      }
    },
  })),
  ...row("random_permutation", draws, ({ n, k0, k1, block }: Draw) => ({
    run: (tape) => [
      u32s(tape, n, (x) => tape.machine.kernels.random_permutation(x, n, k0, k1, block)),
    ],
    reference: () => [reference.permutation(n, { k0, k1, block })],
    tolerance: 0,
    check: ([order]) => {
      require(order
        .slice()
        .sort()
        .every((v, i) => v === i), "not a permutation");
    },
  })),
  ...row("distribution of random_permutation", [{ n: 4, times: 24_000 }], ({ n, times }) => ({
    run: (tape) => {
      const { kernels } = tape.machine;
      const at = tape.machine.alloc(4 * n);
      return [
        Array.from({ length: times }, (_, block) => {
          kernels.random_permutation(at, n, 11, 0, block);
          return tape.machine.i32(at, n).reduce((code, digit) => 10 * code + digit, 0);
        }),
      ];
    },
    reference: () => [],
    check: ([codes]) => {
      const seen = [...new Set(codes)];
      require(seen.length === 24, `${seen.length} permutations of 24`);
      const cells = counts(codes, 24, (code) => seen.indexOf(code));
      require(chiSquare(cells, Array(24).fill(times / 24)) < 49.7, "not uniform"); // p = 0.001
    },
  })),
];

/** How many of x fall into each cell. */
function counts(x: Float64Array, cells: number, cell: (v: number) => number): number[] {
  const result = Array<number>(cells).fill(0);
  for (const v of x) result[cell(v)]++;
  return result;
}

function chiSquare(got: readonly number[], want: readonly number[]): number {
  return reference.sum(got.map((count, i) => (count - want[i]) ** 2 / want[i]));
}

/** One draw of random_categorical a row, each with key (seed, row). */
function categorical(
  tape: Tape,
  weights: { address: number },
  rows: readonly number[],
  classes: number,
  block: number,
): number[] {
  const { machine } = tape;
  const keys = tape.indices(rows.flatMap((r) => [CATEGORICAL_KEY, r]));
  const ids = tape.indices(rows.map(() => -7));
  machine.kernels.random_categorical(
    ids.address,
    weights.address,
    rows.length,
    classes,
    keys.address,
    block,
  );
  return Array.from(machine.i32(ids.address, rows.length));
}

const CATEGORICAL_KEY = 19;
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

/** One of many has a weight, or none. */
const withoutChoice = [
  [0, 0, 0],
  [0],
  [0, 3, 0],
  upTo(600).fill(0),
  ...[0, 1, 2, 3, 256, 599].map((only) => upTo(600).map((i) => (i === only ? 1e-30 : 0))),
];

const categoricalCases = [
  ...row(
    "random_categorical",
    [
      [1, 1],
      [3, 5],
      [7, 130],
      [200, 3],
      [20, 256],
      [20, 257],
      [40, 1021],
    ],
    ([rows, classes]) => ({
      inputs: { weights: constant([rows, classes], 0, 3) },
      run: (tape, { weights }) => {
        const together = categorical(tape, weights, upTo(rows), classes, 2);
        const alone = upTo(rows).map((r) => {
          const address = weights.address + 4 * r * classes;
          return categorical(tape, { address }, [r], classes, 2)[0];
        });
        return [together, alone];
      },
      reference: ({ weights }) => {
        const ids = upTo(rows).map((r) => {
          const stream = { k0: CATEGORICAL_KEY, k1: r, block: 2 };
          return reference.categorical(
            weights.data.subarray(r * classes, (r + 1) * classes),
            stream,
          );
        });
        return [ids, ids];
      },
      tolerance: 0,
    }),
  ),
  ...row("random_categorical of", [{ weights: [0, 1, 0, 2, 0.5, 0], n: 20_000 }], (variant) => {
    const { weights, n } = variant;
    return {
      run: (tape) => {
        const rows = tape.tensor(
          upTo(n).flatMap(() => weights),
          [n, weights.length],
        );
        return [categorical(tape, rows, upTo(n), weights.length, 0)];
      },
      reference: () => [],
      check: ([ids]) => {
        const got = counts(ids, weights.length, (id) => id);
        const total = reference.sum(weights);
        const positive = upTo(weights.length).filter((i) => weights[i] > 0);
        const want = positive.map((i) => (n * weights[i]) / total);
        require(reference.sum(positive.map((i) => got[i])) === n, "a weight of 0 was drawn");
        require(chiSquare(
          positive.map((i) => got[i]),
          want,
        ) < 13.8, "wrong shares"); // p = 0.001
      },
    };
  }),
  ...row("random_categorical without a choice", withoutChoice, (weights) => ({
    run: (tape) => {
      const rows = tape.tensor(
        upTo(50).flatMap(() => weights),
        [50, weights.length],
      );
      return [categorical(tape, rows, upTo(50), weights.length, 0)];
    },
    reference: () => [upTo(50).map(() => weights.findIndex((w) => w > 0))],
    tolerance: 0,
  })),
];

/** ln softmax(logits / T) and its exponential. */
const weightCases = row(
  "sample_weights",
  [
    { shape: [1, 1], temperature: 1 },
    { shape: [3, 5], temperature: 1 },
    { shape: [2, 37], temperature: 0.7 },
    { shape: [4, 130], temperature: 1e-6, range: 1e4 },
    { shape: [2, 1021], temperature: 1.3 },
  ] as { shape: [number, number]; temperature: number; range?: number }[],
  ({ shape, temperature, range = 8 }) => ({
    inputs: { logits: constant(shape, -range, range) },
    run: (tape, { logits }) => {
      const [weights, logProbs] = [tape.empty(shape), tape.empty(shape)];
      tape.machine.kernels.sample_weights(
        weights.address,
        logProbs.address,
        logits.address,
        ...shape,
        temperature,
      );
      return [weights, logProbs];
    },
    reference: ({ logits }) => {
      const hot = values(shape, (i) => logits.data[i]);
      for (let r = 0; temperature !== 1 && r < shape[0]; r++) {
        const own = hot.data.subarray(r * shape[1], (r + 1) * shape[1]);
        const largest = Math.max(...own);
        own.forEach((x, i) => {
          own[i] = Math.fround((x - largest) / temperature);
        });
      }
      return [reference.softmax(hot), reference.logSoftmax(hot)];
    },
  }),
);

export const randomCases: readonly Case[] = [
  ...wordCases,
  ...prefixCases,
  ...distributionCases,
  ...categoricalCases,
  ...weightCases,
];
