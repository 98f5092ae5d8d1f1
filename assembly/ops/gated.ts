// GELU and SiLU, and the gated product of feed-forward networks. Backward computes the sigmoid or Φ again: that is
// cheaper than to keep it. A `_backward` adds to its gradients.

import { mul_forward } from "./elementwise";
import { exps, sigmoids } from "../lib/exponential";
import { F32, ld, ldn, madd, st, stn } from "../lib/simd";

/** Numbers that are gone through at a time, and room for what is computed of them. */
const CHUNK: i32 = 256;
const S = memory.data(1024, 16);
const E = memory.data(1024, 16);

/** y = silu(x) = x sigmoid(x); y is not x. */
export function silu_forward(y: usize, x: usize, n: i32): void {
  sigmoids(y, x, n);
  mul_forward(y, y, x, n);
}

/** dx += dy s (1 + x (1 - s)), s = sigmoid(x) */
export function silu_backward(dx: usize, dy: usize, x: usize, n: i32): void {
  for (let from = 0; from < n; from += CHUNK) {
    const start = <usize>from * F32;
    const m = min(CHUNK, n - from);
    sigmoids(S, x + start, m);
    for (let j = 0; j < m; j += 4) {
      const at = start + <usize>j * F32;
      const slope = siluSlope(ld(S + (<usize>j * F32)), ldn(x + at, m - j));
      stn(dx + at, madd(ldn(dy + at, m - j), slope, ldn(dx + at, m - j)), m - j);
    }
  }
}

// @ts-ignore: decorator
@inline function siluSlope(s: v128, x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.mul(s, f32x4.add(one, f32x4.mul(x, f32x4.sub(one, s))));
}

/** y = silu(a) b */
export function gated_forward(y: usize, a: usize, b: usize, n: i32): void {
  for (let from = 0; from < n; from += CHUNK) {
    const start = <usize>from * F32;
    const m = min(CHUNK, n - from);
    sigmoids(S, a + start, m);
    let j = 0;
    for (; j + 4 <= m; j += 4) gated4(y + start, a + start, b + start, j, 4);
    if (j < m) gated4(y + start, a + start, b + start, j, m - j);
  }
}

// @ts-ignore: decorator
@inline function gated4(y: usize, a: usize, b: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(y + at, f32x4.mul(f32x4.mul(ld(S + at), ldn(a + at, n)), ldn(b + at, n)), n);
}

/** da += dy b silu'(a), db += dy silu(a); each may be 0: not wanted. */
export function gated_backward(
  da: usize, db: usize, dy: usize, a: usize, b: usize, n: i32,
): void {
  for (let from = 0; from < n; from += CHUNK) {
    const start = <usize>from * F32;
    const m = min(CHUNK, n - from);
    sigmoids(S, a + start, m);
    const to = da == 0 ? 0 : da + start;
    const other = db == 0 ? 0 : db + start;
    let j = 0;
    for (; j + 4 <= m; j += 4) gatedBackward4(to, other, dy + start, a + start, b + start, j, 4);
    if (j < m) gatedBackward4(to, other, dy + start, a + start, b + start, j, m - j);
  }
}

// @ts-ignore: decorator
@inline function gatedBackward4(
  da: usize, db: usize, dy: usize, a: usize, b: usize, j: i32, n: i32,
): void {
  const at = <usize>j * F32;
  const s = ld(S + at);
  const v = ldn(a + at, n);
  const d = ldn(dy + at, n);
  if (da != 0) {
    const slope = f32x4.mul(siluSlope(s, v), ldn(b + at, n));
    stn(da + at, madd(d, slope, ldn(da + at, n)), n);
  }
  if (db != 0) stn(db + at, madd(d, f32x4.mul(v, s), ldn(db + at, n)), n);
}

/** 2 √(2/π), and that times 0.044715. */
const TANH_LINEAR: f32 = 1.5957691216057308;
const TANH_CUBE: f32 = 0.07135481282636;

/** y = 2 √(2/π) (x + 0.044715 x³) */
function tanhInner(y: usize, x: usize, n: i32): void {
  let j = 0;
  for (; j + 4 <= n; j += 4) tanhInner4(y, x, j, 4);
  if (j < n) tanhInner4(y, x, j, n - j);
}

// @ts-ignore: decorator
@inline function tanhInner4(y: usize, x: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  const v = ldn(x + at, n);
  const slope = madd(f32x4.mul(v, v), f32x4.splat(TANH_CUBE), f32x4.splat(TANH_LINEAR));
  stn(y + at, f32x4.mul(v, slope), n);
}

/** y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), which is x times a sigmoid; y is not x. */
export function gelu_tanh_forward(y: usize, x: usize, n: i32): void {
  tanhInner(y, x, n);
  sigmoids(y, y, n);
  mul_forward(y, y, x, n);
}

