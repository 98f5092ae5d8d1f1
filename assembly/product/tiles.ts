// Register tiles of the default build, where multiply and add are two instructions. 3 x 12 leaves room in 16 vector
// registers for 9 sums, 3 loads of B, a splat of A and a product, and was the fastest on every engine tried.
//
// A tile is kept to loads, one loop and stores: with a branch before or after the loop, or inlined into a larger
// function, V8 runs out of registers and keeps a sum on the stack, at half the speed.

import { copyCorner, MR, nextTile, NR, panelRows, STEP, twoRows } from "./pack";
import { F32, madd, st } from "../lib/simd";

/** C (3, 12) += A panel (kc, 3) times a tile of a B panel (kc, 12). `cs`: bytes from row to row of C. */
function tile3x12(kc: i32, a: usize, b: usize, c: usize, cs: usize): void {
  const d = c + cs;
  const e = d + cs;
  let c00 = v128.load(c, 0), c01 = v128.load(c, 16), c02 = v128.load(c, 32);
  let c10 = v128.load(d, 0), c11 = v128.load(d, 16), c12 = v128.load(d, 32);
  let c20 = v128.load(e, 0), c21 = v128.load(e, 16), c22 = v128.load(e, 32);
  const end = b + <usize>kc * STEP;
  while (b < end) {
    const b0 = v128.load(b, 0);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    let x = v128.load_splat<f32>(a, 0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    c02 = madd(x, b2, c02);
    x = v128.load_splat<f32>(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    c12 = madd(x, b2, c12);
    x = v128.load_splat<f32>(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    c22 = madd(x, b2, c22);
    a += 12;
    b += STEP;
  }
  v128.store(c, c00, 0);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(d, c10, 0);
  v128.store(d, c11, 16);
  v128.store(d, c12, 32);
  v128.store(e, c20, 0);
  v128.store(e, c21, 16);
  v128.store(e, c22, 32);
}

/** C (2, 12) += the first two rows of an A panel (kc, 3) times a tile of a B panel (kc, 12). */
function tile2x12(kc: i32, a: usize, b: usize, c: usize, cs: usize): void {
  const d = c + cs;
  let c00 = v128.load(c, 0), c01 = v128.load(c, 16), c02 = v128.load(c, 32);
  let c10 = v128.load(d, 0), c11 = v128.load(d, 16), c12 = v128.load(d, 32);
  const end = b + <usize>kc * STEP;
  while (b < end) {
    const b0 = v128.load(b, 0);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    let x = v128.load_splat<f32>(a, 0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    c02 = madd(x, b2, c02);
    x = v128.load_splat<f32>(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    c12 = madd(x, b2, c12);
    a += 12;
    b += STEP;
  }
  v128.store(c, c00, 0);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(d, c10, 0);
  v128.store(d, c11, 16);
  v128.store(d, c12, 32);
}

/**
 * C (6, 4) += two A panels (kc, 3), one after the other, times four columns of a B panel. For the
 * last columns: powers of two are no multiples of 12, and three rows alone would wait for their own sums.
 */
function tile6x4(kc: i32, a: usize, b: usize, c: usize, cs: usize): void {
  const d = c + cs * 3;
  let c0 = v128.load(c), c1 = v128.load(c + cs), c2 = v128.load(c + cs * 2);
  let d0 = v128.load(d), d1 = v128.load(d + cs), d2 = v128.load(d + cs * 2);
  const end = b + <usize>kc * STEP;
  let e = a + <usize>kc * 12;
  while (b < end) {
    const x = v128.load(b);
    c0 = madd(v128.load_splat<f32>(a, 0), x, c0);
    c1 = madd(v128.load_splat<f32>(a, 4), x, c1);
    c2 = madd(v128.load_splat<f32>(a, 8), x, c2);
    d0 = madd(v128.load_splat<f32>(e, 0), x, d0);
    d1 = madd(v128.load_splat<f32>(e, 4), x, d1);
    d2 = madd(v128.load_splat<f32>(e, 8), x, d2);
    a += 12;
    e += 12;
    b += STEP;
  }
  v128.store(c, c0);
  v128.store(c + cs, c1);
  v128.store(c + cs * 2, c2);
  v128.store(d, d0);
  v128.store(d + cs, d1);
  v128.store(d + cs * 2, d2);
}

/**
 * C (1, 24) += a (kc) times a B panel. Not 36: V8 moves a round's loads before its sums, and 9 sums with 9 loads are more
 * than the registers hold.
 */
export function row1x24(kc: i32, a: usize, b: usize, c: usize): void {
  let s0 = v128.load(c, 0);
  let s1 = v128.load(c, 16);
  let s2 = v128.load(c, 32);
  let s3 = v128.load(c, 48);
  let s4 = v128.load(c, 64);
  let s5 = v128.load(c, 80);
  const end = b + <usize>kc * STEP;
  while (b < end) {
    const x = v128.load_splat<f32>(a);
    s0 = madd(x, v128.load(b, 0), s0);
    s1 = madd(x, v128.load(b, 16), s1);
    s2 = madd(x, v128.load(b, 32), s2);
    s3 = madd(x, v128.load(b, 48), s3);
    s4 = madd(x, v128.load(b, 64), s4);
    s5 = madd(x, v128.load(b, 80), s5);
    a += 4;
    b += STEP;
  }
  v128.store(c, s0, 0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
}

/** C (1, 12) += a (kc) times 12 columns of a B panel. */
export function row1x12(kc: i32, a: usize, b: usize, c: usize): void {
  let s0 = v128.load(c, 0);
  let s1 = v128.load(c, 16);
  let s2 = v128.load(c, 32);
  const end = b + <usize>kc * STEP;
  while (b < end) {
    const x = v128.load_splat<f32>(a);
    s0 = madd(x, v128.load(b, 0), s0);
    s1 = madd(x, v128.load(b, 16), s1);
    s2 = madd(x, v128.load(b, 32), s2);
    a += 4;
    b += STEP;
  }
  st(c, s0);
  st(c + 16, s1);
  st(c + 32, s2);
}

/**
 * (mc, nr ≤ 4) of C += one packed block of A times the last panel of B. Where the last panel of A has no other
 * after it, what is there is multiplied in vain: a block of MC rows, in pairs of panels, has room for it.
 */
function lastColumns(
  kc: i32, a: usize, mc: i32, b: usize, nr: i32, c: usize, cs: usize, spare: usize,
): void {
  const twos = twoRows(mc);
  while (mc > 0) {
    const first = panelRows(mc, twos);
    const second = panelRows(mc - first, twos);
    if (first + second == 2 * MR && nr == 4) {
      tile6x4(kc, a, b, c, cs);
    } else {
      const d = c + cs * first;
      copyCorner(spare, 16, c, cs, first, nr);
      copyCorner(spare + 48, 16, d, cs, second, nr);
      tile6x4(kc, a, b, spare, 16);
      copyCorner(c, cs, spare, 16, first, nr);
      copyCorner(d, cs, spare + 48, 16, second, nr);
    }
    a += <usize>kc * 24;
    c += cs * (first + second);
    mc -= first + second;
  }
}

/** (mc, n) of C += one packed block of A times one of B. */
export function rows(
  kc: i32, pa: usize, mc: i32, b: usize, n: i32, c: usize, cs: usize, spare: usize,
): void {
  const twos = twoRows(mc);
  for (let j = 0; j < n; j += NR) {
    const nr = min(NR, n - j);
    let a = pa;
    let ci = c + <usize>j * F32;
    if (nr <= 4) {
      lastColumns(kc, pa, mc, b, nr, ci, cs, spare);
      return;
    }
    for (let left = mc; left > 0; ) {
      const mr = panelRows(left, twos);
      if (mr == MR && nr == NR) {
        tile3x12(kc, a, b, ci, cs);
      } else if (mr == 2 && nr == NR) {
        tile2x12(kc, a, b, ci, cs);
      } else {
        copyCorner(spare, 48, ci, cs, mr, nr);
        tile3x12(kc, a, b, spare, 48);
        copyCorner(ci, cs, spare, 48, mr, nr);
      }
      a += <usize>kc * 12;
      ci += cs * mr;
      left -= mr;
    }
    b = nextTile(b, j + NR, kc);
  }
}
