// Rotary positions (Su et al., "RoFormer", 2021): pairs of numbers of a head are turned by an angle, position times the
// pair's frequency. A table has the cosines and sines of a position in a row: (n, d), d/2 of each.

import { sinPair } from "../lib/math";
import { F32, ldn, stn } from "../lib/simd";

/** table (n, 2 half): cos and sin of positions (n) i32 times frequencies (half) f64; 0 ≤ product < 2²⁰. */
export function rotary_table(
  table: usize, frequencies: usize, positions: usize, n: i32, half: i32,
): void {
  const sines = <usize>half * F32;
  for (let t: usize = 0; t < <usize>n; t++) {
    const position = <f64>load<i32>(positions + (t << 2));
    for (let i: usize = 0; i < <usize>half; i++) {
      const angle = f64x2.splat(position * load<f64>(frequencies + (i << 3)));
      store<f32>(table + i * F32, <f32>f64x2.extract_lane(sinPair(angle, 1), 0));
      store<f32>(table + sines + i * F32, <f32>f64x2.extract_lane(sinPair(angle, 0), 0));
    }
    table += sines * 2;
  }
}

/**
 * y (rows, heads, d): every head of x turned; row r by row r mod `period` of the table. The pairs are i and i + d/2, or
 * `interleaved` 2 i and 2 i + 1. y may be x.
 */
export function rotary_forward(
  y: usize, x: usize, table: usize, rows: i32, period: i32, heads: i32, d: i32, interleaved: bool,
): void {
  turn(y, x, table, rows, period, heads, d, interleaved, 1, false);
}

/** dx += dy turned back */
export function rotary_backward(
  dx: usize, dy: usize, table: usize, rows: i32, period: i32, heads: i32, d: i32, interleaved: bool,
): void {
  turn(dx, dy, table, rows, period, heads, d, interleaved, -1, true);
}

function turn(
  y: usize, x: usize, table: usize, rows: i32, period: i32, heads: i32, d: i32, interleaved: bool, way: f32,
  add: bool,
): void {
  const bytes = <usize>d * F32;
  const sign = f32x4.splat(way);
  for (let r = 0; r < rows; r++) {
    const angles = table + <usize>(r % period) * bytes;
    for (let h = 0; h < heads; h++) {
      if (interleaved) turnNeighbours(y, x, angles, d >> 1, sign, add);
      else turnHalves(y, x, angles, d >> 1, sign, add);
      y += bytes;
      x += bytes;
    }
  }
}

function turnHalves(y: usize, x: usize, angles: usize, half: i32, sign: v128, add: bool): void {
  let i = 0;
  for (; i + 4 <= half; i += 4) turnHalves4(y, x, angles, <usize>half * F32, sign, add, i, 4);
  if (i < half) turnHalves4(y, x, angles, <usize>half * F32, sign, add, i, half - i);
}

// @ts-ignore: decorator
@inline function turnHalves4(
  y: usize, x: usize, angles: usize, other: usize, sign: v128, add: bool, i: i32, n: i32,
): void {
  const at = <usize>i * F32;
  const a = ldn(x + at, n);
  const b = ldn(x + other + at, n);
  const cos = ldn(angles + at, n);
  const sin = f32x4.mul(ldn(angles + other + at, n), sign);
  let u = f32x4.sub(f32x4.mul(a, cos), f32x4.mul(b, sin));
  let v = f32x4.add(f32x4.mul(b, cos), f32x4.mul(a, sin));
  if (add) {
    u = f32x4.add(u, ldn(y + at, n));
    v = f32x4.add(v, ldn(y + other + at, n));
  }
  stn(y + at, u, n);
  stn(y + other + at, v, n);
}

function turnNeighbours(y: usize, x: usize, angles: usize, half: i32, sign: v128, add: bool): void {
  const other = <usize>half * F32;
  for (let i = 0; i < half; i += 2) {
    const at = <usize>i * F32;
    const n = 2 * (half - i);
    // (a0, b0, a1, b1), and each pair the other way round.
    const x4 = ldn(x + 2 * at, n);
    const turned = v128.shuffle<f32>(x4, x4, 1, 0, 3, 2);
    const c = ldn(angles + at, min(2, n >> 1));
    const s = f32x4.mul(ldn(angles + other + at, min(2, n >> 1)), sign);
    const cos = v128.shuffle<f32>(c, c, 0, 0, 1, 1);
    const sin = f32x4.mul(v128.shuffle<f32>(s, s, 0, 0, 1, 1), f32x4(-1, 1, -1, 1));
    let u = f32x4.add(f32x4.mul(x4, cos), f32x4.mul(turned, sin));
    if (add) u = f32x4.add(u, ldn(y + 2 * at, n));
    stn(y + 2 * at, u, n);
  }
}
