// Linear layer: y = x Wᵀ + b, W (O, I) as in PyTorch. The forward is `matmul_packed`.

import { matmul_nn, matmul_tn, matmul_work } from "./matmul";
import { sum_columns } from "../ops/reduce";

/** Bytes of scratch memory for `linear_backward`. */
export function linear_backward_work(rows: i32, I: i32, O: i32): usize {
  return max(matmul_work(O, I), matmul_work(rows, I));
}

/** dx (rows, I) += dy W, dw (O, I) += dyᵀ x, db (O) += Σ dy; each may be 0: not wanted. */
export function linear_backward(
  dx: usize, dw: usize, db: usize, dy: usize, x: usize, w: usize, rows: i32, I: i32, O: i32,
  work: usize,
): void {
  if (dx != 0) matmul_nn(dx, dy, w, rows, O, I, true, work);
  if (dw != 0) matmul_tn(dw, dy, x, O, rows, I, true, work);
  if (db != 0) sum_columns(db, dy, rows, O);
}
