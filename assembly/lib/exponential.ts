/**
 * e^x, sigmoid and tanh: of a vector, and of an array. See math.ts for what holds for all functions.
 *
 * An array is gone through in passes. Each of these functions is one long chain of operations, and the
 * processor has room for some sixty that wait for their operands: two vectors' worth. So every vector
 * would take half a chain's time. Cut in two or three, with what is between in memory, the chains
 * are short, more vectors are under way, and a pass's constants stay in registers. That takes half the
 * time; the operations are the same, and so are the bits.
 *
 * The vector functions' constants are in memory: a load gives one in a single instruction, where V8
 * needs three to make it from the code.
 */

import { LN2_HI, LN2_LO, mulAdd } from "./math";
import { F32, ld, ldn, st, stn } from "./simd";

/** Number i of a table in memory, in all lanes. */
// @ts-ignore: decorator
@inline function all(table: usize, i: usize): v128 {
  return v128.load_splat<f32>(table + (i << 2));
}

/** 1.5 * 2^23: added to |v| < 2^22 it leaves round(v) in the low bits of the sum. */
const ROUND: f32 = 12582912;

const ONE = memory.data<f32>([1]);

// ---------------------------------------------------------------------------------------------
// Of a vector.

/** Below the first e^y is 0, above the second infinite. */
const EXP_RANGE = memory.data<f32>([-104, 89]);
/** 2 * 127 with ROUND: each half of n becomes a biased exponent. */
const EXP_BIAS = memory.data<f32>([ROUND + 254]);
/** 1 / ln 2, and ln 2 in two parts. */
const EXP_LN2 = memory.data<f32>([1.4426950216293335, LN2_HI, LN2_LO]);
/** q, from its constant upwards. */
const EXP_Q = memory.data<f32>([
  0.49999994039535522, 0.16666516661643982, 0.041668102145195007, 0.0083691654726862907,
  0.0013838323066011071,
]);

/** r = y - n (high + low), by Cody and Waite: the first product and difference are exact. */
// @ts-ignore: decorator
@inline function remainder(y: v128, n: v128, high: v128, low: v128): v128 {
  return f32x4.sub(f32x4.sub(y, f32x4.mul(n, high)), f32x4.mul(n, low));
}

/**
 * 2^n e^r, with n in the low bits of t and |r| <= ln 2 / 2.
 * e^r = 1 + r + r^2 q(r), q of degree 4, relative error 3.3e-9 (0.05 ULP), by Estrin's scheme.
 * 2^n is applied as 2^(n >> 1) * 2^(n - (n >> 1)), since n runs over -150..128 and the exponents of
 * floats only over -126..127; the first product is exact, the second rounds once, to a subnormal
 * or to infinity where that is the answer.
 */
// @ts-ignore: decorator
@inline function power(
  t: v128, r: v128, one: v128, q0: v128, q1: v128, q2: v128, q3: v128, q4: v128,
): v128 {
  const r2 = f32x4.mul(r, r);
  const q01 = mulAdd(r, q1, q0);
  const q23 = mulAdd(r, q3, q2);
  const q234 = f32x4.add(q23, f32x4.mul(r2, q4));
  const q = f32x4.add(q01, f32x4.mul(r2, q234));
  const p = f32x4.add(one, f32x4.add(r, f32x4.mul(r2, q)));

  const half = i32x4.shr_s(t, 1);
  const first = i32x4.shl(half, 23); // shl drops what ROUND left in the upper bits
  const second = i32x4.shl(i32x4.sub(t, half), 23);
  return f32x4.mul(f32x4.mul(p, first), second);
}

/** e^y for -104 <= y <= 89 or NaN: 2^n e^r with n = round(y / ln 2). */
// @ts-ignore: decorator
@inline function expInRange(y: v128): v128 {
  const t = mulAdd(y, all(EXP_LN2, 0), all(EXP_BIAS, 0));
  const n = f32x4.sub(t, all(EXP_BIAS, 0));
  const r = remainder(y, n, all(EXP_LN2, 1), all(EXP_LN2, 2));
  return power(
    t, r, all(ONE, 0), all(EXP_Q, 0), all(EXP_Q, 1), all(EXP_Q, 2), all(EXP_Q, 3), all(EXP_Q, 4),
  );
}

/** Brings y to where e^y is neither 0 nor infinite yet. A NaN stays: pmin and pmax return it then. */
// @ts-ignore: decorator
@inline function inRange(y: v128, least: v128, most: v128): v128 {
  return f32x4.pmin(f32x4.pmax(y, least), most);
}

/**
 * e^x. Method: Cody and Waite, Software Manual for the Elementary Functions (1980), ch. 6, with a
 * polynomial in place of their rational function.
 * exp(-inf) = 0, exp(inf) = inf; overflow and subnormal results as rounding has them.
 * Max error: 1.003 ULP.
 */
