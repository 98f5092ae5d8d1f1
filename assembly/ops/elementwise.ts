// Elementwise arithmetic and activations over n floats, forward beside backward. A `_backward` adds
// to its gradients; each may be 0: not wanted.
//
// Where the arithmetic is short, its body is an inlined function, called with 4 in the loop and with what is left
// after it: a test of that within the loop makes an addition take three times as long.

import { vcos, vlog, vsin } from "../lib/math";
import { F32, ldn, madd, st, stn } from "../lib/simd";

/** exp, sigmoid and tanh: y = f(x), n numbers. */
export { exps as exp_forward, sigmoids as sigmoid_forward, tanhs as tanh_forward } from "../lib/exponential";

/** x = value */
export function fill(x: usize, value: f32, n: i32): void {
  const v = f32x4.splat(value);
  let j = 0;
  for (; j + 4 <= n; j += 4) st(x + <usize>j * F32, v);
  if (j < n) stn(x + <usize>j * F32, v, n - j);
}

/** y += x */
export function add_to(y: usize, x: usize, n: i32): void {
  add_forward(y, y, x, n);
}

/** y += a x */
export function add_scaled(y: usize, x: usize, a: f32, n: i32): void {
  const v = f32x4.splat(a);
  let j = 0;
  for (; j + 4 <= n; j += 4) addScaled4(y, x, v, j, 4);
  if (j < n) addScaled4(y, x, v, j, n - j);
}

// @ts-ignore: decorator
@inline function addScaled4(y: usize, x: usize, a: v128, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(y + at, madd(ldn(x + at, n), a, ldn(y + at, n)), n);
}

/** y = a x */
export function scale_forward(y: usize, x: usize, a: f32, n: i32): void {
  const v = f32x4.splat(a);
  let j = 0;
  for (; j + 4 <= n; j += 4) scale4(y, x, v, j, 4);
  if (j < n) scale4(y, x, v, j, n - j);
}

// @ts-ignore: decorator
@inline function scale4(y: usize, x: usize, a: v128, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(y + at, f32x4.mul(ldn(x + at, n), a), n);
}

/** dx += a dy */
export function scale_backward(dx: usize, dy: usize, a: f32, n: i32): void {
  add_scaled(dx, dy, a, n);
}

/** y = a + b */
export function add_forward(y: usize, a: usize, b: usize, n: i32): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) add4(y, a, b, j, 4);
  if (j < n) add4(y, a, b, j, n - j);
}

// @ts-ignore: decorator
@inline function add4(y: usize, a: usize, b: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(y + at, f32x4.add(ldn(a + at, n), ldn(b + at, n)), n);
}

/** da += dy, db += dy */
export function add_backward(da: usize, db: usize, dy: usize, n: i32): void {
  if (da != 0) add_to(da, dy, n);
  if (db != 0) add_to(db, dy, n);
}

/** y = a - b */
export function sub_forward(y: usize, a: usize, b: usize, n: i32): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) sub4(y, a, b, j, 4);
  if (j < n) sub4(y, a, b, j, n - j);
}

// @ts-ignore: decorator
@inline function sub4(y: usize, a: usize, b: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(y + at, f32x4.sub(ldn(a + at, n), ldn(b + at, n)), n);
}

/** da += dy, db -= dy */
export function sub_backward(da: usize, db: usize, dy: usize, n: i32): void {
  if (da != 0) add_to(da, dy, n);
  if (db != 0) add_scaled(db, dy, -1, n);
}

/** y = a b */
export function mul_forward(y: usize, a: usize, b: usize, n: i32): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) mul4(y, a, b, j, 4);
  if (j < n) mul4(y, a, b, j, n - j);
}

// @ts-ignore: decorator
@inline function mul4(y: usize, a: usize, b: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(y + at, f32x4.mul(ldn(a + at, n), ldn(b + at, n)), n);
}

// @ts-ignore: decorator
@inline function addProduct(dx: usize, dy: usize, w: usize, n: i32): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) addProduct4(dx, dy, w, j, 4);
  if (j < n) addProduct4(dx, dy, w, j, n - j);
}

// @ts-ignore: decorator
@inline function addProduct4(dx: usize, dy: usize, w: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(dx + at, madd(ldn(dy + at, n), ldn(w + at, n), ldn(dx + at, n)), n);
}

/** da += dy b, db += dy a */
export function mul_backward(
  da: usize, db: usize, dy: usize, a: usize, b: usize, n: i32,
): void {
  if (da != 0) addProduct(da, dy, b, n);
  if (db != 0) addProduct(db, dy, a, n);
}

