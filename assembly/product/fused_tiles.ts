// Register tiles of the fast build, where multiply and add are one instruction. It takes four cycles, and a core starts
// two a cycle: eight sums keep it busy at the least, and twelve with room for other instructions. 6 x 8 has twelve, and
// leaves room for 2 loads of B and a splat of A; where an engine does not fuse, a product is there as well.
//
// As in tiles.ts, a tile is kept to loads, one loop and stores.

import { copyCorner, MR, nextTile, NR, PANEL, panelRows, STEP, twoRows } from "./pack";
import { F32, madd, st } from "../lib/simd";

/** C (6, 8) += two A panels (kc, 3), one after the other, times a tile of a B panel (kc, 8). `cs`: bytes from row to row of C. */
function tile6x8(kc: i32, a: usize, b: usize, c: usize, cs: usize): void {
  const d = c + cs * 3;
  let c00 = v128.load(c, 0), c01 = v128.load(c, 16);
  let c10 = v128.load(c + cs, 0), c11 = v128.load(c + cs, 16);
  let c20 = v128.load(c + cs * 2, 0), c21 = v128.load(c + cs * 2, 16);
  let d00 = v128.load(d, 0), d01 = v128.load(d, 16);
  let d10 = v128.load(d + cs, 0), d11 = v128.load(d + cs, 16);
  let d20 = v128.load(d + cs * 2, 0), d21 = v128.load(d + cs * 2, 16);
  const end = b + <usize>kc * STEP;
  let e = a + <usize>kc * 12;
  while (b < end) {
    const b0 = v128.load(b, 0);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a, 0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load_splat<f32>(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load_splat<f32>(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load_splat<f32>(e, 0);
    d00 = madd(x, b0, d00);
    d01 = madd(x, b1, d01);
    x = v128.load_splat<f32>(e, 4);
    d10 = madd(x, b0, d10);
    d11 = madd(x, b1, d11);
    x = v128.load_splat<f32>(e, 8);
    d20 = madd(x, b0, d20);
    d21 = madd(x, b1, d21);
    a += 12;
    e += 12;
    b += STEP;
  }
  v128.store(c, c00, 0);
  v128.store(c, c01, 16);
  v128.store(c + cs, c10, 0);
  v128.store(c + cs, c11, 16);
  v128.store(c + cs * 2, c20, 0);
  v128.store(c + cs * 2, c21, 16);
  v128.store(d, d00, 0);
  v128.store(d, d01, 16);
  v128.store(d + cs, d10, 0);
  v128.store(d + cs, d11, 16);
  v128.store(d + cs * 2, d20, 0);
  v128.store(d + cs * 2, d21, 16);
}

/** C (4, 8) += the first two rows of each of two A panels (kc, 3), one after the other, times a tile of a B panel (kc, 8). */
function tile4x8(kc: i32, a: usize, b: usize, c: usize, cs: usize): void {
  const d = c + cs * 2;
  let c00 = v128.load(c, 0), c01 = v128.load(c, 16);
  let c10 = v128.load(c + cs, 0), c11 = v128.load(c + cs, 16);
  let d00 = v128.load(d, 0), d01 = v128.load(d, 16);
  let d10 = v128.load(d + cs, 0), d11 = v128.load(d + cs, 16);
  const end = b + <usize>kc * STEP;
  let e = a + <usize>kc * 12;
  while (b < end) {
    const b0 = v128.load(b, 0);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a, 0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load_splat<f32>(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load_splat<f32>(e, 0);
    d00 = madd(x, b0, d00);
    d01 = madd(x, b1, d01);
    x = v128.load_splat<f32>(e, 4);
    d10 = madd(x, b0, d10);
    d11 = madd(x, b1, d11);
    a += 12;
    e += 12;
    b += STEP;
  }
  v128.store(c, c00, 0);
  v128.store(c, c01, 16);
  v128.store(c + cs, c10, 0);
  v128.store(c + cs, c11, 16);
  v128.store(d, d00, 0);
  v128.store(d, d01, 16);
  v128.store(d + cs, d10, 0);
  v128.store(d + cs, d11, 16);
}

/** C (3, 8) += A panel (kc, 3) times a tile of a B panel (kc, 8). */
function tile3x8(kc: i32, a: usize, b: usize, c: usize, cs: usize): void {
  let c00 = v128.load(c, 0), c01 = v128.load(c, 16);
  let c10 = v128.load(c + cs, 0), c11 = v128.load(c + cs, 16);
  let c20 = v128.load(c + cs * 2, 0), c21 = v128.load(c + cs * 2, 16);
  const end = b + <usize>kc * STEP;
  while (b < end) {
    const b0 = v128.load(b, 0);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a, 0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load_splat<f32>(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load_splat<f32>(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    a += 12;
    b += STEP;
  }
  v128.store(c, c00, 0);
  v128.store(c, c01, 16);
  v128.store(c + cs, c10, 0);
  v128.store(c + cs, c11, 16);
  v128.store(c + cs * 2, c20, 0);
  v128.store(c + cs * 2, c21, 16);
}

/** C (2, 24) += the first two rows of an A panel (kc, 3) times a B panel. */
function tile2x24(kc: i32, a: usize, b: usize, c: usize, cs: usize): void {
  const d = c + cs;
  let c0 = v128.load(c, 0), c1 = v128.load(c, 16), c2 = v128.load(c, 32);
  let c3 = v128.load(c, 48), c4 = v128.load(c, 64), c5 = v128.load(c, 80);
  let d0 = v128.load(d, 0), d1 = v128.load(d, 16), d2 = v128.load(d, 32);
  let d3 = v128.load(d, 48), d4 = v128.load(d, 64), d5 = v128.load(d, 80);
  const end = b + <usize>kc * STEP;
  while (b < end) {
    const x = v128.load_splat<f32>(a, 0);
    const y = v128.load_splat<f32>(a, 4);
    let w = v128.load(b, 0);
    c0 = madd(x, w, c0);
    d0 = madd(y, w, d0);
    w = v128.load(b, 16);
    c1 = madd(x, w, c1);
    d1 = madd(y, w, d1);
    w = v128.load(b, 32);
    c2 = madd(x, w, c2);
    d2 = madd(y, w, d2);
    w = v128.load(b, 48);
    c3 = madd(x, w, c3);
    d3 = madd(y, w, d3);
    w = v128.load(b, 64);
    c4 = madd(x, w, c4);
    d4 = madd(y, w, d4);
    w = v128.load(b, 80);
    c5 = madd(x, w, c5);
    d5 = madd(y, w, d5);
    a += 12;
    b += STEP;
  }
  v128.store(c, c0, 0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(c, c3, 48);
  v128.store(c, c4, 64);
  v128.store(c, c5, 80);
  v128.store(d, d0, 0);
  v128.store(d, d1, 16);
  v128.store(d, d2, 32);
  v128.store(d, d3, 48);
  v128.store(d, d4, 64);
  v128.store(d, d5, 80);
}

/** C (1, 8) += a (kc) times 8 columns of a B panel. */
export function fusedRow1x8(kc: i32, a: usize, b: usize, c: usize): void {
  let s0 = v128.load(c, 0);
  let s1 = v128.load(c, 16);
  const end = b + <usize>kc * STEP;
  while (b < end) {
    const x = v128.load_splat<f32>(a);
    s0 = madd(x, v128.load(b, 0), s0);
    s1 = madd(x, v128.load(b, 16), s1);
    a += 4;
    b += STEP;
  }
  st(c, s0);
  st(c + 16, s1);
}

/** (mc, n) of C += one packed block of A times one of B. */
export function fusedRows(
  kc: i32, pa: usize, mc: i32, b: usize, n: i32, c: usize, cs: usize, spare: usize,
): void {
  const twos = twoRows(mc);
  let j = 0;
  // Two rows have too few sums in one tile.
  for (; mc == 2 && j + PANEL <= n; j += PANEL) {
    tile2x24(kc, pa, b, c + <usize>j * F32, cs);
    b += <usize>kc * STEP;
  }
  for (; j < n; j += NR) {
    const nr = min(NR, n - j);
    let a = pa;
    let ci = c + <usize>j * F32;
    for (let left = mc; left > 0; ) {
      const first = panelRows(left, twos);
      const both = first + panelRows(left - first, twos);
      const mr = both == 2 * MR || both == 4 || left == 5 ? both : first;
      const whole = nr == NR && mr != 5 && mr >= MR;
      const to = whole ? ci : spare;
      const ts: usize = whole ? cs : 32;
      if (!whole) copyCorner(spare, 32, ci, cs, mr, nr);
      if (mr > 4) tile6x8(kc, a, b, to, ts);
      else if (mr == 4) tile4x8(kc, a, b, to, ts);
      else tile3x8(kc, a, b, to, ts);
      if (!whole) copyCorner(ci, cs, spare, 32, mr, nr);
      a += <usize>kc * (mr == both ? 24 : 12);
      ci += cs * mr;
      left -= mr;
    }
    b = nextTile(b, j + NR, kc);
  }
}
