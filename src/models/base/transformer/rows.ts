// Batches come time-major, (T, B); a Transformer reads rows, (B, T).

import { columns } from "../../../nn/ops/concat.js";
import type { Tape } from "../../../nn/tape.js";
import type { Tensor } from "../../../nn/tensor.js";

/** (rows, columns) → (columns, rows), in `turned`. */
export function transpose<A extends Int32Array | Float32Array>(
  turned: A,
  values: ArrayLike<number>,
  rows: number,
  columns: number,
): A {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) turned[c * rows + r] = values[r * columns + c];
  }
  return turned;
}

/** Ids (T, B) → (B, T). */
export function batchMajor(ids: ArrayLike<number>, T: number, B: number): Int32Array {
  return T === 1 || B === 1 ? Int32Array.from(ids) : transpose(new Int32Array(T * B), ids, T, B);
}

/** 0, 1, … */
export function positionsFrom(first: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, t) => first + t);
}

/** (B, T, C) → (B, C): the last position of each row. */
export function lastRows(tape: Tape, x: Tensor): Tensor {
  const [B, T, C] = x.shape;
  return columns(tape, x.reshaped([B, T * C]), (T - 1) * C, T * C);
}
