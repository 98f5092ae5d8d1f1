// Products with 8-bit weights, forward only: what sampling from a quantised model needs.
//
//   weights      W[n, k] ≈ u[n] p[n, k]    p from -127 to 127, u[n] = max |W[n, :]| / 127
//   activations  x[k]    ≈ s q[k]          q from -32767 to 32767, s = max |x| / 32767, a row at a time
//   product      y[n] = b[n] + Σ (s u[n]) (Σ q[k] p[n, k])
//
// Why: one stream of samples reads every weight once a token and uses it once, so its time is that of
// moving the weights. A quarter of the bytes moves faster; and `i32x4.dot_i16x8_s` multiplies eight
// pairs where `f32x4.mul` does four. 16 bits for the activations cost no time and no quality.
//
// Bits: the inner sum is of integers, so it is exact and has no order. It runs over blocks of KC = 512:
// |Σ q p| ≤ 512 · 32767 · 127 = 2130641408 < 2³¹, so it cannot overflow, for any K and any numbers. The
// blocks' sums are scaled in f32 and added in order. A row of the product depends on its own row of x alone: never on the batch, the
// tiles or the engine.
//
// Packed W: the scales u, f32, N rounded up to NR; then panels of NR outputs, read front to back, each
// (K / 2, 4 groups, 4, 2) words of 16 bits: four outputs, two k. K is rounded up to a multiple of 8, with
// zeros. A word holds two weights, of the outputs n and n + 4 of a group of 8:
//
//   both = 256 high + low + 128       Σ q low = Σ q both - 256 Σ q high - 128 Σ q
//
// and high = both >> 8, because low + 128 is from 1 to 255. So 16 weights are a load and a shift, where
// sign-extending them takes two instructions with two loads (V8 keeps the address of each such load in a
// register of its own, and ran out of them). Σ q both may pass 2³¹: i32 is arithmetic modulo 2³², and
// the difference, which does not pass it, comes out right.

import { F32, ldn, stn } from "../lib/simd";
import { largest, roundUp, whole } from "./numbers";

/** Outputs of a panel. */
const NR: i32 = 32;
/** Products in one integer sum; see above. */
const KC: i32 = 512;
/** Rows of a batch that are quantised at a time. */
const MC: i32 = 64;
/** Rows of a tile. */
const MR: i32 = 4;

/** Largest quantised weight and activation. */
const W_MAX: f32 = 127;
const X_MAX: f32 = 32767;

/** p (rows, n) i8 and u (rows) f32 from weights w (rows, n). */
export function int8_quantize(p: usize, u: usize, w: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) {
    const scale = largest(w, n) / W_MAX;
    store<f32>(u, scale);
    const s = f32x4.splat(scale);
    for (let j = 0; j < n; j += 4) {
      const four = whole(ldn(w + <usize>j * F32, n - j), s, W_MAX);
      const pair = i16x8.narrow_i32x4_s(four, four);
      const bytes = i32x4.extract_lane(i8x16.narrow_i16x8_s(pair, pair), 0);
      const m = min(4, n - j);
      for (let e = 0; e < m; e++) store<u8>(p + <usize>(j + e), bytes >> (e << 3));
    }
    p += <usize>n;
    u += F32;
    w += <usize>n * F32;
  }
}

/** Bytes of a packed W (n, k). */
export function int8_pack_bytes(k: i32, n: i32): usize {
  return <usize>roundUp(n, NR) * (F32 + <usize>roundUp(k, 8));
}

