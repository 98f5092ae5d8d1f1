// Attention of several heads (Vaswani et al. 2017): y = softmax(scale Q Kᵀ) V, causal, in a window or full, where groups
// of heads share keys and values (Ainslie et al. 2023). Per head matrix products, over blocks of queries with all their
// keys: an ordinary softmax takes fewer instructions than one that is corrected on the way, and has one fixed order. What
// no query of a block sees is skipped, forward and backward.
//
// Layouts: q and y (B, Tq, H, d), k and v (B, Tk, G, d). Of row b the first lengths[b] keys count, i32, or all where
// `lengths` is 0. Query i stands at i + Tk - Tq. Forward leaves each row's largest score and 1 / Σ in `stats` (B, H, Tq, 2),
// from which backward computes the same weights again, unless forward has kept them: `kept` (B, H, Tq, Tk), or 0; what no
// query of a block sees is not written.

import { firstKey, panelOf, ROWS, softmaxRow } from "./attention_rows";
import { dropout_forward } from "./dropout";
import { fill } from "./elementwise";
import { gemm, gemmWork } from "../product/gemm";
import { packAll, packBytes } from "../product/pack";
import { F32, ldn, stn } from "../lib/simd";
import { total, widen } from "../lib/sums";

/** What the host says of an attention. Sizes are in numbers. */
@unmanaged
class Sizes {
  B: i32;
  Tq: i32;
  Tk: i32;
  H: i32;
  G: i32;
  /** At most 256, so that a packed Kᵀ is one block. */
  d: i32;
  causal: i32;
  /** Keys that a query sees, itself included; 0: all before it. */
  window: i32;
  scale: f32;
  /** Dropout of the weights, and its key. */
  dropout: f32;
  k0: u32;
  k1: u32;

  /** From position to position of q. */
  @inline get q(): i32 {
    return this.H * this.d;
  }

  /** From position to position of k and v. */
  @inline get kv(): i32 {
    return this.G * this.d;
  }
}

/** One head of one row of the batch: where its matrices begin. */
@unmanaged
class Head {
  q: usize;
  k: usize;
  v: usize;
  y: usize;
  stats: usize;
  /** (Tq, Tk), or 0. */
  kept: usize;
  /** Keys that count. */
  length: i32;
  /** Its first row among B H Tq. */
  first: i32;
}
const at = changetype<Head>(memory.data(32, 16));

/** A block of the head's queries: i to i + m - 1, which see keys lo to hi - 1. */
@unmanaged
class Block {
  i: i32;
  m: i32;
  lo: i32;
  hi: i32;
}
const block = changetype<Block>(memory.data(16, 16));

/** Scratch memory: Kᵀ and Vᵀ packed, three blocks (ROWS, Tk), and what products take. */
@unmanaged
class Room {
  keys: usize;
  values: usize;
  first: usize;
  second: usize;
  third: usize;
  products: usize;
}
const room = changetype<Room>(memory.data(24, 16));

function plan(work: usize, Tk: i32, d: i32): usize {
  const packed = (packBytes(d, Tk) + 63) & ~63;
  const rows = (<usize>(ROWS * Tk) * F32 + 63) & ~63;
  room.keys = work;
  room.values = work + packed;
  room.first = room.values + packed;
  room.second = room.first + rows;
  room.third = room.second + rows;
  room.products = room.third + rows;
  return room.products;
}

/** Bytes of scratch memory for both directions. */
export function multi_head_work(Tk: i32, d: i32): usize {
  return plan(0, Tk, d) + gemmWork(max(ROWS, Tk), d);
}

// @ts-ignore: decorator
@inline function bytes(numbers: i32): usize {
  return <usize>numbers * F32;
}

function place(
  s: Sizes, b: i32, h: i32, y: usize, kept: usize, stats: usize, q: usize, k: usize, v: usize, lengths: usize,
): void {
  const group = h / (s.H / s.G);
  at.first = (b * s.H + h) * s.Tq;
  at.length = lengths == 0 ? s.Tk : load<i32>(lengths + (<usize>b << 2));
  at.q = q + bytes(b * s.Tq) * s.q + bytes(h * s.d);
  at.k = k + bytes(b * s.Tk) * s.kv + bytes(group * s.d);
  at.v = v + bytes(b * s.Tk) * s.kv + bytes(group * s.d);
  at.y = y + bytes(b * s.Tq * s.H + h) * s.d;
  at.stats = stats + bytes(at.first) * 2;
  at.kept = kept == 0 ? 0 : kept + bytes(at.first) * s.Tk;
}

