// Softmax and cross-entropy over rows of logits, stable for any finite logits: the row's maximum is
// taken off before exp.

import { scale_forward } from "./elementwise";
import { softmaxTermsSum, vexp } from "../lib/exponential";
import { slog } from "../lib/math";
import { max_value, sum_forward } from "./reduce";
import { F32, ldn, madd, stn } from "../lib/simd";

/** y (rows, n) = softmax of each row of x. A row of -inf gives NaN. */
export function softmax_forward(y: usize, x: usize, rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++) {
    scale_forward(y, y, <f32>(1 / softmaxTermsSum(y, x, max_value(x, n), n)), n);
    y += <usize>n * F32;
    x += <usize>n * F32;
  }
}

/** dx += y (dy - Σ dy y), row by row. */
export function softmax_backward(dx: usize, dy: usize, y: usize, rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++) {
    let dot: f64 = 0;
    for (let j: usize = 0; j < <usize>n * F32; j += F32) {
      dot += <f64>load<f32>(dy + j) * <f64>load<f32>(y + j);
    }
    const shift = f32x4.splat(<f32>dot);
    for (let j = 0; j < n; j += 4) {
      const at = <usize>j * F32;
      const d = f32x4.sub(ldn(dy + at, n - j), shift);
      stn(dx + at, madd(ldn(y + at, n - j), d, ldn(dx + at, n - j)), n - j);
    }
    dx += <usize>n * F32;
    dy += <usize>n * F32;
    y += <usize>n * F32;
  }
}

/** y = x - ln Σ exp(x), row by row. y must not be x: it holds the terms of the sum first. */
export function log_softmax_forward(y: usize, x: usize, rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++) {
    const top = max_value(x, n);
    const rest = f32x4.splat(slog(<f32>softmaxTermsSum(y, x, top, n)));
    const shift = f32x4.splat(top);
    let j = 0;
    for (; j + 4 <= n; j += 4) lowerTwice4(y, x, shift, rest, j, 4);
    if (j < n) lowerTwice4(y, x, shift, rest, j, n - j);
    y += <usize>n * F32;
    x += <usize>n * F32;
  }
}

// @ts-ignore: decorator
@inline function lowerTwice4(y: usize, x: usize, first: v128, second: v128, j: i32, n: i32): void {
  const at = <usize>j * F32;
  stn(y + at, f32x4.sub(f32x4.sub(ldn(x + at, n), first), second), n);
}

/** dx += dy - exp(y) Σ dy, row by row. */
export function log_softmax_backward(dx: usize, dy: usize, y: usize, rows: i32, n: i32): void {
  for (let r = 0; r < rows; r++) {
    let sum: f64 = 0;
    for (let j: usize = 0; j < <usize>n * F32; j += F32) sum += <f64>load<f32>(dy + j);
    const total = f32x4.splat(-(<f32>sum));
    for (let j = 0; j < n; j += 4) {
      const at = <usize>j * F32;
      const d = madd(vexp(ldn(y + at, n - j)), total, ldn(dy + at, n - j));
      stn(dx + at, f32x4.add(ldn(dx + at, n - j), d), n - j);
    }
    dx += <usize>n * F32;
    dy += <usize>n * F32;
    y += <usize>n * F32;
  }
}

/**
 * losses (rows) = -Σ q ln softmax(logits), 0 where target is `ignored`; q is 1 at the target, or, with
 * `smoothing` e, 1 - e there and e / n more everywhere. probs (rows, n) is written for backward.
 * Returns the sum in f64.
 */
export function cross_entropy_forward(
  losses: usize, probs: usize, logits: usize, targets: usize, rows: i32, n: i32, ignored: i32,
  smoothing: f32,
): f64 {
  let total: f64 = 0;
  for (let r: usize = 0; r < <usize>rows; r++) {
    const target = load<i32>(targets + (r << 2));
    let loss: f32 = 0;
    if (target != ignored) {
      const top = max_value(logits, n);
      const sum = softmaxTermsSum(probs, logits, top, n);
      let above = load<f32>(logits + <usize>target * F32) - top;
      if (smoothing != 0) {
        const mean = <f32>(sum_forward(logits, n) / <f64>n) - top;
        above = (1 - smoothing) * above + smoothing * mean;
      }
      loss = slog(<f32>sum) - above;
      scale_forward(probs, probs, <f32>(1 / sum), n);
    }
    store<f32>(losses + r * F32, loss);
    total += <f64>loss;
    probs += <usize>n * F32;
    logits += <usize>n * F32;
  }
  return total;
}

/** dlogits += scale (softmax - q) for the rows that are not ignored. */
export function cross_entropy_backward(
  dlogits: usize, probs: usize, targets: usize, rows: i32, n: i32, ignored: i32, smoothing: f32,
  scale: f32,
): void {
  const s = f32x4.splat(scale);
  const everywhere = f32x4.splat(smoothing / <f32>n);
  for (let r: usize = 0; r < <usize>rows; r++) {
    const target = load<i32>(targets + (r << 2));
    if (target != ignored) {
      let j = 0;
      for (; j + 4 <= n; j += 4) slope4(dlogits, probs, everywhere, s, j, 4);
      if (j < n) slope4(dlogits, probs, everywhere, s, j, n - j);
      const p = dlogits + <usize>target * F32;
      store<f32>(p, load<f32>(p) - scale * (1 - smoothing));
    }
    probs += <usize>n * F32;
    dlogits += <usize>n * F32;
  }
}

// @ts-ignore: decorator
@inline function slope4(
  dlogits: usize, probs: usize, everywhere: v128, scale: v128, j: i32, n: i32,
): void {
  const at = <usize>j * F32;
  const d = f32x4.sub(ldn(probs + at, n), everywhere);
  stn(dlogits + at, madd(d, scale, ldn(dlogits + at, n)), n);
}
