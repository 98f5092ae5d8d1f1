// Products with 4-bit weights, forward only. A row is cut into blocks of 32, of which the last may be short:
//
//   weights      W[n, k] ≈ d[n, b] (p[n, k] - 8)    p from 0 to 15; d any bf16 number, also below 0
//   activations  x[k]    ≈ s[b] q[k]                q from -127 to 127, s[b] = max |x| / 127 of the block
//   product      y[n] = c[n] + Σ_b (s[b] d[n, b]) (Σ q[k] p[n, k] - 8 Σ q[k])
//
// Why: 4.5 bits a weight, where 8-bit rows have 8. From memory and from the far caches half the bytes take half the time.
//
// Bits: the inner sums are of whole numbers, exact, without an order; one f32 multiplication and addition a block follow,
// block after block. So all of these give the same bits: the plain instructions, the relaxed product of 8 by 7 bits (p is its
// second operand: below 128 that is exact on every processor), and either on any engine. A row of the product depends on
// its own row of x alone.
//
// Packed W: panels of 8 outputs, read front to back; of each block of 32 k 16 bytes of scales, then 8 vectors. A
// vector has four k of the outputs A = 0 … 3 in the low halves of its bytes, of B = 4 … 7 in the high ones; byte
// 4 output + k. Scales in the same way: a word of 32 bits has that of A below and that of B above. So a lane is an
// output, and no lanes are added up.

import { F32, hsum, ldn, stn } from "../lib/simd";
import { largest, roundUp, whole } from "./numbers";

/** Weights with one scale. */
const BLOCK: i32 = 32;
/** Outputs of a panel. */
const NR: i32 = 16;
/** Bytes of a panel's block: scales and weights. */
const PANEL: usize = 32 + 256;
/** Rows of a batch that are quantised at a time. */
const MC: i32 = 64;
/** Largest quantised activation. */
const X_MAX: f32 = 127;

/** Bytes of a block of activations: q, then s, then 8 Σ q. The plain path multiplies by 16 bits. */
// @ts-ignore: decorator
@inline function xBytes(): usize {
  return ASC_FEATURE_RELAXED_SIMD ? 32 + 8 : 64 + 8;
}

/** Scales that are tried: those by which a block's largest number is from so many units … */
const FEWEST: f32 = 5.5;
/** … to so many. */
const MOST: f32 = 10.5;

/** The f32 of a bf16. */
// @ts-ignore: decorator
@inline function widened(bf16: u32): f32 {
  return reinterpret<f32>(bf16 << 16);
}

/** Bytes of scratch memory for `int4_quantize`. */
export function int4_quantize_work(): usize {
  return <usize>BLOCK * F32;
}

/**
 * p (rows, n / 2 rounded up) u8, the earlier of two in the low half, and d (rows, n / 32 rounded up) bf16 from weights w (rows, n).
 * Of a block's scales that one is taken whose squared error is least, of all that bring its largest number to 5.5 … 10.5 or to
 * -5.5 … -10.5 units; the first of equals. work: `int4_quantize_work()` bytes.
 */
export function int4_quantize(p: usize, d: usize, w: usize, rows: i32, n: i32, work: usize): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < n; j += BLOCK) {
      const m = min(BLOCK, n - j);
      const scale = quantizeBlock(work, w, m);
      store<u16>(d, scale);
      for (let e = 0; e < m; e += 2) {
        const pair = <usize>e << 2;
        const low = load<i32>(work + pair);
        store<u8>(p, e + 1 < m ? low | load<i32>(work + pair, 4) << 4 : low);
        p++;
      }
      d += 2;
      w += <usize>m * F32;
    }
  }
}

