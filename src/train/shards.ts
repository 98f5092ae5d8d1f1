// A phase's batches are cut by rows into shards, a fixed number that belongs to the run. A shard is
// plain data: whoever has it and the weights computes the same gradient, here, in a worker, elsewhere.
//
//   Rows      Of B rows, shard s of S has floor(s B / S) to floor((s + 1) B / S): contiguous parts whose
//             sizes differ by at most one. A part without rows is left out.
//   Gradient  Every shard's begins at zero; its parts (one a batch of the step) are added in their order.
//             The sum is ((shard 0 + shard 1) + shard 2) + …, each addition rounded to f32.
//   Loss      The same sum, in f64.
//   Buffers   A shard never writes one. Its statistics are joined in the order of the shards, weighted by
//             rows, in f64.
//   Dropout   Batch i has key i of the phase; with S > 1, shard s has key s of that.
//   Noise     Key NOISE of that.

import { Key } from "../host/key.js";
import type { ParameterRange, Parameters } from "../nn/parameters.js";
import { Tape } from "../nn/tape.js";
import { selectTrained, trainedRanges } from "./phases.js";
import type { Phase, Statistics, StepTotals, Trainable } from "./trainable.js";

/** Far above the numbers of a step's dropouts. */
const NOISE = 0x80000000;

/** One batch of a step, not yet cut. */
export interface StepBatch {
  /** What is predicted. */
  readonly targets: number;
  readonly rows: number;
  /** Rows `from` to below `to`, as the network takes them: plain data that shares no buffer. */
  cut(from: number, to: number): unknown;
}

/** One shard of one batch. */
interface ShardPart {
  readonly batch: unknown;
  readonly rows: number;
  /** Words of the dropout key. */
  readonly dropout: readonly [number, number];
}

/** What one worker computes in one phase: structured-cloneable, and complete but for the weights. */
export interface Shard {
  readonly phase: Phase;
  readonly parts: readonly ShardPart[];
  /** State of the shard's rows before the step; absent where none is carried. */
  readonly carried?: Float32Array[];
  /** What the loss is divided by. */
  readonly totals: StepTotals;
  /** Whether activations are computed again, where the network can. */
  readonly recompute: boolean;
  /** What dropout drops besides, of what the network's own keeps; absent: nothing. */
  readonly dropout?: number;
}

/** What comes of a shard besides its gradient. */
interface ShardResult {
  readonly loss: number;
  /** Its parts, where it has several. */
  readonly parts: Readonly<Record<string, number>>;
  /** The state of its rows after the step. */
  readonly carried: Float32Array[];
  /** Batch statistics, each with the rows that it is of. */
  readonly statistics: readonly { readonly rows: number; readonly values: Statistics }[];
}

/** A shard's result, and the gradient of what the phase trains: its ranges, one after the other. */
export interface ShardGradient extends ShardResult {
  readonly grads: Float32Array<ArrayBuffer>;
}

/**
 * "good": all that was given so far is right, as far as anybody can say, and the caller keeps the state for a way back.
 * "open": nobody knows yet. "false": something since the last "good" was wrong; the caller goes back to there.
 */
export type Settled = "good" | "open" | "false";

/** The first row of shard `s`. */
function firstRow(rows: number, shards: number, s: number): number {
  return Math.floor((s * rows) / shards);
}

/** How many shards there are, and how they are computed. */
export interface Cut {
  readonly shards: number;
  readonly recompute?: boolean | undefined;
  readonly dropout?: number;
}

/** Cuts a phase's batches; `carried` is the whole batch's, absent where no state is carried. */
export function cutShards(
  phase: Phase,
  batches: readonly StepBatch[],
  cut: Cut,
  keys: readonly Key[],
  carried: readonly Float32Array[] | undefined,
): Shard[] {
  const shards: Shard[] = [];
  for (let s = 0; s < cut.shards; s++) {
    const shard = cutShard(s, phase, batches, cut, keys);
    if (!shard) continue;
    const own = carried && cutCarried(s, cut, batches[0].rows, carried);
    shards.push({ ...shard, carried: own });
  }
  return shards;
}

/** Shard `s` of a phase's batches; undefined where it has no row. */
export function cutShard(
  s: number,
  phase: Phase,
  batches: readonly StepBatch[],
  { shards: count, recompute = false, dropout = 0 }: Cut,
  keys: readonly Key[],
): Omit<Shard, "carried"> | undefined {
  const targets = batches.reduce((sum, batch) => sum + batch.targets, 0);
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const totals = { targets: Math.max(1, targets), rows };
  const parts: ShardPart[] = [];
  for (const [i, batch] of batches.entries()) {
    const from = firstRow(batch.rows, count, s);
    const to = firstRow(batch.rows, count, s + 1);
    if (from === to) continue;
    const key = count === 1 ? keys[i] : keys[i].fold(s);
    parts.push({ batch: batch.cut(from, to), rows: to - from, dropout: [key.k0, key.k1] });
  }
  const more = dropout > 0 ? { dropout } : {};
  return parts.length === 0 ? undefined : { phase, parts, totals, recompute, ...more };
}

/** The part of shard `s` of a state of so many rows. */
export function cutCarried(
  s: number,
  { shards: count }: Cut,
  rows: number,
  carried: readonly Float32Array[],
): Float32Array[] {
  return carried.map((state) => {
    const width = state.length / rows;
    const [from, to] = [firstRow(rows, count, s), firstRow(rows, count, s + 1)];
    return state.slice(from * width, to * width);
  });
}

