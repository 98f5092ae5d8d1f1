// Negative log-likelihoods of pixels under distributions with a mean and a scale for each, and the KL divergence of
// Gaussians; forward beside backward, summed as in pixel_losses.ts.
//
// Where `shared` is set, the scale is one number for all, and its gradient one sum.

import { vlog } from "../lib/math";
import { F32, ldn, madd, stn } from "../lib/simd";
import { total, widen } from "../lib/sums";
import { expOfMinusAbs, firstLanes, sigmoidFrom, softplusFrom, vexp } from "./functions";

/** Number j of the scales and its neighbours, or the one that all share. */
// @ts-ignore: decorator
@inline function scaleAt(s: usize, j: i32, n: i32, shared: bool): v128 {
  return shared ? f32x4.splat(load<f32>(s)) : ldn(s + <usize>j * F32, n);
}

/** ds += the gradients of numbers j on, or puts them to the sum. */
// @ts-ignore: decorator
@inline function addScale(ds: usize, sum: v128, g: v128, j: i32, n: i32, shared: bool): v128 {
  if (shared) return f64x2.add(sum, widen(firstLanes(g, n)));
  const at = ds + <usize>j * F32;
  stn(at, f32x4.add(ldn(at, n), g), n);
  return sum;
}

/** The one gradient of a shared scale. */
// @ts-ignore: decorator
@inline function addShared(ds: usize, sum: v128): void {
  store<f32>(ds, load<f32>(ds) + <f32>total(sum));
}

// ---------------------------------------------------------------------------------------------
// Gaussian: (ln 2π + v + (x - m)² e^-v) / 2, v the logarithm of the variance.

/** losses (rows): of targets t (rows, n) under means m (rows, n) and log variances v (rows, n), or v (1) where shared. */
export function gaussian_nll_forward(
  losses: usize, m: usize, v: usize, t: usize, rows: i32, n: i32, shared: bool,
): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    let sum = f64x2.splat(0);
    for (let j = 0; j < n; j += 4) {
      const at = <usize>j * F32;
      const d = f32x4.sub(ldn(t + at, n - j), ldn(m + at, n - j));
      const log = scaleAt(v, j, n - j, shared);
      const square = f32x4.mul(f32x4.mul(d, d), vexp(f32x4.neg(log)));
      sum = f64x2.add(sum, widen(firstLanes(f32x4.add(log, square), n - j)));
    }
    // ln 2π
    store<f32>(losses + r * F32, <f32>(0.5 * (total(sum) + 1.8378770664093454836 * <f64>n)));
    m += <usize>n * F32;
    t += <usize>n * F32;
    if (!shared) v += <usize>n * F32;
  }
}

/** dm += (m - t) e^-v dlosses, dv += (1 - (t - m)² e^-v) / 2 dlosses; each may be 0: not wanted. */
export function gaussian_nll_backward(
  dm: usize, dv: usize, dlosses: usize, m: usize, v: usize, t: usize, rows: i32, n: i32, shared: bool,
): void {
  let sum = f64x2.splat(0);
  for (let r: usize = 0; r < <usize>rows; r++) {
    const d = f32x4.splat(load<f32>(dlosses + r * F32));
    const half = f32x4.mul(d, f32x4.splat(0.5));
    for (let j = 0; j < n; j += 4) {
      const at = <usize>j * F32;
      const rest = n - j;
      const difference = f32x4.sub(ldn(m + at, rest), ldn(t + at, rest));
      const tilt = f32x4.mul(difference, vexp(f32x4.neg(scaleAt(v, j, rest, shared))));
      if (dm != 0) stn(dm + at, madd(tilt, d, ldn(dm + at, rest)), rest);
      if (dv != 0) {
        const slope = f32x4.sub(f32x4.splat(1), f32x4.mul(tilt, difference));
        sum = addScale(dv, sum, f32x4.mul(slope, half), j, rest, shared);
      }
    }
    m += <usize>n * F32;
    t += <usize>n * F32;
    if (dm != 0) dm += <usize>n * F32;
    if (shared) continue;
    v += <usize>n * F32;
    if (dv != 0) dv += <usize>n * F32;
  }
  if (shared && dv != 0) addShared(dv, sum);
}

