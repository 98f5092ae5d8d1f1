// Attention of a decoder's steps to an encoder's, one score for each pair of steps. That of several heads, a Transformer's, is in
// multi-head-attention.ts.

import type { Tape } from "../tape.js";
import type { Indices, Tensor } from "../tensor.js";
import { expectShape } from "./shape.js";

/** Sizes of a query (T, B, H) and keys (S, B, H) that fit each other. @throws InvalidInputError */
function sizes(what: string, query: Tensor, keys: Tensor) {
  const [T, B, H] = query.shape;
  const [S] = keys.shape;
  expectShape(`${what}: query`, query, [T, B, H]);
  expectShape(`${what}: keys`, keys, [S, B, H]);
  return { T, B, H, S };
}

/** Steps of each row (B) that count; default: all. Nothing is computed for the others, and their gradients are 0. */
export interface AttentionLengths {
  /** Of T: after them scores and sums are 0. */
  readonly query?: Indices;
  /** Of S, at least 1: after them scores are -inf. */
  readonly keys?: Indices;
}

/**
 * score = q · k (Luong, Pham and Manning, "Effective Approaches to Attention-based Neural Machine
 * Translation", 2015).
 *
 * @param query (T, B, H)
 * @param keys (S, B, H)
 * @returns (T, B, S)
 */
export function dotScores(
  tape: Tape,
  query: Tensor,
  keys: Tensor,
  lengths: AttentionLengths = {},
): Tensor {
  const { kernels } = tape.machine;
  const { T, B, H, S } = sizes("dotScores", query, keys);
  const [q, k, qs, ks] = [query.address, keys.address, ...addresses(lengths)];
  const bytes = kernels.attention_work(T, S, H);
  const y = tape.empty([T, B, S], query, keys);
  tape.scratch(bytes, (work) =>
    kernels.dot_scores_forward(y.address, q, k, qs, ks, T, S, B, H, work),
  );
  tape.record([y], () => {
    const [dq, dk] = [tape.grad(query), tape.grad(keys)];
    const dy = y.gradAddress;
    tape.scratch(bytes, (work) =>
      kernels.dot_scores_backward(dq, dk, dy, q, k, qs, ks, T, S, B, H, work),
    );
  });
  return y;
}

/**
 * score = v · tanh(q + k) (Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to
 * Align and Translate", 2015).
 *
 * @param query (T, B, H)
 * @param keys (S, B, H)
 * @param v (H)
 * @returns (T, B, S)
 */
export function additiveScores(
  tape: Tape,
  query: Tensor,
  keys: Tensor,
  v: Tensor,
  lengths: AttentionLengths = {},
): Tensor {
  const { kernels } = tape.machine;
  const { T, B, H, S } = sizes("additiveScores", query, keys);
  expectShape("additiveScores: v", v, [H]);
  const [q, k, qs, ks] = [query.address, keys.address, ...addresses(lengths)];
  const y = tape.empty([T, B, S], query, keys, v);
  kernels.additive_scores_forward(y.address, q, k, v.address, qs, ks, T, S, B, H);
  tape.record([y], () => {
    const [dq, dk, dv] = [tape.grad(query), tape.grad(keys), tape.grad(v)];
    const dy = y.gradAddress;
    kernels.additive_scores_backward(dq, dk, dv, dy, q, k, v.address, qs, ks, T, S, B, H);
  });
  return y;
}

/**
 * y = Σ weights values over the steps attended to.
 *
 * @param weights (T, B, S)
 * @param values (S, B, D)
 * @param lengths those that the scores had
 * @returns (T, B, D)
 */
export function weightedSum(
  tape: Tape,
  weights: Tensor,
  values: Tensor,
  lengths: AttentionLengths = {},
): Tensor {
  const { kernels } = tape.machine;
  const [T, B, S] = weights.shape;
  const D = values.shape[2];
  expectShape("weightedSum: weights", weights, [T, B, S]);
  expectShape("weightedSum: values", values, [S, B, D]);
  const [w, v, qs, ks] = [weights.address, values.address, ...addresses(lengths)];
  const bytes = kernels.attention_work(T, S, D);
  const y = tape.empty([T, B, D], weights, values);
  tape.scratch(bytes, (work) =>
    kernels.weighted_sum_forward(y.address, w, v, qs, ks, T, S, B, D, work),
  );
  tape.record([y], () => {
    const [dw, dv] = [tape.grad(weights), tape.grad(values)];
    const dy = y.gradAddress;
    tape.scratch(bytes, (work) =>
      kernels.weighted_sum_backward(dw, dv, dy, w, v, qs, ks, T, S, B, D, work),
    );
  });
  return y;
}

function addresses({ query, keys }: AttentionLengths): [query: number, keys: number] {
  return [query?.address ?? 0, keys?.address ?? 0];
}
