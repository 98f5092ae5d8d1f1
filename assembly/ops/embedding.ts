// Embedding: rows of a table, by index, or sums of some.

import { add_to } from "./elementwise";
import { F32 } from "../lib/simd";

/**
 * y (n, dim): row i is the sum of the rows ids[i · bag] … ids[i · bag + bag - 1] of table (classes, dim), in that order. The host has
 * checked 0 ≤ id < classes.
 */
export function embedding_forward(
  y: usize,
  table: usize,
  ids: usize,
  n: i32,
  bag: i32,
  dim: i32,
): void {
  const bytes = <usize>dim * F32;
  for (let i: usize = 0; i < <usize>n; i++) {
    const to = y + i * bytes;
    memory.copy(to, table + <usize>load<i32>(ids) * bytes, bytes);
    for (let k: usize = 1; k < <usize>bag; k++) {
      add_to(to, table + <usize>load<i32>(ids + (k << 2)) * bytes, dim);
    }
    ids += <usize>bag << 2;
  }
}

/** dtable[ids[i · bag + k]] += dy[i], in the order of i and then of k. */
export function embedding_backward(
  dtable: usize,
  dy: usize,
  ids: usize,
  n: i32,
  bag: i32,
  dim: i32,
): void {
  const bytes = <usize>dim * F32;
  for (let i: usize = 0; i < <usize>n; i++) {
    for (let k: usize = 0; k < <usize>bag; k++) {
      add_to(dtable + <usize>load<i32>(ids + (k << 2)) * bytes, dy + i * bytes, dim);
    }
    ids += <usize>bag << 2;
  }
}