// ---------------------------------------------------------------------------------------------
// Discretised logistic (Salimans et al., PixelCNN++, 2017): targets are in [-1, 1] in steps of 2/255, and a target's
// probability is that of its bin, which is open at the edges. With a and b the bin's ends, standardised:
// σ(a) - σ(b) = σ(a) σ(-b) (1 - e^(b - a)), so ln p = -softplus(-a) - softplus(b) + ln(1 - e^-δ), δ = a - b,
// which is exact where the difference of sigmoids is 0. At the lower edge the first term alone is left, at the upper
// edge the second.

/** Half a bin. */
const HALF: f32 = 0.00392156862745098;
/** What is beyond belongs to the bin at the edge. */
const EDGE: f32 = 0.999;

/** 1 - e^-d for d > 0, from e = e^-d; by Taylor's series where the difference would lose digits. */
// @ts-ignore: decorator
@inline function oneMinus(e: v128, d: v128): v128 {
  const one = f32x4.splat(1);
  let p = f32x4.sub(one, f32x4.mul(d, f32x4.splat(1.0 / 6)));
  p = f32x4.sub(one, f32x4.mul(f32x4.mul(d, f32x4.splat(1.0 / 5)), p));
  p = f32x4.sub(one, f32x4.mul(f32x4.mul(d, f32x4.splat(1.0 / 4)), p));
  p = f32x4.sub(one, f32x4.mul(f32x4.mul(d, f32x4.splat(1.0 / 3)), p));
  p = f32x4.sub(one, f32x4.mul(f32x4.mul(d, f32x4.splat(1.0 / 2)), p));
  return v128.bitselect(f32x4.mul(d, p), f32x4.sub(one, e), f32x4.lt(d, f32x4.splat(0.25)));
}

// @ts-ignore: decorator
@inline function logistic4(m: usize, s: usize, t: usize, j: i32, n: i32, shared: bool): v128 {
  const at = <usize>j * F32;
  const x = ldn(t + at, n);
  const c = f32x4.sub(x, ldn(m + at, n));
  const inverse = vexp(f32x4.neg(scaleAt(s, j, n, shared)));
  const a = f32x4.neg(f32x4.mul(inverse, f32x4.add(c, f32x4.splat(HALF))));
  const b = f32x4.mul(inverse, f32x4.sub(c, f32x4.splat(HALF)));
  const d = f32x4.mul(inverse, f32x4.splat(2 * HALF));
  const low = f32x4.lt(x, f32x4.splat(-EDGE));
  const high = f32x4.gt(x, f32x4.splat(EDGE));
  const upper = v128.andnot(softplusFrom(expOfMinusAbs(a), a), high);
  const lower = v128.andnot(softplusFrom(expOfMinusAbs(b), b), low);
  const width = v128.andnot(vlog(oneMinus(vexp(f32x4.neg(d)), d)), v128.or(low, high));
  return firstLanes(f32x4.sub(f32x4.add(upper, lower), width), n);
}

/** losses (rows): of targets t (rows, n) under means m (rows, n) and log scales s (rows, n), or s (1) where shared. */
export function logistic_nll_forward(
  losses: usize, m: usize, s: usize, t: usize, rows: i32, n: i32, shared: bool,
): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    let sum = f64x2.splat(0);
    for (let j = 0; j < n; j += 4) sum = f64x2.add(sum, widen(logistic4(m, s, t, j, n - j, shared)));
    store<f32>(losses + r * F32, <f32>total(sum));
    m += <usize>n * F32;
    t += <usize>n * F32;
    if (!shared) s += <usize>n * F32;
  }
}

/**
 * dm += (σ(-a) - σ(b)) e^-s dlosses, ds += (a σ(-a) - b σ(b) + δ e^-δ / (1 - e^-δ)) dlosses, without the terms that an
 * edge does not have; each may be 0: not wanted.
 */
