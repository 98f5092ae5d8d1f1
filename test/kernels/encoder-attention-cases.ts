// Rows for the attention of a decoder to an encoder.

import { softmax } from "../../src/nn/ops/cross-entropy.js";
import { additiveScores, dotScores, weightedSum } from "../../src/nn/ops/encoder-attention.js";
import type { Tape } from "../../src/nn/tape.js";
import { type Case, input, row, type Values, values } from "./case.js";
import * as reference from "./reference.js";

interface Sizes {
  readonly T: number;
  readonly S: number;
  readonly B: number;
  readonly H: number;
  /** Steps of each row that count, of queries and keys. */
  readonly counts?: readonly [query: readonly number[], keys: readonly number[]];
}

const full: Sizes[] = [
  { T: 1, S: 1, B: 1, H: 1 },
  { T: 2, S: 3, B: 2, H: 5 },
  { T: 2, S: 5, B: 2, H: 37 },
];
const padded: Sizes[] = [
  {
    T: 3,
    S: 4,
    B: 3,
    H: 8,
    counts: [
      [2, 3, 1],
      [4, 1, 2],
    ],
  },
  {
    T: 2,
    S: 5,
    B: 2,
    H: 7,
    counts: [
      [2, 1],
      [3, 5],
    ],
  },
];

const total = (n: number, term: (i: number) => number) =>
  Array.from({ length: n }, (_, i) => term(i)).reduce((a, b) => a + b, 0);

/** One score for each step of a query and each key, -inf after a row's length. */
function scores(
  { T, S, B, H, counts }: Sizes,
  query: Values,
  keys: Values,
  term: (q: number, k: number, i: number) => number,
): Values {
  return values([T, B, S], (index) => {
    const [t, b, s] = [Math.floor(index / (B * S)), Math.floor(index / S) % B, index % S];
    if (s >= (counts?.[1][b] ?? S)) return -Infinity;
    if (t >= (counts?.[0][b] ?? T)) return 0;
    return total(H, (i) =>
      term(query.data[(t * B + b) * H + i], keys.data[(s * B + b) * H + i], i),
    );
  });
}

const sequences = ({ T, S, B, H }: Sizes) => ({ q: input([T, B, H]), k: input([S, B, H]) });

const lengthsOf = (tape: Tape, { counts }: Sizes) =>
  counts && { query: tape.indices(counts[0]), keys: tape.indices(counts[1]) };

/** After a length there are no scores, so padded ones are seen through their softmax. */
const scoreCases = [false, true].flatMap((softly) => [
  ...row(softly ? "dotScores, padded" : "dotScores", softly ? padded : full, (sizes) => ({
    inputs: sequences(sizes),
    run: (tape, { q, k }) => {
      const y = dotScores(tape, q, k, lengthsOf(tape, sizes));
      return [softly ? softmax(tape, y) : y];
    },
    reference: ({ q, k }) => {
      const y = scores(sizes, q, k, (a, b) => a * b);
      return [softly ? reference.softmax(y) : y];
    },
  })),
  ...row(softly ? "additiveScores, padded" : "additiveScores", softly ? padded : full, (sizes) => ({
    inputs: { ...sequences(sizes), v: input([sizes.H]) },
    run: (tape, { q, k, v }) => {
      const y = additiveScores(tape, q, k, v, lengthsOf(tape, sizes));
      return [softly ? softmax(tape, y) : y];
    },
    reference: ({ q, k, v }) => {
      const y = scores(sizes, q, k, (a, b, i) => v.data[i] * Math.tanh(a + b));
      return [softly ? reference.softmax(y) : y];
    },
  })),
]);

export const encoderAttentionCases: readonly Case[] = [
  ...scoreCases,
  ...row("weightedSum", [...full, ...padded], ({ T, S, B, H: D, counts }) => ({
    inputs: { w: input([T, B, S]), x: input([S, B, D]) },
    run: (tape, { w, x }) => [weightedSum(tape, w, x, lengthsOf(tape, { T, S, B, H: D, counts }))],
    reference: ({ w, x }) => [
      values([T, B, D], (index) => {
        const [t, b, d] = [Math.floor(index / (B * D)), Math.floor(index / D) % B, index % D];
        if (t >= (counts?.[0][b] ?? T)) return 0;
        return total(
          counts?.[1][b] ?? S,
          (s) => w.data[(t * B + b) * S + s] * x.data[(s * B + b) * D + d],
        );
      }),
    ],
  })),
];
