// From logits to the weights a token is drawn from. Penalties, bias and masks change logits;
// temperature scales them; the filters clear weights. All arithmetic is exact or the kernels' own.

import type { Machine } from "../host/machine.js";
import type { ResolvedGeneration } from "./options.js";

/** Changes one row of logits by what the sample has seen. `seen` counts context and generated text. */
export function adjust(
  logits: Float32Array,
  o: ResolvedGeneration,
  context: ReadonlySet<number>,
  generated: ReadonlyMap<number, number>,
): void {
  for (const [token, bias] of o.logitBias) logits[token] += bias;
  if (o.repetitionPenalty !== 1) {
    for (const token of context) {
      const x = logits[token];
      logits[token] = x > 0 ? x / o.repetitionPenalty : x * o.repetitionPenalty;
    }
  }
  if (o.frequencyPenalty !== 0 || o.presencePenalty !== 0) {
    for (const [token, times] of generated) {
      logits[token] -= o.frequencyPenalty * times + o.presencePenalty;
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
export function filters(o: ResolvedGeneration, classes: number): boolean {
  return o.topK < classes || o.topP < 1 || o.minP > 0 || o.typicalP < 1;
}

/**
 * Clears the weights of tokens that a filter leaves out, in the order top-k, typical, top-p, min-p,
 * each on what the one before left. Ties go to the lower token; at least one token stays.
 */
export function filter(weights: Float32Array, logProbs: Float32Array, o: ResolvedGeneration): void {
  let kept: number[] = [];
  for (let i = 0; i < weights.length; i++) if (weights[i] > 0) kept.push(i);
  kept.sort((a, b) => weights[b] - weights[a] || a - b);
  kept = kept.slice(0, o.topK);
  if (o.typicalP < 1) kept = typical(kept, weights, logProbs, o.typicalP);
  if (o.topP < 1) kept = reach(kept, weights, o.topP);
  if (o.minP > 0 && kept.length > 0) {
    const floor = o.minP * weights[kept[0]];
    kept = kept.filter((token, i) => i === 0 || weights[token] >= floor);
  }
  const stay = new Set(kept);
  for (let i = 0; i < weights.length; i++) if (!stay.has(i)) weights[i] = 0;
}

/** The first tokens whose weights reach the part `p` of all, the one that crosses included. */
function reach(tokens: readonly number[], weights: Float32Array, p: number): number[] {
  const total = tokens.reduce((sum, token) => sum + weights[token], 0);
  let sum = 0;
  let n = 0;
  while (n < tokens.length && sum < p * total) sum += weights[tokens[n++]];
  return tokens.slice(0, Math.max(1, n));
}

function typical(
  tokens: readonly number[],
  weights: Float32Array,
  logProbs: Float32Array,
  p: number,
): number[] {
  const total = tokens.reduce((sum, token) => sum + weights[token], 0);
  const entropy = tokens.reduce(
    (sum, token) => sum - (weights[token] / total) * logProbs[token],
    0,
  );
  const distance = (token: number) => Math.abs(-logProbs[token] - entropy);
  const nearest = [...tokens].sort((a, b) => distance(a) - distance(b) || a - b);
  return reach(nearest, weights, p).sort((a, b) => weights[b] - weights[a] || a - b);
}
