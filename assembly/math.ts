/**
 * Elementary functions on f32x4 vectors, the same bits on every engine.
 *
 * Why our own: `Math.exp` and friends differ between JavaScript engines in the last digits, and those
 * digits would reach weights and samples. Here every step is a plain SIMD128 operation (IEEE 754, round
 * to nearest even, no fused or relaxed instruction) in a fixed order, so there is nothing to differ.
 * Only the bits of a NaN are left open, as WebAssembly leaves them open: a NaN comes out as some NaN.
 *
 * Errors are in units in the last place (ULP) of the exact result and were measured on all 2^32 floats
 * by `scripts/check-math.mjs`, subnormals included. Coefficients are minimax polynomials (Remez exchange
 * in 40 digits; for f32, each coefficient rounded in turn and the others fitted again).
 *
 * A lane's result never depends on its neighbours. The scalar functions are lane 0 of the vector ones,
 * so both agree by construction.
 */

/** ln 2 = LN2_HI + LN2_LO; HI has 16 bits, so that k * LN2_HI is exact for |k| < 256. */
const LN2_HI: f32 = 0.693145751953125;
const LN2_LO: f32 = 1.428606765330187e-6;

// exp, tanh, sigmoid: exp(y) = 2^n * (1 + s), n = round(y / ln 2), s = expm1(y - n ln 2)

/** 1.5 * 2^23: added to |v| < 2^22 it leaves round(v) in the low bits of the sum. */
const ROUND: f32 = 12582912;

/** round(y / ln 2) + bias, still added to ROUND: an integer in the low bits of the lane. */
// @ts-ignore: decorator
@inline
function exponent(y: v128, bias: f32): v128 {
  return f32x4.add(f32x4.mul(y, f32x4.splat(1.4426950216293335)), f32x4.splat(ROUND + bias));
}

/**
 * s = expm1(r) = r + r^2 q(r) for r = y - n ln 2, |r| <= ln 2 / 2, with `t = exponent(y, bias)`.
 * r: Cody and Waite's two-part ln 2, where the first product and difference are exact.
 * q: degree 4, minimax for the relative error of 1 + s (3.3e-9, 0.05 ULP).
 */
// @ts-ignore: decorator
@inline
function reducedExpm1(y: v128, t: v128, bias: f32): v128 {
  const n = f32x4.sub(t, f32x4.splat(ROUND + bias));
  const high = f32x4.sub(y, f32x4.mul(n, f32x4.splat(LN2_HI)));
  const low = f32x4.mul(n, f32x4.splat(LN2_LO));
  const r = f32x4.sub(high, low);
  const square = f32x4.mul(r, r);
  const a = f32x4.add(f32x4.mul(r, f32x4.splat(0.16666516661643982)), f32x4.splat(0.49999994039535522));
  const b = f32x4.add(f32x4.mul(r, f32x4.splat(0.0083691654726862907)), f32x4.splat(0.041668102145195007));
  const c = f32x4.add(b, f32x4.mul(square, f32x4.splat(0.0013838323066011071)));
  const q = f32x4.add(a, f32x4.mul(square, c));
  return f32x4.add(high, f32x4.sub(f32x4.mul(square, q), low)); // r unrounded
}

/**
 * exp(y) for -104 <= y <= 89 or NaN. 2^n is applied as 2^(n >> 1) * 2^(n - (n >> 1)), since n runs over
 * -150..128 and a float's exponent only over -126..127; the first product is exact, the second
 * rounds once, to a subnormal or to infinity where that is the answer.
 */
// @ts-ignore: decorator
@inline
function expInRange(y: v128): v128 {
  const t = exponent(y, 254); // n + 2 * 127: each half becomes a biased exponent
  const p = f32x4.add(f32x4.splat(1), reducedExpm1(y, t, 254));
  const half = i32x4.shr_s(t, 1);
  const first = i32x4.shl(half, 23); // shl drops what ROUND left in the upper bits
  const second = i32x4.shl(i32x4.sub(t, half), 23);
  return f32x4.mul(f32x4.mul(p, first), second);
}

/** Raises y to -104, where exp is 0 already; keeps a NaN, unlike pmax with swapped operands. */
// @ts-ignore: decorator
@inline
function atLeastMinus104(y: v128): v128 {
  return f32x4.pmax(y, f32x4.splat(-104));
}

