// Rows for attention of several heads.

import { cacheBytes, cachedAttention, writeCache } from "../../src/nn/ops/cached-attention.js";
import { attention } from "../../src/nn/ops/multi-head-attention.js";
import type { Tape } from "../../src/nn/tape.js";
import type { Tensor } from "../../src/nn/tensor.js";
import { type Case, constant, input, row, type Values } from "./case.js";
import { DROPOUT_SEED } from "./harness.js";
import * as reference from "./reference.js";

interface Sizes {
  readonly B?: number;
  readonly Tq: number;
  readonly Tk?: number;
  readonly H: number;
  readonly G?: number;
  readonly d: number;
  readonly causal?: boolean;
  readonly window?: number;
  readonly lengths?: readonly number[];
  readonly dropout?: number;
}

const shapes: Sizes[] = [
  { Tq: 1, H: 1, d: 1 },
  { Tq: 3, Tk: 5, H: 2, d: 3, B: 2 },
  { Tq: 5, H: 2, d: 4, B: 2, causal: true },
  { Tq: 2, Tk: 9, H: 4, G: 2, d: 5, causal: true },
  { Tq: 9, Tk: 4, H: 6, G: 2, d: 2, B: 2, lengths: [3, 0] },
  { Tq: 40, H: 2, G: 1, d: 8, causal: true },
  { Tq: 37, H: 1, d: 13, causal: true, window: 2 },
  { Tq: 70, H: 1, d: 6, causal: true, window: 17 },
  { Tq: 35, Tk: 50, H: 1, d: 4, causal: true, window: 9, lengths: [30] },
  { Tq: 33, Tk: 40, H: 3, G: 1, d: 2, B: 3, causal: true, lengths: [40, 5, 9] },
  { Tq: 3, Tk: 263, H: 1, d: 4, causal: true },
  { Tq: 2, Tk: 300, H: 1, d: 3, causal: true, window: 270 },
  { Tq: 7, Tk: 6, H: 2, d: 12, dropout: 0.3 },
  { Tq: 36, H: 2, G: 1, d: 5, causal: true, dropout: 0.2 },
  { Tq: 3, Tk: 270, H: 1, d: 2, causal: true, window: 30, dropout: 0.5 },
];

function optionsOf(tape: Tape, { causal, window, lengths, dropout }: Sizes) {
  return { causal, window, dropout, lengths: lengths && tape.indices(lengths) };
}

/** Masks of one query's weights, from the first key of its block of queries on; without dropout all ones. */
function masks(row: number, n: number, p: number): ArrayLike<number> {
  if (p === 0) return new Float64Array(n).fill(1);
  const [k0, k1] = reference.threefry(DROPOUT_SEED, 0, 0, 0xffffffff);
  return reference.dropoutMask(n, p, { k0, k1, block: row });
}

/** Attention as it is said: for each query the keys that it sees, their softmax, the sum of their values. */
function attended(q: Values, k: Values, v: Values, sizes: Sizes): Values {
  const [B, Tq, H, d] = q.shape;
  const [, Tk, G] = k.shape;
  const { causal, window = Tk, lengths, dropout = 0 } = sizes;
  const data = new Float64Array(q.data.length);
  const first = (t: number) => (causal ? Math.max(0, t + Tk - Tq + 1 - window) : 0);
  for (let row = 0; row < B * H * Tq; row++) {
    const [b, h, t] = [Math.floor(row / (H * Tq)), Math.floor(row / Tq) % H, row % Tq];
    const g = Math.floor(h / (H / G));
    const at = (j: number) => ((b * Tk + j) * G + g) * d;
    const to = ((b * Tq + t) * H + h) * d;
    const until = Math.min(lengths?.[b] ?? Tk, causal ? t + Tk - Tq + 1 : Tk);
    const keys = Array.from({ length: Math.max(0, until - first(t)) }, (_, j) => first(t) + j);
    if (keys.length === 0) continue;
    const scores = keys.map((j) => {
      let dot = 0;
      for (let i = 0; i < d; i++) dot += q.data[to + i] * k.data[at(j) + i];
      return dot / Math.sqrt(d);
    });
    const weights = reference.softmax({
      shape: [keys.length],
      data: Float64Array.from(scores),
    }).data;
    const blockStart = first(t - (t % 24));
    const lo = blockStart - (blockStart % 24);
    // The masks of a query begin where its block of 24 queries does, rounded down to whole panels of keys.
    const mask = masks(row, Tk, dropout);
    keys.forEach((j, n) => {
      const w = weights[n] * mask[j - lo];
      for (let i = 0; i < d; i++) data[to + i] += w * v.data[at(j) + i];
    });
  }
  return { shape: q.shape, data };
}

export const multiHeadCases: readonly Case[] = [
  ...row("attention", shapes, (sizes) => {
    const { B = 1, Tq, Tk = Tq, H, G = H, d } = sizes;
    return {
      inputs: { q: input([B, Tq, H, d]), k: input([B, Tk, G, d]), v: input([B, Tk, G, d]) },
      run: (tape, { q, k, v }) => [attention(tape, q, k, v, optionsOf(tape, sizes))],
      reference: ({ q, k, v }) => [attended(q, k, v, sizes)],
      gradientTolerance: 4e-6,
    };
  }),
  ...row(
    "cachedAttention",
    [
      { T: 1, H: 1, G: 1, d: 1, size: 4, chunk: 1 },
      { B: 2, T: 11, H: 4, G: 2, d: 3, size: 4, chunk: 1 },
      { B: 2, T: 29, H: 2, G: 1, d: 5, size: 8, chunk: 10 },
      { T: 60, H: 2, G: 2, d: 4, size: 12, chunk: 60, window: 20 },
    ] as {
      B?: number;
      T: number;
      H: number;
      G: number;
      d: number;
      size: number;
      chunk: number;
      window?: number;
    }[],
    ({ B = 1, T, H, G, d, size, chunk, window }) => ({
      inputs: { q: constant([B, T, H, d]), k: constant([B, T, G, d]), v: constant([B, T, G, d]) },
      run: (tape, inputs) => {
        const { machine } = tape;
        const layout = { groups: G, head: d, size, window };
        const blocks = Math.ceil(T / size);
        const own = Array.from({ length: B * blocks }, () => machine.alloc(cacheBytes(layout)));
        const table = tape.indices(own);
        const y = tape.empty([B, T, H, d]);
        for (let from = 0; from < T; from += chunk) {
          const n = Math.min(chunk, T - from);
          const lengths = tape.indices(Array<number>(B).fill(from + n));
          const [q, k, v] = ["q", "k", "v"].map((name) => part(tape, inputs[name], from, n));
          writeCache(machine, k, v, { ...layout, table, lengths });
          const some = cachedAttention(tape, q, { ...layout, table, lengths });
          for (let b = 0; b < B; b++) {
            const own = some.data.subarray(b * n * H * d, (b + 1) * n * H * d);
            y.data.set(own, (b * T + from) * H * d);
          }
        }
        return [y];
      },
      reference: ({ q, k, v }) => [attended(q, k, v, { Tq: T, H, d, causal: true, window })],
    }),
  ),
];

/** Positions from … from + n - 1 of x (B, T, heads, d). */
function part(tape: Tape, x: Tensor, from: number, n: number): Tensor {
  const [B, T, heads, d] = x.shape;
  const row = heads * d;
  const rows = Array.from({ length: B }, (_, b) => [
    ...x.data.subarray((b * T + from) * row, (b * T + from + n) * row),
  ]);
  return tape.tensor(rows.flat(), [B, n, heads, d]);
}
