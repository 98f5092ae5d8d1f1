// Matrix products in the three forms that training needs: C = A B (NN), A Bᵀ (NT), Aᵀ B (TN). k ≥ 1. With
// `accumulate` the product is added to C.

import { gemm } from "./gemm";
import { packAll } from "./pack";
import { F32 } from "../lib/simd";

export { gemmPackedWork as matmul_packed_work, gemmWork as matmul_work } from "./gemm";
export { packBytes as matmul_pack_bytes } from "./pack";

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