/**
 * e^x. Method: Cody and Waite 1980, ch. 6, with a polynomial for the fraction.
 * exp(-inf) = 0, exp(inf) = inf, subnormal results are rounded properly.
 * Max error: TODO ULP.
 */
// @ts-ignore: decorator
@inline
export function vexp(x: v128): v128 {
  return expInRange(f32x4.pmin(atLeastMinus104(x), f32x4.splat(89)));
}

/**
 * 1 / (1 + e^-x), computed from e = exp(-|x|), which cannot overflow, as 1 / (1 + e) for x >= 0 and
 * e / (1 + e) for x < 0, which keeps its relative accuracy down to subnormals.
 * sigmoid(-inf) = 0, sigmoid(inf) = 1. Max error: TODO ULP.
 */
// @ts-ignore: decorator
@inline
export function vsigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  const e = expInRange(atLeastMinus104(f32x4.neg(f32x4.abs(x))));
  const q = f32x4.div(e, f32x4.add(one, e));
  const limit = v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0)));
  return f32x4.sub(limit, f32x4.mul(limit, q));
}

/**
 * tanh |x| = E / (E + 2) for E = expm1(2 |x|) = 2^n s + (2^n - 1), which is accurate for small and large
 * x alike (W. Kahan's choice of expm1; the sum in brackets is exact). The sign is copied from x.
 * tanh(-0) = -0, tanh(inf) = 1. Max error: TODO ULP.
 */
// @ts-ignore: decorator
@inline
export function vtanh(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const y = f32x4.pmax(f32x4.mul(magnitude, f32x4.splat(-2)), f32x4.splat(-20)); // tanh 10 = 1
  const t = exponent(y, 126);
  const power = i32x4.shl(t, 23); // 2^(n - 1), n >= -29
  const s = reducedExpm1(y, t, 126);
  const one = f32x4.splat(1);
  const g = f32x4.sub(f32x4.sub(f32x4.splat(0.5), power), f32x4.mul(power, s));
  const d = f32x4.sub(one, g);
  const q = f32x4.div(g, d);
  const lost = f32x4.sub(f32x4.sub(one, d), g);
  const tanh = f32x4.sub(q, f32x4.mul(lost, f32x4.mul(q, f32x4.add(one, q))));
  return v128.or(tanh, v128.xor(x, magnitude));
}

/** Bits of sqrt(1/2): subtracting them moves the border between exponents there. */
const SQRT_HALF: i32 = 0x3f3504f3;

/**
 * ln x. x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt 2, and with s = f / (2 + f)
 * ln(1 + f) = 2 atanh s = f - f^2/2 + s (f^2/2 + R(s^2)).
 * Method: Ng's in fdlibm (e_log.c); R = z (L1 + z L2 + z^2 L3) is minimax for z = s^2 <= 0.0295
 * (error 1.6e-9).
 * log(0) = -inf, log(x < 0) = NaN, log(inf) = inf. Max error: TODO ULP.
 */
// @ts-ignore: decorator
@inline
export function vlog(x: v128): v128 {
  const subnormal = f32x4.lt(x, f32x4.splat(1.1754943508222875e-38));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, subnormal); // * 2^23
  const bits = i32x4.sub(normal, i32x4.splat(SQRT_HALF));
  const fraction = v128.and(bits, i32x4.splat(0x007fffff));
  const f = f32x4.sub(i32x4.add(fraction, i32x4.splat(SQRT_HALF)), f32x4.splat(1));
  const k = f32x4.sub(
    f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23)),
    v128.and(subnormal, f32x4.splat(23)),
  );

  const s = f32x4.div(f, f32x4.add(f, f32x4.splat(2)));
  const z = f32x4.mul(s, s);
  let r = f32x4.splat(0.29871460795402527);
  r = f32x4.add(f32x4.mul(r, z), f32x4.splat(0.39977568387985229));
  r = f32x4.add(f32x4.mul(r, z), f32x4.splat(0.66666775941848755));
  r = f32x4.mul(r, z);

  const halfSquare = f32x4.mul(f32x4.mul(f, f), f32x4.splat(0.5));
  let low = f32x4.mul(s, f32x4.add(halfSquare, r));
  low = f32x4.add(low, f32x4.mul(k, f32x4.splat(LN2_LO)));
  low = f32x4.sub(halfSquare, low);
  let log = f32x4.add(f32x4.mul(k, f32x4.splat(LN2_HI)), f32x4.sub(f, low));

  log = v128.bitselect(x, log, f32x4.eq(x, f32x4.splat(f32.MAX_VALUE * 2)));
  log = v128.bitselect(f32x4.splat(-f32.MAX_VALUE * 2), log, f32x4.eq(x, f32x4.splat(0)));
  return v128.or(log, v128.not(f32x4.ge(x, f32x4.splat(0)))); // all ones is a NaN
}