/** q (32) i32 from 0 to 15 of m ≤ 32 weights w. Returns their scale, bf16. */
function quantizeBlock(q: usize, w: usize, m: i32): u32 {
  const most = largest(w, m);
  const unit = f32x4.splat(most == 0 ? 1 : most);
  for (let j = 0; j < BLOCK; j += 4) {
    const at = <usize>j * F32;
    v128.store(q + at, j < m ? f32x4.div(ldn(w + at, m - j), unit) : f32x4.splat(0));
  }
  let best: u32 = 0;
  let least: f32 = Infinity;
  const from = max<u32>(1, reinterpret<u32>(most / MOST) >> 16);
  const to = reinterpret<u32>(most / FEWEST) >> 16;
  for (let sign: u32 = 0; sign <= 0x8000; sign += 0x8000) {
    for (let bits = from; bits <= to; bits++) {
      const error = errorWith(q, widened(sign | bits) / most);
      if (error < least) {
        least = error;
        best = sign | bits;
      }
    }
  }
  const scale = best == 0 ? <f32>1e9 : widened(best) / most;
  const inverse = f32x4.splat(1 / scale);
  for (let at: usize = 0; at < 128; at += 16) {
    const units = i32x4.trunc_sat_f32x4_s(unitsOf(v128.load(q + at), inverse));
    v128.store(q + at, i32x4.add(units, i32x4.splat(8)));
  }
  return best;
}

/** Nearest whole numbers from -8 to 7. */
// @ts-ignore: decorator
@inline function unitsOf(x: v128, inverse: v128): v128 {
  const near = f32x4.nearest(f32x4.mul(x, inverse));
  return f32x4.pmin(f32x4.pmax(near, f32x4.splat(-8)), f32x4.splat(7));
}

/** Squared error of 32 numbers with this scale. */
function errorWith(x: usize, scale: f32): f32 {
  const s = f32x4.splat(scale);
  const inverse = f32x4.splat(1 / scale);
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < 128; at += 16) {
    const own = v128.load(x + at);
    const off = f32x4.sub(own, f32x4.mul(s, unitsOf(own, inverse)));
    sum = f32x4.add(sum, f32x4.mul(off, off));
  }
  return hsum(sum);
}

// @ts-ignore: decorator
@inline function blocksOf(k: i32): i32 {
  return (k + BLOCK - 1) / BLOCK;
}

/** Bytes of a packed W (n, k). */
export function int4_pack_bytes(k: i32, n: i32): usize {
  return <usize>(roundUp(n, NR) / NR * blocksOf(k)) * PANEL;
}

/** Packs p (n, k / 2 rounded up) u8 and d (n, k / 32 rounded up) bf16 for `int4_linear`; `int4_pack_bytes(k, n)` bytes. */
export function int4_pack(dst: usize, p: usize, d: usize, k: i32, n: i32): void {
  const blocks = blocksOf(k);
  memory.fill(dst, 0, int4_pack_bytes(k, n));
  for (let j = 0; j < n; j++) {
    const upper = (j >> 2) & 1;
    // Two groups of 8 in turn.
    let panel = dst + <usize>(j / NR * blocks) * PANEL + <usize>((j & 8) << 1) + (<usize>(j & 3) << 2);
    for (let b = 0; b < blocks; b++) {
      store<u16>(panel + (upper << 1), load<u16>(d));
      d += 2;
      const m = min(BLOCK, k - b * BLOCK);
      for (let c = 0; c < m; c++) {
        const two = <u32>load<u8>(p + <usize>(c >> 1));
        const own = c & 1 ? two >> 4 : two & 15;
        const at = panel + 32 + (<usize>(c >> 2) << 5) + <usize>(c & 3);
        store<u8>(at, load<u8>(at) | own << (upper << 2));
      }
      p += <usize>((m + 1) >> 1);
      panel += PANEL;
    }
  }
}

/** Bytes of scratch memory for `int4_linear` with this k. */
export function int4_work(k: i32): usize {
  return MASKS + <usize>(MC * blocksOf(k)) * xBytes();
}