// @ts-ignore: decorator
@inline export function vexp(x: v128): v128 {
  return expInRange(inRange(x, all(EXP_RANGE, 0), all(EXP_RANGE, 1)));
}

/** sigmoid(x) from e = exp(-|x|). */
// @ts-ignore: decorator
@inline function sigmoidFrom(e: v128, x: v128, one: v128): v128 {
  const q = f32x4.div(e, f32x4.add(one, e));
  const limit = v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0)));
  return f32x4.sub(limit, f32x4.mul(limit, q));
}

/** The sign bit: x | SIGN is -|x|. */
const SIGN = memory.data<f32>([-0.0]);

/**
 * sigmoid(x) = 1 / (1 + e^-x), from e = exp(-|x|), which cannot overflow, and q = e / (1 + e):
 * 1 - q for x >= 0, and e - e q for x < 0. The latter is q again, but rounded less: the errors of
 * sum and quotient are scaled by e, and relative accuracy is kept down to subnormals.
 * sigmoid(-inf) = 0, sigmoid(inf) = 1. Max error: 1.864 ULP.
 */
// @ts-ignore: decorator
@inline export function vsigmoid(x: v128): v128 {
  return sigmoidFrom(vexp(v128.or(x, all(SIGN, 0))), x, all(ONE, 0));
}

/** Below the first, the polynomial; at the second, tanh is 1. */
const TANH_RANGE = memory.data<f32>([0.65, 10]);
/** 127 with ROUND: n becomes a biased exponent. */
const TANH_BIAS = memory.data<f32>([ROUND + 127]);
/** 2 / ln 2, and ln 2 / 2 in two parts. */
const TANH_LN2 = memory.data<f32>([2.885390043258667, LN2_HI / 2, LN2_LO / 2]);
/** p, from its constant upwards. */
const TANH_P = memory.data<f32>([
  -0.33333262801170349, 0.13330897688865662, -0.053692810237407684, 0.020482847467064857,
  -0.005528084933757782,
]);

/** T(r) = r + r^3 p(r^2) */
// @ts-ignore: decorator
@inline function tanhNear(r: v128, p0: v128, p1: v128, p2: v128, p3: v128, p4: v128): v128 {
  const r2 = f32x4.mul(r, r);
  let p = mulAdd(r2, p4, p3);
  p = mulAdd(r2, p, p2);
  p = mulAdd(r2, p, p1);
  p = mulAdd(r2, p, p0);
  return f32x4.add(r, f32x4.mul(f32x4.mul(r, r2), p));
}

/** tanh x from T(r) and 2^n, n in the low bits of t. */
// @ts-ignore: decorator
@inline function tanhFrom(near: v128, t: v128, x: v128, one: v128, edge: v128): v128 {
  const u = f32x4.sub(one, near);
  const v = f32x4.mul(i32x4.shl(t, 23), f32x4.add(one, near));
  const q = f32x4.div(f32x4.add(u, u), f32x4.add(u, v));
  const magnitude = f32x4.abs(x);
  const tanh = v128.bitselect(f32x4.sub(one, q), near, f32x4.ge(magnitude, edge));
  return v128.or(tanh, v128.xor(x, magnitude));
}

/**
 * tanh x, with the sign of x, from a = |x| and the polynomial T(r) = r + r^3 p(r^2) for tanh r,
 * |r| <= 0.65 (p of degree 4, relative error 7e-9, 0.12 ULP):
 * a < 0.65: T(a).
 * else: e^2a = 2^n e^2r = 2^n (1 + T) / (1 - T) with r = a - n ln 2 / 2, |r| <= ln 2 / 4, and so
 * tanh a = 1 - 2 / (e^2a + 1) = 1 - 2 (1 - T) / ((1 - T) + 2^n (1 + T)): one division in all.
 * Method: the split and the second formula are Cody and Waite's (1980, ch. 13); that one polynomial
 * serves both sides is the addition theorem.
 * tanh(-0) = -0, tanh(+-inf) = +-1. Max error: 1.460 ULP; 0.9 ULP for |x| < 0.65.
 */
// @ts-ignore: decorator
@inline export function vtanh(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const a = f32x4.pmin(magnitude, all(TANH_RANGE, 1));
  const t = mulAdd(a, all(TANH_LN2, 0), all(TANH_BIAS, 0));
  const n = v128.and(
    f32x4.sub(t, all(TANH_BIAS, 0)), f32x4.ge(magnitude, all(TANH_RANGE, 0)),
  );
  const r = remainder(a, n, all(TANH_LN2, 1), all(TANH_LN2, 2));
  const near = tanhNear(
    r, all(TANH_P, 0), all(TANH_P, 1), all(TANH_P, 2), all(TANH_P, 3), all(TANH_P, 4),
  );
  return tanhFrom(near, t, x, all(ONE, 0), all(TANH_RANGE, 0));
}