// sin, cos: |x| = n pi/2 + r, |r| <= pi/4, in f64, whose spare digits leave only the final rounding

/** Below this the two-part reduction is used, from it on (where n * PIO2_HI is no longer exact) the long one. */
const LARGE: f32 = 1048576;

/** 1.5 * 2^52: ROUND for f64. */
const ROUND64: f64 = 6755399441055744;

/** pi/2 = PIO2_HI + PIO2_LO; HI has 33 bits, so that n * PIO2_HI is exact for n < 2^20. */
const PIO2_HI: f64 = 1.57079632673412561416626;
const PIO2_LO: f64 = 6.077100506506192e-11;

/**
 * sin(r + quadrant * pi/2) for |r| <= pi/4; of the i64 lanes of `quadrant` only the two lowest bits count.
 * r + r z S(z) and 1 - z/2 + z^2 C(z), z = r^2, minimax of relative error 5e-12 and absolute error 1e-10.
 */
// @ts-ignore: decorator
@inline
function sinQuadrant(r: v128, quadrant: v128): v128 {
  const z = f64x2.mul(r, r);
  let s = f64x2.splat(2.7183042333759703e-6);
  s = f64x2.add(f64x2.mul(s, z), f64x2.splat(-0.00019839334083537712));
  s = f64x2.add(f64x2.mul(s, z), f64x2.splat(0.0083333293835840001));
  s = f64x2.add(f64x2.mul(s, z), f64x2.splat(-0.16666666641607011));
  s = f64x2.add(r, f64x2.mul(f64x2.mul(s, z), r));

  let c = f64x2.splat(2.4438379506316217e-5);
  c = f64x2.add(f64x2.mul(c, z), f64x2.splat(-0.0013887366910285256));
  c = f64x2.add(f64x2.mul(c, z), f64x2.splat(0.041666646854608955));
  c = f64x2.add(f64x2.mul(c, z), f64x2.splat(-0.5));
  c = f64x2.add(f64x2.mul(c, z), f64x2.splat(1));

  const odd = i64x2.neg(v128.and(quadrant, i64x2.splat(1)));
  const negative = i64x2.shl(v128.and(quadrant, i64x2.splat(2)), 62);
  return v128.xor(v128.bitselect(c, s, odd), negative);
}

/** sin(a + shift * pi/2) of two lanes 0 <= a < LARGE. Cody and Waite's reduction. */
// @ts-ignore: decorator
@inline
function sinPair(a: v128, shift: i64): v128 {
  const t = f64x2.add(f64x2.mul(a, f64x2.splat(0.6366197723675814)), f64x2.splat(ROUND64));
  const n = f64x2.sub(t, f64x2.splat(ROUND64));
  const high = f64x2.sub(a, f64x2.mul(n, f64x2.splat(PIO2_HI)));
  const r = f64x2.sub(high, f64x2.mul(n, f64x2.splat(PIO2_LO)));
  return sinQuadrant(r, i64x2.add(t, i64x2.splat(shift)));
}

/** Bits 64 i .. 64 i + 63 of 2/pi behind the binary point, after eight zeros. */
function twoOverPi(i: i32): u64 {
  if (i == 0) return 0x00a2f9836e4e4415;
  if (i == 1) return 0x29fc2757d1f534dd;
  if (i == 2) return 0xc0db6295993c4390;
  return 0x41fe5163abdebbc5;
}

/** 64 bits of that string from position `at` on. */
function twoOverPiFrom(at: i32): u64 {
  const i = at >> 6;
  const offset = at & 63;
  return (twoOverPi(i) << offset) | ((twoOverPi(i + 1) >> 1) >> (63 - offset));
}

