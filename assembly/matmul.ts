// Matrix products in the three forms that training needs: C = A B (NN), A Bᵀ (NT), Aᵀ B (TN).
//
// Method: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008). B is
// packed into panels of NR columns, A into panels of MR rows, and a register tile of MR x NR sums
// over a block of KC. 3 x 12 leaves room in 16 vector registers for 9 sums, 3 loads of B, a splat
// of A and a product, and was the fastest tile without fused multiply-add on every engine tried.
//
// Bits: an element of C starts from zero, the bias or itself, and adds its products in the order of
// k. It depends on its own row of A and column of B only: never on the blocking, on how many other
// rows there are, or on which path below computed it. Batch and single sampling agree because of
// this.

import { F32, ld, ldn, madd, st, stn } from "./simd";

const MR: i32 = 3;
const NR: i32 = 12;
const KC: i32 = 256;
const MC: i32 = 120;

const TILE_BYTES: usize = <usize>(MR * NR) * F32;
/** One block of packed A. Packing stores four floats at a time and may pass the end by one. */
const A_BYTES: usize = <usize>(MC * KC) * F32 + 64;

// @ts-ignore: decorator
@inline function panels(n: i32): i32 {
  return (n + NR - 1) / NR;
}

/** Bytes of a packed B of `k` rows and `n` columns. */
export function matmul_pack_bytes(k: i32, n: i32): usize {
  return <usize>k * <usize>(panels(n) * NR) * F32;
}

/** Bytes of scratch memory for `matmul_packed`. */
export function matmul_packed_work(): usize {
  return A_BYTES + TILE_BYTES;
}

/** Bytes of scratch memory for `matmul_nn`, `matmul_nt`, `matmul_tn` with these k and n. */
export function matmul_work(k: i32, n: i32): usize {
  return matmul_packed_work() + matmul_pack_bytes(min(k, KC), n);
}

// ---------------------------------------------------------------------------------------------
// Packing. Element (k, n) of B is at b + k * ks + n * ns bytes; one of the strides is F32.

/** A panel of NR columns, contiguous in n: rows are copied. */
function packPanelRows(dst: usize, b: usize, ks: usize, kc: i32, nr: i32): void {
  if (nr == NR) {
    for (let k = 0; k < kc; k++) {
      st(dst, ld(b));
      st(dst + 16, ld(b + 16));
      st(dst + 32, ld(b + 32));
      dst += <usize>NR * F32;
      b += ks;
    }
    return;
  }
  for (let k = 0; k < kc; k++) {
    for (let j = 0; j < NR; j++) {
      store<f32>(dst + <usize>j * F32, j < nr ? load<f32>(b + <usize>j * F32) : 0);
    }
    dst += <usize>NR * F32;
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
    st(dst + 48, v128.shuffle<f32>(lo01, lo23, 2, 3, 6, 7));
    st(dst + 96, v128.shuffle<f32>(hi01, hi23, 0, 1, 4, 5));
    st(dst + 144, v128.shuffle<f32>(hi01, hi23, 2, 3, 6, 7));
    dst += 192;
    b += 16;
  }
  for (; k < kc; k++) {
    for (let j: usize = 0; j < 4; j++) store<f32>(dst + j * F32, load<f32>(b + ns * j));
    dst += 48;
    b += 4;
  }
}

function packPanelColumns(dst: usize, b: usize, ns: usize, kc: i32, nr: i32): void {
  let j = 0;
  for (; j + 4 <= nr; j += 4) packFourColumns(dst + <usize>j * F32, b + <usize>j * ns, ns, kc);
  for (; j < NR; j++) {
    let d = dst + <usize>j * F32;
    let s = b + <usize>j * ns;
    for (let k = 0; k < kc; k++) {
      store<f32>(d, j < nr ? load<f32>(s) : 0);
      d += <usize>NR * F32;
      s += F32;
    }
  }
}

/** Packs kc rows of B: panel after panel, each (kc, NR), missing columns as zeros. */
function packB(dst: usize, b: usize, ks: usize, ns: usize, kc: i32, n: i32): void {
  for (let j = 0; j < n; j += NR) {
    const nr = min(NR, n - j);
    if (ns == F32) packPanelRows(dst, b + <usize>j * F32, ks, kc, nr);
    else packPanelColumns(dst, b + <usize>j * ns, ns, kc, nr);
    dst += <usize>(kc * NR) * F32;
  }
}

function packAll(dst: usize, b: usize, ks: usize, ns: usize, k: i32, n: i32): void {
  for (let pc = 0; pc < k; pc += KC) {
    const kc = min(KC, k - pc);
    packB(dst, b + <usize>pc * ks, ks, ns, kc, n);
    dst += matmul_pack_bytes(kc, n);
  }
}

/** Packs B (k, n) for `matmul_packed`; `matmul_pack_bytes(k, n)` bytes. */
export function matmul_pack_nn(dst: usize, b: usize, k: i32, n: i32): void {
  packAll(dst, b, <usize>n * F32, F32, k, n);
}

