// Leaky rectifier: y = x where x > 0, else slope x. (Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural
// Network Acoustic Models", 2013.)

import { F32, ldn, stn } from "../lib/simd";

// @ts-ignore: decorator
@inline function forward(y: usize, x: usize, slope: v128, n: i32): void {
  const v = ldn(x, n);
  const positive = f32x4.gt(v, f32x4.splat(0));
  stn(y, v128.bitselect(v, f32x4.mul(v, slope), positive), n);
}

/** y (n) from x (n). */
export function leaky_relu_forward(y: usize, x: usize, slope: f32, n: i32): void {
  const s = f32x4.splat(slope);
  const full = n & ~3;
  for (let i = 0; i < full; i += 4) forward(y + <usize>i * F32, x + <usize>i * F32, s, 4);
  if (full < n) forward(y + <usize>full * F32, x + <usize>full * F32, s, n - full);
}

// @ts-ignore: decorator
@inline function backward(dx: usize, dy: usize, x: usize, slope: v128, n: i32): void {
  const d = ldn(dy, n);
  const positive = f32x4.gt(ldn(x, n), f32x4.splat(0));
  stn(dx, f32x4.add(ldn(dx, n), v128.bitselect(d, f32x4.mul(d, slope), positive)), n);
}

/** dx (n) += dy (n) where x > 0, else slope dy. */
export function leaky_relu_backward(dx: usize, dy: usize, x: usize, slope: f32, n: i32): void {
  const s = f32x4.splat(slope);
  const full = n & ~3;
  for (let i = 0; i < full; i += 4) {
    const at = <usize>i * F32;
    backward(dx + at, dy + at, x + at, s, 4);
  }
  const at = <usize>full * F32;
  if (full < n) backward(dx + at, dy + at, x + at, s, n - full);
}
