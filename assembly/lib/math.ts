/**
 * Elementary functions on f32x4 vectors, the same bits on every engine: log, sin and cos; exp, sigmoid
 * and tanh are in exponential.ts, by the same rules.
 *
 * Why our own: `Math.exp` and friends differ between JavaScript engines in the last digits, and
 * those digits would reach weights and samples. Here every step is a plain SIMD128 operation (IEEE
 * 754, to nearest even, nothing fused or relaxed) in a fixed order, so there is nothing to differ.
 * Only the bits of a NaN are left open, as WebAssembly leaves them: a NaN comes out as some NaN.
 *
 * Errors are in units in the last place (ULP) of the exact result, measured on all 2^32 floats,
 * subnormals included, by `scripts/check-math.mjs`. Coefficients are minimax: Remez exchange in 40
 * digits; for f32, each coefficient rounded in turn and the remaining ones fitted again.
 *
 * A lane's result never depends on its neighbours. The scalar functions are lane 0 of the vector
 * ones, so both agree by construction.
 *
 * For speed, call them on two independent vectors in one loop body: V8 rebuilds every constant in
 * every turn of a loop, and one vector alone waits for its own chain of operations. Two save a
 * quarter or more in V8 and cost little in JavaScriptCore, where four are slower than one.
 */

/** ln 2 = LN2_HI + LN2_LO; HI has 16 bits, so that n * LN2_HI is exact for |n| < 256. */
export const LN2_HI: f32 = 0.693145751953125;
export const LN2_LO: f32 = 1.428606765330187e-6;

/** a b + c, rounded twice. */
// @ts-ignore: decorator
@inline export function mulAdd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** mulAdd for f64. */
// @ts-ignore: decorator
@inline function mulAdd64(a: v128, b: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(a, b), f64x2.splat(c));
}

/** Bits of sqrt(1/2): with these subtracted, the exponent field changes there and not at 1. */
const SQRT_HALF: i32 = 0x3f3504f3;

/**
 * ln x = k ln 2 + ln(1 + f) for x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt 2. With s = f / (2 + f)
 * and z = s^2, ln(1 + f) = 2 atanh s = f - f^2/2 + s (f^2/2 + z R(z)), R of degree 2, minimax for
 * z <= 0.0295 (error of z R 1.7e-9).
 * Method: K. C. Ng's for fdlibm (e_log.c); coefficients our own.
 * log(+-0) = -inf, log(x < 0) = NaN, log(inf) = inf. Max error: 0.840 ULP.
 */
// @ts-ignore: decorator
@inline export function vlog(x: v128): v128 {
  const zero = f32x4.splat(0);
  const subnormal = f32x4.lt(x, f32x4.splat(1.1754943508222875e-38));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, subnormal); // times 2^23
  const bits = i32x4.sub(normal, i32x4.splat(SQRT_HALF));
  const exponent = f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  const k = f32x4.sub(exponent, v128.and(subnormal, f32x4.splat(23)));
  const fraction = v128.and(bits, i32x4.splat(0x007fffff));
  const f = f32x4.sub(i32x4.add(fraction, i32x4.splat(SQRT_HALF)), f32x4.splat(1));

  const s = f32x4.div(f, f32x4.add(f, f32x4.splat(2)));
  const z = f32x4.mul(s, s);
  let r = mulAdd(z, f32x4.splat(0.29871460795402527), f32x4.splat(0.39977568387985229));
  r = mulAdd(z, r, f32x4.splat(0.66666775941848755));

  const halfSquare = f32x4.mul(f32x4.mul(f, f), f32x4.splat(0.5));
  const tail = f32x4.mul(s, f32x4.add(halfSquare, f32x4.mul(z, r)));
  const low = f32x4.add(tail, f32x4.mul(k, f32x4.splat(LN2_LO)));
  const sum = f32x4.sub(f, f32x4.sub(halfSquare, low));
  let log = f32x4.add(f32x4.mul(k, f32x4.splat(LN2_HI)), sum);

  log = v128.bitselect(x, log, f32x4.eq(x, f32x4.splat(Infinity)));
  log = v128.bitselect(f32x4.splat(-Infinity), log, f32x4.eq(x, zero));
  return v128.or(log, v128.not(f32x4.ge(x, zero))); // all ones are a NaN
}

// sin, cos: |x| = n pi/2 + r, |r| <= pi/4, in f64, whose spare digits leave only the final rounding

/** From here on n * PIO2_HI would not be exact, and the long reduction is used. */
const LARGE: f32 = 1048576;

/** 1.5 * 2^52: ROUND for f64. */
const ROUND64: f64 = 6755399441055744;

/** pi/2 = PIO2_HI + PIO2_LO; HI has 33 bits, so that n * PIO2_HI is exact for n < 2^20. */
const PIO2_HI: f64 = 1.57079632673412561416626;
const PIO2_LO: f64 = 6.077100506506192e-11;

/**
 * sin(r + quadrant * pi/2) for |r| <= pi/4; of the lanes of `quadrant` the two lowest bits count.
 * sin r = r + r z S(z), relative error 5e-12, and cos r = 1 - z/2 + z^2 C(z), error 1e-10; z = r^2.
 */
