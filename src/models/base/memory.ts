// What a training step of a network needs of memory: the tensors of its layers, counted. Imported when a training begins.

import type { Machine } from "../../host/machine.js";
import { MOST_KEYS, MOST_PROBABILITIES, rowsAtOnce } from "../../nn/ops/kept.js";
import type { StackConfig } from "./transformer/block.js";

/** Sizes of recurrent layers and the embedding before them. */
export interface RecurrentConfig {
  readonly embed: number;
  readonly hidden: number;
  readonly layers: number;
  readonly dropout: number;
}

/** Bytes of activations and gradients at once, about, of `rows` rows of `steps` tokens that an LSTM reads. */
export function recurrentBytes(
  machine: Machine,
  { embed, hidden, layers, dropout }: RecurrentConfig,
  classes: number,
  rows: number,
  steps: number,
): number {
  const dropped = dropout > 0 ? 1 : 0;
  // A layer's gates (in place of their gradients) and states, whose gradients only h has.
  const forward = (1 + dropped) * embed + (6 + dropped) * layers * hidden;
  const backward = (1 + dropped) * (embed + layers * hidden);
  const work = machine.kernels.lstm_backward_work(steps, rows, hidden) >>> 0;
  const tokens = rows * steps;
  const loss = lossBytes(machine, tokens, hidden, classes);
  return 4 * tokens * forward + loss.kept + Math.max(loss.work, 4 * tokens * backward + work);
}

/** A stack, and what it reads: rows of `steps` tokens; where it attends to a source, that has `source`. */
export interface StackRun {
  readonly steps: number;
  readonly source?: number;
}

/** Bytes of activations and gradients at once, about, of `rows` rows that go through the stacks one after the other. */
export function transformerBytes(
  machine: Machine,
  config: StackConfig,
  classes: number,
  rows: number,
  stacks: readonly StackRun[],
  recompute: boolean,
): number {
  const { hidden: C, inner } = config;
  const needs = stacks.map((stack) => stackNumbers(config, stack, recompute));
  const sum = (of: (own: (typeof needs)[number]) => number) =>
    4 * rows * needs.reduce((all, own) => all + of(own), 0);
  const again = 4 * rows * Math.max(...needs.map((own) => own.again));
  const most = rows * Math.max(...stacks.map(({ steps }) => steps));
  const work = machine.kernels.linear_backward_work(most, C, inner) >>> 0;
  const predicted = rows * stacks[stacks.length - 1].steps;
  const loss = lossBytes(machine, predicted, C, classes);
  const backward = sum((own) => own.backward) + again + work;
  return sum((own) => own.forward) + loss.kept + Math.max(loss.work, backward);
}

/** Numbers a row: of the way forward, of gradients, and of one block that is computed again. */
function stackNumbers(
  config: StackConfig,
  { steps, source }: StackRun,
  recompute: boolean,
): { forward: number; backward: number; again: number } {
  const { style, hidden: C, layers, heads, kvHeads, inner, dropout } = config;
  const { headSize: d = C / heads, qkNorm = false } = config;
  const gpt = style === "gpt2";
  const dropped = dropout > 0 ? 1 : 0;
  const looks = source === undefined ? 0 : 1;
  const [Q, own] = [heads * d, kvHeads * d];
  // A token in a block has numbers with a gradient, and others, which are kept of norms and attention.
  const graded =
    (gpt ? 13 * C + 2 * inner : 6 * C + 3 * (Q + own) + 3 * inner) +
    (qkNorm ? Q + own : 0) +
    2 * dropped * C +
    looks * (5 + dropped) * C;
  const norms = (gpt ? 2 : 1) * (2 + looks);
  const normed = qkNorm ? heads + kvHeads : 0;
  const plain = norms + normed + heads * (kept(steps) + looks * kept(source ?? 0));
  // Outside of the blocks: the embedding, positions, the last norm; ids and losses; keys and values of a source.
  const ends = steps * (2 + Number(gpt) + dropped) * C;
  const read = (source ?? 0) * layers * (gpt ? 4 : 2) * own;
  return {
    forward: ends + read + steps * (6 + layers * (recompute ? C : graded + plain)),
    backward: ends + read + steps * layers * (recompute ? C : graded),
    again: recompute ? steps * (2 * graded + plain) : 0,
  };
}

/** Numbers of each query and head that attention keeps, but the result: its softmax, and its weights. */
function kept(keys: number): number {
  return 2 + (keys <= MOST_KEYS ? keys : 0);
}

/** Bytes of linearCrossEntropy: `kept` until backward, `work` while it runs. */
export function lossBytes(
  { kernels }: Machine,
  rows: number,
  C: number,
  V: number,
): { readonly kept: number; readonly work: number } {
  const most = rowsAtOnce(rows, V);
  const kept = rows * V <= MOST_PROBABILITIES ? 4 * rows * V : 0;
  const products = kernels.linear_backward_work(most, C, V) >>> 0;
  return { kept, work: 4 * most * V * (kept > 0 ? 1 : 2) + products };
}
