// Counter-based random numbers: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw,
// "Parallel Random Numbers: As Easy as 1, 2, 3", 2011; checked against Random123's known answers).
// A number is a function of key and counter alone: no state, any order, any number of workers.
//
// Stream layout: counter (i, block) gives two words; word 2 i is the first, word 2 i + 1 the second.

import { vcos, vlog, vsin } from "./lib/math";
import { F32, stn } from "./lib/simd";
import { threefry4, threefry8, unit } from "./lib/threefry";

/** Room for eight words. */
const lane8 = memory.data(32, 16);

/** out (2) u32: Threefry-2x32-20 of the counter (c0, c1) under the key (k0, k1). */
export function threefry(out: usize, k0: u32, k1: u32, c0: u32, c1: u32): void {
  threefry4(lane8, k0, k1, i32x4.splat(c0), i32x4.splat(c1));
  store<u32>(out, load<u32>(lane8));
  store<u32>(out, load<u32>(lane8, 16), 4);
}

/** Words 8 g to 8 g + 7 of the stream (k0, k1, block), in order, at `out`. */
function words8(out: usize, k0: u32, k1: u32, block: u32, g: i32): void {
  threefry8(out, k0, k1, block, g);
  const x = v128.load(out);
  const y = v128.load(out, 16);
  v128.store(out, v128.shuffle<i32>(x, y, 0, 4, 1, 5));
  v128.store(out, v128.shuffle<i32>(x, y, 2, 6, 3, 7), 16);
}

/** x (n) u32: the words of the stream themselves. */
export function random_words(x: usize, n: i32, k0: u32, k1: u32, block: u32): void {
  for (let j = 0; j < n; j += 8) {
    words8(lane8, k0, k1, block, j >> 3);
    stn(x, v128.load(lane8), n - j);
    if (n - j > 4) stn(x + 16, v128.load(lane8, 16), n - j - 4);
    x += 32;
  }
}

/** x (n): uniform in [0, 1), multiples of 2⁻²⁴. */
export function random_uniform(x: usize, n: i32, k0: u32, k1: u32, block: u32): void {
  for (let j = 0; j < n; j += 8) {
    words8(lane8, k0, k1, block, j >> 3);
    stn(x, unit(v128.load(lane8)), n - j);
    if (n - j > 4) stn(x + 16, unit(v128.load(lane8, 16)), n - j - 4);
    x += 32;
  }
}

/**
 * x (n): standard normal, by Box and Muller (1958): √(-2 ln(1 - u)) times cos and sin of 2 π v.
 * Of each group of eight, words 0 to 3 are u and words 4 to 7 are v.
 */
export function random_normal(x: usize, n: i32, k0: u32, k1: u32, block: u32): void {
  for (let j = 0; j < n; j += 8) {
    words8(lane8, k0, k1, block, j >> 3);
    const u = f32x4.sub(f32x4.splat(1), unit(v128.load(lane8)));
    const angle = f32x4.mul(unit(v128.load(lane8, 16)), f32x4.splat(6.2831853071795864));
    const radius = f32x4.sqrt(f32x4.mul(f32x4.splat(-2), vlog(u)));
    stn(x, f32x4.mul(radius, vcos(angle)), n - j);
    if (n - j > 4) stn(x + 16, f32x4.mul(radius, vsin(angle)), n - j - 4);
    x += 32;
  }
}

/**
 * x (n) i32: a permutation of 0 … n - 1 by Fisher and Yates; place i swaps with one of the i + 1
 * first, chosen as the high half of word * (i + 1) (bias below n / 2³²).
 */
export function random_permutation(x: usize, n: i32, k0: u32, k1: u32, block: u32): void {
  for (let i = 0; i < n; i++) store<i32>(x + (<usize>i << 2), i);
  for (let i = 0; i < n; i++) {
    if ((i & 7) == 0) words8(lane8, k0, k1, block, i >> 3);
    const word = load<u32>(lane8 + (<usize>(i & 7) << 2));
    const j = <usize>((<u64>word * <u64>(i + 1)) >> 32);
    const p = x + (<usize>i << 2);
    const q = x + (j << 2);
    const t = load<i32>(p);
    store<i32>(p, load<i32>(q));
    store<i32>(q, t);
  }
}

/**
 * ids (rows) i32: one draw a row from weights (rows, classes) ≥ 0, not necessarily normalised, by
 * inversion: the first class whose running sum (f64) passes u times the row's total. u comes from
 * the row's own key in keys (rows, 2) u32 at `block`, so that a row's draw does not depend on its
 * neighbours. A row without a positive weight gives -1.
 */
export function random_categorical(
  ids: usize, weights: usize, rows: i32, classes: i32, keys: usize, block: u32,
): void {
  for (let r = 0; r < rows; r++) {
    const key = keys + (<usize>r << 3);
    words8(lane8, load<u32>(key), load<u32>(key, 4), block, 0);
    // 53 bits from two words.
    const bits = ((<u64>load<u32>(lane8) << 32) | <u64>load<u32>(lane8, 4)) >> 11;
    const u = <f64>bits * 1.1102230246251565e-16;
    store<i32>(ids + (<usize>r << 2), draw(weights, classes, u));
    weights += <usize>classes * F32;
  }
}

/** Sums so far, f64, of a row's weights: of so many parts. */
const PARTS: i32 = 256;
const SUMS = memory.data(2048, 16);

function draw(weights: usize, classes: i32, u: f64): i32 {
  const part = (classes + PARTS - 1) / PARTS;
  let total: f64 = 0;
  let at = SUMS;
  for (let j = 0; j < classes; j += part) {
    const end = weights + <usize>min(j + part, classes) * F32;
    for (let w = weights + <usize>j * F32; w < end; w += F32) total += <f64>load<f32>(w);
    store<f64>(at, total);
    at += 8;
  }
  // The sums are of the same numbers in the same order wherever they begin.
  const target = u * total;
  let first = 0;
  let sum: f64 = 0;
  for (at = SUMS; first + part < classes && load<f64>(at) <= target; at += 8) {
    sum = load<f64>(at);
    first += part;
  }
  let last = -1;
  for (let j = first; j < classes; j++) {
    const w = <f64>load<f32>(weights + <usize>j * F32);
    if (!(w > 0)) continue;
    sum += w;
    last = j;
    if (sum > target) return j;
  }
  return last < 0 && first > 0 ? lastOf(weights, first) : last;
}

/** The last of n classes with a weight; -1 where there is none. */
function lastOf(weights: usize, n: i32): i32 {
  while (n-- > 0) if (load<f32>(weights + <usize>n * F32) > 0) return n;
  return -1;
}
