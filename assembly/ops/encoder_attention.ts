// Attention of a decoder's steps to an encoder's: scores, and sums of values by the scores' softmax.
// Sequences are time-major, as the LSTM's: query (T, B, H), keys (S, B, H), values (S, B, D); scores and
// weights (T, B, S). A row b attends to its first keyLengths[b] steps; the scores after them are -inf, so
// that the softmax leaves them out exactly, and a row's numbers do not depend on its padding. Nothing is
// computed for its steps after queryLengths[b]: their scores and sums are 0, and so are their gradients.
// Lengths (B) are i32 ≥ 1; 0 for the address: all are T, or S.
//
//   dot        score = q · k                      Luong, Pham and Manning 2015; "general": k = W h
//   additive   score = v · tanh(q + k)            Bahdanau, Cho and Bengio 2015; q = W s, k = U h
//
// Scores of one row of the batch are one matrix product, and so are its sums: the row's steps are B rows
// apart.

import { gemm, gemmWork } from "../product/gemm";
import { tanhs } from "../lib/exponential";
import { F32, hsum, ldn, madd, st, stn } from "../lib/simd";

// @ts-ignore: decorator
@inline function lengthOf(lengths: usize, b: i32, all: i32): i32 {
  return lengths == 0 ? all : load<i32>(lengths + (<usize>b << 2));
}

/** Bytes of scratch memory for the products of queries (T, B, H) with keys (S, B, H), and of sums. */
export function attention_work(T: i32, S: i32, H: i32): usize {
  return max(gemmWork(H, S), max(gemmWork(S, H), gemmWork(T, H)));
}

/** The scores (t, s) of one row of the batch that count become 0 or -inf where they are padding. */
function maskScores(scores: usize, step: usize, t: i32, s: i32, T: i32, S: i32): void {
  for (let i = 0; i < T; i++) {
    if (i >= t) memory.fill(scores, 0, <usize>s * F32);
    for (let j = s; j < S; j++) store<f32>(scores + <usize>j * F32, -Infinity);
    scores += step;
  }
}

/** Numbers of tanh(q + k) that are computed at a time, and where they are. */
const CHUNK: i32 = 256;
const TANH = memory.data(1024, 16);

/** TANH = tanh(q + k) of n ≤ CHUNK numbers. */
function tanhOfSum(q: usize, k: usize, n: i32): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    st(TANH + at, f32x4.add(ldn(q + at, n - j), ldn(k + at, n - j)));
  }
  tanhs(TANH, TANH, n);
}

/** Σ v tanh(q + k) over n. */
function additive(q: usize, k: usize, v: usize, n: i32): f32 {
  let sum = f32x4.splat(0);
  for (let from = 0; from < n; from += CHUNK) {
    const start = <usize>from * F32;
    const m = min(CHUNK, n - from);
    tanhOfSum(q + start, k + start, m);
    for (let j = 0; j < m; j += 4) {
      const at = <usize>j * F32;
      sum = madd(ldn(v + start + at, m - j), ldn(TANH + at, m - j), sum);
    }
  }
  return hsum(sum);
}

/** The gradients of `additive` for a gradient d of its sum; each of dq, dk, dv may be 0: not wanted. */
function additiveBackward(
  dq: usize, dk: usize, dv: usize, d: f32, q: usize, k: usize, v: usize, n: i32,
): void {
  const d4 = f32x4.splat(d);
  for (let from = 0; from < n; from += CHUNK) {
    const start = <usize>from * F32;
    const m = min(CHUNK, n - from);
    tanhOfSum(q + start, k + start, m);
    for (let j = 0; j < m; j += 4) {
      const chunkAt = <usize>j * F32;
      const at = start + chunkAt;
      const rest = m - j;
      const t = ldn(TANH + chunkAt, rest);
      const slope = f32x4.sub(f32x4.splat(1), f32x4.mul(t, t));
      const inner = f32x4.mul(f32x4.mul(d4, ldn(v + at, rest)), slope);
      if (dq != 0) stn(dq + at, f32x4.add(ldn(dq + at, rest), inner), rest);
      if (dk != 0) stn(dk + at, f32x4.add(ldn(dk + at, rest), inner), rest);
      if (dv != 0) stn(dv + at, madd(d4, t, ldn(dv + at, rest)), rest);
    }
  }
}

/** scores (T, B, S) = query · keys. */
export function dot_scores_forward(
  scores: usize, query: usize, keys: usize, queryLengths: usize, keyLengths: usize, T: i32, S: i32,
  B: i32, H: i32, work: usize,
): void {
  const row = <usize>H * F32;
  const step = row * B;
  const scoresRow = <usize>S * F32;
  for (let b = 0; b < B; b++) {
    const t = lengthOf(queryLengths, b, T);
    const s = lengthOf(keyLengths, b, S);
    const at = <usize>b * row;
    const y = scores + <usize>b * scoresRow;
    gemm(y, scoresRow * B, query + at, step, F32, 0, keys + at, F32, step, 0, t, H, s, false, work);
    maskScores(y, scoresRow * B, t, s, T, S);
  }
}

