// Normalisation of rows: layer norm (Ba, Kiros and Hinton 2016) and, where `means` is 0, RMS norm (Zhang and Sennrich
// 2019), which takes no mean off. Sums are in f64.

import { sum_squares } from "./reduce";
import { F32, ldn, madd, stn } from "../lib/simd";
import { sumOf, total, widen } from "../lib/sums";

/**
 * y (rows, n) = (x - mean) scale w + b, scale = 1 / √(mean of (x - mean)² + eps); w (n); b (n) or 0. `means` (rows), or 0
 * for an RMS norm, and `scales` (rows) are written for backward.
 */
export function norm_forward(
  y: usize, means: usize, scales: usize, x: usize, w: usize, b: usize, rows: i32, n: i32, eps: f64,
): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    let from = x;
    if (means != 0) {
      const mean = <f32>(sumOf(x, n) / <f64>n);
      store<f32>(means + r * F32, mean);
      lower(y, x, f32x4.splat(mean), n);
      from = y;
    }
    const scale = <f32>(1 / sqrt(sum_squares(from, n) / <f64>n + eps));
    store<f32>(scales + r * F32, scale);
    affine(y, from, f32x4.splat(scale), w, b, n);
    y += <usize>n * F32;
    x += <usize>n * F32;
  }
}

/** y = x - shift */
function lower(y: usize, x: usize, shift: v128, n: i32): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) lower4(y, x, shift, j, 4);
  if (j < n) lower4(y, x, shift, j, n - j);
}

// @ts-ignore: decorator
@inline function lower4(y: usize, x: usize, shift: v128, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(y + at, f32x4.sub(ldn(x + at, n), shift), n);
}

/** y = x scale w + b */
function affine(y: usize, x: usize, scale: v128, w: usize, b: usize, n: i32): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) affine4(y, x, scale, w, b, j, 4);
  if (j < n) affine4(y, x, scale, w, b, j, n - j);
}

// @ts-ignore: decorator
@inline function affine4(y: usize, x: usize, scale: v128, w: usize, b: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  let v = f32x4.mul(f32x4.mul(ldn(x + at, n), scale), ldn(w + at, n));
  if (b != 0) v = f32x4.add(v, ldn(b + at, n));
  stn(y + at, v, n);
}

/**
 * With z = (x - mean) scale and g = dy w: dx += scale (g - mean of g - z mean of g z), where an RMS norm has no mean of
 * g; dw += Σ dy z, db += Σ dy. Each of dx, dw, db may be 0: not wanted.
 */
export function norm_backward(
  dx: usize, dw: usize, db: usize, dy: usize, means: usize, scales: usize, x: usize, w: usize, rows: i32, n: i32,
): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    const mean = f32x4.splat(means == 0 ? 0 : load<f32>(means + r * F32));
    const scale = f32x4.splat(load<f32>(scales + r * F32));
    if (dw != 0 || db != 0) parametersBackward(dw, db, dy, x, mean, scale, n);
    if (dx != 0) {
      rowBackward(dx, dy, x, w, mean, scale, means != 0, n);
      dx += <usize>n * F32;
    }
    dy += <usize>n * F32;
    x += <usize>n * F32;
  }
}

function parametersBackward(
  dw: usize, db: usize, dy: usize, x: usize, mean: v128, scale: v128, n: i32,
): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) parametersBackward4(dw, db, dy, x, mean, scale, j, 4);
  if (j < n) parametersBackward4(dw, db, dy, x, mean, scale, j, n - j);
}

// @ts-ignore: decorator
@inline function parametersBackward4(
  dw: usize, db: usize, dy: usize, x: usize, mean: v128, scale: v128, j: i32, n: i32,
): void {
  const at = <usize>j * F32;
  const d = ldn(dy + at, n);
  const z = f32x4.mul(f32x4.sub(ldn(x + at, n), mean), scale);
  if (dw != 0) stn(dw + at, madd(d, z, ldn(dw + at, n)), n);
  if (db != 0) stn(db + at, f32x4.add(ldn(db + at, n), d), n);
}

/** g of four numbers. */
// @ts-ignore: decorator
@inline function slope4(dy: usize, w: usize, j: i32, n: i32): v128 {
  const at = <usize>j * F32;
  return f32x4.mul(ldn(dy + at, n), ldn(w + at, n));
}

/** z of four numbers. */
// @ts-ignore: decorator
@inline function unit4(x: usize, mean: v128, scale: v128, j: i32, n: i32): v128 {
  return f32x4.mul(f32x4.sub(ldn(x + <usize>j * F32, n), mean), scale);
}

function rowBackward(
  dx: usize, dy: usize, x: usize, w: usize, mean: v128, scale: v128, centred: bool, n: i32,
): void {
  const whole = n & ~3;
  const rest = n - whole;
  let sum = f64x2.splat(0);
  let sumZ = f64x2.splat(0);
  for (let j = 0; j < whole; j += 4) {
    const g = slope4(dy, w, j, 4);
    sum = f64x2.add(sum, widen(g));
    sumZ = f64x2.add(sumZ, widen(f32x4.mul(g, unit4(x, mean, scale, j, 4))));
  }
  if (rest > 0) {
    const g = slope4(dy, w, whole, rest);
    sum = f64x2.add(sum, widen(g));
    sumZ = f64x2.add(sumZ, widen(f32x4.mul(g, unit4(x, mean, scale, whole, rest))));
  }
  const shift = f32x4.splat(centred ? <f32>(total(sum) / <f64>n) : 0);
  const tilt = f32x4.splat(-(<f32>(total(sumZ) / <f64>n)));
  for (let j = 0; j < whole; j += 4) rowBackward4(dx, dy, x, w, mean, scale, shift, tilt, j, 4);
  if (rest > 0) rowBackward4(dx, dy, x, w, mean, scale, shift, tilt, whole, rest);
}

// @ts-ignore: decorator
@inline function rowBackward4(
  dx: usize, dy: usize, x: usize, w: usize, mean: v128, scale: v128, shift: v128, tilt: v128, j: i32, n: i32,
): void {
  const at = <usize>j * F32;
  const g = slope4(dy, w, j, n);
  const d = madd(unit4(x, mean, scale, j, n), tilt, f32x4.sub(g, shift));
  stn(dx + at, madd(d, scale, ldn(dx + at, n)), n);
}
