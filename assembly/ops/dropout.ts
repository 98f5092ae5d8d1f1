// Dropout (Srivastava et al. 2014), inverted: what stays is scaled by 1 / (1 - p). The mask is a
// function of key and block, so backward draws it again instead of keeping it.

import { F32, ldn, madd, stn } from "../lib/simd";
import { threefry8, unit } from "../lib/threefry";

const words = memory.data(32, 16);

/** y = x mask / (1 - p); 0 ≤ p < 1. */
export function dropout_forward(
  y: usize, x: usize, n: i32, p: f32, k0: u32, k1: u32, block: u32,
): void {
  for (let j = 0; j < n; j += 8) {
    masks8(j, p, k0, k1, block);
    const at = <usize>j * F32;
    stn(y + at, f32x4.mul(ldn(x + at, n - j), v128.load(words)), n - j);
    if (n - j > 4) {
      stn(y + at + 16, f32x4.mul(ldn(x + at + 16, n - j - 4), v128.load(words, 16)), n - j - 4);
    }
  }
}

/** dx += dy mask / (1 - p) */
export function dropout_backward(
  dx: usize, dy: usize, n: i32, p: f32, k0: u32, k1: u32, block: u32,
): void {
  for (let j = 0; j < n; j += 8) {
    masks8(j, p, k0, k1, block);
    addMasked(dx + <usize>j * F32, dy + <usize>j * F32, v128.load(words), n - j);
    if (n - j > 4) {
      addMasked(dx + <usize>j * F32 + 16, dy + <usize>j * F32 + 16, v128.load(words, 16), n - j - 4);
    }
  }
}

// @ts-ignore: decorator
@inline function addMasked(dx: usize, dy: usize, mask: v128, n: i32): void {
  stn(dx, madd(ldn(dy, n), mask, ldn(dx, n)), n);
}

/** In `words`: 1 / (1 - p) or 0 for elements j to j + 7. */
// @ts-ignore: decorator
@inline function masks8(j: i32, p: f32, k0: u32, k1: u32, block: u32): void {
  threefry8(words, k0, k1, block, j >> 3);
  const scale = f32x4.splat(1 / (1 - p));
  const limit = f32x4.splat(p);
  v128.store(words, v128.and(scale, f32x4.ge(unit(v128.load(words)), limit)));
  v128.store(words, v128.and(scale, f32x4.ge(unit(v128.load(words, 16)), limit)), 16);
}