/** Whether h is the first head of its group. */
// @ts-ignore: decorator
@inline function leads(s: Sizes, h: i32): bool {
  return h % (s.H / s.G) == 0;
}

/** Chooses the queries from i on. Returns whether they see a key. */
function choose(s: Sizes, i: i32): bool {
  const position = i + s.Tk - s.Tq;
  block.i = i;
  block.m = min(ROWS, s.Tq - i);
  block.lo = panelOf(firstKey(position, s.window));
  block.hi = s.causal ? min(at.length, position + block.m) : at.length;
  return block.lo < block.hi;
}

/** Of the block's keys, those up to the last that query r sees. */
function keysOf(s: Sizes, r: i32): i32 {
  const position = block.i + r + s.Tk - s.Tq;
  return max(0, (s.causal ? min(at.length, position + 1) : at.length) - block.lo);
}

/** The block's weights, rows Tk apart, at `p`: computed, by what is known of their sums where it is. */
function weigh(s: Sizes, p: usize, again: bool): void {
  const row = bytes(s.Tk);
  const n = block.hi - block.lo;
  const q = at.q + bytes(block.i) * s.q;
  const keys = room.keys + bytes(block.lo) * s.d;
  gemm(p, row, q, bytes(s.q), F32, keys, 0, 0, 0, 0, block.m, s.d, n, false, room.products);
  let stats = at.stats + bytes(block.i) * 2;
  for (let r = 0; r < block.m; r++) {
    const from = firstKey(block.i + r + s.Tk - s.Tq, s.window) - block.lo;
    softmaxRow(p, from, keysOf(s, r), n, s.scale, stats, again);
    p += row;
    stats += 2 * F32;
  }
}

/** to = p with dropout, the block's rows Tk apart. */
function drop(s: Sizes, to: usize, p: usize): void {
  const row = bytes(s.Tk);
  for (let r = 0; r < block.m; r++) {
    const seen = keysOf(s, r);
    dropout_forward(to, p, seen, s.dropout, s.k0, s.k1, <u32>(at.first + block.i + r));
    fill(to + bytes(seen), 0, block.hi - block.lo - seen);
    to += row;
    p += row;
  }
}

/** y, `stats` and, where it is not 0, `kept`. */
export function multi_head_forward(
  y: usize, kept: usize, stats: usize, q: usize, k: usize, v: usize, lengths: usize, sizes: usize, work: usize,
): void {
  const s = changetype<Sizes>(sizes);
  plan(work, s.Tk, s.d);
  for (let b = 0; b < s.B; b++) {
    for (let h = 0; h < s.H; h++) {
      place(s, b, h, y, kept, stats, q, k, v, lengths);
      if (leads(s, h)) packAll(room.keys, at.k, F32, bytes(s.kv), s.d, at.length);
      for (let i = 0; i < s.Tq; i += ROWS) forwardBlock(s, i);
    }
  }
}

function forwardBlock(s: Sizes, i: i32): void {
  const row = bytes(s.Tk);
  const ys = bytes(s.H * s.d);
  const some = choose(s, i);
  const y = at.y + <usize>i * ys;
  if (!some) {
    for (let r: usize = 0; r < <usize>block.m; r++) fill(y + r * ys, 0, s.d);
    fill(at.stats + bytes(i) * 2, 0, 2 * block.m);
    return;
  }
  let p = at.kept == 0 ? room.first : at.kept + <usize>i * row + bytes(block.lo);
  weigh(s, p, false);
  if (s.dropout > 0) {
    drop(s, room.second, p);
    p = room.second;
  }
  const v = at.v + bytes(block.lo) * s.kv;
  const n = block.hi - block.lo;
  gemm(y, ys, p, row, F32, 0, v, bytes(s.kv), F32, 0, block.m, n, s.d, false, room.products);
}

/**
 * dq, dk, dv += their gradients, laid out like q, k and v; each may be 0: not wanted. With P the weights, dP = dy Vᵀ and
 * dS = scale P (dP - Σ dy y): dv = Pᵀ dy, dq = dS K, dk = dSᵀ Q.
 */
