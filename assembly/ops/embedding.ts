// Embedding: rows of a table, by index.

import { add_to } from "./elementwise";
import { F32 } from "../lib/simd";

/** y (n, dim): row ids[i] of table (classes, dim). The host has checked 0 ≤ id < classes. */
export function embedding_forward(y: usize, table: usize, ids: usize, n: i32, dim: i32): void {
  const bytes = <usize>dim * F32;
  for (let i: usize = 0; i < <usize>n; i++) {
    memory.copy(y + i * bytes, table + <usize>load<i32>(ids + (i << 2)) * bytes, bytes);
  }
}

/** dtable[ids[i]] += dy[i], in the order of i. */
export function embedding_backward(dtable: usize, dy: usize, ids: usize, n: i32, dim: i32): void {
  const bytes = <usize>dim * F32;
  for (let i: usize = 0; i < <usize>n; i++) {
    add_to(dtable + <usize>load<i32>(ids + (i << 2)) * bytes, dy + i * bytes, dim);
  }
}
