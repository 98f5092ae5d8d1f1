// A vector for each picture, added to all of its pixels: how a network is given the time of a diffusion. Forward beside
// backward.

import { F32, ldn, stn } from "../lib/simd";

/** y (samples, pixels, C) = x + v, v (samples, C). */
export function pixels_add_forward(
  y: usize, x: usize, v: usize, samples: i32, pixels: i32, C: i32,
): void {
  for (let s = 0; s < samples; s++) {
    for (let p = 0; p < pixels; p++) {
      let j = 0;
      for (; j + 4 <= C; j += 4) add4(y, x, v, j, 4);
      if (j < C) add4(y, x, v, j, C - j);
      x += <usize>C * F32;
      y += <usize>C * F32;
    }
    v += <usize>C * F32;
  }
}

/** dx += dy, dv += Σ over pixels of dy, pixel after pixel; each may be 0: not wanted. */
export function pixels_add_backward(
  dx: usize, dv: usize, dy: usize, samples: i32, pixels: i32, C: i32,
): void {
  for (let s = 0; s < samples; s++) {
    for (let p = 0; p < pixels; p++) {
      let j = 0;
      for (; j + 4 <= C; j += 4) addBoth4(dx, dv, dy, j, 4);
      if (j < C) addBoth4(dx, dv, dy, j, C - j);
      if (dx != 0) dx += <usize>C * F32;
      dy += <usize>C * F32;
    }
    if (dv != 0) dv += <usize>C * F32;
  }
}

// @ts-ignore: decorator
@inline function add4(y: usize, x: usize, v: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(y + at, f32x4.add(ldn(x + at, n), ldn(v + at, n)), n);
}

// @ts-ignore: decorator
@inline function addBoth4(dx: usize, dv: usize, dy: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  const d = ldn(dy + at, n);
  if (dx != 0) stn(dx + at, f32x4.add(ldn(dx + at, n), d), n);
  if (dv != 0) stn(dv + at, f32x4.add(ldn(dv + at, n), d), n);
}
