// Numbers as whole ones times a scale: what 8-bit and 4-bit products share.

import { F32, ldn } from "../lib/simd";

// @ts-ignore: decorator
@inline export function roundUp(n: i32, multiple: i32): i32 {
  return (n + multiple - 1) / multiple * multiple;
}

/**
 * Largest |x| of n; NaN where there is one. By their bits: without its sign a float orders as a whole number does,
 * with NaN above all, and that is one instruction where f32x4.max takes eight.
 */
export function largest(x: usize, n: i32): f32 {
  let most = i32x4.splat(0);
  for (let j = 0; j < n; j += 4) {
    most = i32x4.max_s(most, f32x4.abs(ldn(x + <usize>j * F32, n - j)));
  }
  most = i32x4.max_s(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
  most = i32x4.max_s(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2));
  return f32x4.extract_lane(most, 0);
}

/**
 * x / scale as whole numbers, ties to even, within ±limit; four i32. Not a number gives 0, as 0 / 0
 * does: a row of zeros has scale 0.
 */
// @ts-ignore: decorator
@inline export function whole(x: v128, scale: v128, limit: f32): v128 {
  const y = f32x4.nearest(f32x4.div(x, scale));
  const bounded = f32x4.pmax(f32x4.pmin(y, f32x4.splat(limit)), f32x4.splat(-limit));
  return i32x4.trunc_sat_f32x4_s(bounded);
}
