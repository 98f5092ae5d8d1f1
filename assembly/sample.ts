// From logits to what tokens are drawn from: what a sampler does once for every token.

import { log_softmax_forward } from "./ops/cross_entropy";
import { exp_forward } from "./ops/elementwise";
import { F32 } from "./lib/simd";

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
  const end = logits + <usize>n * F32;
  let largest: f32 = -Infinity;
  for (let x = logits; x < end; x += F32) largest = max(largest, load<f32>(x));
  for (let x = logits; x < end; x += F32) {
    store<f32>(x, <f32>((<f64>load<f32>(x) - <f64>largest) / temperature));
  }
}
