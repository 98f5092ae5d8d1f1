// A query's attention has the same bits alone and in a batch, at once and in pieces, with a cache and without, and whatever
// comes after it. Sampling and scoring agree because of this.

import { expect, test } from "vitest";
import type { Machine } from "../../src/host/machine.js";
import {
  cacheBytes,
  cachedAttention,
  type KeyValueCache,
  writeCache,
} from "../../src/nn/ops/cached-attention.js";
import { type AttentionOptions, attention } from "../../src/nn/ops/multi-head-attention.js";
import { Tape } from "../../src/nn/tape.js";
import { generator, watchedMachine } from "./harness.js";

interface Sizes {
  readonly T: number;
  readonly H: number;
  readonly G: number;
  readonly d: number;
  readonly window?: number;
}

const random = generator(5);
const numbers = (n: number) => Float32Array.from({ length: n }, () => random() * 4 - 2);

/** Queries, keys and values of one stream, each (T, heads, d). */
function stream({ T, H, G, d }: Sizes) {
  return { q: numbers(T * H * d), k: numbers(T * G * d), v: numbers(T * G * d) };
}
type Stream = ReturnType<typeof stream>;

/** Positions from … until - 1 of something (T, heads, d). */
const cut = (x: Float32Array, width: number, from: number, until: number) =>
  x.subarray(from * width, until * width);

/** Rows from … of streams side by side: all keys up to `until`, queries from `from` on. */
function whole(
  machine: Machine,
  streams: readonly Stream[],
  sizes: Sizes,
  from: number,
  until: number,
) {
  const { H, G, d, window } = sizes;
  const join = (parts: Float32Array[]) => parts.flatMap((part) => [...part]);
  return machine.scoped(() => {
    const tape = new Tape(machine);
    const B = streams.length;
    const q = join(streams.map((s) => cut(s.q, H * d, from, until)));
    const [k, v] = (["k", "v"] as const).map((name) =>
      tape.tensor(join(streams.map((s) => cut(s[name], G * d, 0, until))), [B, until, G, d]),
    );
    const y = attention(tape, tape.tensor(q, [B, until - from, H, d]), k, v, {
      causal: true,
      window,
    });
    return y.data.slice();
  });
}

/** The same by a cache with blocks of `size`, in pieces of `piece` queries. */
function cached(
  machine: Machine,
  streams: readonly Stream[],
  sizes: Sizes,
  { size, piece }: { size: number; piece: number },
): Float32Array[] {
  const { T, H, G, d, window } = sizes;
  return machine.scoped(() => {
    const tape = new Tape(machine);
    const layer = cacheBytes({ groups: G, head: d, size });
    const blocks = Math.ceil(T / size);
    const own = streams.map(() => Array.from({ length: blocks }, () => machine.alloc(2 * layer)));
    const table = tape.indices(own.flat());
    const N = streams.length;
    const results = streams.map(() => new Float32Array(T * H * d));
    for (let from = 0; from < T; from += piece) {
      const until = Math.min(T, from + piece);
      const lengths = tape.indices(Array(N).fill(until));
      const cache: KeyValueCache = {
        groups: G,
        head: d,
        size,
        table,
        lengths,
        offset: layer,
        window,
      };
      const put = (name: "q" | "k" | "v", heads: number) =>
        tape.tensor(
          streams.flatMap((s) => [...cut(s[name], heads * d, from, until)]),
          [N, until - from, heads, d],
        );
      writeCache(machine, put("k", G), put("v", G), cache);
      const { data } = cachedAttention(tape, put("q", H), cache);
      const width = (until - from) * H * d;
      results.forEach((result, n) => {
        result.set(data.subarray(n * width, (n + 1) * width), from * H * d);
      });
    }
    return results;
  });
}

