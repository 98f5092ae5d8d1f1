// Max and average pooling of pictures (N, H, W, C) to (N, OH, OW, C), forward beside backward, as in PyTorch: what a
// window covers of the padding is not there for the maximum and 0 for the average, which is over the whole window.
//
// `sizes` is a block of i32: N, H, W, C, OH, OW, and height and width of window, stride and padding.

import { F32, ldn, madd, stn } from "../lib/simd";

// @ts-ignore: decorator
@inline function size(sizes: usize, i: i32): i32 {
  return load<i32>(sizes + (<usize>i << 2));
}

/** The first row or column of a window that is inside of the picture, and what follows its last. */
// @ts-ignore: decorator
@inline function start(at: i32, stride: i32, padding: i32): i32 {
  return max(0, at * stride - padding);
}

// @ts-ignore: decorator
@inline function end(at: i32, stride: i32, padding: i32, window: i32, most: i32): i32 {
  return min(most, at * stride - padding + window);
}

/** y, and in `places` (the shape of y, i32) where it came from: h W + w of the first of the largest, or of a NaN. */
export function max_pool_forward(y: usize, places: usize, x: usize, sizes: usize): void {
  const H = size(sizes, 1);
  const W = size(sizes, 2);
  const C = size(sizes, 3);
  for (let n = 0; n < size(sizes, 0); n++) {
    for (let h = 0; h < size(sizes, 4); h++) {
      const r0 = start(h, size(sizes, 8), size(sizes, 10));
      const r1 = end(h, size(sizes, 8), size(sizes, 10), size(sizes, 6), H);
      for (let w = 0; w < size(sizes, 5); w++) {
        const c0 = start(w, size(sizes, 9), size(sizes, 11));
        const c1 = end(w, size(sizes, 9), size(sizes, 11), size(sizes, 7), W);
        let j = 0;
        for (; j + 4 <= C; j += 4) maximum4(y, places, x, r0, r1, c0, c1, W, C, j, 4);
        if (j < C) maximum4(y, places, x, r0, r1, c0, c1, W, C, j, C - j);
        y += <usize>C * F32;
        places += <usize>C * F32;
      }
    }
    x += <usize>H * <usize>W * <usize>C * F32;
  }
}

// @ts-ignore: decorator
@inline function maximum4(
  y: usize, places: usize, x: usize, r0: i32, r1: i32, c0: i32, c1: i32, W: i32, C: i32, j: i32, n: i32,
): void {
  let best = f32x4.splat(-Infinity);
  let place = i32x4.splat(r0 * W + c0);
  for (let r = r0; r < r1; r++) {
    for (let c = c0; c < c1; c++) {
      const pixel = r * W + c;
      const v = ldn(x + (<usize>pixel * <usize>C + <usize>j) * F32, n);
      const larger = v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
      best = v128.bitselect(v, best, larger);
      place = v128.bitselect(i32x4.splat(pixel), place, larger);
    }
  }
  stn(y + <usize>j * F32, best, n);
  stn(places + <usize>j * F32, place, n);
}

/** dx at the places += dy; in the order of the outputs, of which several may have one place. */
export function max_pool_backward(dx: usize, dy: usize, places: usize, sizes: usize): void {
  const C = <usize>size(sizes, 3);
  const outputs = size(sizes, 4) * size(sizes, 5);
  for (let n = 0; n < size(sizes, 0); n++) {
    for (let o = 0; o < outputs; o++) {
      for (let c: usize = 0; c < C; c++) {
        const at = dx + (<usize>load<i32>(places + c * F32) * C + c) * F32;
        store<f32>(at, load<f32>(at) + load<f32>(dy + c * F32));
      }
      dy += C * F32;
      places += C * F32;
    }
    dx += <usize>size(sizes, 1) * <usize>size(sizes, 2) * C * F32;
  }
}

/** y */
export function avg_pool_forward(y: usize, x: usize, sizes: usize): void {
  const H = size(sizes, 1);
  const W = size(sizes, 2);
  const C = size(sizes, 3);
  const share = f32x4.splat(1 / <f32>(size(sizes, 6) * size(sizes, 7)));
  for (let n = 0; n < size(sizes, 0); n++) {
    for (let h = 0; h < size(sizes, 4); h++) {
      const r0 = start(h, size(sizes, 8), size(sizes, 10));
      const r1 = end(h, size(sizes, 8), size(sizes, 10), size(sizes, 6), H);
      for (let w = 0; w < size(sizes, 5); w++) {
        const c0 = start(w, size(sizes, 9), size(sizes, 11));
        const c1 = end(w, size(sizes, 9), size(sizes, 11), size(sizes, 7), W);
        let j = 0;
        for (; j + 4 <= C; j += 4) average4(y, x, share, r0, r1, c0, c1, W, C, j, 4);
        if (j < C) average4(y, x, share, r0, r1, c0, c1, W, C, j, C - j);
        y += <usize>C * F32;
      }
    }
    x += <usize>H * <usize>W * <usize>C * F32;
  }
}

// @ts-ignore: decorator
@inline function average4(
  y: usize, x: usize, share: v128, r0: i32, r1: i32, c0: i32, c1: i32, W: i32, C: i32, j: i32, n: i32,
): void {
  let sum = f32x4.splat(0);
  for (let r = r0; r < r1; r++) {
    for (let c = c0; c < c1; c++) {
      sum = f32x4.add(sum, ldn(x + (<usize>(r * W + c) * <usize>C + <usize>j) * F32, n));
    }
  }
  stn(y + <usize>j * F32, f32x4.mul(sum, share), n);
}

/** dx += dy / (size of the window), for each window that covers it. */
export function avg_pool_backward(dx: usize, dy: usize, sizes: usize): void {
  const H = size(sizes, 1);
  const W = size(sizes, 2);
  const C = size(sizes, 3);
  const share = f32x4.splat(1 / <f32>(size(sizes, 6) * size(sizes, 7)));
  for (let n = 0; n < size(sizes, 0); n++) {
    for (let h = 0; h < size(sizes, 4); h++) {
      const r0 = start(h, size(sizes, 8), size(sizes, 10));
      const r1 = end(h, size(sizes, 8), size(sizes, 10), size(sizes, 6), H);
      for (let w = 0; w < size(sizes, 5); w++) {
        const c0 = start(w, size(sizes, 9), size(sizes, 11));
        const c1 = end(w, size(sizes, 9), size(sizes, 11), size(sizes, 7), W);
        let j = 0;
        for (; j + 4 <= C; j += 4) averageSlope4(dx, dy, share, r0, r1, c0, c1, W, C, j, 4);
        if (j < C) averageSlope4(dx, dy, share, r0, r1, c0, c1, W, C, j, C - j);
        dy += <usize>C * F32;
      }
    }
    dx += <usize>H * <usize>W * <usize>C * F32;
  }
}

// @ts-ignore: decorator
@inline function averageSlope4(
  dx: usize, dy: usize, share: v128, r0: i32, r1: i32, c0: i32, c1: i32, W: i32, C: i32, j: i32, n: i32,
): void {
  const d = ldn(dy + <usize>j * F32, n);
  for (let r = r0; r < r1; r++) {
    for (let c = c0; c < c1; c++) {
      const at = dx + (<usize>(r * W + c) * <usize>C + <usize>j) * F32;
      stn(at, madd(d, share, ldn(at, n)), n);
    }
  }
}
