// Reductions. Totals are summed in f64, one after the other (four lanes apart where noted), so that
// neither size nor large values cost accuracy or overflow.

import { add_to } from "./elementwise";
import { F32, hsum, ld, ldn, stn } from "../lib/simd";

/** Σ x, in f64 and in order. */
export function sum_forward(x: usize, n: i32): f64 {
  let sum: f64 = 0;
  for (let j: usize = 0; j < <usize>n; j++) sum += <f64>load<f32>(x + j * F32);
  return sum;
}

/** dx += dy for every element; dy is one scalar. */
export function sum_backward(dx: usize, dy: f32, n: i32): void {
  const v = f32x4.splat(dy);
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    stn(dx + at, f32x4.add(ldn(dx + at, n - j), v), n - j);
  }
}

/** Σ x², in f64: four partial sums (element j goes to j mod 4), added pairwise at the end. */
export function sum_squares(x: usize, n: i32): f64 {
  let lo = f64x2.splat(0);
  let hi = f64x2.splat(0);
  for (let j = 0; j < n; j += 4) {
    const v = ldn(x + <usize>j * F32, n - j);
    const a = f64x2.promote_low_f32x4(v);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3));
    lo = f64x2.add(lo, f64x2.mul(a, a));
    hi = f64x2.add(hi, f64x2.mul(b, b));
  }
  const sum = f64x2.add(lo, hi);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** The largest x (a NaN if there is one); -inf where n is 0. */
export function max_value(x: usize, n: i32): f32 {
  // pmax is one instruction, where max takes eight because of NaN and the two zeros. Whether there may be a NaN, the sum
  // of all tells.
  let a = f32x4.splat(-Infinity);
  let b = a;
  let sum = f32x4.splat(0);
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    const v = ld(x + <usize>j * F32);
    const w = ld(x + <usize>j * F32 + 16);
    a = f32x4.pmax(a, v);
    b = f32x4.pmax(b, w);
    sum = f32x4.add(sum, f32x4.add(v, w));
  }
  const most = f32x4.max(a, b);
  const low = max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
  let best = max(low, max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)));
  const all = hsum(sum);
  if (best == 0 || all != all) {
    best = -Infinity;
    j = 0;
  }
  for (; j < n; j++) best = max(best, load<f32>(x + <usize>j * F32));
  return best;
}

/** y (cols) += Σ over rows of x (rows, cols), row after row. */
export function sum_columns(y: usize, x: usize, rows: i32, cols: i32): void {
  for (let r = 0; r < rows; r++) {
    add_to(y, x, cols);
    x += <usize>cols * F32;
  }
}