/** Packs Bᵀ, given B (n, k), for `matmul_packed`. */
export function matmul_pack_nt(dst: usize, b: usize, k: i32, n: i32): void {
  packAll(dst, b, F32, <usize>k * F32, k, n);
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

/** Three columns of A as stored (three rows of Aᵀ), contiguous: copied, four floats at a time. */
function packThreeColumns(dst: usize, a: usize, ks: usize, kc: i32): void {
  // The fourth float is overwritten by the next one's first; it may lie behind A, so the last k is
  // copied one by one.
  const last = kc - 1;
  for (let k = 0; k < last; k++) {
    st(dst, ld(a));
    dst += 12;
    a += ks;
  }
  stn(dst, ldn(a, 3), 3);
}

/** Packs an (mc, kc) block of A: panels of MR rows, each (kc, MR), missing rows as zeros. */
function packA(dst: usize, a: usize, rs: usize, ks: usize, mc: i32, kc: i32): void {
  for (let i = 0; i < mc; i += MR) {
    const mr = min(MR, mc - i);
    let s = a + <usize>i * rs;
    if (mr == MR) {
      if (ks == F32) packThreeRows(dst, s, rs, kc);
      else packThreeColumns(dst, s, ks, kc);
      dst += <usize>(kc * MR) * F32;
      continue;
    }
    for (let k = 0; k < kc; k++) {
      store<f32>(dst, load<f32>(s));
      store<f32>(dst, mr > 1 ? load<f32>(s + rs) : 0, 4);
      store<f32>(dst, mr > 2 ? load<f32>(s + rs * 2) : 0, 8);
      dst += 12;
      s += ks;
    }
  }
}

// ---------------------------------------------------------------------------------------------
// Register tiles.

/**
 * C (3, 12) += A panel (kc, 3) times B panel (kc, 12). `cs`: bytes from row to row of C.
 * Kept to loads, one loop and stores: with a branch before or behind the loop, or inlined into a
 * larger function, V8 runs out of registers and keeps a sum on the stack, at half the speed.
 */
function tile3x12(kc: i32, a: usize, b: usize, c: usize, cs: usize): void {
  const d = c + cs;
  const e = d + cs;
  let c00 = v128.load(c, 0), c01 = v128.load(c, 16), c02 = v128.load(c, 32);
  let c10 = v128.load(d, 0), c11 = v128.load(d, 16), c12 = v128.load(d, 32);
  let c20 = v128.load(e, 0), c21 = v128.load(e, 16), c22 = v128.load(e, 32);
  const end = b + <usize>kc * 48;
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
    b += 48;
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

/** C (2, 12) += the first two rows of an A panel (kc, 3) times B panel (kc, 12). */
function tile2x12(kc: i32, a: usize, b: usize, c: usize, cs: usize): void {
  const d = c + cs;
  let c00 = v128.load(c, 0), c01 = v128.load(c, 16), c02 = v128.load(c, 32);
  let c10 = v128.load(d, 0), c11 = v128.load(d, 16), c12 = v128.load(d, 32);
  const end = b + <usize>kc * 48;
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
    b += 48;
  }
  v128.store(c, c00, 0);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(d, c10, 0);
  v128.store(d, c11, 16);
  v128.store(d, c12, 32);
}

/**
 * C (1, 24) += a (kc) times two B panels, which lie kc * 48 bytes apart. Not three: V8 moves a round's
 * loads before its sums, and 9 sums with 9 loads are more than the registers hold.
 */
function row1x24(kc: i32, a: usize, b: usize, c: usize): void {
  let s0 = v128.load(c, 0);
  let s1 = v128.load(c, 16);
  let s2 = v128.load(c, 32);
  let s3 = v128.load(c, 48);
  let s4 = v128.load(c, 64);
  let s5 = v128.load(c, 80);
  const end = b + <usize>kc * 48;
  let d = end;
  while (b < end) {
    const x = v128.load_splat<f32>(a);
    s0 = madd(x, v128.load(b, 0), s0);
    s1 = madd(x, v128.load(b, 16), s1);
    s2 = madd(x, v128.load(b, 32), s2);
    s3 = madd(x, v128.load(d, 0), s3);
    s4 = madd(x, v128.load(d, 16), s4);
    s5 = madd(x, v128.load(d, 32), s5);
    a += 4;
    b += 48;
    d += 48;
  }
  v128.store(c, s0, 0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
}

/** C (1, 12) += a (kc) times one B panel. */
function row1x12(kc: i32, a: usize, b: usize, c: usize): void {
  let s0 = v128.load(c, 0);
  let s1 = v128.load(c, 16);
  let s2 = v128.load(c, 32);
  const end = b + <usize>kc * 48;
  while (b < end) {
    const x = v128.load_splat<f32>(a);
    s0 = madd(x, v128.load(b, 0), s0);
    s1 = madd(x, v128.load(b, 16), s1);
    s2 = madd(x, v128.load(b, 32), s2);
    a += 4;
    b += 48;
  }
  st(c, s0);
  st(c + 16, s1);
  st(c + 32, s2);
}

/**
 * What the sums of (rows, n) of C start from: the bias, or zero. In loops, not memory.fill and
 * memory.copy: engines call out for those, which costs more than a tile's row is worth.
 */
function open(c: usize, cs: usize, bias: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < n; j += 4) {
      const at = <usize>j * F32;
      stn(c + at, bias == 0 ? f32x4.splat(0) : ldn(bias + at, n - j), n - j);
    }
    c += cs;
  }
}