/** dx += dy s (1 + x (1 - s) u'), s the sigmoid of u */
export function gelu_tanh_backward(dx: usize, dy: usize, x: usize, n: i32): void {
  for (let from = 0; from < n; from += CHUNK) {
    const start = <usize>from * F32;
    const m = min(CHUNK, n - from);
    tanhInner(S, x + start, m);
    sigmoids(S, S, m);
    let j = 0;
    for (; j + 4 <= m; j += 4) geluTanhBackward4(dx + start, dy + start, x + start, j, 4);
    if (j < m) geluTanhBackward4(dx + start, dy + start, x + start, j, m - j);
  }
}

// @ts-ignore: decorator
@inline function geluTanhBackward4(dx: usize, dy: usize, x: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  // Farther out s is 0 or 1, and x³ would overflow.
  const v = f32x4.pmax(f32x4.pmin(ldn(x + at, n), f32x4.splat(16)), f32x4.splat(-16));
  const cube = f32x4.mul(f32x4.mul(v, v), f32x4.splat(3 * TANH_CUBE));
  const inner = f32x4.mul(v, f32x4.add(cube, f32x4.splat(TANH_LINEAR)));
  const slope = siluSlope(ld(S + at), inner);
  stn(dx + at, madd(ldn(dy + at, n), slope, ldn(dx + at, n)), n);
}

/** y = exp(-x²/2) */
function gaussians(y: usize, x: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const v = ldn(x + (<usize>j * F32), n - j);
    st(y + <usize>j * F32, f32x4.mul(f32x4.mul(v, v), f32x4.splat(-0.5)));
  }
  exps(y, y, n);
}

/** p of `normal`, from its constant upwards; in memory, where a load gives one in a single instruction. */
const P = memory.data<f32>([
  0.13962140679359436, 0.1398618221282959, 0.11983323842287064, 0.10550644248723984, -0.023105919361114502,
  0.15916813910007477, -0.2557086944580078, 0.1439688801765442, -0.02914533205330372,
]);

// @ts-ignore: decorator
@inline function coefficient(i: i32): v128 {
  return v128.load_splat<f32>(P + (i << 2));
}

/**
 * Φ(x), the normal distribution, from e = exp(-x²/2): Φ(-a) = e p(u), u = 1 / (1 + 0.35 a), where p has nine terms
 * (relative error 4e-8) and the form is that of Hastings, Approximations for Digital Computers (1955); Φ(a) = 1 - Φ(-a).
 * So it is accurate relative to itself far out, too, and backward takes its slope from the same e.
 */
// @ts-ignore: decorator
@inline function normal(x: v128, e: v128): v128 {
  const one = f32x4.splat(1);
  const u = f32x4.div(one, madd(f32x4.abs(x), f32x4.splat(0.35), one));
  const u2 = f32x4.mul(u, u);
  const u4 = f32x4.mul(u2, u2);
  const p01 = madd(u, coefficient(1), coefficient(0));
  const p23 = madd(u, coefficient(3), coefficient(2));
  const p45 = madd(u, coefficient(5), coefficient(4));
  const p67 = madd(u, coefficient(7), coefficient(6));
  const upper = madd(u4, coefficient(8), madd(u2, p67, p45));
  const p = madd(u4, upper, madd(u2, p23, p01));
  const tail = f32x4.mul(f32x4.mul(p, u), e);
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}

/** y = x Φ(x) = x/2 (1 + erf(x / √2)). Its error, for |x| ≤ 5, is at most 8e-7 of itself. */
export function gelu_forward(y: usize, x: usize, n: i32): void {
  for (let from = 0; from < n; from += CHUNK) {
    const start = <usize>from * F32;
    const m = min(CHUNK, n - from);
    gaussians(E, x + start, m);
    for (let j = 0; j < m; j += 4) {
      const v = ldn(x + start + <usize>j * F32, m - j);
      stn(y + start + <usize>j * F32, f32x4.mul(v, normal(v, ld(E + (<usize>j * F32)))), m - j);
    }
  }
}

/** dx += dy (Φ(x) + x exp(-x²/2) / √(2π)) */
export function gelu_backward(dx: usize, dy: usize, x: usize, n: i32): void {
  for (let from = 0; from < n; from += CHUNK) {
    const start = <usize>from * F32;
    const m = min(CHUNK, n - from);
    gaussians(E, x + start, m);
    for (let j = 0; j < m; j += 4) {
      const at = start + <usize>j * F32;
      const v = ldn(x + at, m - j);
      const e = ld(E + (<usize>j * F32));
      const slope = madd(f32x4.mul(v, f32x4.splat(0.3989422804014327)), e, normal(v, e));
      stn(dx + at, madd(ldn(dy + at, m - j), slope, ldn(dx + at, m - j)), m - j);
    }
  }
}