/** Packs p (n, k) i8 and u (n) f32 for `int8_linear`; `int8_pack_bytes(k, n)` bytes. */
export function int8_pack(dst: usize, p: usize, u: usize, k: i32, n: i32): void {
  const N = roundUp(n, NR);
  for (let j = 0; j < N; j++) {
    store<f32>(dst, j < n ? load<f32>(u + <usize>j * F32) : 0);
    dst += F32;
  }
  const K = roundUp(k, 8);
  for (let j = 0; j < N; j += 8) {
    // Four groups of a panel, 16 bytes in every 64.
    const group = dst + <usize>(j / NR * NR * K) + <usize>((j & (NR - 1)) << 1);
    for (let i = 0; i < 4; i++) {
      const low = j + i;
      const high = low + 4;
      for (let c = 0; c < K; c++) {
        const l = low < n && c < k ? <i32>load<i8>(p + <usize>low * <usize>k + <usize>c) : 0;
        const h = high < n && c < k ? <i32>load<i8>(p + <usize>high * <usize>k + <usize>c) : 0;
        const at = group + <usize>(c >> 1) * (NR * 2) + <usize>(i << 2) + <usize>((c & 1) << 1);
        store<i16>(at, (h << 8) + l + 128);
      }
    }
  }
}

/** Bytes of scratch memory for `int8_linear` with this k. */
export function int8_work(k: i32): usize {
  return <usize>MC * (8 + <usize>roundUp(k, 8) * 2) + SUMS_BYTES;
}

const SUMS_BYTES: usize = <usize>(MR * NR) * 4;

/** One row: q (k rounded up to 8) i16, the rest zeros, from x (k). Returns its scale. */
function quantizeRow(q: usize, x: usize, k: i32): f32 {
  const scale = largest(x, k) / X_MAX;
  const s = f32x4.splat(scale);
  let j = 0;
  for (; j + 8 <= k; j += 8) {
    const at = x + <usize>j * F32;
    const four = whole(v128.load(at), s, X_MAX);
    v128.store(q, i16x8.narrow_i32x4_s(four, whole(v128.load(at, 16), s, X_MAX)));
    q += 16;
  }
  if (j < k) {
    const at = x + <usize>j * F32;
    const four = whole(ldn(at, k - j), s, X_MAX);
    const more = j + 4 < k ? whole(ldn(at + 16, k - j - 4), s, X_MAX) : i32x4.splat(0);
    v128.store(q, i16x8.narrow_i32x4_s(four, more));
  }
  return scale;
}

/** acc + the sums of two products each: q's pair, four times, by four pairs of weights. */
// @ts-ignore: decorator
@inline function dot(q: v128, p: v128, acc: v128): v128 {
  return i32x4.add(acc, i32x4.dot_i16x8_s(q, p));
}

/** The high bytes of both = 256 high + low + 128. */
// @ts-ignore: decorator
@inline function high(both: v128): v128 {
  return i16x8.shr_s(both, 8);
}

/** sums (32) i32 = q (kc) times a panel (kc / 2, 4, 16): of each group Σ q both, then Σ q high. */
function row1x32(kc: i32, q: usize, p: usize, sums: usize): void {
  let b0 = i32x4.splat(0);
  let h0 = b0;
  let b1 = b0;
  let h1 = b0;
  let b2 = b0;
  let h2 = b0;
  let b3 = b0;
  let h3 = b0;
  const end = q + (<usize>kc << 1);
  while (q < end) {
    let x = v128.load_splat<i32>(q);
    let w = v128.load(p);
    b0 = dot(x, w, b0);
    h0 = dot(x, high(w), h0);
    w = v128.load(p, 16);
    b1 = dot(x, w, b1);
    h1 = dot(x, high(w), h1);
    w = v128.load(p, 32);
    b2 = dot(x, w, b2);
    h2 = dot(x, high(w), h2);
    w = v128.load(p, 48);
    b3 = dot(x, w, b3);
    h3 = dot(x, high(w), h3);
    x = v128.load_splat<i32>(q, 4);
    w = v128.load(p, 64);
    b0 = dot(x, w, b0);
    h0 = dot(x, high(w), h0);
    w = v128.load(p, 80);
    b1 = dot(x, w, b1);
    h1 = dot(x, high(w), h1);
    w = v128.load(p, 96);
    b2 = dot(x, w, b2);
    h2 = dot(x, high(w), h2);
    w = v128.load(p, 112);
    b3 = dot(x, w, b3);
    h3 = dot(x, high(w), h3);
    q += 8;
    p += 128;
  }
  v128.store(sums, b0);
  v128.store(sums, h0, 16);
  v128.store(sums, b1, 32);
  v128.store(sums, h1, 48);
  v128.store(sums, b2, 64);
  v128.store(sums, h2, 80);
  v128.store(sums, b3, 96);
  v128.store(sums, h3, 112);
}

