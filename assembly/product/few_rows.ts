// Products of a few rows, A (m, k) with m ≤ FEW_ROWS, with a B (k, n) that is contiguous in n: there B is read row after
// row, as it is in memory, and nothing is packed: to pack B would take longer than the product.
//
// Bits: as in gemm.ts. An element of C is loaded, four products are added in the order of k, and it is stored.

import { F32, ld, ldn, madd, st, stn } from "../lib/simd";

/** The most rows for which this is faster than to pack. */
export const FEW_ROWS: i32 = 8;

/** C (1, n) += a (4) B (4, n), n a multiple of 4. Of a the elements are `as` bytes apart, of B the rows `ks`. */
function fourOfOne(c: usize, a: usize, as: usize, b: usize, ks: usize, n: i32): void {
  const x0 = v128.load_splat<f32>(a);
  const x1 = v128.load_splat<f32>(a + as);
  const x2 = v128.load_splat<f32>(a + as * 2);
  const x3 = v128.load_splat<f32>(a + as * 3);
  const b1 = b + ks;
  const b2 = b1 + ks;
  const b3 = b2 + ks;
  const end = <usize>n * F32;
  for (let j: usize = 0; j < end; j += 16) {
    let x = madd(x0, ld(b + j), ld(c + j));
    x = madd(x1, ld(b1 + j), x);
    x = madd(x2, ld(b2 + j), x);
    st(c + j, madd(x3, ld(b3 + j), x));
  }
}

/** C (2, n) += A (2, 4) B (4, n), n a multiple of 4, the rows of C `cs` bytes apart, those of A `rs`. */
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
  const end = <usize>n * F32;
  for (let j: usize = 0; j < end; j += 16) {
    let v = ld(b + j);
    let x = madd(x0, v, ld(c + j));
    let y = madd(y0, v, ld(d + j));
    v = ld(b1 + j);
    x = madd(x1, v, x);
    y = madd(y1, v, y);
    v = ld(b2 + j);
    x = madd(x2, v, x);
    y = madd(y2, v, y);
    v = ld(b3 + j);
    st(c + j, madd(x3, v, x));
    st(d + j, madd(y3, v, y));
  }
}

/** C (1, n ≤ 4) += a (k) B (k, n) */
function fewColumns(c: usize, a: usize, as: usize, b: usize, ks: usize, k: i32, n: i32): void {
  let sum = ldn(c, n);
  for (let l = 0; l < k; l++) {
    sum = madd(v128.load_splat<f32>(a), ldn(b, n), sum);
    a += as;
    b += ks;
  }
  stn(c, sum, n);
}

/** C (m, n) += A (m, k) B (k, n), strides as in `gemm`. */
export function fewRows(
  c: usize, cs: usize, a: usize, rs: usize, as: usize, b: usize, ks: usize, m: i32, k: i32, n: i32,
): void {
  const whole = n & ~3;
  const fours = k & ~3;
  for (let l = 0; l < fours; l += 4) {
    const al = a + <usize>l * as;
    const bl = b + <usize>l * ks;
    for (let i = 0; i + 2 <= m; i += 2) {
      fourOfTwo(c + <usize>i * cs, cs, al + <usize>i * rs, rs, as, bl, ks, whole);
    }
    const last = <usize>(m - 1);
    if (m & 1) fourOfOne(c + last * cs, al + last * rs, as, bl, ks, whole);
  }
  // What is left of each row: the last steps of its whole columns, and all steps of the last columns.
  for (let i: usize = 0; i < <usize>m; i++) {
    const ci = c + i * cs;
    const ai = a + i * rs;
    for (let j = 0; fours < k && j < whole; j += 4) {
      const at = <usize>j * F32;
      fewColumns(ci + at, ai + <usize>fours * as, as, b + <usize>fours * ks + at, ks, k - fours, 4);
    }
    const at = <usize>whole * F32;
    if (whole < n) fewColumns(ci + at, ai, as, b + at, ks, k, n - whole);
  }
}