/** Computes one shard; its gradient is left in the parameters' gradients. */
export function computeShard(
  parameters: Parameters,
  network: Trainable,
  { phase, parts, carried, totals, recompute, dropout: moreDropout = 0 }: Shard,
): ShardResult {
  const { machine } = parameters;
  selectTrained(parameters, phase);
  parameters.zeroGradients();
  let loss = 0;
  const losses: Record<string, number> = {};
  const statistics: { rows: number; values: Statistics }[] = [];
  let state = carried;
  for (const { batch, rows, dropout } of parts) {
    machine.scoped(() => {
      const dropoutKey = Key.fromWords(machine, ...dropout);
      const noiseKey = dropoutKey.fold(NOISE);
      const tape = new Tape(machine, {
        ...{ record: true, dropoutKey, noiseKey, recompute, moreDropout },
      });
      const part = network.loss(tape, batch, state, totals, phase.name);
      if (state) state = part.state?.() ?? [];
      const values = part.statistics?.();
      if (values) statistics.push({ rows, values });
      loss += part.loss.data[0];
      for (const [name, { data }] of Object.entries(part.parts ?? {})) add(losses, name, data[0]);
      tape.backward(part.loss);
    });
  }
  return { loss, parts: losses, carried: state ?? [], statistics };
}

/** Ranges of a region, one after the other, in `into` where it has their length. */
export function packRanges(
  parameters: Parameters,
  region: number,
  ranges: readonly ParameterRange[],
  into?: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  const all = parameters.all(region);
  const total = lengthOf(ranges);
  const packed = into?.length === total ? into : new Float32Array(total);
  let at = 0;
  for (const { offset, length } of ranges) {
    packed.set(all.subarray(offset, offset + length), at);
    at += length;
  }
  return packed;
}

/** The opposite of `packRanges`. */
export function unpackRanges(
  parameters: Parameters,
  region: number,
  ranges: readonly ParameterRange[],
  packed: Float32Array,
): void {
  const all = parameters.all(region);
  let at = 0;
  for (const { offset, length } of ranges) {
    all.set(packed.subarray(at, at + length), offset);
    at += length;
  }
}

export function lengthOf(ranges: readonly ParameterRange[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

/** A shard's result and gradient, computed here. `grads` may be a view: do not keep it. */
export function gradientOf(
  parameters: Parameters,
  network: Trainable,
  shard: Shard,
): ShardGradient {
  const result = computeShard(parameters, network, shard);
  const ranges = trainedRanges(parameters, shard.phase);
  const { grads } = parameters;
  if (ranges.length !== 1) return { ...result, grads: packRanges(parameters, grads, ranges) };
  const [{ offset, length }] = ranges;
  return { ...result, grads: parameters.all(grads).subarray(offset, offset + length) };
}

/** What a whole phase comes to. */
export interface PhaseResult extends Omit<ShardResult, "statistics"> {
  readonly statistics: Statistics | undefined;
}

/**
 * Adds the shards' gradients up in the parameters' gradients, and joins what else came of them.
 * @param gradients theirs, in their order
 */
export async function addShards(
  parameters: Parameters,
  shards: readonly Shard[],
  gradients: AsyncIterable<ShardGradient>,
): Promise<PhaseResult> {
  let loss = 0;
  const parts: Record<string, number> = {};
  const states: Float32Array[][] = [];
  const statistics: ShardResult["statistics"][number][] = [];
  const ranges = trainedRanges(parameters, shards[0].phase);
  // Outside the machine: a shard that is computed here needs the gradients' place in it.
  let sum: Float32Array | undefined;
  for await (const shard of gradients) {
    loss += shard.loss;
    for (const [name, value] of Object.entries(shard.parts)) add(parts, name, value);
    states.push(shard.carried);
    statistics.push(...shard.statistics);
    const { grads } = shard;
    if (shards.length === 1) place(parameters, ranges, grads);
    else if (sum) addTo(sum, grads);
    else sum = grads.slice();
  }
  if (sum) place(parameters, ranges, sum);
  return { loss, parts, carried: joinCarried(states), statistics: mean(statistics) };
}

/** The states of all rows, of those of the shards. */
export function joinCarried(states: readonly (readonly Float32Array[])[]): Float32Array[] {
  return states[0].map((_, i) => joined(states.map((state) => state[i])));
}

function add(sums: Record<string, number>, name: string, value: number): void {
  sums[name] = (sums[name] ?? 0) + value;
}

function place(
  parameters: Parameters,
  ranges: readonly ParameterRange[],
  grads: Float32Array,
): void {
  const { buffer } = parameters.all(parameters.grads);
  if (buffer !== grads.buffer) unpackRanges(parameters, parameters.grads, ranges, grads);
}

function addTo(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] += values[i];
}

/** Σ rows · value / Σ rows, added in order, in f64. */
export function mean(all: ShardResult["statistics"]): Statistics | undefined {
  if (all.length === 0) return undefined;
  const rows = all.reduce((sum, one) => sum + one.rows, 0);
  const names = Object.keys(all[0].values);
  return Object.fromEntries(
    names.map((name) => {
      const sum = new Float64Array(all[0].values[name].length);
      for (const one of all) {
        for (let i = 0; i < sum.length; i++) sum[i] += one.rows * one.values[name][i];
      }
      return [name, Float32Array.from(sum, (value) => value / rows)];
    }),
  );
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
