// Factors of a matrix product in the order in which the register tile reads them.
// Element (k, n) of B is at b + k * ks + n * ns bytes; one of the strides is F32.

import { F32, ld, ldn, st, stn } from "../lib/simd";

/** Rows of a panel of A. */
export const MR: i32 = 3;
/** Columns of the build's register tile. */
export const NR: i32 = ASC_FEATURE_RELAXED_SIMD ? 8 : 12;
/**
 * Columns of a panel of B: those of two tiles, or three, side by side. One row of A takes them all at once, and so reads
 * B from front to back: from beyond the caches that is 1.6 times as fast as from panels of one tile.
 */
export const PANEL: i32 = 24;
/** Bytes of a row of a panel of B. */
export const STEP: usize = <usize>PANEL * F32;
/** Steps of k in a block. */
export const KC: i32 = 256;
/** Rows of a block of A. */
export const MC: i32 = 120;

/** Room for the C of a tile of which only a corner is wanted: 6 x 8, the largest. */
export const TILE_BYTES: usize = 48 * F32;
/** One block of packed A. Packing stores four floats at a time and may pass the end by one. */
export const A_BYTES: usize = <usize>(MC * KC) * F32 + 64;

/** Bytes of scratch memory for `gemm` with a packed B. */
export function gemmPackedWork(): usize {
  return A_BYTES + TILE_BYTES;
}

// @ts-ignore: decorator
@inline function panels(n: i32): i32 {
  return (n + PANEL - 1) / PANEL;
}

/** Bytes of a packed B of `k` rows and `n` columns. */
export function packBytes(k: i32, n: i32): usize {
  return <usize>k * <usize>panels(n) * STEP;
}

/** A panel, contiguous in n: rows are copied. */
function packPanelRows(dst: usize, b: usize, ks: usize, kc: i32, nr: i32): void {
  if (nr == PANEL) {
    for (let k = 0; k < kc; k++) {
      st(dst, ld(b));
      st(dst + 16, ld(b + 16));
      st(dst + 32, ld(b + 32));
      st(dst + 48, ld(b + 48));
      st(dst + 64, ld(b + 64));
      st(dst + 80, ld(b + 80));
      dst += STEP;
      b += ks;
    }
    return;
  }
  for (let k = 0; k < kc; k++) {
    for (let j = 0; j < PANEL; j += 4) {
      const at = <usize>j * F32;
      st(dst + at, j < nr ? ldn(b + at, nr - j) : f32x4.splat(0));
    }
    dst += STEP;
    b += ks;
  }
}

/** Four columns of a panel, contiguous in k: 4 x 4 transposes. */
function packFourColumns(dst: usize, b: usize, ns: usize, kc: i32): void {
  const full = kc & ~3;
  let k = 0;
  for (; k < full; k += 4) {
    const c0 = ld(b);
    const c1 = ld(b + ns);
    const c2 = ld(b + ns * 2);
    const c3 = ld(b + ns * 3);
    const lo01 = v128.shuffle<f32>(c0, c1, 0, 4, 1, 5);
    const hi01 = v128.shuffle<f32>(c0, c1, 2, 6, 3, 7);
    const lo23 = v128.shuffle<f32>(c2, c3, 0, 4, 1, 5);
    const hi23 = v128.shuffle<f32>(c2, c3, 2, 6, 3, 7);
    st(dst, v128.shuffle<f32>(lo01, lo23, 0, 1, 4, 5));
    st(dst + STEP, v128.shuffle<f32>(lo01, lo23, 2, 3, 6, 7));
    st(dst + STEP * 2, v128.shuffle<f32>(hi01, hi23, 0, 1, 4, 5));
    st(dst + STEP * 3, v128.shuffle<f32>(hi01, hi23, 2, 3, 6, 7));
    dst += STEP * 4;
    b += 16;
  }
  for (; k < kc; k++) {
    for (let j: usize = 0; j < 4; j++) store<f32>(dst + j * F32, load<f32>(b + ns * j));
    dst += STEP;
    b += 4;
  }
}

function packPanelColumns(dst: usize, b: usize, ns: usize, kc: i32, nr: i32): void {
  let j = 0;
  for (; j + 4 <= nr; j += 4) packFourColumns(dst + <usize>j * F32, b + <usize>j * ns, ns, kc);
  if (j == PANEL) return;
  b += <usize>j * ns;
  for (let k = 0; k < kc; k++) {
    for (let i = j; i < PANEL; i += 4) st(dst + <usize>i * F32, f32x4.splat(0));
    for (let i = j; i < nr; i++) store<f32>(dst + <usize>i * F32, load<f32>(b + <usize>(i - j) * ns));
    dst += STEP;
    b += F32;
  }
}

/** Packs kc rows of B: panel after panel, each (kc, PANEL), missing columns as zeros. */
export function packB(dst: usize, b: usize, ks: usize, ns: usize, kc: i32, n: i32): void {
  for (let j = 0; j < n; j += PANEL) {
    const nr = min(PANEL, n - j);
    if (ns == F32) packPanelRows(dst, b + <usize>j * F32, ks, kc, nr);
    else packPanelColumns(dst, b + <usize>j * ns, ns, kc, nr);
    dst += <usize>kc * STEP;
  }
}