/** sums (4, 8 of 32) i32 = four rows q, `qs` bytes apart, times a group of a panel. */
function tile4x8(kc: i32, q: usize, qs: usize, p: usize, sums: usize): void {
  let b0 = i32x4.splat(0);
  let h0 = b0;
  let b1 = b0;
  let h1 = b0;
  let b2 = b0;
  let h2 = b0;
  let b3 = b0;
  let h3 = b0;
  const end = q + (<usize>kc << 1);
  let r = q + qs;
  let s = r + qs;
  let t = s + qs;
  while (q < end) {
    let w = v128.load(p);
    let v = high(w);
    let x = v128.load_splat<i32>(q);
    b0 = dot(x, w, b0);
    h0 = dot(x, v, h0);
    x = v128.load_splat<i32>(r);
    b1 = dot(x, w, b1);
    h1 = dot(x, v, h1);
    x = v128.load_splat<i32>(s);
    b2 = dot(x, w, b2);
    h2 = dot(x, v, h2);
    x = v128.load_splat<i32>(t);
    b3 = dot(x, w, b3);
    h3 = dot(x, v, h3);
    w = v128.load(p, 64);
    v = high(w);
    x = v128.load_splat<i32>(q, 4);
    b0 = dot(x, w, b0);
    h0 = dot(x, v, h0);
    x = v128.load_splat<i32>(r, 4);
    b1 = dot(x, w, b1);
    h1 = dot(x, v, h1);
    x = v128.load_splat<i32>(s, 4);
    b2 = dot(x, w, b2);
    h2 = dot(x, v, h2);
    x = v128.load_splat<i32>(t, 4);
    b3 = dot(x, w, b3);
    h3 = dot(x, v, h3);
    q += 8;
    r += 8;
    s += 8;
    t += 8;
    p += 128;
  }
  v128.store(sums, b0);
  v128.store(sums, h0, 16);
  v128.store(sums, b1, 128);
  v128.store(sums, h1, 144);
  v128.store(sums, b2, 256);
  v128.store(sums, h2, 272);
  v128.store(sums, b3, 384);
  v128.store(sums, h3, 400);
}

/**
 * n ≤ NR outputs of one row: y = from + (s u) sums, where `total` is Σ q. `from`: y itself, a bias,
 * or 0: none.
 */
function finish(
  y: usize, from: usize, sums: usize, s: f32, total: i32, u: usize, n: i32,
): void {
  const scale = f32x4.splat(s);
  const offset = i32x4.splat(total << 7);
  if (from != 0 && n == NR) {
    for (let at: usize = 0; at < 128; at += 32) {
      const h = v128.load(sums + at, 16);
      add4(y + at, from + at, low(v128.load(sums + at), h, offset), scale, u + at, 4);
      add4(y + at + 16, from + at + 16, h, scale, u + at + 16, 4);
    }
    return;
  }
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const group = sums + (at & 96);
    const h = v128.load(group, 16);
    const sum = (j & 4) != 0 ? h : low(v128.load(group), h, offset);
    add4(y + at, from == 0 ? 0 : from + at, sum, scale, u + at, n - j);
  }
}

/** Σ q low, from Σ q both, Σ q high and 128 Σ q. */
// @ts-ignore: decorator
@inline function low(both: v128, high: v128, offset: v128): v128 {
  return i32x4.sub(i32x4.sub(both, i32x4.shl(high, 8)), offset);
}

// @ts-ignore: decorator
@inline function add4(y: usize, from: usize, sum: v128, scale: v128, u: usize, n: i32): void {
  const start = from == 0 ? f32x4.splat(0) : ldn(from, n);
  const product = f32x4.mul(f32x4.mul(scale, v128.load(u)), f32x4.convert_i32x4_s(sum));
  stn(y, f32x4.add(start, product), n);
}

