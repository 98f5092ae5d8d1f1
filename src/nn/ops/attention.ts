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

/**
 * score = q · k (Luong, Pham and Manning, "Effective Approaches to Attention-based Neural Machine
 * Translation", 2015).
 *
 * @param query (T, B, H)
 * @param keys (S, B, H)
 * @param lengths steps of each row (B) that may be attended to, at least 1; default: all S
 * @returns (T, B, S), -inf behind a row's length
 */
export function dotScores(tape: Tape, query: Tensor, keys: Tensor, lengths?: Indices): Tensor {
  const { kernels } = tape.machine;
  const { T, B, H, S } = sizes("dotScores", query, keys);
  const at = lengths?.address ?? 0;
  const y = tape.empty([T, B, S], query, keys);
  kernels.dot_scores_forward(y.address, query.address, keys.address, at, T, S, B, H);
  tape.record([y], () => {
    const [dq, dk] = [tape.grad(query), tape.grad(keys)];
    const dy = y.gradAddress;
    kernels.dot_scores_backward(dq, dk, dy, query.address, keys.address, at, T, S, B, H);
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
 * @param lengths as for `dotScores`
 * @returns (T, B, S), -inf behind a row's length
 */
export function additiveScores(
  tape: Tape,
  query: Tensor,
  keys: Tensor,
  v: Tensor,
  lengths?: Indices,
): Tensor {
  const { kernels } = tape.machine;
  const { T, B, H, S } = sizes("additiveScores", query, keys);
  expectShape("additiveScores: v", v, [H]);
  const at = lengths?.address ?? 0;
  const [q, k] = [query.address, keys.address];
  const y = tape.empty([T, B, S], query, keys, v);
  kernels.additive_scores_forward(y.address, q, k, v.address, at, T, S, B, H);
  tape.record([y], () => {
    const [dq, dk, dv] = [tape.grad(query), tape.grad(keys), tape.grad(v)];
    const dy = y.gradAddress;
    kernels.additive_scores_backward(dq, dk, dv, dy, q, k, v.address, at, T, S, B, H);
  });
  return y;
}

/**
 * y = Σ weights values over the steps attended to.
 *
 * @param weights (T, B, S)
 * @param values (S, B, D)
 * @returns (T, B, D)
 */
export function weightedSum(tape: Tape, weights: Tensor, values: Tensor): Tensor {
  const { kernels } = tape.machine;
  const [T, B, S] = weights.shape;
  const D = values.shape[2];
  expectShape("weightedSum: weights", weights, [T, B, S]);
  expectShape("weightedSum: values", values, [S, B, D]);
  const y = tape.empty([T, B, D], weights, values);
  kernels.weighted_sum_forward(y.address, weights.address, values.address, T, S, B, D);
  tape.record([y], () => {
    const [dw, dv] = [tape.grad(weights), tape.grad(values)];
    const dy = y.gradAddress;
    kernels.weighted_sum_backward(dw, dv, dy, weights.address, values.address, T, S, B, D);
  });
  return y;
}