/** Adds to dquery, dkeys; each may be 0: not wanted. */
export function dot_scores_backward(
  dquery: usize, dkeys: usize, dscores: usize, query: usize, keys: usize, queryLengths: usize,
  keyLengths: usize, T: i32, S: i32, B: i32, H: i32, work: usize,
): void {
  const row = <usize>H * F32;
  const step = row * B;
  const scoresRow = <usize>S * F32;
  const scoresStep = scoresRow * B;
  for (let b = 0; b < B; b++) {
    const t = lengthOf(queryLengths, b, T);
    const s = lengthOf(keyLengths, b, S);
    const at = <usize>b * row;
    const dy = dscores + <usize>b * scoresRow;
    if (dquery != 0) {
      gemm(dquery + at, step, dy, scoresStep, F32, 0, keys + at, step, F32, 0, t, s, H, true, work);
    }
    if (dkeys != 0) {
      gemm(dkeys + at, step, dy, F32, scoresStep, 0, query + at, step, F32, 0, s, t, H, true, work);
    }
  }
}

/** scores (T, B, S) = v · tanh(query + keys), v (H). */
export function additive_scores_forward(
  scores: usize, query: usize, keys: usize, v: usize, queryLengths: usize, keyLengths: usize, T: i32,
  S: i32, B: i32, H: i32,
): void {
  const row = <usize>H * F32;
  const scoresRow = <usize>S * F32;
  for (let b = 0; b < B; b++) {
    const t = lengthOf(queryLengths, b, T);
    const s = lengthOf(keyLengths, b, S);
    const y = scores + <usize>b * scoresRow;
    for (let i = 0; i < t; i++) {
      const q = query + <usize>(i * B + b) * row;
      const to = y + <usize>(i * B) * scoresRow;
      for (let j = 0; j < s; j++) {
        store<f32>(to + <usize>j * F32, additive(q, keys + <usize>(j * B + b) * row, v, H));
      }
    }
    maskScores(y, scoresRow * B, t, s, T, S);
  }
}

/** Adds to dquery, dkeys, dv; each may be 0: not wanted. */
export function additive_scores_backward(
  dquery: usize, dkeys: usize, dv: usize, dscores: usize, query: usize, keys: usize, v: usize,
  queryLengths: usize, keyLengths: usize, T: i32, S: i32, B: i32, H: i32,
): void {
  const row = <usize>H * F32;
  for (let b = 0; b < B; b++) {
    const t = lengthOf(queryLengths, b, T);
    const s = lengthOf(keyLengths, b, S);
    for (let i = 0; i < t; i++) {
      const at = <usize>(i * B + b);
      for (let j = 0; j < s; j++) {
        const d = load<f32>(dscores + (at * <usize>S + <usize>j) * F32);
        const other = <usize>(j * B + b) * row;
        const dq: usize = dquery == 0 ? 0 : dquery + at * row;
        const dk: usize = dkeys == 0 ? 0 : dkeys + other;
        additiveBackward(dq, dk, dv, d, query + at * row, keys + other, v, H);
      }
    }
  }
}

/** y (T, B, D) = Σ weights values over s. */
export function weighted_sum_forward(
  y: usize, weights: usize, values: usize, queryLengths: usize, keyLengths: usize, T: i32, S: i32,
  B: i32, D: i32, work: usize,
): void {
  const row = <usize>D * F32;
  const step = row * B;
  const weightsRow = <usize>S * F32;
  for (let b = 0; b < B; b++) {
    const t = lengthOf(queryLengths, b, T);
    const s = lengthOf(keyLengths, b, S);
    const at = <usize>b * row;
    const w = weights + <usize>b * weightsRow;
    gemm(y + at, step, w, weightsRow * B, F32, 0, values + at, step, F32, 0, t, s, D, false, work);
    for (let i = t; i < T; i++) memory.fill(y + <usize>i * step + at, 0, row);
  }
}

/** Adds to dweights, dvalues; each may be 0: not wanted. */
export function weighted_sum_backward(
  dweights: usize, dvalues: usize, dy: usize, weights: usize, values: usize, queryLengths: usize,
  keyLengths: usize, T: i32, S: i32, B: i32, D: i32, work: usize,
): void {
  const row = <usize>D * F32;
  const step = row * B;
  const weightsRow = <usize>S * F32;
  const weightsStep = weightsRow * B;
  for (let b = 0; b < B; b++) {
    const t = lengthOf(queryLengths, b, T);
    const s = lengthOf(keyLengths, b, S);
    const at = <usize>b * row;
    const w = <usize>b * weightsRow;
    if (dweights != 0) {
      gemm(dweights + w, weightsStep, dy + at, step, F32, 0, values + at, F32, step, 0, t, D, s, true, work);
    }
    if (dvalues != 0) {
      gemm(dvalues + at, step, weights + w, F32, weightsStep, 0, dy + at, step, F32, 0, s, t, D, true, work);
    }
  }
}
