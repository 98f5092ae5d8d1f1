// The product of two matrices, C = A B, of any strides.
//
// Method: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008). B is
// packed into panels of NR columns, A into panels of MR rows, and register tiles take a panel of each
// over a block of KC.
//
// Bits: an element of C starts from zero, the bias or itself, and adds its products in the order of
// k. It depends on its own row of A and column of B only: never on the blocking, on how many other
// rows there are, or on which tile computed it. Batch and single sampling agree because of this.

import { fusedOneRow, fusedRows } from "./fused_tiles";
import { KC, packA, packB, packBytes } from "./pack";
import { F32, ldn, stn } from "./simd";
import { oneRow, rows } from "./tiles";

const MC: i32 = 120;

/** Room for the C of a tile of which only a corner is wanted: 6 x 8, the largest. */
const TILE_BYTES: usize = 48 * F32;
/** One block of packed A. Packing stores four floats at a time and may pass the end by one. */
const A_BYTES: usize = <usize>(MC * KC) * F32 + 64;

/** Bytes of scratch memory for `gemm` with a packed B. */
export function gemmPackedWork(): usize {
  return A_BYTES + TILE_BYTES;
}

/** Bytes of scratch memory for `gemm` that packs a B of `k` rows and `n` columns. */
export function gemmWork(k: i32, n: i32): usize {
  return gemmPackedWork() + packBytes(min(k, KC), n);
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

/**
 * C (m, n) = A (m, k) B (k, n), the loops around the tiles. Element (i, k) of A is at a + i * rs + k * as
 * bytes, (k, j) of B at b + k * ks + j * ns, (i, j) of C at c + i * cs + j * F32; of rs and as, and of ks
 * and ns, one is F32. `packed` is a packed B instead, or 0: then B is packed here, by blocks.
 */
export function gemm(
  c: usize, cs: usize, a: usize, rs: usize, as: usize, packed: usize, b: usize, ks: usize, ns: usize,
  bias: usize, m: i32, k: i32, n: i32, accumulate: bool, work: usize,
): void {
  const spare = work + A_BYTES;
  const room = spare + TILE_BYTES;
  for (let pc = 0; pc < k; pc += KC) {
    const kc = min(KC, k - pc);
    const fresh = !accumulate && pc == 0;
    let block = room;
    if (packed != 0) block = packed + packBytes(pc, n);
    else packB(room, b + <usize>pc * ks, ks, ns, kc, n);
    const ac = a + <usize>pc * as;
    if (m == 1 && as == F32) {
      if (fresh) open(c, cs, bias, 1, n);
      if (ASC_FEATURE_RELAXED_SIMD) fusedOneRow(kc, ac, block, n, c, spare);
      else oneRow(kc, ac, block, n, c, spare);
      continue;
    }
    for (let ic = 0; ic < m; ic += MC) {
      const mc = min(MC, m - ic);
      packA(work, ac + <usize>ic * rs, rs, as, mc, kc);
      const ci = c + <usize>ic * cs;
      if (fresh) open(ci, cs, bias, mc, n);
      if (ASC_FEATURE_RELAXED_SIMD) fusedRows(kc, work, mc, block, n, ci, cs, spare);
      else rows(kc, work, mc, block, n, ci, cs, spare);
    }
  }
}
