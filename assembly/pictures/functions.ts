// exp, sigmoid and softplus of a vector without static data, which the first module alone may have: the constants are
// in the code. Operations and order are those of lib/exponential.ts, and so are the bits and the errors in ULP.

import { LN2_HI, LN2_LO, mulAdd, vlog } from "../lib/math";

/** 1.5 * 2^23: added to |v| < 2^22 it leaves round(v) in the low bits of the sum. */
const ROUND: f32 = 12582912;

/** ROUND and 2 * 127: each half of n becomes a biased exponent. */
const BIAS: f32 = 12583166;

/** e^y for y ≤ 89, as vexp of lib/exponential.ts. */
// @ts-ignore: decorator
@inline export function vexp(x: v128): v128 {
  const y = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-104)), f32x4.splat(89));
  const t = mulAdd(y, f32x4.splat(1.4426950216293335), f32x4.splat(BIAS));
  const n = f32x4.sub(t, f32x4.splat(BIAS));
  const high = f32x4.sub(y, f32x4.mul(n, f32x4.splat(LN2_HI)));
  const r = f32x4.sub(high, f32x4.mul(n, f32x4.splat(LN2_LO)));

  const r2 = f32x4.mul(r, r);
  const q01 = mulAdd(r, f32x4.splat(0.16666516661643982), f32x4.splat(0.49999994039535522));
  const q23 = mulAdd(r, f32x4.splat(0.0083691654726862907), f32x4.splat(0.041668102145195007));
  const q234 = f32x4.add(q23, f32x4.mul(r2, f32x4.splat(0.0013838323066011071)));
  const q = f32x4.add(q01, f32x4.mul(r2, q234));
  const p = f32x4.add(f32x4.splat(1), f32x4.add(r, f32x4.mul(r2, q)));

  const half = i32x4.shr_s(t, 1);
  const first = i32x4.shl(half, 23);
  const second = i32x4.shl(i32x4.sub(t, half), 23);
  return f32x4.mul(f32x4.mul(p, first), second);
}

/** exp(-|x|), which cannot overflow: what sigmoid and softplus are made of. */
// @ts-ignore: decorator
@inline export function expOfMinusAbs(x: v128): v128 {
  return vexp(v128.or(x, f32x4.splat(-0.0)));
}

/** sigmoid(x) from e = exp(-|x|), as vsigmoid of lib/exponential.ts. */
// @ts-ignore: decorator
@inline export function sigmoidFrom(e: v128, x: v128): v128 {
  const one = f32x4.splat(1);
  const q = f32x4.div(e, f32x4.add(one, e));
  const limit = v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0)));
  return f32x4.sub(limit, f32x4.mul(limit, q));
}

/**
 * ln(1 + e^x) = max(x, 0) + ln(1 + e) from e = exp(-|x|). With u = 1 + e rounded, ln(1 + e) is ln u - ((u - 1) - e) / u
 * to first order: what the sum lost comes back, and e^x is left where u is 1.
 */
// @ts-ignore: decorator
@inline export function softplusFrom(e: v128, x: v128): v128 {
  const one = f32x4.splat(1);
  const u = f32x4.add(one, e);
  const lost = f32x4.sub(f32x4.sub(u, one), e);
  const log = f32x4.sub(vlog(u), f32x4.div(lost, u));
  return f32x4.add(f32x4.max(x, f32x4.splat(0)), log);
}

/** The first n lanes, zeros in the others. */
// @ts-ignore: decorator
@inline export function firstLanes(x: v128, n: i32): v128 {
  if (n >= 4) return x;
  return v128.and(x, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(n)));
}
