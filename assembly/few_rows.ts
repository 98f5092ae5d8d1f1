// Products of a few rows, A (m, k) with m ≤ FEW_ROWS, with a B (k, n) that is contiguous in n: there B is read row after
// row, as it lies in memory, and nothing is packed. A packed B would be read as many times as it was written.
//
// Bits: as in gemm.ts. An element of C is loaded, four products are added in the order of k, and it is stored.

import { F32, ldn, madd, stn } from "./simd";

/** The most rows for which this is faster than to pack. */
export const FEW_ROWS: i32 = 8;

/** C (1, n) += a (4) B (4, n). Of a the elements are `as` bytes apart, of B the rows `ks`. */
function fourOfOne(c: usize, a: usize, as: usize, b: usize, ks: usize, n: i32): void {
  const x0 = v128.load_splat<f32>(a);
  const x1 = v128.load_splat<f32>(a + as);
  const x2 = v128.load_splat<f32>(a + as * 2);
  const x3 = v128.load_splat<f32>(a + as * 3);
  const b1 = b + ks;
  const b2 = b1 + ks;
  const b3 = b2 + ks;
  let j = 0;
  for (; j + 4 <= n; j += 4) addOne(c, x0, x1, x2, x3, b, b1, b2, b3, j, 4);
  if (j < n) addOne(c, x0, x1, x2, x3, b, b1, b2, b3, j, n - j);
}

// @ts-ignore: decorator
@inline function addOne(
  c: usize, x0: v128, x1: v128, x2: v128, x3: v128, b0: usize, b1: usize, b2: usize, b3: usize, j: i32, n: i32,
): void {
  const at = <usize>j * F32;
  let y = madd(x0, ldn(b0 + at, n), ldn(c + at, n));
  y = madd(x1, ldn(b1 + at, n), y);
  y = madd(x2, ldn(b2 + at, n), y);
  y = madd(x3, ldn(b3 + at, n), y);
  stn(c + at, y, n);
}

/** C (2, n) += A (2, 4) B (4, n), the rows of C `cs` bytes apart, those of A `rs`. */
function fourOfTwo(
  c: usize, cs: usize, a: usize, rs: usize, as: usize, b: usize, ks: usize, n: i32,
): void {
  const x0 = v128.load_splat<f32>(a);
  const x1 = v128.load_splat<f32>(a + as);
  const x2 = v128.load_splat<f32>(a + as * 2);
  const x3 = v128.load_splat<f32>(a + as * 3);
  a += rs;
  const y0 = v128.load_splat<f32>(a);
  const y1 = v128.load_splat<f32>(a + as);
  const y2 = v128.load_splat<f32>(a + as * 2);
  const y3 = v128.load_splat<f32>(a + as * 3);
  const d = c + cs;
  const b1 = b + ks;
  const b2 = b1 + ks;
  const b3 = b2 + ks;
  let j = 0;
  for (; j + 4 <= n; j += 4) addTwo(c, d, x0, x1, x2, x3, y0, y1, y2, y3, b, b1, b2, b3, j, 4);
  if (j < n) addTwo(c, d, x0, x1, x2, x3, y0, y1, y2, y3, b, b1, b2, b3, j, n - j);
}

// @ts-ignore: decorator
@inline function addTwo(
  c: usize, d: usize, x0: v128, x1: v128, x2: v128, x3: v128, y0: v128, y1: v128, y2: v128, y3: v128,
  b0: usize, b1: usize, b2: usize, b3: usize, j: i32, n: i32,
): void {
  const at = <usize>j * F32;
  let b = ldn(b0 + at, n);
  let x = madd(x0, b, ldn(c + at, n));
  let y = madd(y0, b, ldn(d + at, n));
  b = ldn(b1 + at, n);
  x = madd(x1, b, x);
  y = madd(y1, b, y);
  b = ldn(b2 + at, n);
  x = madd(x2, b, x);
  y = madd(y2, b, y);
  b = ldn(b3 + at, n);
  stn(c + at, madd(x3, b, x), n);
  stn(d + at, madd(y3, b, y), n);
}

/** C (1, n) += a B (1, n) */
function oneOfOne(c: usize, a: usize, b: usize, n: i32): void {
  const x = v128.load_splat<f32>(a);
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    stn(c + at, madd(x, ldn(b + at, n - j), ldn(c + at, n - j)), n - j);
  }
}

/** C (m, n) += A (m, k) B (k, n), strides as in `gemm`. */
export function fewRows(
  c: usize, cs: usize, a: usize, rs: usize, as: usize, b: usize, ks: usize, m: i32, k: i32, n: i32,
): void {
  let l = 0;
  for (; l + 4 <= k; l += 4) {
    let i = 0;
    for (; i + 2 <= m; i += 2) {
      fourOfTwo(c + <usize>i * cs, cs, a + <usize>i * rs, rs, as, b, ks, n);
    }
    if (i < m) fourOfOne(c + <usize>i * cs, a + <usize>i * rs, as, b, ks, n);
    a += as * 4;
    b += ks * 4;
  }
  for (; l < k; l++) {
    for (let i = 0; i < m; i++) oneOfOne(c + <usize>i * cs, a + <usize>i * rs, b, n);
    a += as;
    b += ks;
  }
}