export function logistic_nll_backward(
  dm: usize, ds: usize, dlosses: usize, m: usize, s: usize, t: usize, rows: i32, n: i32, shared: bool,
): void {
  let sum = f64x2.splat(0);
  for (let r: usize = 0; r < <usize>rows; r++) {
    const g = f32x4.splat(load<f32>(dlosses + r * F32));
    for (let j = 0; j < n; j += 4) {
      const at = <usize>j * F32;
      const rest = n - j;
      const x = ldn(t + at, rest);
      const c = f32x4.sub(x, ldn(m + at, rest));
      const inverse = vexp(f32x4.neg(scaleAt(s, j, rest, shared)));
      const a = f32x4.neg(f32x4.mul(inverse, f32x4.add(c, f32x4.splat(HALF))));
      const b = f32x4.mul(inverse, f32x4.sub(c, f32x4.splat(HALF)));
      const d = f32x4.mul(inverse, f32x4.splat(2 * HALF));
      const low = f32x4.lt(x, f32x4.splat(-EDGE));
      const high = f32x4.gt(x, f32x4.splat(EDGE));
      const upper = v128.andnot(sigmoidFrom(expOfMinusAbs(a), a), high);
      const lower = v128.andnot(sigmoidFrom(expOfMinusAbs(b), b), low);
      if (dm != 0) {
        const slope = f32x4.mul(f32x4.sub(upper, lower), inverse);
        stn(dm + at, madd(slope, g, ldn(dm + at, rest)), rest);
      }
      if (ds != 0) {
        const e = vexp(f32x4.neg(d));
        const width = f32x4.div(f32x4.mul(d, e), oneMinus(e, d));
        const inner = v128.andnot(width, v128.or(low, high));
        const tails = f32x4.add(f32x4.mul(a, upper), f32x4.mul(b, lower));
        const slope = f32x4.mul(f32x4.sub(inner, tails), g);
        sum = addScale(ds, sum, slope, j, rest, shared);
      }
    }
    m += <usize>n * F32;
    t += <usize>n * F32;
    if (dm != 0) dm += <usize>n * F32;
    if (shared) continue;
    s += <usize>n * F32;
    if (ds != 0) ds += <usize>n * F32;
  }
  if (shared && ds != 0) addShared(ds, sum);
}

// ---------------------------------------------------------------------------------------------
// KL(N(m, e^v) || N(0, 1)) = (e^v + m² - 1 - v) / 2 of each latent number.

// @ts-ignore: decorator
@inline function divergence4(m: usize, v: usize, n: i32): v128 {
  const mean = ldn(m, n);
  const log = ldn(v, n);
  const sum = f32x4.add(f32x4.sub(vexp(log), f32x4.splat(1)), f32x4.mul(mean, mean));
  return firstLanes(f32x4.mul(f32x4.sub(sum, log), f32x4.splat(0.5)), n);
}

/** losses (rows), each over n. */
export function gaussian_kl_forward(losses: usize, m: usize, v: usize, rows: i32, n: i32): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    let sum = f64x2.splat(0);
    for (let j = 0; j < n; j += 4) {
      sum = f64x2.add(sum, widen(divergence4(m + <usize>j * F32, v + <usize>j * F32, n - j)));
    }
    store<f32>(losses + r * F32, <f32>total(sum));
    m += <usize>n * F32;
    v += <usize>n * F32;
  }
}

/** losses (n), each over the rows: of each dimension of the latent space. */
export function gaussian_kl_columns(losses: usize, m: usize, v: usize, rows: i32, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let at = <usize>j * F32;
    for (let r = 0; r < rows; r++) {
      const loss = divergence4(m + at, v + at, n - j);
      low = f64x2.add(low, f64x2.promote_low_f32x4(loss));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(loss, loss, 2, 3, 2, 3)));
      at += <usize>n * F32;
    }
    const both = v128.shuffle<f32>(
      f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5,
    );
    stn(losses + <usize>j * F32, both, n - j);
  }
}

/**
 * dm += m dlosses, dv += (e^v - 1) / 2 dlosses; each may be 0: not wanted. dlosses (rows), or (n) where `columns`.
 */
export function gaussian_kl_backward(
  dm: usize, dv: usize, dlosses: usize, m: usize, v: usize, rows: i32, n: i32, columns: bool,
): void {
  for (let r: usize = 0; r < <usize>rows; r++) {
    for (let j = 0; j < n; j += 4) {
      const at = <usize>j * F32;
      const rest = n - j;
      const d = columns ? ldn(dlosses + at, rest) : f32x4.splat(load<f32>(dlosses + r * F32));
      if (dm != 0) stn(dm + at, madd(ldn(m + at, rest), d, ldn(dm + at, rest)), rest);
      if (dv != 0) {
        const slope = f32x4.sub(vexp(ldn(v + at, rest)), f32x4.splat(1));
        const half = f32x4.mul(d, f32x4.splat(0.5));
        stn(dv + at, madd(slope, half, ldn(dv + at, rest)), rest);
      }
    }
    if (dm != 0) dm += <usize>n * F32;
    if (dv != 0) dv += <usize>n * F32;
    m += <usize>n * F32;
    v += <usize>n * F32;
  }
}
