// Sums of f32 in f64: number j goes to lane j mod 2, after j + 2 was added to it where both are of one group of four.
// So zeros in front of a sum, in fours, and after it leave its bits as they are.

import { F32, ld, ldn } from "./simd";

/** (x0 + x2, x1 + x3) in f64. */
// @ts-ignore: decorator
@inline export function widen(x: v128): v128 {
  const upper = v128.shuffle<f32>(x, x, 2, 3, 2, 3);
  return f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(upper));
}

/** Both lanes of a sum of what `widen` gave. */
// @ts-ignore: decorator
@inline export function total(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Σ x over n. */
export function sumOf(x: usize, n: i32): f64 {
  let sum = f64x2.splat(0);
  let j = 0;
  for (; j + 4 <= n; j += 4) sum = f64x2.add(sum, widen(ld(x + <usize>j * F32)));
  if (j < n) sum = f64x2.add(sum, widen(ldn(x + <usize>j * F32, n - j)));
  return total(sum);
}