/** Packs all of B: blocks of KC rows. */
export function packAll(dst: usize, b: usize, ks: usize, ns: usize, k: i32, n: i32): void {
  for (let pc = 0; pc < k; pc += KC) {
    const kc = min(KC, k - pc);
    packB(dst, b + <usize>pc * ks, ks, ns, kc, n);
    dst += packBytes(kc, n);
  }
}

/** Three rows of A, contiguous in k: interleaved with shuffles. */
function packThreeRows(dst: usize, a: usize, rs: usize, kc: i32): void {
  const full = kc & ~3;
  let k = 0;
  for (; k < full; k += 4) {
    const x = ld(a);
    const y = ld(a + rs);
    const z = ld(a + rs * 2);
    const xy = v128.shuffle<f32>(x, y, 0, 4, 1, 5);
    const yz = v128.shuffle<f32>(y, z, 1, 5, 2, 6);
    const zx = v128.shuffle<f32>(z, x, 2, 7, 3, 3);
    st(dst, v128.shuffle<f32>(xy, v128.shuffle<f32>(z, x, 0, 5, 0, 0), 0, 1, 4, 5));
    st(dst + 16, v128.shuffle<f32>(yz, v128.shuffle<f32>(x, y, 2, 6, 0, 0), 0, 1, 4, 5));
    st(dst + 32, v128.shuffle<f32>(zx, v128.shuffle<f32>(y, z, 3, 7, 0, 0), 0, 1, 4, 5));
    dst += 48;
    a += 16;
  }
  for (; k < kc; k++) {
    for (let i: usize = 0; i < 3; i++) store<f32>(dst + i * F32, load<f32>(a + rs * i));
    dst += 12;
    a += 4;
  }
}

/**
 * `count` panels of three columns of A as stored (three rows of Aᵀ), contiguous: copied, four floats at a time.
 * Row after row of A, not panel after panel: rows are often a power of two apart, and then fall on the same few
 * lines of the cache.
 */
function packColumns(dst: usize, a: usize, ks: usize, count: i32, kc: i32): void {
  const panel = <usize>(kc * MR) * F32;
  const end = dst + <usize>count * panel;
  // The fourth float is overwritten by the next row's first; it may be after A, so the last row is
  // copied by threes.
  const last = kc - 1;
  for (let k = 0; k < last; k++) {
    let s = a;
    for (let d = dst + <usize>(k * MR) * F32; d < end; d += panel) {
      st(d, ld(s));
      s += <usize>MR * F32;
    }
    a += ks;
  }
  for (let d = dst + <usize>(last * MR) * F32; d < end; d += panel) {
    stn(d, ldn(a, MR), MR);
    a += <usize>MR * F32;
  }
}

/**
 * How many of the last rows of an A of `m` go into panels of two. Of the last four two and two, not three and one: a
 * tile of one row takes as long as one of three. Where tiles take two panels, the last eight are four and four.
 */
export function twoRows(m: i32): i32 {
  if (ASC_FEATURE_RELAXED_SIMD && m % 6 == 2) return min(8, m);
  return min(m % MR == 1 ? 4 : m % MR, m);
}

/** Rows of the next panel of A where `left` are left, the last `twos` of them in panels of two. */
export function panelRows(left: i32, twos: i32): i32 {
  return left > twos ? MR : min(2, left);
}

/** Packs an (mc, kc) block of A: panels of `panelRows`, each (kc, MR), missing rows as zeros. */
export function packA(dst: usize, a: usize, rs: usize, ks: usize, mc: i32, kc: i32): void {
  const panel = <usize>(kc * MR) * F32;
  const twos = twoRows(mc);
  const full = (mc - twos) / MR;
  if (ks == F32) {
    for (let i = 0; i < full; i++) packThreeRows(dst + <usize>i * panel, a + <usize>(i * MR) * rs, rs, kc);
  } else {
    packColumns(dst, a, ks, full, kc);
  }
  dst += <usize>full * panel;
  a += <usize>(full * MR) * rs;
  for (let left = twos; left > 0; left -= 2) {
    packFewRows(dst, a, rs, ks, min(2, left), kc);
    dst += panel;
    a += rs * 2;
  }
}

/** A panel of one or two rows. */
function packFewRows(dst: usize, a: usize, rs: usize, ks: usize, rows: i32, kc: i32): void {
  for (let k = 0; k < kc; k++) {
    store<f32>(dst, load<f32>(a));
    store<f32>(dst, rows > 1 ? load<f32>(a + rs) : 0, 4);
    store<f32>(dst, 0, 8);
    dst += 12;
    a += ks;
  }
}

/** Where the tile after column j - 1 of a packed B begins, which is at `b` for the tile before. */
// @ts-ignore: decorator
@inline export function nextTile(b: usize, j: i32, kc: i32): usize {
  return b + (j % PANEL == 0 ? <usize>kc * STEP - <usize>(PANEL - NR) * F32 : <usize>NR * F32);
}

/**
 * Copies (rows, n). In loops, not by memory.copy: engines call out for it, which costs more than a tile's row is worth.
 */
export function copyCorner(to: usize, ts: usize, from: usize, fs: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) {
    let j = 0;
    for (; j + 4 <= n; j += 4) st(to + <usize>j * F32, ld(from + <usize>j * F32));
    if (j < n) stn(to + <usize>j * F32, ldn(from + <usize>j * F32, n - j), n - j);
    to += ts;
    from += fs;
  }
}
