// From logits to what tokens are drawn from: what a sampler does once for every token.

import { log_softmax_forward } from "./ops/cross_entropy";
import { exp_forward } from "./ops/elementwise";
import { max_value } from "./ops/reduce";
import { F32, ldn, stn } from "./lib/simd";

/**
 * logProbs (rows, classes) = ln softmax(logits / temperature), and weights (rows, classes) = exp of
 * that, for `random_categorical`. temperature > 0; one other than 1 changes the logits, to
 * (logits - their largest) / temperature, rounded once, so that none overflows. A row of -inf gives NaN.
 */
export function sample_weights(
  weights: usize, logProbs: usize, logits: usize, rows: i32, classes: i32, temperature: f64,
): void {
  if (temperature != 1) {
    for (let r = 0; r < rows; r++) heat(logits + <usize>(r * classes) * F32, classes, temperature);
  }
  log_softmax_forward(logProbs, logits, rows, classes);
  exp_forward(weights, logProbs, rows * classes);
}

function heat(logits: usize, n: i32, temperature: f64): void {
  const top = f64x2.splat(<f64>max_value(logits, n));
  const by = f64x2.splat(temperature);
  for (let j = 0; j < n; j += 4) {
    const at = logits + <usize>j * F32;
    const v = ldn(at, n - j);
    const low = heated(v, top, by);
    const high = heated(v128.shuffle<f32>(v, v, 2, 3, 0, 1), top, by);
    stn(at, v128.shuffle<f32>(low, high, 0, 1, 4, 5), n - j);
  }
}

/** (x - top) / by, of two numbers. */
// @ts-ignore: decorator
@inline function heated(x: v128, top: v128, by: v128): v128 {
  return f32x4.demote_f64x2_zero(f64x2.div(f64x2.sub(f64x2.promote_low_f32x4(x), top), by));
}
