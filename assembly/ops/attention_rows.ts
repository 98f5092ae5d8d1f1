// What attention does with a block of queries and their scores: a row of a block has one query's scores, or weights, of
// the keys lo … hi - 1. Both kinds of attention share it, for they must give the same bits.
//
// Bits: a query's weights and sums depend on itself and on its keys alone. Keys that it must not see have weight 0 and
// come before and after its own, so that they change no sum (see lib/sums.ts, product/gemm.ts); lo is a multiple of 24.

import { fill, scale_forward } from "./elementwise";
import { softmaxTerms } from "../lib/exponential";
import { F32, ld } from "../lib/simd";
import { sumOf } from "../lib/sums";

/** Queries of a block. */
export const ROWS: i32 = 24;

/** The first key that a query at `position` sees. */
// @ts-ignore: decorator
@inline export function firstKey(position: i32, window: i32): i32 {
  return window == 0 ? 0 : max(0, position + 1 - window);
}

/** The first key of a block of queries, the first of which sees keys from `first` on: where a panel begins. */
// @ts-ignore: decorator
@inline export function panelOf(first: i32): i32 {
  return first - first % 24;
}

/** The largest x; a NaN counts as nothing. `f32x4.max`, which heeds it, is many instructions on x86. */
function largest(x: usize, n: i32): f32 {
  let a = f32x4.splat(-Infinity);
  let b = a;
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    a = f32x4.pmax(a, ld(x + <usize>j * F32));
    b = f32x4.pmax(b, ld(x + <usize>j * F32 + 16));
  }
  a = f32x4.pmax(a, b);
  a = f32x4.pmax(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
  a = f32x4.pmax(a, v128.shuffle<f32>(a, a, 1, 0, 3, 2));
  for (; j < n; j++) a = f32x4.pmax(a, v128.load_splat<f32>(x + <usize>j * F32));
  return f32x4.extract_lane(a, 0);
}

/**
 * A row of scores becomes softmax(scale · scores) of its keys from … until - 1, and 0 for the others of n. `stats` (2) gets
 * the largest score and 1 / Σ, or 0 where there is no key; with `again` they are known.
 */
export function softmaxRow(
  row: usize, from: i32, until: i32, n: i32, scale: f32, stats: usize, again: bool,
): void {
  const own = row + <usize>from * F32;
  const count = max(0, until - from);
  if (count == 0) from = until = 0;
  fill(row, 0, from);
  fill(row + <usize>until * F32, 0, n - until);
  const top = again ? load<f32>(stats) : largest(own, count);
  softmaxTerms(own, top, scale, count);
  const inverse = again ? load<f32>(stats, 4) : count == 0 ? <f32>0 : <f32>(1 / sumOf(row, n));
  store<f32>(stats, top);
  store<f32>(stats, inverse, 4);
  scale_forward(own, own, inverse, count);
}