export function multi_head_backward(
  dq: usize, dk: usize, dv: usize, dy: usize, y: usize, kept: usize, stats: usize, q: usize, k: usize, v: usize,
  lengths: usize, sizes: usize, work: usize,
): void {
  const s = changetype<Sizes>(sizes);
  plan(work, s.Tk, s.d);
  for (let b = 0; b < s.B; b++) {
    for (let h = 0; h < s.H; h++) {
      place(s, b, h, y, kept, stats, q, k, v, lengths);
      if (leads(s, h)) {
        if (kept == 0) packAll(room.keys, at.k, F32, bytes(s.kv), s.d, at.length);
        if (dq != 0 || dk != 0) packAll(room.values, at.v, F32, bytes(s.kv), s.d, at.length);
      }
      const to = at.q - q;
      for (let i = 0; i < s.Tq; i += ROWS) {
        if (!choose(s, i)) continue;
        backwardBlock(
          s, dq == 0 ? 0 : dq + to, dk == 0 ? 0 : dk + (at.k - k), dv == 0 ? 0 : dv + (at.v - v), dy + (at.y - y),
        );
      }
    }
  }
}

/** Gradients are the head's own. */
function backwardBlock(s: Sizes, dq: usize, dk: usize, dv: usize, dy: usize): void {
  const row = bytes(s.Tk);
  const i = <usize>block.i;
  const m = block.m;
  const n = block.hi - block.lo;
  const work = room.products;
  const ys = bytes(s.H * s.d);
  const from = bytes(block.lo);
  dy += i * ys;
  const p = at.kept == 0 ? room.first : at.kept + i * row + from;
  if (at.kept == 0) weigh(s, p, true);
  let weights = p;
  if (s.dropout > 0) {
    weights = room.second;
    drop(s, weights, p);
  }
  if (dv != 0) {
    gemm(dv + from * s.kv, bytes(s.kv), weights, F32, row, 0, dy, ys, F32, 0, n, m, s.d, true, work);
  }
  if (dq == 0 && dk == 0) return;
  const ds = room.third;
  gemm(ds, row, dy, ys, F32, room.values + from * s.d, 0, 0, 0, 0, m, s.d, n, false, work);
  slopes(s, ds, weights, p, dy, at.y + i * ys);
  const qs = bytes(s.q);
  const ks = bytes(s.kv);
  if (dq != 0) gemm(dq + i * qs, qs, ds, row, F32, 0, at.k + from * s.kv, ks, F32, 0, m, n, s.d, true, work);
  if (dk != 0) gemm(dk + from * s.kv, ks, ds, F32, row, 0, at.q + i * qs, qs, F32, 0, n, m, s.d, true, work);
}

/** ds = scale (weights ds - p Σ dy y), row by row; the weights are p, with dropout. */
function slopes(s: Sizes, ds: usize, weights: usize, p: usize, dy: usize, y: usize): void {
  const n = block.hi - block.lo;
  const ys = bytes(s.H * s.d);
  const scale = f32x4.splat(s.scale);
  for (let r = 0; r < block.m; r++) {
    const sum = f32x4.splat(dot(dy, y, s.d));
    let j = 0;
    for (; j + 4 <= n; j += 4) slope4(ds, weights, p, sum, scale, j, 4);
    if (j < n) slope4(ds, weights, p, sum, scale, j, n - j);
    ds += bytes(s.Tk);
    weights += bytes(s.Tk);
    p += bytes(s.Tk);
    dy += ys;
    y += ys;
  }
}

// @ts-ignore: decorator
@inline function slope4(
  ds: usize, weights: usize, p: usize, sum: v128, scale: v128, j: i32, n: i32,
): void {
  const x = f32x4.mul(ldn(weights + bytes(j), n), ldn(ds + bytes(j), n));
  const d = f32x4.sub(x, f32x4.mul(ldn(p + bytes(j), n), sum));
  stn(ds + bytes(j), f32x4.mul(d, scale), n);
}

/** Σ a b over n, in f64. */
function dot(a: usize, b: usize, n: i32): f32 {
  let sum = f64x2.splat(0);
  let j = 0;
  for (; j + 4 <= n; j += 4) sum = f64x2.add(sum, products4(a, b, j, 4));
  if (j < n) sum = f64x2.add(sum, products4(a, b, j, n - j));
  return <f32>total(sum);
}

// @ts-ignore: decorator
@inline function products4(a: usize, b: usize, j: i32, n: i32): v128 {
  return widen(f32x4.mul(ldn(a + bytes(j), n), ldn(b + bytes(j), n)));
}