/** Bytes of the constants of `rowByPanel`, before the activations: V8 makes a constant again wherever it is used, and keeps what is loaded. */
const MASKS: usize = 64;

function storeMasks(at: usize): void {
  const half = ASC_FEATURE_RELAXED_SIMD ? i8x16.splat(15) : i16x8.splat(15);
  v128.store(at, half);
  v128.store(at, ASC_FEATURE_RELAXED_SIMD ? i16x8.splat(1) : i16x8.splat(240), 16);
  v128.store(at, i32x4.splat(0xffff0000), 32);
}

/** One row x (k) as blocks of whole numbers; where k ends, zeros. */
function quantizeRow(q: usize, x: usize, k: i32): void {
  for (let j = 0; j < k; j += BLOCK) {
    const m = min(BLOCK, k - j);
    const scale = largest(x, m) / X_MAX;
    const s = f32x4.splat(scale);
    let sum = i32x4.splat(0);
    for (let e = 0; e < BLOCK; e += 4) {
      const four = e < m ? whole(ldn(x + <usize>e * F32, m - e), s, X_MAX) : i32x4.splat(0);
      sum = i32x4.add(sum, four);
      if (ASC_FEATURE_RELAXED_SIMD) {
        const pair = i16x8.narrow_i32x4_s(four, four);
        store<i32>(q, i32x4.extract_lane(i8x16.narrow_i16x8_s(pair, pair), 0));
        q += 4;
      } else {
        // 0, 2 and 1, 3: as words of 16 bits have the low halves of two bytes that are two apart.
        const turned = v128.shuffle<i32>(four, four, 0, 2, 1, 3);
        store<i64>(q, i64x2.extract_lane(i16x8.narrow_i32x4_s(turned, turned), 0));
        q += 8;
      }
    }
    store<f32>(q, scale);
    sum = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
    store<i32>(q, (i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1)) << 3, 4);
    q += 8;
    x += <usize>m * F32;
  }
}

/**
 * y (m, n) = x (m, k) Wᵀ plus `bias` (n) where it is not 0, for W (n, k) packed by `int4_pack`. With
 * `accumulate` the product is added to y, and the bias plays no part. work: `int4_work(k)`.
 */
export function int4_linear(
  y: usize, x: usize, packed: usize, bias: usize, m: i32, k: i32, n: i32, accumulate: bool,
  work: usize,
): void {
  const blocks = blocksOf(k);
  const qs = <usize>blocks * xBytes();
  const ys = <usize>n * F32;
  const masks = work;
  storeMasks(masks);
  work += MASKS;
  for (let i = 0; i < m; i += MC) {
    const rows = min(MC, m - i);
    for (let r = 0; r < rows; r++) quantizeRow(work + <usize>r * qs, x + <usize>(r * k) * F32, k);
    let p = packed;
    for (let j = 0; j < n; j += NR) {
      let yr = y + <usize>j * F32;
      const from: usize = bias == 0 ? 0 : bias + <usize>j * F32;
      let q = work;
      for (let r = 0; r < rows; r++) {
        rowByPanel(yr, accumulate ? yr : from, q, p, blocks, n - j, masks);
        q += qs;
        yr += ys;
      }
      p += <usize>blocks * PANEL;
    }
    x += <usize>(rows * k) * F32;
    y += <usize>rows * ys;
  }
}

/** acc, eight words, + the sums of two products each: q's four whole numbers, four times, by p from 0 to 15. */
// @ts-ignore: decorator
@inline function pairs(acc: v128, q: v128, p: v128): v128 {
  return i16x8.add(acc, v128.relaxed_dot<i16>(q, p));
}

/** acc, four whole numbers, + the sums of two products each. */
// @ts-ignore: decorator
@inline function dot(acc: v128, q: v128, p: v128): v128 {
  return i32x4.add(acc, i32x4.dot_i16x8_s(q, p));
}

