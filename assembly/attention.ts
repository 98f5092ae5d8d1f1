// Attention of a decoder's steps to an encoder's: scores, and sums of values by the scores' softmax.
// Sequences are time-major, as the LSTM's: query (T, B, H), keys (S, B, H), values (S, B, D); scores and
// weights (T, B, S). A row b attends to its first lengths[b] steps; the scores behind them are -inf, so
// that the softmax leaves them out exactly, and a row's numbers do not depend on its padding.
//
//   dot        score = q · k                      Luong, Pham and Manning 2015; "general": k = W h
//   additive   score = v · tanh(q + k)            Bahdanau, Cho and Bengio 2015; q = W s, k = U h
//
// Products are small beside those of the LSTM (S / 4H of them), so plain loops do.

import { add_scaled } from "./elementwise";
import { vtanh } from "./math";
import { F32, hsum, ldn, madd, stn } from "./simd";

// @ts-ignore: decorator
@inline function lengthOf(lengths: usize, b: i32, S: i32): i32 {
  return lengths == 0 ? S : load<i32>(lengths + (<usize>b << 2));
}

/** Σ a b over n. */
function dot(a: usize, b: usize, n: i32): f32 {
  let sum = f32x4.splat(0);
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    sum = madd(ldn(a + at, n - j), ldn(b + at, n - j), sum);
  }
  return hsum(sum);
}

/** Σ v tanh(q + k) over n. */
function additive(q: usize, k: usize, v: usize, n: i32): f32 {
  let sum = f32x4.splat(0);
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const t = vtanh(f32x4.add(ldn(q + at, n - j), ldn(k + at, n - j)));
    sum = madd(ldn(v + at, n - j), t, sum);
  }
  return hsum(sum);
}

/** The gradients of `additive` for a gradient d of its sum; each of dq, dk, dv may be 0: not wanted. */
function additiveBackward(
  dq: usize, dk: usize, dv: usize, d: f32, q: usize, k: usize, v: usize, n: i32,
): void {
  const d4 = f32x4.splat(d);
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const rest = n - j;
    const t = vtanh(f32x4.add(ldn(q + at, rest), ldn(k + at, rest)));
    const slope = f32x4.sub(f32x4.splat(1), f32x4.mul(t, t));
    const inner = f32x4.mul(f32x4.mul(d4, ldn(v + at, rest)), slope);
    if (dq != 0) stn(dq + at, f32x4.add(ldn(dq + at, rest), inner), rest);
    if (dk != 0) stn(dk + at, f32x4.add(ldn(dk + at, rest), inner), rest);
    if (dv != 0) stn(dv + at, madd(d4, t, ldn(dv + at, rest)), rest);
  }
}

/** Scores by `additive`, or by `dot` where v is 0. */
function scoresForward(
  scores: usize, query: usize, keys: usize, v: usize, lengths: usize, T: i32, S: i32, B: i32, H: i32,
): void {
  const row = <usize>H * F32;
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const length = lengthOf(lengths, b, S);
      for (let s = 0; s < S; s++) {
        const k = keys + <usize>(s * B + b) * row;
        store<f32>(scores, s < length ? score(query, k, v, H) : -Infinity);
        scores += F32;
      }
      query += row;
    }
  }
}

function score(q: usize, k: usize, v: usize, n: i32): f32 {
  return v == 0 ? dot(q, k, n) : additive(q, k, v, n);
}

/** scores (T, B, S) = query · keys. lengths (B) i32 ≥ 1, or 0: all are S. */
export function dot_scores_forward(
  scores: usize, query: usize, keys: usize, lengths: usize, T: i32, S: i32, B: i32, H: i32,
): void {
  scoresForward(scores, query, keys, 0, lengths, T, S, B, H);
}

/** Adds to dquery, dkeys; each may be 0: not wanted. */
export function dot_scores_backward(
  dquery: usize, dkeys: usize, dscores: usize, query: usize, keys: usize, lengths: usize, T: i32,
  S: i32, B: i32, H: i32,
): void {
  const row = <usize>H * F32;
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const at = <usize>(t * B + b);
      const length = lengthOf(lengths, b, S);
      for (let s = 0; s < length; s++) {
        const d = load<f32>(dscores + (at * <usize>S + <usize>s) * F32);
        const other = <usize>(s * B + b) * row;
        if (dquery != 0) add_scaled(dquery + at * row, keys + other, d, H);
        if (dkeys != 0) add_scaled(dkeys + other, query + at * row, d, H);
      }
    }
  }
}

/** scores (T, B, S) = v · tanh(query + keys), v (H). */
export function additive_scores_forward(
  scores: usize, query: usize, keys: usize, v: usize, lengths: usize, T: i32, S: i32, B: i32, H: i32,
): void {
  scoresForward(scores, query, keys, v, lengths, T, S, B, H);
}

/** Adds to dquery, dkeys, dv; each may be 0: not wanted. */
export function additive_scores_backward(
  dquery: usize, dkeys: usize, dv: usize, dscores: usize, query: usize, keys: usize, v: usize,
  lengths: usize, T: i32, S: i32, B: i32, H: i32,
): void {
  const row = <usize>H * F32;
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const at = <usize>(t * B + b);
      const length = lengthOf(lengths, b, S);
      for (let s = 0; s < length; s++) {
        const d = load<f32>(dscores + (at * <usize>S + <usize>s) * F32);
        const other = <usize>(s * B + b) * row;
        const dq: usize = dquery == 0 ? 0 : dquery + at * row;
        const dk: usize = dkeys == 0 ? 0 : dkeys + other;
        additiveBackward(dq, dk, dv, d, query + at * row, keys + other, v, H);
      }
    }
  }
}

/** y (T, B, D) = Σ weights values over s. */
export function weighted_sum_forward(
  y: usize, weights: usize, values: usize, T: i32, S: i32, B: i32, D: i32,
): void {
  const row = <usize>D * F32;
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      memory.fill(y, 0, row);
      for (let s = 0; s < S; s++) {
        add_scaled(y, values + <usize>(s * B + b) * row, load<f32>(weights), D);
        weights += F32;
      }
      y += row;
    }
  }
}

/** Adds to dweights, dvalues; each may be 0: not wanted. */
export function weighted_sum_backward(
  dweights: usize, dvalues: usize, dy: usize, weights: usize, values: usize, T: i32, S: i32, B: i32,
  D: i32,
): void {
  const row = <usize>D * F32;
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      for (let s = 0; s < S; s++) {
        const at = <usize>((t * B + b) * S + s) * F32;
        const other = <usize>(s * B + b) * row;
        if (dweights != 0) {
          store<f32>(dweights + at, load<f32>(dweights + at) + dot(dy, values + other, D));
        }
        if (dvalues != 0) add_scaled(dvalues + other, dy, load<f32>(weights + at), D);
      }
      dy += row;
    }
  }
}