/** vexp of one number. */
export function sexp(x: f32): f32 {
  return f32x4.extract_lane(vexp(f32x4.splat(x)), 0);
}

/** vtanh of one number. */
export function stanh(x: f32): f32 {
  return f32x4.extract_lane(vtanh(f32x4.splat(x)), 0);
}

/** vsigmoid of one number. */
export function ssigmoid(x: f32): f32 {
  return f32x4.extract_lane(vsigmoid(f32x4.splat(x)), 0);
}

// ---------------------------------------------------------------------------------------------
// Of an array. `bytes` is a multiple of 16, at most CHUNK.

/** Bytes of a part that goes through all passes before the next one does. */
const CHUNK: usize = 1024;
/** What passes leave for the next: t, and r or what is made of it. */
const T = memory.data(1024, 16);
const R = memory.data(1024, 16);

/** t and r of exp(x | sign). */
function reduceExp(x: usize, bytes: usize, sign: v128): void {
  const least = all(EXP_RANGE, 0);
  const most = all(EXP_RANGE, 1);
  const bias = all(EXP_BIAS, 0);
  const inverse = all(EXP_LN2, 0);
  const high = all(EXP_LN2, 1);
  const low = all(EXP_LN2, 2);
  for (let i: usize = 0; i < bytes; i += 16) {
    const y = inRange(v128.or(ld(x + i), sign), least, most);
    const t = mulAdd(y, inverse, bias);
    st(T + i, t);
    st(R + i, remainder(y, f32x4.sub(t, bias), high, low));
  }
}

/** y = 2^n e^r */
function powers(y: usize, bytes: usize): void {
  const one = all(ONE, 0);
  const q0 = all(EXP_Q, 0);
  const q1 = all(EXP_Q, 1);
  const q2 = all(EXP_Q, 2);
  const q3 = all(EXP_Q, 3);
  const q4 = all(EXP_Q, 4);
  for (let i: usize = 0; i < bytes; i += 16) {
    st(y + i, power(ld(T + i), ld(R + i), one, q0, q1, q2, q3, q4));
  }
}

function finishSigmoid(y: usize, x: usize, bytes: usize): void {
  const one = all(ONE, 0);
  for (let i: usize = 0; i < bytes; i += 16) st(y + i, sigmoidFrom(ld(R + i), ld(x + i), one));
}

/** t and r of tanh x. */
function reduceTanh(x: usize, bytes: usize): void {
  const edge = all(TANH_RANGE, 0);
  const most = all(TANH_RANGE, 1);
  const bias = all(TANH_BIAS, 0);
  const inverse = all(TANH_LN2, 0);
  const high = all(TANH_LN2, 1);
  const low = all(TANH_LN2, 2);
  for (let i: usize = 0; i < bytes; i += 16) {
    const magnitude = f32x4.abs(ld(x + i));
    const a = f32x4.pmin(magnitude, most);
    const t = mulAdd(a, inverse, bias);
    const n = v128.and(f32x4.sub(t, bias), f32x4.ge(magnitude, edge));
    st(T + i, t);
    st(R + i, remainder(a, n, high, low));
  }
}

/** r becomes T(r). */
function tanhsNear(bytes: usize): void {
  const p0 = all(TANH_P, 0);
  const p1 = all(TANH_P, 1);
  const p2 = all(TANH_P, 2);
  const p3 = all(TANH_P, 3);
  const p4 = all(TANH_P, 4);
  for (let i: usize = 0; i < bytes; i += 16) st(R + i, tanhNear(ld(R + i), p0, p1, p2, p3, p4));
}

function finishTanh(y: usize, x: usize, bytes: usize): void {
  const one = all(ONE, 0);
  const edge = all(TANH_RANGE, 0);
  for (let i: usize = 0; i < bytes; i += 16) {
    st(y + i, tanhFrom(ld(R + i), ld(T + i), ld(x + i), one, edge));
  }
}

const EXP = 0;
const SIGMOID = 1;
const TANH = 2;

/** y = f(x) of one chunk. */
// @ts-ignore: decorator
@inline function passes(f: i32, y: usize, x: usize, bytes: usize): void {
  if (f == EXP) {
    reduceExp(x, bytes, f32x4.splat(0));
    powers(y, bytes);
  } else if (f == SIGMOID) {
    reduceExp(x, bytes, all(SIGN, 0));
    powers(R, bytes);
    finishSigmoid(y, x, bytes);
  } else {
    reduceTanh(x, bytes);
    tanhsNear(bytes);
    finishTanh(y, x, bytes);
  }
}

