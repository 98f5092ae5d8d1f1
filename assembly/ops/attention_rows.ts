// What attention does with a block of queries and their scores: a row of a block has one query's scores, or weights, of
// the keys lo … hi - 1. Both kinds of attention share it, for they must give the same bits.
//
// Bits: a query's weights and sums depend on itself and on its keys alone. Keys that it must not see have weight 0 and
// come before and after its own, so that they change no sum (see lib/sums.ts, product/gemm.ts); lo is a multiple of 24.

import { fill, scale_forward } from "./elementwise";
import { max_value } from "./reduce";
import { exps } from "../lib/exponential";
import { F32, ldn, stn } from "../lib/simd";
import { sumOf } from "../lib/sums";

/** Queries of a block. */
export const ROWS: i32 = 32;

/** The first key that a query at `position` sees. */
// @ts-ignore: decorator
@inline export function firstKey(position: i32, window: i32): i32 {
  return window == 0 ? 0 : max(0, position + 1 - window);
}

/** The first key of a block of queries, the first of which sees keys from `first` on: where a panel begins, 8 or 12 wide. */
// @ts-ignore: decorator
@inline export function panelOf(first: i32): i32 {
  return first - first % 24;
}

/** x = (x - shift) factor */
function lowerScaled(x: usize, shift: f32, factor: f32, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const v = f32x4.sub(ldn(x + at, n - j), f32x4.splat(shift));
    stn(x + at, f32x4.mul(v, f32x4.splat(factor)), n - j);
  }
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
  const top = again ? load<f32>(stats) : max_value(own, count);
  lowerScaled(own, top, scale, count);
  exps(own, own, count);
  const inverse = again ? load<f32>(stats, 4) : count == 0 ? <f32>0 : <f32>(1 / sumOf(row, n));
  store<f32>(stats, top);
  store<f32>(stats, inverse, 4);
  scale_forward(own, own, inverse, count);
}
