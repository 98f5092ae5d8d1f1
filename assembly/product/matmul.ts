// Matrix products in the three forms that training needs: C = A B (NN), A Bᵀ (NT), Aᵀ B (TN). k ≥ 1. With
// `accumulate` the product is added to C.

import { gemm } from "./gemm";
import { fusedRows } from "./fused_tiles";
import { packAll } from "./pack";
import { rows } from "./tiles";
import { F32 } from "../lib/simd";

export { gemmWork as matmul_work } from "./gemm";
export { gemmPackedWork as matmul_packed_work, packBytes as matmul_pack_bytes } from "./pack";

/** Packs B (k, n) for `matmul_packed`; `matmul_pack_bytes(k, n)` bytes. */
export function matmul_pack_nn(dst: usize, b: usize, k: i32, n: i32): void {
  packAll(dst, b, <usize>n * F32, F32, k, n);
}

/** Packs Bᵀ, given B (n, k), for `matmul_packed`. */
export function matmul_pack_nt(dst: usize, b: usize, k: i32, n: i32): void {
  packAll(dst, b, F32, <usize>k * F32, k, n);
}

/**
 * C (m, n) = A (m, k) times a packed B (k, n), plus `bias` (n) where it is not 0. With `accumulate` the
 * sums start from C, and the bias plays no part.
 */
export function matmul_packed(
  c: usize, a: usize, packed: usize, bias: usize, m: i32, k: i32, n: i32, accumulate: bool,
  work: usize,
): void {
  gemm(
    c, <usize>n * F32, a, <usize>k * F32, F32, packed, 0, 0, 0, bias, m, k, n, accumulate, work,
  );
}

/** C (m, n) = A (m, k) B (k, n). */
export function matmul_nn(
  c: usize, a: usize, b: usize, m: i32, k: i32, n: i32, accumulate: bool, work: usize,
): void {
  gemm(
    c, <usize>n * F32, a, <usize>k * F32, F32, 0, b, <usize>n * F32, F32, 0, m, k, n, accumulate, work,
  );
}

/** C (m, n) = A (m, k) Bᵀ, B (n, k). */
export function matmul_nt(
  c: usize, a: usize, b: usize, m: i32, k: i32, n: i32, accumulate: bool, work: usize,
): void {
  gemm(
    c, <usize>n * F32, a, <usize>k * F32, F32, 0, b, F32, <usize>k * F32, 0, m, k, n, accumulate, work,
  );
}

/** C (m, n) = Aᵀ B, A (k, m), B (k, n). */
export function matmul_tn(
  c: usize, a: usize, b: usize, m: i32, k: i32, n: i32, accumulate: bool, work: usize,
): void {
  gemm(
    c, <usize>n * F32, a, F32, <usize>m * F32, 0, b, <usize>n * F32, F32, 0, m, k, n, accumulate, work,
  );
}

/**
 * (mc ≤ 120, n) of C += a block of A, packed in panels of three rows, (mc, kc), times a block of packed B (kc, n). For the second
 * module, which packs what no strides describe. `cs`: bytes from row to row of C; `spare`: 192 bytes of scratch.
 */
export function multiply_blocks(
  kc: i32, a: usize, mc: i32, b: usize, n: i32, c: usize, cs: usize, spare: usize,
): void {
  if (ASC_FEATURE_RELAXED_SIMD) fusedRows(kc, a, mc, b, n, c, cs, spare);
  else rows(kc, a, mc, b, n, c, cs, spare);
}
