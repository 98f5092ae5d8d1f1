// The error function of an array; see math.ts for what holds for all functions.

import { exps } from "./exponential";
import { mulAdd } from "./math";
import { F32, ld, ldn, st, stn } from "./simd";

/** Up to here the first polynomial; from LIMIT on, erf is 1. */
const EDGE: f32 = 0.9;
const LIMIT: f32 = 4;

/** Numbers that are gone through at a time, and room for them. */
const CHUNK: i32 = 256;
const REST = memory.data(1024, 16);

/** ln(1 - erf a) = -a + a f(a) for EDGE ≤ a ≤ LIMIT, f of degree 5 (error of erf 3e-9). */
// @ts-ignore: decorator
@inline function logRest(a: v128): v128 {
  let f = f32x4.splat(0.000214154613786377);
  f = mulAdd(f, a, f32x4.splat(-0.0032164547592401505));
  f = mulAdd(f, a, f32x4.splat(0.022895129397511482));
  f = mulAdd(f, a, f32x4.splat(-0.10527050495147705));
  f = mulAdd(f, a, f32x4.splat(-0.6357112526893616));
  f = mulAdd(f, a, f32x4.splat(-0.12851659953594208));
  return f32x4.sub(f32x4.mul(f, a), a);
}

/** erf x = x + x p(x²) for |x| ≤ EDGE, p of degree 5 (relative error 1.4e-8). */
// @ts-ignore: decorator
@inline function near(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(-0.0006035552360117435);
  p = mulAdd(p, z, f32x4.splat(0.005001635290682316));
  p = mulAdd(p, z, f32x4.splat(-0.02677215449512005));
  p = mulAdd(p, z, f32x4.splat(0.1128196194767952));
  p = mulAdd(p, z, f32x4.splat(-0.3761250674724579));
  p = mulAdd(p, z, f32x4.splat(0.12837915122509003));
  return mulAdd(p, x, x);
}

// @ts-ignore: decorator
@inline function finish4(y: usize, x: usize, j: i32, n: i32): void {
  const v = ldn(x + (<usize>j * F32), n);
  const a = f32x4.abs(v);
  const far = v128.or(f32x4.sub(f32x4.splat(1), ld(REST + (<usize>j * F32))), v128.xor(v, a));
  stn(y + <usize>j * F32, v128.bitselect(near(v), far, f32x4.lt(a, f32x4.splat(EDGE))), n);
}

/**
 * y = erf x = 2/√π ∫ exp(-t²) dt from 0 to x, n numbers; y may be x. For |x| < 0.9 a polynomial, else 1 minus the
 * exponential of one. erf(-0) = -0, erf(±inf) = ±1. Max error: 1.12 ULP.
 */
export function erfs(y: usize, x: usize, n: i32): void {
  for (let from = 0; from < n; from += CHUNK) {
    const m = min(CHUNK, n - from);
    for (let j = 0; j < m; j += 4) {
      const a = f32x4.abs(ldn(x + (<usize>j * F32), m - j));
      st(REST + <usize>j * F32, logRest(f32x4.pmin(a, f32x4.splat(LIMIT))));
    }
    exps(REST, REST, m);
    let j = 0;
    for (; j + 4 <= m; j += 4) finish4(y, x, j, 4);
    if (j < m) finish4(y, x, j, m - j);
    y += <usize>CHUNK * F32;
    x += <usize>CHUNK * F32;
  }
}