/** Copies an (mr, nr) corner. */
function copyCorner(to: usize, ts: usize, from: usize, fs: usize, mr: i32, nr: i32): void {
  for (let i = 0; i < mr; i++) {
    for (let j = 0; j < nr; j += 4) {
      const at = <usize>j * F32;
      stn(to + at, ldn(from + at, nr - j), nr - j);
    }
    to += ts;
    from += fs;
  }
}

/** One row of C += one block of packed B, without packing A. */
function oneRow(kc: i32, a: usize, b: usize, n: i32, c: usize, spare: usize): void {
  const panel = <usize>kc * 48;
  let j = 0;
  for (; j + 24 <= n; j += 24) {
    row1x24(kc, a, b, c);
    b += panel * 2;
    c += 96;
  }
  for (; j + NR <= n; j += NR) {
    row1x12(kc, a, b, c);
    b += panel;
    c += 48;
  }
  if (j < n) {
    copyCorner(spare, 48, c, 48, 1, n - j);
    row1x12(kc, a, b, spare);
    copyCorner(c, 48, spare, 48, 1, n - j);
  }
}

/** (mc, n) of C += one packed block of A times one of B. With `fresh`, C starts from the bias. */
function manyRows(
  kc: i32, pa: usize, mc: i32, b: usize, n: i32, c: usize, cs: usize, fresh: bool, bias: usize,
  spare: usize,
): void {
  for (let j = 0; j < n; j += NR) {
    const nr = min(NR, n - j);
    let a = pa;
    let ci = c + <usize>j * F32;
    if (fresh) open(ci, cs, bias == 0 ? 0 : bias + <usize>j * F32, mc, nr);
    for (let i = 0; i < mc; i += MR) {
      const mr = min(MR, mc - i);
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
      ci += cs * MR;
    }
    b += <usize>kc * 48;
  }
}

/** The loops around the tiles. `packed` is a packed B, or 0: then B is packed here, by blocks. */
function gemm(
  c: usize, a: usize, rs: usize, as: usize, packed: usize, b: usize, ks: usize, ns: usize,
  bias: usize, m: i32, k: i32, n: i32, accumulate: bool, work: usize,
): void {
  const cs = <usize>n * F32;
  const spare = work + A_BYTES;
  const room = spare + TILE_BYTES;
  for (let pc = 0; pc < k; pc += KC) {
    const kc = min(KC, k - pc);
    const fresh = !accumulate && pc == 0;
    let block = room;
    if (packed != 0) block = packed + matmul_pack_bytes(pc, n);
    else packB(room, b + <usize>pc * ks, ks, ns, kc, n);
    const ac = a + <usize>pc * as;
    if (m == 1 && as == F32) {
      if (fresh) open(c, cs, bias, 1, n);
      oneRow(kc, ac, block, n, c, spare);
      continue;
    }
    for (let ic = 0; ic < m; ic += MC) {
      const mc = min(MC, m - ic);
      packA(work, ac + <usize>ic * rs, rs, as, mc, kc);
      manyRows(kc, work, mc, block, n, c + <usize>ic * cs, cs, fresh, bias, spare);
    }
  }
}

// ---------------------------------------------------------------------------------------------
// The ABI. k ≥ 1. With `accumulate` the product is added to C.

/**
 * C (m, n) = A (m, k) times a packed B (k, n), plus `bias` (n) where it is not 0. With `accumulate` the
 * sums start from C, and the bias plays no part.
 */
export function matmul_packed(
  c: usize, a: usize, packed: usize, bias: usize, m: i32, k: i32, n: i32, accumulate: bool,
  work: usize,
): void {
  gemm(c, a, <usize>k * F32, F32, packed, 0, 0, 0, bias, m, k, n, accumulate, work);
}

/** C (m, n) = A (m, k) B (k, n). */
export function matmul_nn(
  c: usize, a: usize, b: usize, m: i32, k: i32, n: i32, accumulate: bool, work: usize,
): void {
  gemm(c, a, <usize>k * F32, F32, 0, b, <usize>n * F32, F32, 0, m, k, n, accumulate, work);
}

/** C (m, n) = A (m, k) Bᵀ, B (n, k). */
export function matmul_nt(
  c: usize, a: usize, b: usize, m: i32, k: i32, n: i32, accumulate: bool, work: usize,
): void {
  gemm(c, a, <usize>k * F32, F32, 0, b, F32, <usize>k * F32, 0, m, k, n, accumulate, work);
}

/** C (m, n) = Aᵀ B, A (k, m), B (k, n). */
export function matmul_tn(
  c: usize, a: usize, b: usize, m: i32, k: i32, n: i32, accumulate: bool, work: usize,
): void {
  gemm(c, a, F32, <usize>m * F32, 0, b, <usize>n * F32, F32, 0, m, k, n, accumulate, work);
}
