// The product of two matrices, C = A B, of any strides.
//
// Method: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008). B is
// packed into panels of PANEL columns, A into panels of MR rows, and register tiles take a panel of each
// over a block of KC.
//
// Bits: an element of C starts from zero, the bias or itself, and adds its products in the order of
// k. It depends on its own row of A and column of B only: never on the blocking, on how many other
// rows there are, or on which tile computed it. Batch and single sampling agree because of this.

import { fill } from "../ops/elementwise";
import { FEW_ROWS, fewRows } from "./few_rows";
import { fusedRow1x8, fusedRows } from "./fused_tiles";
import {
  A_BYTES, copyCorner, gemmPackedWork, KC, MC, NR, packA, packB, packBytes, PANEL, STEP, TILE_BYTES,
} from "./pack";
import { F32 } from "../lib/simd";
import { row1x12, row1x24, rows } from "./tiles";

/** Bytes of scratch memory for `gemm` that packs a B of `k` rows and `n` columns. */
export function gemmWork(k: i32, n: i32): usize {
  return gemmPackedWork() + packBytes(min(k, KC), n);
}

/** What the sums of (rows, n) of C start from: the bias, or zero. */
function open(c: usize, cs: usize, bias: usize, rows: i32, n: i32): void {
  if (bias != 0) copyCorner(c, cs, bias, 0, rows, n);
  else for (let i = 0; i < rows; i++) fill(c + <usize>i * cs, 0, n);
}

/** One row of C += one block of packed B, without packing A. */
function oneRow(kc: i32, a: usize, b: usize, n: i32, c: usize, spare: usize): void {
  let j = 0;
  for (; j + PANEL <= n; j += PANEL) {
    row1x24(kc, a, b, c);
    b += <usize>kc * STEP;
    c += STEP;
  }
  for (; j < n; j += NR) {
    const nr = min(NR, n - j);
    const to = nr == NR ? c : spare;
    if (nr < NR) copyCorner(spare, 0, c, 0, 1, nr);
    if (ASC_FEATURE_RELAXED_SIMD) fusedRow1x8(kc, a, b, to);
    else row1x12(kc, a, b, to);
    if (nr < NR) copyCorner(c, 0, spare, 0, 1, nr);
    b += <usize>NR * F32;
    c += <usize>NR * F32;
  }
}

/**
 * C (m, n) = A (m, k) B (k, n), the loops around the tiles. Element (i, k) of A is at a + i * rs + k * as
 * bytes, (k, j) of B at b + k * ks + j * ns, (i, j) of C at c + i * cs + j * F32; of rs and as, and of ks
 * and ns, one is F32. `packed` is a packed B instead, or 0: then B is packed here, by blocks.
 */
export function gemm(
  c: usize, cs: usize, a: usize, rs: usize, as: usize, packed: usize, b: usize, ks: usize, ns: usize,
  bias: usize, m: i32, k: i32, n: i32, accumulate: bool, work: usize,
): void {
  if (packed == 0 && m <= FEW_ROWS && ns == F32) {
    if (!accumulate) open(c, cs, bias, m, n);
    fewRows(c, cs, a, rs, as, b, ks, m, k, n);
    return;
  }
  const spare = work + A_BYTES;
  const room = spare + TILE_BYTES;
  // A packed B is used once by each block of A. Where there is one block, a panel is packed at a time, and
  // multiplied while they are in the first-level cache.
  const width = packed == 0 && m <= MC ? PANEL : n;
  for (let pc = 0; pc < k; pc += KC) {
    const kc = min(KC, k - pc);
    const fresh = !accumulate && pc == 0;
    const ac = a + <usize>pc * as;
    for (let j = 0; j < n; j += width) {
      const nj = min(width, n - j);
      const cj = c + <usize>j * F32;
      let block = room;
      if (packed != 0) block = packed + packBytes(pc, n);
      else packB(room, b + <usize>pc * ks + <usize>j * ns, ks, ns, kc, nj);
      if (fresh) open(cj, cs, bias == 0 ? 0 : bias + <usize>j * F32, m, nj);
      if (m == 1 && as == F32) {
        oneRow(kc, ac, block, nj, cj, spare);
        continue;
      }
      for (let ic = 0; ic < m; ic += MC) {
        const mc = min(MC, m - ic);
        if (j == 0) packA(work, ac + <usize>ic * rs, rs, as, mc, kc);
        const ci = cj + <usize>ic * cs;
        if (ASC_FEATURE_RELAXED_SIMD) fusedRows(kc, work, mc, block, nj, ci, cs, spare);
        else rows(kc, work, mc, block, nj, ci, cs, spare);
      }
    }
  }
}
