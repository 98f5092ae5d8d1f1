// A step's batches are cut by rows into shards, a fixed number that belongs to the run. A shard is
// plain data: whoever has it and the weights computes the same gradient, here, in a worker, elsewhere.
//
//   Rows      Of B rows, shard s of S has floor(s B / S) to floor((s + 1) B / S): contiguous parts whose
//             sizes differ by at most one. A part without rows is left out.
//   Gradient  Every shard's begins at zero; its parts (one a batch of the step) are added in their order.
//             The sum is ((shard 0 + shard 1) + shard 2) + …, each addition rounded to f32.
//   Loss      The same sum, in f64.
//   Dropout   Batch i has key i of the run; with S > 1, shard s has key s of that.

import { Key } from "../host/key.js";
import type { Parameters } from "../nn/parameters.js";
import { Tape } from "../nn/tape.js";
import type { StepTotals, Trainable } from "./trainable.js";

/** One batch of a step, not yet cut. */
export interface StepBatch {
  /** Targets. */
  readonly tokens: number;
  readonly rows: number;
  /** Rows `from` to below `to`, as the network takes them: plain data that shares no buffer. */
  cut(from: number, to: number): unknown;
}

/** One shard of one batch. */
interface ShardPart {
  readonly batch: unknown;
  /** Words of the dropout key. */
  readonly dropout: readonly [number, number];
}

/** What one worker computes in one step: structured-cloneable, and complete but for the weights. */
export interface Shard {
  readonly parts: readonly ShardPart[];
  /** State of the shard's rows before the step; absent where none is carried. */
  readonly carried?: Float32Array[];
  /** What the loss is divided by. */
  readonly totals: StepTotals;
}

/** A shard's loss, its rows' state behind it, and the gradient in the parameters' layout. */
export interface ShardGradient {
  readonly loss: number;
  /** Its parts, where it has several. */
  readonly parts: Readonly<Record<string, number>>;
  readonly carried: Float32Array[];
  readonly grads: Float32Array<ArrayBuffer>;
}

/** Computes the gradients of a step's shards, somewhere. */
export interface ShardComputer {
  /** In the order of the shards; `grads` is good until the next one is asked for. */
  compute(shards: readonly Shard[], signal?: AbortSignal): AsyncIterable<ShardGradient>;
  /** Ends what was started for it. */
  close(): Promise<void>;
}

/** The first row of shard `s`. */
function firstRow(rows: number, shards: number, s: number): number {
  return Math.floor((s * rows) / shards);
}

/** Cuts a step's batches; `carried` is the whole batch's, absent where no state is carried. */
export function cutShards(
  batches: readonly StepBatch[],
  count: number,
  keys: readonly Key[],
  carried: readonly Float32Array[] | undefined,
): Shard[] {
  const tokens = batches.reduce((sum, batch) => sum + batch.tokens, 0);
  const total = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const totals = { tokens: Math.max(1, tokens), rows: total };
  const shards: Shard[] = [];
  for (let s = 0; s < count; s++) {
    const parts: ShardPart[] = [];
    for (const [i, batch] of batches.entries()) {
      const from = firstRow(batch.rows, count, s);
      const to = firstRow(batch.rows, count, s + 1);
      if (from === to) continue;
      const key = count === 1 ? keys[i] : keys[i].fold(s);
      parts.push({ batch: batch.cut(from, to), dropout: [key.k0, key.k1] });
    }
    if (parts.length === 0) continue;
    const { rows } = batches[0];
    const own = carried?.map((state) => {
      const width = state.length / rows;
      const [from, to] = [firstRow(rows, count, s), firstRow(rows, count, s + 1)];
      return state.slice(from * width, to * width);
    });
    shards.push({ parts, carried: own, totals });
  }
  return shards;
}

/** The gradient of one shard, left in the parameters' gradients. `grads` is a view: do not keep it. */
export function shardGradient(
  parameters: Parameters,
  network: Trainable,
  { parts, carried, totals }: Shard,
): ShardGradient {
  const { machine } = parameters;
  parameters.zeroGradients();
  let loss = 0;
  const losses: Record<string, number> = {};
  let state = carried;
  for (const { batch, dropout } of parts) {
    machine.scoped(() => {
      const dropoutKey = Key.fromWords(machine, ...dropout);
      const tape = new Tape(machine, { record: true, dropoutKey });
      const part = network.loss(tape, batch, state, totals);
      if (state) state = part.state();
      loss += part.loss.data[0];
      for (const [name, { data }] of Object.entries(part.parts ?? {})) add(losses, name, data[0]);
      tape.backward(part.loss);
    });
  }
  return { loss, parts: losses, carried: state ?? [], grads: parameters.all(parameters.grads) };
}

/** Computes shards one after the other, in the caller. */
export class InTurn implements ShardComputer {
  readonly #parameters: Parameters;
  readonly #network: Trainable;

  constructor(parameters: Parameters, network: Trainable) {
    this.#parameters = parameters;
    this.#network = network;
  }

  async *compute(shards: readonly Shard[]): AsyncGenerator<ShardGradient, void, void> {
    for (const shard of shards) yield shardGradient(this.#parameters, this.#network, shard);
  }

  async close(): Promise<void> {}
}

/** Adds the shards' gradients up in the parameters' gradients; gives the losses and the whole state. */
export async function addShards(
  parameters: Parameters,
  computer: ShardComputer,
  shards: readonly Shard[],
  signal?: AbortSignal,
): Promise<Omit<ShardGradient, "grads">> {
  let loss = 0;
  const parts: Record<string, number> = {};
  const states: Float32Array[][] = [];
  // Outside the machine: a shard that is computed here needs the gradients' place in it.
  let sum: Float32Array | undefined;
  for await (const { loss: part, parts: own, carried, grads } of computer.compute(shards, signal)) {
    loss += part;
    for (const [name, value] of Object.entries(own)) add(parts, name, value);
    states.push(carried);
    if (shards.length === 1) place(parameters, grads);
    else if (sum) addTo(sum, grads);
    else sum = grads.slice();
  }
  if (sum) place(parameters, sum);
  const carried = states[0].map((_, i) => joined(states.map((state) => state[i])));
  return { loss, parts, carried };
}

function add(sums: Record<string, number>, name: string, value: number): void {
  sums[name] = (sums[name] ?? 0) + value;
}

function place(parameters: Parameters, values: Float32Array): void {
  const grads = parameters.all(parameters.grads);
  if (grads.buffer !== values.buffer) grads.set(values);
}

function addTo(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