// @ts-ignore: decorator
@inline function sinQuadrant(r: v128, quadrant: v128): v128 {
  const z = f64x2.mul(r, r);
  let s = f64x2.splat(2.7183042333759703e-6);
  s = mulAdd64(s, z, -0.00019839334083537712);
  s = mulAdd64(s, z, 0.0083333293835840001);
  s = mulAdd64(s, z, -0.16666666641607011);
  s = f64x2.add(r, f64x2.mul(f64x2.mul(s, z), r));

  let c = f64x2.splat(2.4438379506316217e-5);
  c = mulAdd64(c, z, -0.0013887366910285256);
  c = mulAdd64(c, z, 0.041666646854608955);
  c = mulAdd64(c, z, -0.5);
  c = mulAdd64(c, z, 1);

  const odd = i64x2.neg(v128.and(quadrant, i64x2.splat(1)));
  const negative = i64x2.shl(v128.and(quadrant, i64x2.splat(2)), 62);
  return v128.xor(v128.bitselect(c, s, odd), negative);
}

/** sin(a + shift * pi/2) of two f64 lanes 0 <= a < LARGE, by Cody and Waite's reduction. */
// @ts-ignore: decorator
@inline export function sinPair(a: v128, shift: i64): v128 {
  const t = mulAdd64(a, f64x2.splat(0.6366197723675814), ROUND64);
  const n = f64x2.sub(t, f64x2.splat(ROUND64));
  const high = f64x2.sub(a, f64x2.mul(n, f64x2.splat(PIO2_HI)));
  const r = f64x2.sub(high, f64x2.mul(n, f64x2.splat(PIO2_LO)));
  return sinQuadrant(r, i64x2.add(t, i64x2.splat(shift)));
}

/** Bits 64 i .. 64 i + 63 of 2/pi after the binary point, after eight zeros. */
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
 * sin(a + shift * pi/2) of one a, if LARGE <= a < inf, else `small`. Method: M. Payne and R. Hanek,
 * Radian reduction for trigonometric functions (1983). a = m 2^e, and of m * 2^e * 2/pi only what
 * is left modulo 4 is computed, in 64-bit integers, whose overflow is that modulo: 2 bits of
 * quadrant, 62 of fraction. No f32 comes nearer to a multiple of pi/2 than about 2^-30, so that at
 * least 30 bits of the fraction are significant.
 */
function sinLarge(a: f32, small: f32, shift: i64): f32 {
  if (!(a >= LARGE && a <= f32.MAX_VALUE)) return small;
  const bits = reinterpret<u32>(a);
  const m = <u64>((bits & 0x007fffff) | 0x00800000);
  const at = <i32>(bits >> 23) - 150 - 2 + 8; // the first e - 2 bits give multiples of 4
  const turns = m * twoOverPiFrom(at) + ((m * (twoOverPiFrom(at + 64) >> 32)) >> 32);
  const quadrant = <i64>((turns + ((<u64>1) << 61)) >> 62);
  const fraction = <i64>(turns - (<u64>quadrant << 62));
  const r = <f64>fraction * 3.4061215800865545e-19; // pi/2 * 2^-62
  const sin = sinQuadrant(f64x2.splat(r), i64x2.splat(quadrant + shift));
  return <f32>f64x2.extract_lane(sin, 0);
}

/** `y`, with its lanes of LARGE <= a < inf computed again, one by one. */
function repairLarge(a: v128, y: v128, shift: i64): v128 {
  const y0 = sinLarge(f32x4.extract_lane(a, 0), f32x4.extract_lane(y, 0), shift);
  const y1 = sinLarge(f32x4.extract_lane(a, 1), f32x4.extract_lane(y, 1), shift);
  const y2 = sinLarge(f32x4.extract_lane(a, 2), f32x4.extract_lane(y, 2), shift);
  const y3 = sinLarge(f32x4.extract_lane(a, 3), f32x4.extract_lane(y, 3), shift);
  const y01 = f32x4.replace_lane(f32x4.splat(y0), 1, y1);
  return f32x4.replace_lane(f32x4.replace_lane(y01, 2, y2), 3, y3);
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
 * sin(-0) = -0, sin(+-inf) = NaN. Max error: 0.502 ULP.
 */
// @ts-ignore: decorator
@inline export function vsin(x: v128): v128 {
  const a = f32x4.abs(x);
  return v128.xor(sinShifted(a, 0), v128.xor(x, a));
}

/** cos x = sin(|x| + pi/2), see vsin. cos(+-inf) = NaN. Max error: 0.502 ULP. */
// @ts-ignore: decorator
@inline export function vcos(x: v128): v128 {
  return sinShifted(f32x4.abs(x), 1);
}

/** vlog of one number. */
export function slog(x: f32): f32 {
  return f32x4.extract_lane(vlog(f32x4.splat(x)), 0);
}

/** vsin of one number. */
export function ssin(x: f32): f32 {
  return f32x4.extract_lane(vsin(f32x4.splat(x)), 0);
}

/** vcos of one number. */
export function scos(x: f32): f32 {
  return f32x4.extract_lane(vcos(f32x4.splat(x)), 0);
}