/** Fails unless all numbers have the same bits. */
function expectBits(got: Float32Array, want: Float32Array): void {
  expect(got.length).toBe(want.length);
  const at = got.findIndex((x, i) => !Object.is(x, want[i]));
  if (at >= 0) expect.fail(`number ${at}: ${got[at]} instead of ${want[at]}`);
}

const builds = {
  release: (await watchedMachine("release")).machine,
  fast: (await watchedMachine("fast")).machine,
};
const sizesOf: Sizes[] = [
  { T: 130, H: 2, G: 2, d: 8 },
  { T: 130, H: 6, G: 2, d: 7 },
  { T: 270, H: 2, G: 1, d: 48 },
  { T: 130, H: 12, G: 1, d: 4, window: 37 },
  { T: 30, H: 30, G: 1, d: 5 },
];
const each = sizesOf.flatMap((sizes) =>
  Object.entries(builds).map(([build, machine]) => ({ build, machine, sizes })),
);

test.each(each)("$build, $sizes", ({ machine, sizes }) => {
  const { T, H, d } = sizes;
  const streams = [stream(sizes), stream(sizes), stream(sizes)];
  const alone = streams.map((s) => whole(machine, [s], sizes, 0, T));
  const together = whole(machine, streams, sizes, 0, T);
  alone.forEach((want, n) => {
    expectBits(cut(together, T * H * d, n, n + 1), want);
  });
  // Queries in pieces, and no keys after the last of them.
  for (const piece of [1, 7, 64]) {
    for (const from of [0, 1, T - piece - 3, T - piece]) {
      if (from < 0 || from + piece > T) continue;
      const some = whole(machine, [streams[0]], sizes, from, from + piece);
      expectBits(some, cut(alone[0], H * d, from, from + piece));
    }
    for (const size of [16, 48, 512]) {
      cached(machine, streams, sizes, { size, piece }).forEach((got, n) => {
        expectBits(got, alone[n]);
      });
    }
  }
  cached(machine, streams, sizes, { size: 32, piece: T }).forEach((got, n) => {
    expectBits(got, alone[n]);
  });
});

test("streams of a cache may have different lengths", () => {
  const { release: machine } = builds;
  const sizes = { T: 50, H: 2, G: 1, d: 6 };
  const [a, b] = [stream(sizes), stream({ ...sizes, T: 21 })];
  const want = [whole(machine, [a], sizes, 49, 50), whole(machine, [b], sizes, 20, 21)];
  machine.scoped(() => {
    const tape = new Tape(machine);
    const size = 16;
    const layout = { groups: 1, head: 6, size };
    const own = Array.from({ length: 6 }, () => machine.alloc(cacheBytes(layout)));
    const tables = [own.slice(0, 4), [...own.slice(4), 0, 0]];
    [a, b].forEach((s, n) => {
      const T = [50, 21][n];
      const cache = { ...layout, table: tape.indices(tables[n]), lengths: tape.indices([T]) };
      writeCache(machine, tape.tensor(s.k, [1, T, 1, 6]), tape.tensor(s.v, [1, T, 1, 6]), cache);
    });
    const q = tape.tensor([...cut(a.q, 12, 49, 50), ...cut(b.q, 12, 20, 21)], [2, 1, 2, 6]);
    const table = tape.indices(tables.flat());
    const y = cachedAttention(tape, q, { ...layout, table, lengths: tape.indices([50, 21]) });
    expectBits(y.data.slice(0, 12), want[0]);
    expectBits(y.data.slice(12), want[1]);
  });
});

