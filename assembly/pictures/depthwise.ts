// Depthwise convolution: each channel has a kernel of its own, so there is no product to make of it; channels are
// multiplied four at a time. A number adds its taps in their order, a slope the pixels in theirs.

import { F32, ld, ldn, madd, st, stn } from "../lib/simd";
import { Sizes } from "./sizes";

/** y (n channels) += Σ of the taps inside the picture, x · w, the first of them at row y0 and column x0. */
// @ts-ignore: decorator
@inline function pixelForward(y: usize, s: Sizes, x: usize, w: usize, y0: i32, x0: i32, n: i32): void {
  const pixel = <usize>s.I * F32;
  let sum = ldn(y, n);
  for (let ky = 0; ky < s.kh; ky++) {
    const row = y0 + ky * s.dh;
    if (<u32>row >= <u32>s.H) continue;
    for (let kx = 0; kx < s.kw; kx++) {
      const column = x0 + kx * s.dw;
      if (<u32>column >= <u32>s.W) continue;
      const from = x + <usize>(row * s.W + column) * pixel;
      sum = madd(ldn(from, n), ldn(w + <usize>(ky * s.kw + kx) * pixel, n), sum);
    }
  }
  stn(y, sum, n);
}

/** Maps y (N, P, Q, C) of pictures x (N, H, W, C), the kernel w (kh, kw, C), the bias (C) or 0. `sizes`: see sizes.ts, I = O = C. */
export function depthwise_forward(y: usize, x: usize, w: usize, bias: usize, sizes: usize): void {
  const s = changetype<Sizes>(sizes);
  const C = s.I;
  const full = C & ~3;
  const picture = <usize>(s.H * s.W * C) * F32;
  for (let n = 0; n < s.N; n++, x += picture) {
    for (let p = 0; p < s.P; p++) {
      for (let q = 0; q < s.Q; q++) {
        if (bias != 0) memory.copy(y, bias, <usize>C * F32);
        else memory.fill(y, 0, <usize>C * F32);
        const y0 = p * s.sh - s.ph;
        const x0 = q * s.sw - s.pw;
        for (let c = 0; c < full; c += 4) {
          const at = <usize>c * F32;
          pixelForward(y + at, s, x + at, w + at, y0, x0, 4);
        }
        const at = <usize>full * F32;
        if (full < C) pixelForward(y + at, s, x + at, w + at, y0, x0, C - full);
        y += <usize>C * F32;
      }
    }
  }
}

/** a (n) += b · c, n channels */
// @ts-ignore: decorator
@inline function addProduct(a: usize, b: usize, c: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i * F32;
    st(a + at, madd(ld(b + at), ld(c + at), ld(a + at)));
  }
  const at = <usize>i * F32;
  if (i < n) stn(a + at, madd(ldn(b + at, n - i), ldn(c + at, n - i), ldn(a + at, n - i)), n - i);
}

/** dx (N, H, W, C) += what dy (N, P, Q, C) passes back, dw (kh, kw, C) += the kernel's part; each may be 0: not wanted. */
export function depthwise_backward(
  dx: usize, dw: usize, dy: usize, x: usize, w: usize, sizes: usize,
): void {
  const s = changetype<Sizes>(sizes);
  const C = s.I;
  const pixel = <usize>C * F32;
  for (let n = 0; n < s.N; n++) {
    for (let p = 0; p < s.P; p++) {
      for (let q = 0; q < s.Q; q++) {
        for (let ky = 0; ky < s.kh; ky++) {
          const row = p * s.sh - s.ph + ky * s.dh;
          if (<u32>row >= <u32>s.H) continue;
          for (let kx = 0; kx < s.kw; kx++) {
            const column = q * s.sw - s.pw + kx * s.dw;
            if (<u32>column >= <u32>s.W) continue;
            const at = <usize>((n * s.H + row) * s.W + column) * pixel;
            const tap = <usize>(ky * s.kw + kx) * pixel;
            if (dx != 0) addProduct(dx + at, dy, w + tap, C);
            if (dw != 0) addProduct(dw + tap, dy, x + at, C);
          }
        }
        dy += pixel;
      }
    }
  }
}
