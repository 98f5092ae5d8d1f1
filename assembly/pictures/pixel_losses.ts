// Losses of pictures, forward beside backward. Each is summed over rows of n numbers, in f64: losses (rows) f32; one row
// is the sum over everything. A `_backward` takes the losses' gradients (rows) and adds to its own.
//
// A target has no gradient. ldn gives zeros after the last number, for which a term need not be 0: it is masked.

import { F32, ldn, madd, stn } from "../lib/simd";
import { total, widen } from "../lib/sums";
import { expOfMinusAbs, firstLanes, sigmoidFrom, softplusFrom } from "./functions";

/** (x - t)² */
export function squared_error_forward(losses: usize, x: usize, t: usize, rows: i32, n: i32): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    let sum = f64x2.splat(0);
    for (let j = 0; j < n; j += 4) {
      const d = f32x4.sub(ldn(x + <usize>j * F32, n - j), ldn(t + <usize>j * F32, n - j));
      sum = f64x2.add(sum, widen(f32x4.mul(d, d)));
    }
    store<f32>(losses + r * F32, <f32>total(sum));
    x += <usize>n * F32;
    t += <usize>n * F32;
  }
}

/** dx += 2 (x - t) dlosses */
export function squared_error_backward(
  dx: usize, dlosses: usize, x: usize, t: usize, rows: i32, n: i32,
): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    const d = f32x4.splat(2 * load<f32>(dlosses + r * F32));
    for (let j = 0; j < n; j += 4) {
      const at = <usize>j * F32;
      const difference = f32x4.sub(ldn(x + at, n - j), ldn(t + at, n - j));
      stn(dx + at, madd(difference, d, ldn(dx + at, n - j)), n - j);
    }
    dx += <usize>n * F32;
    x += <usize>n * F32;
    t += <usize>n * F32;
  }
}

/** |x - t| */
export function absolute_error_forward(losses: usize, x: usize, t: usize, rows: i32, n: i32): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    let sum = f64x2.splat(0);
    for (let j = 0; j < n; j += 4) {
      const d = f32x4.sub(ldn(x + <usize>j * F32, n - j), ldn(t + <usize>j * F32, n - j));
      sum = f64x2.add(sum, widen(f32x4.abs(d)));
    }
    store<f32>(losses + r * F32, <f32>total(sum));
    x += <usize>n * F32;
    t += <usize>n * F32;
  }
}

/** dx += sign(x - t) dlosses, with sign(0) = 0 */
export function absolute_error_backward(
  dx: usize, dlosses: usize, x: usize, t: usize, rows: i32, n: i32,
): void {
  const zero = f32x4.splat(0);
  for (let r: usize = 0; r < <usize>rows; r++) {
    const d = f32x4.splat(load<f32>(dlosses + r * F32));
    for (let j = 0; j < n; j += 4) {
      const at = <usize>j * F32;
      const difference = f32x4.sub(ldn(x + at, n - j), ldn(t + at, n - j));
      const sign = v128.and(difference, f32x4.splat(-0.0));
      const passed = v128.and(v128.xor(d, sign), f32x4.ne(difference, zero));
      stn(dx + at, f32x4.add(ldn(dx + at, n - j), passed), n - j);
    }
    dx += <usize>n * F32;
    x += <usize>n * F32;
    t += <usize>n * F32;
  }
}

/** -t ln s - (1 - t) ln(1 - s) with s = sigmoid(x), as softplus(x) - x t; 0 ≤ t ≤ 1. Two vectors at a time: see lib/math.ts. */
export function binary_cross_entropy_forward(
  losses: usize, x: usize, t: usize, rows: i32, n: i32,
): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    let sum = f64x2.splat(0);
    let j = 0;
    for (; j + 8 <= n; j += 8) {
      const first = entropy4(x, t, j, 4);
      const second = entropy4(x, t, j + 4, 4);
      sum = f64x2.add(f64x2.add(sum, widen(first)), widen(second));
    }
    for (; j < n; j += 4) sum = f64x2.add(sum, widen(entropy4(x, t, j, n - j)));
    store<f32>(losses + r * F32, <f32>total(sum));
    x += <usize>n * F32;
    t += <usize>n * F32;
  }
}

// @ts-ignore: decorator
@inline function entropy4(x: usize, t: usize, j: i32, n: i32): v128 {
  const v = ldn(x + <usize>j * F32, n);
  const target = ldn(t + <usize>j * F32, n);
  const loss = f32x4.sub(softplusFrom(expOfMinusAbs(v), v), f32x4.mul(v, target));
  return firstLanes(loss, n);
}

/** dx += (sigmoid(x) - t) dlosses */
export function binary_cross_entropy_backward(
  dx: usize, dlosses: usize, x: usize, t: usize, rows: i32, n: i32,
): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    const d = f32x4.splat(load<f32>(dlosses + r * F32));
    let j = 0;
    for (; j + 4 <= n; j += 4) entropySlope4(dx, d, x, t, j, 4);
    if (j < n) entropySlope4(dx, d, x, t, j, n - j);
    dx += <usize>n * F32;
    x += <usize>n * F32;
    t += <usize>n * F32;
  }
}

// @ts-ignore: decorator
@inline function entropySlope4(dx: usize, d: v128, x: usize, t: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  const v = ldn(x + at, n);
  const slope = f32x4.sub(sigmoidFrom(expOfMinusAbs(v), v), ldn(t + at, n));
  stn(dx + at, madd(slope, d, ldn(dx + at, n)), n);
}