test("what does not fit is refused before a kernel follows it", () => {
  const { release: machine } = builds;
  machine.scoped(() => {
    const tape = new Tape(machine);
    const heads = (T: number, H: number, d = 4) => tape.tensor(numbers(T * H * d), [1, T, H, d]);
    const [q, k] = [heads(3, 4), heads(2, 2)];
    const lengths = tape.indices([3]);
    expect(() => attention(tape, q, k, heads(2, 1))).toThrow("expected shape [1,2,2,4]");
    expect(() => attention(tape, q, heads(2, 3), heads(2, 3))).toThrow("a multiple of 3 heads");
    expect(() => attention(tape, q, k, k, { causal: true })).toThrow("no more queries than keys");
    expect(() => attention(tape, q, k, k, { window: 1 })).toThrow("only where it is causal");
    expect(() => attention(tape, q, k, k, { lengths })).toThrow(
      "attention: lengths: index 0 must be from 0 to 2, got 3",
    );
    expect(() => attention(tape, q, k, k, { lengths: tape.indices([1, 1]) })).toThrow(
      "attention: lengths: expected shape [1], got [2]",
    );
    const wide = heads(1, 1, 260);
    expect(() => attention(tape, wide, wide, wide)).toThrow("at most 256 numbers");
    const layout = { groups: 2, head: 4, size: 2 };
    const table = tape.indices([machine.alloc(cacheBytes(layout))]);
    const cache = { ...layout, table, lengths };
    expect(() => writeCache(machine, k, k, cache)).toThrow("must be from 2 to 2, got 3");
    expect(() => cachedAttention(tape, heads(1, 4), cache)).toThrow("got 3");
    expect(() => cachedAttention(tape, heads(1, 3), cache)).toThrow("a multiple of 2 heads");
  });
});

test.each<[string, number, number, AttentionOptions, number[]?]>([
  ["causal", 70, 70, { causal: true }],
  ["in a window", 70, 70, { causal: true, window: 17 }],
  ["of the last queries", 3, 263, { causal: true, window: 200 }],
  ["full, of rows of different lengths", 33, 40, {}, [40, 5]],
])(
  "the weights that are asked for are those of the result: %s",
  async (_, Tq, Tk, options, lengths) => {
    const [B, H, G, d] = [2, 4, 2, 8];
    const { machine } = await watchedMachine("release");
    machine.scoped(() => {
      const tape = new Tape(machine);
      const q = tape.tensor(numbers(B * Tq * H * d), [B, Tq, H, d]);
      const k = tape.tensor(numbers(B * Tk * G * d), [B, Tk, G, d]);
      const v = tape.tensor(numbers(B * Tk * G * d), [B, Tk, G, d]);
      const given = { ...options, lengths: lengths && tape.indices(lengths) };
      const weights = tape.tensor(numbers(B * H * Tq * Tk), [B, H, Tq, Tk]);
      const y = attention(tape, q, k, v, { ...given, weights });
      const plain = attention(tape, q, k, v, given);
      expectBits(y.data, plain.data);
      for (let row = 0; row < B * H * Tq; row++) {
        const [b, h, t] = [Math.floor(row / (H * Tq)), Math.floor(row / Tq) % H, row % Tq];
        const own = weights.data.subarray(row * Tk, (row + 1) * Tk);
        const first = options.causal ? Math.max(0, t + Tk - Tq + 1 - (options.window ?? Tk)) : 0;
        const until = options.causal ? t + Tk - Tq + 1 : (lengths?.[b] ?? Tk);
        for (const [j, weight] of own.entries()) expect(weight > 0).toBe(j >= first && j < until);
        const to = ((b * Tq + t) * H + h) * d;
        for (let i = 0; i < d; i++) {
          const at = (j: number) => v.data[((b * Tk + j) * G + Math.floor(h / (H / G))) * d + i];
          const sum = own.reduce((all, weight, j) => all + weight * at(j), 0);
          expect(Math.abs(sum - y.data[to + i])).toBeLessThan(1e-5);
        }
      }
    });
  },
);

test("weights of another shape are refused", async () => {
  const { machine } = await watchedMachine("release");
  machine.scoped(() => {
    const tape = new Tape(machine);
    const x = tape.tensor(numbers(24), [1, 3, 2, 4]);
    const weights = tape.empty([1, 2, 3, 4]);
    expect(() => attention(tape, x, x, x, { weights })).toThrow("attention: weights");
  });
});