/** The last numbers, fewer than four, with zeros after them. */
const REST = memory.data(16, 16);

/** y = f(x), n numbers. */
// @ts-ignore: decorator
@inline function map(f: i32, y: usize, x: usize, n: i32): void {
  const bytes = <usize>(n & ~3) * F32;
  for (let i: usize = 0; i < bytes; i += CHUNK) passes(f, y + i, x + i, min(CHUNK, bytes - i));
  const rest = n & 3;
  if (rest == 0) return;
  st(REST, ldn(x + bytes, rest));
  passes(f, REST, REST, 16);
  stn(y + bytes, ld(REST), rest);
}

/** y = e^x, n numbers; y may be x. */
export function exps(y: usize, x: usize, n: i32): void {
  map(EXP, y, x, n);
}

/** y = sigmoid(x), n numbers; y may be x. */
export function sigmoids(y: usize, x: usize, n: i32): void {
  map(SIGMOID, y, x, n);
}

/** y = tanh(x), n numbers; y may be x. */
export function tanhs(y: usize, x: usize, n: i32): void {
  map(TANH, y, x, n);
}

// ---------------------------------------------------------------------------------------------
// The terms of a softmax, in the same two passes.

/** y = 2^n e^r. Returns sum + Σ y, in order: the sum waits for itself, and the powers are found meanwhile. */
function powersSum(y: usize, bytes: usize, sum: f64): f64 {
  const one = all(ONE, 0);
  const q0 = all(EXP_Q, 0);
  const q1 = all(EXP_Q, 1);
  const q2 = all(EXP_Q, 2);
  const q3 = all(EXP_Q, 3);
  const q4 = all(EXP_Q, 4);
  for (let i: usize = 0; i < bytes; i += 16) {
    st(y + i, power(ld(T + i), ld(R + i), one, q0, q1, q2, q3, q4));
    sum += <f64>load<f32>(y + i);
    sum += <f64>load<f32>(y + i, 4);
    sum += <f64>load<f32>(y + i, 8);
    sum += <f64>load<f32>(y + i, 12);
  }
  return sum;
}

/** y = e^(x - top), n numbers, none of them above `top`. Returns their sum, in f64 and in order. */
export function softmaxTermsSum(y: usize, x: usize, top: f32, n: i32): f64 {
  const shift = f32x4.splat(top);
  const one = f32x4.splat(1);
  const bytes = <usize>(n & ~3) * F32;
  let sum: f64 = 0;
  for (let i: usize = 0; i < bytes; i += CHUNK) {
    const some = min(CHUNK, bytes - i);
    reduceTerms(x + i, some, shift, one);
    sum = powersSum(y + i, some, sum);
  }
  const rest = n & 3;
  if (rest == 0) return sum;
  st(REST, ldn(x + bytes, rest));
  reduceTerms(REST, 16, shift, one);
  powers(REST, 16);
  stn(y + bytes, ld(REST), rest);
  for (let i = 0; i < rest; i++) sum += <f64>load<f32>(REST + (<usize>i << 2));
  return sum;
}

/** t and r of exp((x - shift) factor), which is at most 1. */
function reduceTerms(x: usize, bytes: usize, shift: v128, factor: v128): void {
  const least = all(EXP_RANGE, 0);
  const bias = all(EXP_BIAS, 0);
  const inverse = all(EXP_LN2, 0);
  const high = all(EXP_LN2, 1);
  const low = all(EXP_LN2, 2);
  for (let i: usize = 0; i < bytes; i += 16) {
    const y = f32x4.pmax(f32x4.mul(f32x4.sub(ld(x + i), shift), factor), least);
    const t = mulAdd(y, inverse, bias);
    st(T + i, t);
    st(R + i, remainder(y, f32x4.sub(t, bias), high, low));
  }
}

/**
 * x = e^((x - top) factor), n numbers, none of them above `top`; factor > 0. To add them up in the second pass as well
 * would make its chain longer, and is slower.
 */
export function softmaxTerms(x: usize, top: f32, factor: f32, n: i32): void {
  const shift = f32x4.splat(top);
  const slope = f32x4.splat(factor);
  const bytes = <usize>(n & ~3) * F32;
  for (let i: usize = 0; i < bytes; i += CHUNK) {
    const some = min(CHUNK, bytes - i);
    reduceTerms(x + i, some, shift, slope);
    powers(x + i, some);
  }
  const rest = n & 3;
  if (rest == 0) return;
  st(REST, ldn(x + bytes, rest));
  reduceTerms(REST, 16, shift, slope);
  powers(REST, 16);
  stn(x + bytes, ld(REST), rest);
}
