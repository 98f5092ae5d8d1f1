// Leaky ReLU and softplus over n floats, forward beside backward. A `_backward` adds to its gradient.

import { F32, ldn, madd, stn } from "../lib/simd";
import { expOfMinusAbs, sigmoidFrom, softplusFrom } from "./functions";

/** y = x where x > 0, else slope x (Maas, Hannun and Ng 2013); a NaN stays a NaN. */
export function leaky_relu_forward(y: usize, x: usize, slope: f32, n: i32): void {
  const a = f32x4.splat(slope);
  let j = 0;
  for (; j + 4 <= n; j += 4) leaky4(y, x, a, j, 4);
  if (j < n) leaky4(y, x, a, j, n - j);
}

// @ts-ignore: decorator
@inline function leaky4(y: usize, x: usize, slope: v128, j: i32, n: i32): void {
  const at = <usize>j * F32;
  const v = ldn(x + at, n);
  stn(y + at, v128.bitselect(v, f32x4.mul(v, slope), f32x4.gt(v, f32x4.splat(0))), n);
}

/** dx += dy where x > 0, else slope dy */
export function leaky_relu_backward(dx: usize, dy: usize, x: usize, slope: f32, n: i32): void {
  const a = f32x4.splat(slope);
  let j = 0;
  for (; j + 4 <= n; j += 4) leakySlope4(dx, dy, x, a, j, 4);
  if (j < n) leakySlope4(dx, dy, x, a, j, n - j);
}

// @ts-ignore: decorator
@inline function leakySlope4(dx: usize, dy: usize, x: usize, slope: v128, j: i32, n: i32): void {
  const at = <usize>j * F32;
  const d = ldn(dy + at, n);
  const positive = f32x4.gt(ldn(x + at, n), f32x4.splat(0));
  const passed = v128.bitselect(d, f32x4.mul(d, slope), positive);
  stn(dx + at, f32x4.add(ldn(dx + at, n), passed), n);
}

/** y = ln(1 + e^x) */
export function softplus_forward(y: usize, x: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const v = ldn(x + at, n - j);
    stn(y + at, softplusFrom(expOfMinusAbs(v), v), n - j);
  }
}

/** dx += dy sigmoid(x) */
export function softplus_backward(dx: usize, dy: usize, x: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const v = ldn(x + at, n - j);
    const slope = sigmoidFrom(expOfMinusAbs(v), v);
    stn(dx + at, madd(ldn(dy + at, n - j), slope, ldn(dx + at, n - j)), n - j);
  }
}