/** y = a / b */
export function div_forward(y: usize, a: usize, b: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const rest = n - j;
    stn(y + at, f32x4.div(ldn(a + at, rest), ldn(b + at, rest)), rest);
  }
}

/** da += dy / b, db -= dy y / b */
export function div_backward(
  da: usize, db: usize, dy: usize, y: usize, b: usize, n: i32,
): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const rest = n - j;
    const q = f32x4.div(ldn(dy + at, rest), ldn(b + at, rest));
    if (da != 0) stn(da + at, f32x4.add(ldn(da + at, rest), q), rest);
    if (db != 0) {
      stn(db + at, f32x4.sub(ldn(db + at, rest), f32x4.mul(q, ldn(y + at, rest))), rest);
    }
  }
}

/** dx += dy y */
export function exp_backward(dx: usize, dy: usize, y: usize, n: i32): void {
  addProduct(dx, dy, y, n);
}

/** y = ln(x) */
export function log_forward(y: usize, x: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    stn(y + at, vlog(ldn(x + at, n - j)), n - j);
  }
}

/** dx += dy / x */
export function log_backward(dx: usize, dy: usize, x: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const rest = n - j;
    const q = f32x4.div(ldn(dy + at, rest), ldn(x + at, rest));
    stn(dx + at, f32x4.add(ldn(dx + at, rest), q), rest);
  }
}

/** y = sin(x) */
export function sin_forward(y: usize, x: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    stn(y + at, vsin(ldn(x + at, n - j)), n - j);
  }
}

/** dx += dy cos(x) */
export function sin_backward(dx: usize, dy: usize, x: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const rest = n - j;
    stn(dx + at, madd(ldn(dy + at, rest), vcos(ldn(x + at, rest)), ldn(dx + at, rest)), rest);
  }
}

/** y = cos(x) */
export function cos_forward(y: usize, x: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    stn(y + at, vcos(ldn(x + at, n - j)), n - j);
  }
}

/** dx -= dy sin(x) */
export function cos_backward(dx: usize, dy: usize, x: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const rest = n - j;
    const slope = f32x4.neg(vsin(ldn(x + at, rest)));
    stn(dx + at, madd(ldn(dy + at, rest), slope, ldn(dx + at, rest)), rest);
  }
}

/** dx += dy (1 - y²) */
export function tanh_backward(dx: usize, dy: usize, y: usize, n: i32): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) tanhSlope4(dx, dy, y, j, 4);
  if (j < n) tanhSlope4(dx, dy, y, j, n - j);
}

// @ts-ignore: decorator
@inline function tanhSlope4(dx: usize, dy: usize, y: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  const v = ldn(y + at, n);
  const slope = f32x4.sub(f32x4.splat(1), f32x4.mul(v, v));
  stn(dx + at, madd(ldn(dy + at, n), slope, ldn(dx + at, n)), n);
}

/** dx += dy y (1 - y) */
export function sigmoid_backward(dx: usize, dy: usize, y: usize, n: i32): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) sigmoidSlope4(dx, dy, y, j, 4);
  if (j < n) sigmoidSlope4(dx, dy, y, j, n - j);
}

// @ts-ignore: decorator
@inline function sigmoidSlope4(dx: usize, dy: usize, y: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  const v = ldn(y + at, n);
  const slope = f32x4.mul(v, f32x4.sub(f32x4.splat(1), v));
  stn(dx + at, madd(ldn(dy + at, n), slope, ldn(dx + at, n)), n);
}

/** y = max(x, 0); a NaN stays a NaN. */
export function relu_forward(y: usize, x: usize, n: i32): void {
  const zero = f32x4.splat(0);
  let j = 0;
  for (; j + 4 <= n; j += 4) relu4(y, x, zero, j, 4);
  if (j < n) relu4(y, x, zero, j, n - j);
}

// @ts-ignore: decorator
@inline function relu4(y: usize, x: usize, zero: v128, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(y + at, f32x4.max(ldn(x + at, n), zero), n);
}

/** dx += dy where y > 0 */
export function relu_backward(dx: usize, dy: usize, y: usize, n: i32): void {
  const zero = f32x4.splat(0);
  let j = 0;
  for (; j + 4 <= n; j += 4) reluSlope4(dx, dy, y, zero, j, 4);
  if (j < n) reluSlope4(dx, dy, y, zero, j, n - j);
}

// @ts-ignore: decorator
@inline function reluSlope4(dx: usize, dy: usize, y: usize, zero: v128, j: i32, n: i32): void {
  const at = <usize>j * F32;
  const passed = v128.and(ldn(dy + at, n), f32x4.gt(ldn(y + at, n), zero));
  stn(dx + at, f32x4.add(ldn(dx + at, n), passed), n);
}
