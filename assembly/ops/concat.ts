// Concatenation along the last axis.

import { add_to } from "./elementwise";
import { F32 } from "../lib/simd";

/** y (rows, na + nb): rows of a (rows, na) beside rows of b (rows, nb). */
export function concat_forward(y: usize, a: usize, b: usize, rows: i32, na: i32, nb: i32): void {
  const aBytes = <usize>na * F32;
  const bBytes = <usize>nb * F32;
  for (let r: usize = 0; r < <usize>rows; r++) {
    memory.copy(y, a + r * aBytes, aBytes);
    memory.copy(y + aBytes, b + r * bBytes, bBytes);
    y += aBytes + bBytes;
  }
}

/** da += dy's left columns, db += dy's right columns; each may be 0: not wanted. */
export function concat_backward(da: usize, db: usize, dy: usize, rows: i32, na: i32, nb: i32): void {
  const aBytes = <usize>na * F32;
  const bBytes = <usize>nb * F32;
  for (let r: usize = 0; r < <usize>rows; r++) {
    if (da != 0) add_to(da + r * aBytes, dy, na);
    if (db != 0) add_to(db + r * bBytes, dy + aBytes, nb);
    dy += aBytes + bBytes;
  }
}

/** y (rows, m): columns `from` to below `from + m` of x (rows, n). */
export function columns_forward(y: usize, x: usize, rows: i32, n: i32, from: i32, m: i32): void {
  x += <usize>from * F32;
  for (let r = 0; r < rows; r++) {
    memory.copy(y, x, <usize>m * F32);
    x += <usize>n * F32;
    y += <usize>m * F32;
  }
}

/** dx's columns `from` to below `from + m` += dy. */
export function columns_backward(dx: usize, dy: usize, rows: i32, n: i32, from: i32, m: i32): void {
  dx += <usize>from * F32;
  for (let r = 0; r < rows; r++) {
    add_to(dx, dy, m);
    dx += <usize>n * F32;
    dy += <usize>m * F32;
  }
}
