/**
 * Elementary functions on f32x4 vectors, the same bits on every engine.
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
 *
 * The constants of exp, sigmoid and tanh, the hot ones, lie in memory: a load gives one in a single
 * instruction, where V8 needs three to make it from the code. That is a fifth of the time.
 */

/** ln 2 = LN2_HI + LN2_LO; HI has 16 bits, so that n * LN2_HI is exact for |n| < 256. */
const LN2_HI: f32 = 0.693145751953125;
const LN2_LO: f32 = 1.428606765330187e-6;

/** Number i of a table in memory, in all lanes. */
// @ts-ignore: decorator
@inline function all(table: usize, i: usize): v128 {
  return v128.load_splat<f32>(table + (i << 2));
}

/** a b + c, rounded twice. */
// @ts-ignore: decorator
@inline function mulAdd(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** mulAdd for f64. */
// @ts-ignore: decorator
@inline function mulAdd64(a: v128, b: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(a, b), f64x2.splat(c));
}

/** 1.5 * 2^23: added to |v| < 2^22 it leaves round(v) in the low bits of the sum. */
const ROUND: f32 = 12582912;

const ONE = memory.data<f32>([1]);
const MINUS_104 = memory.data<f32>([-104]);
const PLUS_89 = memory.data<f32>([89]);

/** 2 * 127 with ROUND: each half of n becomes a biased exponent. */
const EXP_BIAS = memory.data<f32>([ROUND + 254]);
/** 1 / ln 2, and ln 2 in two parts. */
const EXP_LN2 = memory.data<f32>([1.4426950216293335, LN2_HI, LN2_LO]);
/** q, from its constant upwards. */
const EXP_Q = memory.data<f32>([
  0.49999994039535522, 0.16666516661643982, 0.041668102145195007, 0.0083691654726862907,
  0.0013838323066011071,
]);

/**
 * e^y for -104 <= y <= 89 or NaN: 2^n e^r with n = round(y / ln 2), |r| <= ln 2 / 2.
 * r is Cody and Waite's (two-part ln 2; the first product and difference are exact).
 * e^r = 1 + r + r^2 q(r), q of degree 4, relative error 3.3e-9 (0.05 ULP), by Estrin's scheme.
 * 2^n is applied as 2^(n >> 1) * 2^(n - (n >> 1)), since n runs over -150..128 and the exponents of
 * floats only over -126..127; the first product is exact, the second rounds once, to a subnormal
 * or to infinity where that is the answer.
 */
// @ts-ignore: decorator
@inline function expInRange(y: v128): v128 {
  const t = mulAdd(y, all(EXP_LN2, 0), all(EXP_BIAS, 0));
  const n = f32x4.sub(t, all(EXP_BIAS, 0));
  const high = f32x4.sub(y, f32x4.mul(n, all(EXP_LN2, 1)));
  const r = f32x4.sub(high, f32x4.mul(n, all(EXP_LN2, 2)));

  const r2 = f32x4.mul(r, r);
  const q01 = mulAdd(r, all(EXP_Q, 1), all(EXP_Q, 0));
  const q23 = mulAdd(r, all(EXP_Q, 3), all(EXP_Q, 2));
  const q234 = f32x4.add(q23, f32x4.mul(r2, all(EXP_Q, 4)));
  const q = f32x4.add(q01, f32x4.mul(r2, q234));
  const p = f32x4.add(all(ONE, 0), f32x4.add(r, f32x4.mul(r2, q)));

  const half = i32x4.shr_s(t, 1);
  const first = i32x4.shl(half, 23); // shl drops what ROUND left in the upper bits
  const second = i32x4.shl(i32x4.sub(t, half), 23);
  return f32x4.mul(f32x4.mul(p, first), second);
}

/** Raises y to -104, where e^y has become 0. A NaN stays: pmax returns its first operand then. */
// @ts-ignore: decorator
@inline function fromMinus104(y: v128): v128 {
  return f32x4.pmax(y, all(MINUS_104, 0));
}

/**
 * e^x. Method: Cody and Waite, Software Manual for the Elementary Functions (1980), ch. 6, with a
 * polynomial in place of their rational function.
 * exp(-inf) = 0, exp(inf) = inf; overflow and subnormal results as rounding has them.
 * Max error: 1.003 ULP.
 */
// @ts-ignore: decorator
@inline export function vexp(x: v128): v128 {
  return expInRange(f32x4.pmin(fromMinus104(x), all(PLUS_89, 0)));
}

/**
 * sigmoid(x) = 1 / (1 + e^-x), from e = exp(-|x|), which cannot overflow, and q = e / (1 + e):
 * 1 - q for x >= 0, and e - e q for x < 0. The latter is q again, but rounded less: the errors of
 * sum and quotient are scaled by e, and relative accuracy is kept down to subnormals.
 * sigmoid(-inf) = 0, sigmoid(inf) = 1. Max error: 1.864 ULP.
 */
// @ts-ignore: decorator
@inline export function vsigmoid(x: v128): v128 {
  const one = all(ONE, 0);
  const e = expInRange(fromMinus104(f32x4.neg(f32x4.abs(x))));
  const q = f32x4.div(e, f32x4.add(one, e));
  const limit = v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0)));
  return f32x4.sub(limit, f32x4.mul(limit, q));
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
  const one = all(ONE, 0);
  const magnitude = f32x4.abs(x);
  const far = f32x4.ge(magnitude, all(TANH_RANGE, 0));
  const a = f32x4.pmin(magnitude, all(TANH_RANGE, 1));

  const t = mulAdd(a, all(TANH_LN2, 0), all(TANH_BIAS, 0));
  const power = i32x4.shl(t, 23); // 2^n
  const n = v128.and(f32x4.sub(t, all(TANH_BIAS, 0)), far);
  const high = f32x4.sub(a, f32x4.mul(n, all(TANH_LN2, 1)));
  const r = f32x4.sub(high, f32x4.mul(n, all(TANH_LN2, 2)));

  const r2 = f32x4.mul(r, r);
  let p = mulAdd(r2, all(TANH_P, 4), all(TANH_P, 3));
  p = mulAdd(r2, p, all(TANH_P, 2));
  p = mulAdd(r2, p, all(TANH_P, 1));
  p = mulAdd(r2, p, all(TANH_P, 0));
  const near = f32x4.add(r, f32x4.mul(f32x4.mul(r, r2), p));

  const u = f32x4.sub(one, near);
  const v = f32x4.mul(power, f32x4.add(one, near));
  const q = f32x4.div(f32x4.add(u, u), f32x4.add(u, v));
  const tanh = v128.bitselect(f32x4.sub(one, q), near, far);
  return v128.or(tanh, v128.xor(x, magnitude));
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
@inline function sinPair(a: v128, shift: i64): v128 {
  const t = mulAdd64(a, f64x2.splat(0.6366197723675814), ROUND64);
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