/** n outputs, at most 16, of one row: y = from + the product. `from`: y, a bias, or 0: none. */
function rowByPanel(y: usize, from: usize, q: usize, p: usize, blocks: i32, n: i32, masks: usize): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  if (from != 0) {
    a = ldn(from, n);
    if (n > 4) b = ldn(from + 16, n - 4);
    if (n > 8) c = ldn(from + 32, n - 8);
    if (n > 12) d = ldn(from + 48, n - 12);
  }
  const first = v128.load(masks);
  const second = v128.load(masks, 16);
  const upper = v128.load(masks, 32);
  const end = p + <usize>blocks * PANEL;
  while (p < end) {
    const da = v128.load(p);
    const dc = v128.load(p, 16);
    let t = i32x4.splat(0);
    let u = t;
    let v = t;
    let z = t;
    if (ASC_FEATURE_RELAXED_SIMD) {
      const to = q + 32;
      p += 32;
      while (q < to) {
        let x = v128.load_splat<i32>(q);
        let w = v128.load(p);
        t = pairs(t, x, v128.and(w, first));
        u = pairs(u, x, v128.and(i16x8.shr_u(w, 4), first));
        w = v128.load(p, 16);
        v = pairs(v, x, v128.and(w, first));
        z = pairs(z, x, v128.and(i16x8.shr_u(w, 4), first));
        x = v128.load_splat<i32>(q, 4);
        w = v128.load(p, 32);
        t = pairs(t, x, v128.and(w, first));
        u = pairs(u, x, v128.and(i16x8.shr_u(w, 4), first));
        w = v128.load(p, 48);
        v = pairs(v, x, v128.and(w, first));
        z = pairs(z, x, v128.and(i16x8.shr_u(w, 4), first));
        q += 8;
        p += 64;
      }
      t = i32x4.dot_i16x8_s(t, second);
      u = i32x4.dot_i16x8_s(u, second);
      v = i32x4.dot_i16x8_s(v, second);
      z = i32x4.dot_i16x8_s(z, second);
    } else {
      const to = q + 64;
      p += 32;
      while (q < to) {
        let x = v128.load_splat<i32>(q);
        let x2 = v128.load_splat<i32>(q, 4);
        let w = v128.load(p);
        t = dot(t, x, v128.and(w, first));
        u = dot(u, x, v128.and(w, second));
        w = i16x8.shr_u(w, 8);
        t = dot(t, x2, v128.and(w, first));
        u = dot(u, x2, v128.and(w, second));
        w = v128.load(p, 16);
        v = dot(v, x, v128.and(w, first));
        z = dot(z, x, v128.and(w, second));
        w = i16x8.shr_u(w, 8);
        v = dot(v, x2, v128.and(w, first));
        z = dot(z, x2, v128.and(w, second));
        q += 8;
        p += 32;
      }
      u = i32x4.shr_s(u, 4);
      z = i32x4.shr_s(z, 4);
    }
    const s = v128.load_splat<f32>(q);
    const offset = v128.load_splat<i32>(q, 4);
    q += 8;
    a = scaled(a, s, i32x4.shl(da, 16), i32x4.sub(t, offset));
    b = scaled(b, s, v128.and(da, upper), i32x4.sub(u, offset));
    c = scaled(c, s, i32x4.shl(dc, 16), i32x4.sub(v, offset));
    d = scaled(d, s, v128.and(dc, upper), i32x4.sub(z, offset));
  }
  stn(y, a, n);
  if (n > 4) stn(y + 16, b, n - 4);
  if (n > 8) stn(y + 32, c, n - 8);
  if (n > 12) stn(y + 48, d, n - 12);
}

/** acc + (s d) sum */
// @ts-ignore: decorator
@inline function scaled(acc: v128, s: v128, d: v128, sum: v128): v128 {
  return f32x4.add(acc, f32x4.mul(f32x4.mul(s, d), f32x4.convert_i32x4_s(sum)));
}
