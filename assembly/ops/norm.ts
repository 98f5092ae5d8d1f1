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
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    stn(y + at, f32x4.sub(ldn(x + at, n - j), shift), n - j);
  }
}

/** y = x scale w + b */
function affine(y: usize, x: usize, scale: v128, w: usize, b: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    let v = f32x4.mul(f32x4.mul(ldn(x + at, n - j), scale), ldn(w + at, n - j));
    if (b != 0) v = f32x4.add(v, ldn(b + at, n - j));
    stn(y + at, v, n - j);
  }
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
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const rest = n - j;
    const d = ldn(dy + at, rest);
    const z = f32x4.mul(f32x4.sub(ldn(x + at, rest), mean), scale);
    if (dw != 0) stn(dw + at, madd(d, z, ldn(dw + at, rest)), rest);
    if (db != 0) stn(db + at, f32x4.add(ldn(db + at, rest), d), rest);
  }
}

function rowBackward(
  dx: usize, dy: usize, x: usize, w: usize, mean: v128, scale: v128, centred: bool, n: i32,
): void {
  let sum = f64x2.splat(0);
  let sumZ = f64x2.splat(0);
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const rest = n - j;
    const g = f32x4.mul(ldn(dy + at, rest), ldn(w + at, rest));
    const z = f32x4.mul(f32x4.sub(ldn(x + at, rest), mean), scale);
    sum = f64x2.add(sum, widen(g));
    sumZ = f64x2.add(sumZ, widen(f32x4.mul(g, z)));
  }
  const shift = f32x4.splat(centred ? <f32>(total(sum) / <f64>n) : 0);
  const slope = f32x4.splat(-(<f32>(total(sumZ) / <f64>n)));
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const rest = n - j;
    const g = f32x4.mul(ldn(dy + at, rest), ldn(w + at, rest));
    const z = f32x4.mul(f32x4.sub(ldn(x + at, rest), mean), scale);
    const d = madd(z, slope, f32x4.sub(g, shift));
    stn(dx + at, madd(d, scale, ldn(dx + at, rest)), rest);
  }
}