/** Σ q over kc, a multiple of 8. */
function totalOf(q: usize, kc: i32): i32 {
  let sum = i32x4.splat(0);
  const ones = i16x8.splat(1);
  const end = q + (<usize>kc << 1);
  while (q < end) {
    sum = dot(v128.load(q), ones, sum);
    q += 16;
  }
  sum = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1);
}

/**
 * y (m, n) = x (m, k) Wᵀ plus `bias` (n) where it is not 0, for W (n, k) packed by `int8_pack`.
 * With `accumulate` the product is added to y, and the bias plays no part. work: `int8_work(k)`.
 */
export function int8_linear(
  y: usize, x: usize, packed: usize, bias: usize, m: i32, k: i32, n: i32, accumulate: bool,
  work: usize,
): void {
  const K = roundUp(k, 8);
  const qs = <usize>K << 1;
  const scales = work + <usize>MC * qs;
  const totals = scales + <usize>MC * F32;
  const sums = totals + <usize>MC * 4;
  const panels = packed + <usize>roundUp(n, NR) * F32;
  for (let ic = 0; ic < m; ic += MC) {
    const mc = min(MC, m - ic);
    for (let i = 0; i < mc; i++) {
      const s = quantizeRow(work + <usize>i * qs, x + <usize>i * <usize>k * F32, k);
      store<f32>(scales + <usize>i * F32, s);
    }
    for (let pc = 0; pc < K; pc += KC) {
      const kc = min(KC, K - pc);
      const q = work + (<usize>pc << 1);
      const from = accumulate || pc > 0 ? y : bias;
      const p = panels + <usize>pc * NR;
      const ps = <usize>K * NR;
      for (let i: usize = 0; i < <usize>mc; i++) store<i32>(totals + (i << 2), totalOf(q + i * qs, kc));
      if (m == 1) oneRow(y, from, q, p, ps, load<f32>(scales), load<i32>(totals), packed, kc, n, sums);
      else manyRows(y, from, from == y, q, qs, p, ps, scales, totals, packed, mc, kc, n, sums);
    }
    x += <usize>mc * <usize>k * F32;
    y += <usize>mc * <usize>n * F32;
  }
}

/** One row's block of k by all panels, `ps` bytes apart. */
function oneRow(
  y: usize, from: usize, q: usize, p: usize, ps: usize, s: f32, total: i32, u: usize, kc: i32,
  n: i32, sums: usize,
): void {
  for (let j = 0; j < n; j += NR) {
    const at = <usize>j * F32;
    row1x32(kc, q, p, sums);
    finish(y + at, from == 0 ? 0 : from + at, sums, s, total, u + at, min(n - j, NR));
    p += ps;
  }
}

/** m rows' block of k by all panels. `own`: the sums start from y, else from `from`, a bias or 0. */
function manyRows(
  y: usize, from: usize, own: bool, q: usize, qs: usize, p: usize, ps: usize, scales: usize,
  totals: usize, u: usize, m: i32, kc: i32, n: i32, sums: usize,
): void {
  const ys = <usize>n * F32;
  for (let j = 0; j < n; j += NR) {
    const nr = min(n - j, NR);
    const bias: usize = from == 0 ? 0 : from + <usize>j * F32;
    let yi = y + <usize>j * F32;
    for (let i = 0; i < m; i += MR) {
      const mr = min(MR, m - i);
      const qi = q + <usize>i * qs;
      if (mr == MR) {
        for (let g: usize = 0; g < 4; g++) tile4x8(kc, qi, qs, p + (g << 4), sums + (g << 5));
      } else {
        for (let r = 0; r < mr; r++) row1x32(kc, qi + <usize>r * qs, p, sums + (<usize>r << 7));
      }
      for (let r = 0; r < mr; r++) {
        const at = <usize>(i + r) << 2;
        const s = load<f32>(scales + at);
        const total = load<i32>(totals + at);
        finish(yi, own ? yi : bias, sums + (<usize>r << 7), s, total, u + <usize>j * F32, nr);
        yi += ys;
      }
    }
    p += ps;
  }
}