/**
 * sin(a + shift * pi/2) of one finite a >= LARGE. Payne and Hanek 1983: a = m 2^e, and of the product
 * m * 2^e * 2/pi only what is left modulo 4 is computed, in 64-bit integers, whose overflow is that modulo:
 * 2 bits of quadrant and 62 of fraction. No f32 comes nearer to a multiple of pi/2 than about 2^-30, so
 * over 30 bits are significant.
 */
function sinLarge(a: f32, shift: i64): f32 {
  const bits = reinterpret<u32>(a);
  const m = <u64>((bits & 0x007fffff) | 0x00800000);
  const at = <i32>(bits >> 23) - 150 - 2 + 8; // e - 2 bits of 2/pi are multiples of 4 already
  const turns = m * twoOverPiFrom(at) + ((m * (twoOverPiFrom(at + 64) >> 32)) >> 32);
  const quadrant = <i64>((turns + ((<u64>1) << 61)) >> 62);
  const fraction = <i64>(turns - (<u64>quadrant << 62));
  const r = <f64>fraction * 3.4061215800865545e-19; // pi/2 * 2^-62
  const sin = sinQuadrant(f64x2.splat(r), i64x2.splat(quadrant + shift));
  return <f32>f64x2.extract_lane(sin, 0);
}

/** `small`, with its lanes of LARGE <= a < inf computed again one by one. */
function repairLarge(a: v128, small: v128, shift: i64): v128 {
  const a0 = f32x4.extract_lane(a, 0);
  const a1 = f32x4.extract_lane(a, 1);
  const a2 = f32x4.extract_lane(a, 2);
  const a3 = f32x4.extract_lane(a, 3);
  let y = small;
  if (isLarge(a0)) y = f32x4.replace_lane(y, 0, sinLarge(a0, shift));
  if (isLarge(a1)) y = f32x4.replace_lane(y, 1, sinLarge(a1, shift));
  if (isLarge(a2)) y = f32x4.replace_lane(y, 2, sinLarge(a2, shift));
  if (isLarge(a3)) y = f32x4.replace_lane(y, 3, sinLarge(a3, shift));
  return y;
}

// @ts-ignore: decorator
@inline
function isLarge(a: f32): bool {
  return a >= LARGE && a <= f32.MAX_VALUE;
}

/** sin(a + shift * pi/2) of four lanes a >= 0; NaN for inf and NaN. */
function sinShifted(a: v128, shift: i64): v128 {
  const upper = v128.shuffle<f32>(a, a, 2, 3, 2, 3);
  const low = f32x4.demote_f64x2_zero(sinPair(f64x2.promote_low_f32x4(a), shift));
  const high = f32x4.demote_f64x2_zero(sinPair(f64x2.promote_low_f32x4(upper), shift));
  const y = v128.shuffle<f32>(low, high, 0, 1, 4, 5);
  if (!v128.any_true(f32x4.ge(a, f32x4.splat(LARGE)))) return y;
  return repairLarge(a, y, shift);
}

/**
 * sin x, from sin |x| and the sign of x. Exact reduction for every float.
 * sin(-0) = -0, sin(+-inf) = NaN. Max error: TODO ULP.
 */
export function vsin(x: v128): v128 {
  const a = f32x4.abs(x);
  return v128.xor(sinShifted(a, 0), v128.xor(x, a));
}

/** cos x = sin(|x| + pi/2), see vsin. cos(+-inf) = NaN. Max error: TODO ULP. */
export function vcos(x: v128): v128 {
  return sinShifted(f32x4.abs(x), 1);
}

/** vexp of one number. */
export function sexp(x: f32): f32 {
  return f32x4.extract_lane(vexp(f32x4.splat(x)), 0);
}

/** vlog of one number. */
export function slog(x: f32): f32 {
  return f32x4.extract_lane(vlog(f32x4.splat(x)), 0);
}

/** vtanh of one number. */
export function stanh(x: f32): f32 {
  return f32x4.extract_lane(vtanh(f32x4.splat(x)), 0);
}

/** vsigmoid of one number. */
export function ssigmoid(x: f32): f32 {
  return f32x4.extract_lane(vsigmoid(f32x4.splat(x)), 0);
}

/** vsin of one number. */
export function ssin(x: f32): f32 {
  return f32x4.extract_lane(vsin(f32x4.splat(x)), 0);
}

/** vcos of one number. */
export function scos(x: f32): f32 {
  return f32x4.extract_lane(vcos(f32x4.splat(x)), 0);
}
