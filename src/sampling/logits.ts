// From logits to the weights a token is drawn from. Penalties, bias and masks change logits;
// temperature scales them; the filters clear weights. All arithmetic is exact or the kernels' own.

import type { Machine } from "../host/machine.js";
import type { Choosing, ResolvedGeneration } from "./options.js";
import { ascending, largest, upTo } from "./order.js";

/** The largest finite f32. */
const MAX = 2 ** 128 - 2 ** 104;

/**
 * Changes one row of logits by what the sample has seen. `seen` counts context and generated text. A
 * finite logit stays one, whatever the options; what a bias of -inf forbids stays forbidden.
 */
export function adjust(
  logits: Float32Array,
  o: ResolvedGeneration,
  context: ReadonlySet<number>,
  generated: ReadonlyMap<number, number>,
): void {
  const change = (token: number, to: number) => {
    if (logits[token] !== -Infinity) logits[token] = Math.max(-MAX, Math.min(MAX, to));
  };
  for (const [token, bias] of o.logitBias) {
    if (bias === -Infinity) logits[token] = bias;
    else change(token, logits[token] + bias);
  }
  if (o.repetitionPenalty !== 1) {
    for (const token of context) {
      const x = logits[token];
      change(token, x > 0 ? x / o.repetitionPenalty : x * o.repetitionPenalty);
    }
  }
  if (o.frequencyPenalty !== 0 || o.presencePenalty !== 0) {
    for (const [token, times] of generated) {
      change(token, logits[token] - (o.frequencyPenalty * times + o.presencePenalty));
    }
  }
}

/** Whether a penalty is on, which depends on what the sample has seen. */
export function penalised(o: ResolvedGeneration): boolean {
  return o.repetitionPenalty !== 1 || o.frequencyPenalty !== 0 || o.presencePenalty !== 0;
}

/** ln softmax of each row of (rows, classes), by the kernel. */
export function logSoftmaxRows(
  machine: Machine,
  logits: Float32Array,
  rows: number,
  classes: number,
): Float32Array {
  return machine.scoped(() => {
    const from = machine.alloc(4 * rows * classes);
    const to = machine.alloc(4 * rows * classes);
    machine.f32(from, rows * classes).set(logits);
    machine.kernels.log_softmax_forward(to, from, rows, classes);
    return machine.f32(to, rows * classes).slice();
  });
}

/** Whether any filter is on. */
export function filters(o: Choosing, classes: number): boolean {
  return o.topK < classes || o.topP < 1 || o.minP > 0 || o.typicalP < 1;
}

/**
 * Clears the weights of tokens that a filter leaves out, in the order top-k, typical, top-p, min-p,
 * each on what the one before left. Ties go to the lower token; at least one token stays.
 */
export function filter(weights: Float32Array, logProbs: Float32Array, o: Choosing): void {
  if (o.topK < weights.length || o.typicalP < 1 || o.topP < 1) {
    const order = largest(weights, Math.min(o.topK, weights.length));
    let n = order.length;
    while (n > 0 && !(weights[order[n - 1]] > 0)) n--;
    let kept = order.subarray(0, n);
    if (o.typicalP < 1) kept = typical(kept, weights, logProbs, o.typicalP);
    if (o.topP < 1) kept = reach(kept, weights, o.topP);
    const stays = marked(kept, weights.length);
    for (let i = 0; i < weights.length; i++) if (stays[i] === 0) weights[i] = 0;
  }
  if (o.minP > 0) {
    let most = 0;
    for (let i = 0; i < weights.length; i++) if (weights[i] > most) most = weights[i];
    const floor = o.minP * most;
    for (let i = 0; i < weights.length; i++) if (weights[i] < floor) weights[i] = 0;
  }
}

function total(tokens: Uint32Array, weights: Float32Array): number {
  let sum = 0;
  for (let n = 0; n < tokens.length; n++) sum += weights[tokens[n]];
  return sum;
}

/** The first tokens whose weights reach the fraction `p` of all, the one that crosses included. */
function reach(tokens: Uint32Array, weights: Float32Array, p: number): Uint32Array {
  const enough = p * total(tokens, weights);
  let sum = 0;
  let n = 0;
  while (n < tokens.length && sum < enough) sum += weights[tokens[n++]];
  return tokens.subarray(0, Math.max(1, n));
}

/** Of tokens, the likeliest first, those that are typical, in the same order. */
function typical(
  tokens: Uint32Array,
  weights: Float32Array,
  logProbs: Float32Array,
  p: number,
): Uint32Array {
  const all = total(tokens, weights);
  let entropy = 0;
  for (let n = 0; n < tokens.length; n++) {
    entropy -= (weights[tokens[n]] / all) * logProbs[tokens[n]];
  }
  const distances = new Float64Array(weights.length);
  for (let i = 0; i < distances.length; i++) distances[i] = Math.abs(-logProbs[i] - entropy);
  const byNumber = among(upTo(weights.length), marked(tokens, weights.length));
  const near = reach(ascending(byNumber, distances), weights, p);
  return among(tokens, marked(near, weights.length));
}

/** 1 where a token is one of these. */
function marked(tokens: Uint32Array, size: number): Uint8Array {
  const marks = new Uint8Array(size);
  for (let n = 0; n < tokens.length; n++) marks[tokens[n]] = 1;
  return marks;
}

/** Those of the tokens that are marked, in their order. A typed array's own `filter` is ten times as slow. */
function among(tokens: Uint32Array, marks: Uint8Array): Uint32Array {
  const some = new Uint32Array(tokens.length);
  let n = 0;
  for (let i = 0; i < tokens.length; i++) if (marks[tokens[i]] === 1) some[n++] = tokens[i];
  return some.subarray(0, n);
}
