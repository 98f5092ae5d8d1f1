// Attention of new queries to keys and values in a cache, for sampling: no gradients, always causal, and bit for bit what
// multi_head_attention.ts gives. Decoding has one query a stream; then the heads of a group are the rows of a product.
//
// A cache is made of blocks of `size` positions. At `offset` bytes in a block are, for each group, Kᵀ (d, size) and V
// (size, d): keys are turned so that scores need no packing. `table` (N, blocks) has the addresses of each stream's blocks,
// `lengths` (N) i32 the positions it has in all, of which the queries are the last T.

import { firstKey, panelOf, ROWS, softmaxRow } from "./attention_rows";
import { gemm, gemmWork } from "../product/gemm";
import { F32 } from "../lib/simd";

/** What the host says of a cache and the new positions. Sizes are in numbers. */
@unmanaged
class Cache {
  /** Streams, and new positions of each. */
  N: i32;
  T: i32;
  H: i32;
  G: i32;
  d: i32;
  /** Positions of a block, blocks of a row of the table. */
  size: i32;
  blocks: i32;
  /** Keys that a query sees, itself included; 0: all before it. */
  window: i32;
  scale: f32;

  /** From position to position of q. */
  @inline get q(): i32 {
    return this.H * this.d;
  }

  /** From position to position of k and v. */
  @inline get kv(): i32 {
    return this.G * this.d;
  }
}

/** A row's largest score and 1 / Σ, which nobody asks for. */
const STATS = memory.data(8, 16);

// @ts-ignore: decorator
@inline function bytes(numbers: i32): usize {
  return <usize>numbers * F32;
}

/** Of stream n: where group g has its keys in the block that holds a position. Its values follow them. */
// @ts-ignore: decorator
@inline function keysAt(s: Cache, table: usize, offset: usize, n: i32, g: i32, position: i32): usize {
  const block = <usize>load<u32>(table + bytes(n * s.blocks + position / s.size));
  return block + offset + bytes(2 * g * s.d) * s.size;
}

/** Writes k and v (N, T, G, d) of the new positions. */
export function cache_write(
  k: usize, v: usize, table: usize, lengths: usize, offset: usize, cache: usize,
): void {
  const s = changetype<Cache>(cache);
  const step = bytes(s.size);
  for (let i = 0; i < s.N * s.T; i++) {
    const n = i / s.T;
    const position = load<i32>(lengths + bytes(n)) - s.T + (i % s.T);
    const slot = position % s.size;
    for (let g = 0; g < s.G; g++) {
      const keys = keysAt(s, table, offset, n, g, position);
      const from = k + bytes(g * s.d);
      for (let j: usize = 0; j < <usize>s.d; j++) {
        store<f32>(keys + j * step + bytes(slot), load<f32>(from + j * F32));
      }
      memory.copy(keys + bytes(s.d) * s.size + bytes(slot * s.d), v + bytes(g * s.d), bytes(s.d));
    }
    k += bytes(s.kv);
    v += bytes(s.kv);
  }
}

/** Bytes of scratch memory. */
export function cached_attention_work(capacity: i32, size: i32, d: i32): usize {
  return bytes(ROWS * capacity) + gemmWork(max(size, d), max(size, d));
}

/** y (N, T, H, d) of q (N, T, H, d), whose keys and values have been written. */
export function cached_attention(
  y: usize, q: usize, table: usize, lengths: usize, offset: usize, cache: usize, work: usize,
): void {
  const s = changetype<Cache>(cache);
  const group = s.H / s.G;
  const ys = s.H * s.d;
  for (let n = 0; n < s.N; n++) {
    const first = load<i32>(lengths + bytes(n)) - s.T;
    for (let h = 0; h < s.H; ) {
      const from = q + bytes(n * s.T) * s.q + bytes(h * s.d);
      const to = y + bytes(n * s.T) * ys + bytes(h * s.d);
      const g = h / group;
      if (s.T == 1) {
        const m = min(ROWS, (g + 1) * group - h);
        attendRows(s, table, offset, n, g, to, s.d, from, s.d, m, first, 0, work);
        h += m;
        continue;
      }
      for (let t = 0; t < s.T; t += ROWS) {
        attendRows(
          s, table, offset, n, g, to + bytes(t) * ys, ys, from + bytes(t) * s.q, s.q, min(ROWS, s.T - t), first + t, 1, work,
        );
      }
      h++;
    }
  }
}

/** m queries at q, rows `qs` apart, which stand at `position` and on by `step`; y likewise. */
function attendRows(
  s: Cache, table: usize, offset: usize, n: i32, g: i32, y: usize, ys: i32, q: usize, qs: i32, m: i32, position: i32,
  step: i32, work: usize,
): void {
  const row = bytes(s.blocks) * s.size;
  const products = work + row * ROWS;
  const lo = panelOf(firstKey(position, s.window));
  const hi = position + (m - 1) * step + 1;
  for (let j = lo, count = 0; j < hi; j += count) {
    const slot = j % s.size;
    count = min(s.size - slot, hi - j);
    const keys = keysAt(s, table, offset, n, g, j) + bytes(slot);
    gemm(work + bytes(j - lo), row, q, bytes(qs), F32, 0, keys, bytes(s.size), F32, 0, m, s.d, count, false, products);
  }
  for (let r = 0; r < m; r++) {
    const own = position + r * step;
    const from = firstKey(own, s.window) - lo;
    softmaxRow(work + <usize>r * row, from, own + 1 - lo, hi - lo, s.scale, STATS, false);
  }
  for (let j = lo, count = 0; j < hi; j += count) {
    const slot = j % s.size;
    count = min(s.size - slot, hi - j);
    const values = keysAt(s, table, offset, n, g, j) + bytes(s.d) * s.size + bytes(slot * s.d);
    gemm(y, bytes(ys), work + bytes(j - lo), row, F32, 0, values, bytes(s.d), F32, 0, m, count, s.d, j > lo, products);
  }
}
