// Nearest and bilinear resize of pictures (N, H, W, C) to (N, OH, OW, C), forward beside backward, as PyTorch's
// `interpolate` with align_corners=False and without antialiasing. Positions are in f32, as there.

import { F32, ldn, madd, stn } from "../lib/simd";

/** The source of an output row or column: ⌊at size / outputs⌋. */
// @ts-ignore: decorator
@inline function nearest(at: i32, scale: f32, size: i32): i32 {
  return min(<i32>floor(<f32>at * scale), size - 1);
}

/** y: each pixel that of its source. */
export function nearest_forward(
  y: usize, x: usize, N: i32, H: i32, W: i32, C: i32, OH: i32, OW: i32,
): void {
  const bytes = <usize>C * F32;
  const down = <f32>H / <f32>OH;
  const across = <f32>W / <f32>OW;
  for (let n = 0; n < N; n++) {
    for (let h = 0; h < OH; h++) {
      const row = x + <usize>nearest(h, down, H) * <usize>W * bytes;
      for (let w = 0; w < OW; w++) {
        memory.copy(y, row + <usize>nearest(w, across, W) * bytes, bytes);
        y += bytes;
      }
    }
    x += <usize>H * <usize>W * bytes;
  }
}

/** dx += dy of each pixel that it is the source of, in their order. */
export function nearest_backward(
  dx: usize, dy: usize, N: i32, H: i32, W: i32, C: i32, OH: i32, OW: i32,
): void {
  const bytes = <usize>C * F32;
  const down = <f32>H / <f32>OH;
  const across = <f32>W / <f32>OW;
  const one = f32x4.splat(1);
  for (let n = 0; n < N; n++) {
    for (let h = 0; h < OH; h++) {
      const row = dx + <usize>nearest(h, down, H) * <usize>W * bytes;
      for (let w = 0; w < OW; w++) {
        addPixel(row + <usize>nearest(w, across, W) * bytes, dy, one, C);
        dy += bytes;
      }
    }
    dx += <usize>H * <usize>W * bytes;
  }
}

/** y (C) += factor x (C) */
function addPixel(y: usize, x: usize, factor: v128, C: i32): void {
  let j = 0;
  for (; j + 4 <= C; j += 4) addPixel4(y, x, factor, j, 4);
  if (j < C) addPixel4(y, x, factor, j, C - j);
}

// @ts-ignore: decorator
@inline function addPixel4(y: usize, x: usize, factor: v128, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(y + at, madd(ldn(x + at, n), factor, ldn(y + at, n)), n);
}

/** The place of an output between its two sources: scale (at + ½) - ½, not before the first. */
// @ts-ignore: decorator
@inline function place(at: i32, scale: f32): f32 {
  return max<f32>(0, (<f32>at + 0.5) * scale - 0.5);
}

/** y: each pixel the mean of the four around its place, weighted by nearness. */
export function bilinear_forward(
  y: usize, x: usize, N: i32, H: i32, W: i32, C: i32, OH: i32, OW: i32,
): void {
  const bytes = <usize>C * F32;
  const down = <f32>H / <f32>OH;
  const across = <f32>W / <f32>OW;
  for (let n = 0; n < N; n++) {
    for (let h = 0; h < OH; h++) {
      const v = place(h, down);
      const top = min(<i32>v, H - 1);
      const upper = x + <usize>(top * W) * bytes;
      const lower = top + 1 < H ? upper + <usize>W * bytes : upper;
      for (let w = 0; w < OW; w++) {
        const u = place(w, across);
        const left = min(<i32>u, W - 1);
        const step = left + 1 < W ? bytes : 0;
        const at = <usize>left * bytes;
        mix(y, upper + at, lower + at, step, v - <f32>top, u - <f32>left, C);
        y += bytes;
      }
    }
    x += <usize>H * <usize>W * bytes;
  }
}

/** y (C) = (1 - v) ((1 - u) upper + u its right) + v ((1 - u) lower + u its right) */
function mix(y: usize, upper: usize, lower: usize, step: usize, v: f32, u: f32, C: i32): void {
  let j = 0;
  for (; j + 4 <= C; j += 4) mix4(y, upper, lower, step, v, u, j, 4);
  if (j < C) mix4(y, upper, lower, step, v, u, j, C - j);
}

// @ts-ignore: decorator
@inline function mix4(
  y: usize, upper: usize, lower: usize, step: usize, v: f32, u: f32, j: i32, n: i32,
): void {
  const at = <usize>j * F32;
  const right = f32x4.splat(u);
  const left = f32x4.splat(1 - u);
  const above = madd(right, ldn(upper + step + at, n), f32x4.mul(left, ldn(upper + at, n)));
  const below = madd(right, ldn(lower + step + at, n), f32x4.mul(left, ldn(lower + at, n)));
  stn(y + at, madd(f32x4.splat(v), below, f32x4.mul(f32x4.splat(1 - v), above)), n);
}

/** dx of the four += their weight in dy. */
export function bilinear_backward(
  dx: usize, dy: usize, N: i32, H: i32, W: i32, C: i32, OH: i32, OW: i32,
): void {
  const bytes = <usize>C * F32;
  const down = <f32>H / <f32>OH;
  const across = <f32>W / <f32>OW;
  for (let n = 0; n < N; n++) {
    for (let h = 0; h < OH; h++) {
      const place0 = place(h, down);
      const top = min(<i32>place0, H - 1);
      const v = place0 - <f32>top;
      const upper = dx + <usize>(top * W) * bytes;
      const lower = top + 1 < H ? upper + <usize>W * bytes : upper;
      for (let w = 0; w < OW; w++) {
        const place1 = place(w, across);
        const left = min(<i32>place1, W - 1);
        const u = place1 - <f32>left;
        const at = <usize>left * bytes;
        const next = at + (left + 1 < W ? bytes : 0);
        addPixel(upper + at, dy, f32x4.splat((1 - v) * (1 - u)), C);
        addPixel(upper + next, dy, f32x4.splat((1 - v) * u), C);
        addPixel(lower + at, dy, f32x4.splat(v * (1 - u)), C);
        addPixel(lower + next, dy, f32x4.splat(v * u), C);
        dy += bytes;
      }
    }
    dx += <usize>H * <usize>W * bytes;
  }
}
