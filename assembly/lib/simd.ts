// Shorthand that every kernel shares. All arithmetic is plain SIMD128: multiply and add are two
// rounded operations in a fixed order, so results are the same bits on every engine.

/** Bytes of one f32. */
// @ts-ignore: decorator
@inline export const F32: usize = 4;

/** Four f32 from `p + offset`. */
// @ts-ignore: decorator
@inline export function ld(p: usize): v128 {
  return v128.load(p);
}

/** Stores four f32. */
// @ts-ignore: decorator
@inline export function st(p: usize, x: v128): void {
  v128.store(p, x);
}

/** `acc + a * b`: rounded twice, or in the fast build as the processor likes it best. */
// @ts-ignore: decorator
@inline export function madd(a: v128, b: v128, acc: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, acc);
  return f32x4.add(acc, f32x4.mul(a, b));
}

/** Sum of the four lanes, pairwise: (x0 + x2) + (x1 + x3). */
// @ts-ignore: decorator
@inline export function hsum(x: v128): f32 {
  const y = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(y, 0) + f32x4.extract_lane(y, 1);
}

/**
 * Loads the first `n` ≤ 4 of four f32; the other lanes are zero. With `stn`, a kernel's body is
 * written once: inlined with n = 4 in the loop (the test folds away), and once more for the rest.
 */
// @ts-ignore: decorator
@inline export function ldn(p: usize, n: i32): v128 {
  return n >= 4 ? v128.load(p) : ldRest(p, n);
}

/** Stores the low `n` ≤ 4 lanes. */
// @ts-ignore: decorator
@inline export function stn(p: usize, x: v128, n: i32): void {
  if (n >= 4) v128.store(p, x);
  else stRest(p, x, n);
}

function ldRest(p: usize, n: i32): v128 {
  let x = v128.load_zero<f32>(p);
  if (n > 1) x = f32x4.replace_lane(x, 1, load<f32>(p, 4));
  if (n > 2) x = f32x4.replace_lane(x, 2, load<f32>(p, 8));
  return x;
}

function stRest(p: usize, x: v128, n: i32): void {
  store<f32>(p, f32x4.extract_lane(x, 0));
  if (n > 1) store<f32>(p, f32x4.extract_lane(x, 1), 4);
  if (n > 2) store<f32>(p, f32x4.extract_lane(x, 2), 8);
}
