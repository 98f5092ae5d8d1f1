// Pairs of texts as batches for an encoder and a decoder: pure functions of the step number, as those
// of texts are. Sequences are padded to the longest of their batch; pairs of similar lengths share one.

import { checkNumber, InvalidInputError } from "../host/errors.js";
import type { Key } from "../host/key.js";
import { bucket, drawNames, lastOf } from "./order.js";
import type { Split } from "./texts.js";
import { cutColumns, longest } from "./time-major.js";

/** Two texts that belong together: what is read, and what is to be said. */
export interface Pair {
  readonly source: string;
  readonly target: string;
  /** What kind of source it is. */
  readonly label?: string;
}

/** A pair as tokens. */
export interface TokenPair {
  /** At least one token. */
  readonly source: Int32Array;
  readonly target: Int32Array;
  /** Number of the label; -1: none. */
  readonly label: number;
}

/** Rows of pairs, plain data. */
export interface PairBatch {
  readonly rows: number;
  /** Token ids of the sources (S, B), time-major: element s * rows + b. */
  readonly sources: Int32Array;
  readonly sourceSteps: number;
  /** (B) */
  readonly sourceLengths: Int32Array;
  /** What the decoder reads: the start marker and the target (T, B). */
  readonly inputs: Int32Array;
  /** What it should say: the target and the end marker (T, B); -1 after it. */
  readonly targets: Int32Array;
  readonly steps: number;
  /** (B) */
  readonly lengths: Int32Array;
  /** (B); -1 where there is none. */
  readonly labels: Int32Array;
  /** How much each counts in the loss (B); absent where all count the same. */
  readonly weights?: Float32Array;
  /** Targets that count. */
  readonly tokens: number;
}

/** Corruption of sources, for denoising; all are probabilities, default 0. */
export interface NoiseOptions {
  /** That a token is left out; one always stays. */
  readonly drop?: number;
  /** That a token changes places with the next. */
  readonly swap?: number;
  /** That a token is replaced by the mask. */
  readonly mask?: number;
}

/** How pairs become batches. */
export interface PairBatchOptions {
  readonly batch: number;
  readonly start: number;
  readonly end: number;
  /** Sources from the last token to the first (Sutskever, Vinyals and Le 2014). */
  readonly reverse: boolean;
  readonly noise?: NoiseOptions & { readonly token: number };
  readonly key: Key;
}

/** Blocks of a batch's key. */
const EPOCH = 0;
const NOISE = 1;

/** Batches by the step. */
export interface PairBatches {
  /** Steps after which every pair was seen once. */
  readonly epoch: number;
  batch(step: number): PairBatch;
  /** Numbers of the pairs of that batch. */
  rows(step: number): Int32Array;
  /** The part of all computed positions, of both sides, that are padding; over the first epoch. */
  padding(): number;
}

/** Batches of every pair once an epoch, in an order of the epoch's own. @throws InvalidInputError */
export function pairBatches(pairs: readonly TokenPair[], options: PairBatchOptions): PairBatches {
  const { batch, key } = options;
  checkNumber("batch", batch, { integer: true, min: 1 });
  if (pairs.length === 0) throw new InvalidInputError("there is no pair to train on");
  const lengths = pairs.map(({ source, target }) => [target.length, source.length]);
  const epoch = Math.ceil(pairs.length / batch);
  const epochs = key.fold(EPOCH);
  const noises = key.fold(NOISE);
  const batches = lastOf((number) => bucket(lengths, batch, epochs.fold(number)));
  const rows = (step: number) => batches(Math.floor(step / epoch))[step % epoch];
  const rowsOf = (step: number) => Array.from(rows(step), (index) => pairs[index]);
  return {
    epoch,
    rows,
    batch(step) {
      const rows = rowsOf(step);
      const { noise } = options;
      return pad(noise ? corrupted(rows, noise, noises.fold(step)) : rows, options);
    },
    padding() {
      let real = 0;
      let computed = 0;
      for (let step = 0; step < epoch; step++) {
        const rows = rowsOf(step);
        for (const side of ["source", "target"] as const) {
          const own = rows.map((pair) => pair[side].length + (side === "target" ? 1 : 0));
          real += own.reduce((sum, length) => sum + length, 0);
          computed += own.length * Math.max(...own);
        }
      }
      return 1 - real / computed;
    },
  };
}

/** One batch of these pairs. */
export function pad(
  pairs: readonly TokenPair[],
  { start, end, reverse }: Pick<PairBatchOptions, "start" | "end" | "reverse">,
): PairBatch {
  const rows = pairs.length;
  const sourceLengths = Int32Array.from(pairs, ({ source }) => source.length);
  const lengths = Int32Array.from(pairs, ({ target }) => target.length + 1);
  const sourceSteps = longest(sourceLengths);
  const steps = longest(lengths);
  const sources = new Int32Array(sourceSteps * rows);
  const inputs = new Int32Array(steps * rows).fill(end);
  const targets = new Int32Array(steps * rows).fill(-1);
  for (const [b, { source, target }] of pairs.entries()) {
    const last = source.length - 1;
    for (let s = 0; s <= last; s++) sources[s * rows + b] = source[reverse ? last - s : s];
    for (let t = 0; t <= target.length; t++) {
      inputs[t * rows + b] = t === 0 ? start : target[t - 1];
      targets[t * rows + b] = t < target.length ? target[t] : end;
    }
  }
  return {
    rows,
    sources,
    sourceSteps,
    sourceLengths,
    inputs,
    targets,
    steps,
    lengths,
    labels: Int32Array.from(pairs, ({ label }) => label),
    tokens: lengths.reduce((sum, length) => sum + length, 0),
  };
}

/** Rows `from` to below `to`, no longer than their own longest. */
export function cutPairs(batch: PairBatch, from: number, to: number): PairBatch {
  if (to - from === batch.rows) return batch;
  const rows = to - from;
  const sourceLengths = batch.sourceLengths.slice(from, to);
  const lengths = batch.lengths.slice(from, to);
  const sourceSteps = longest(sourceLengths);
  const steps = longest(lengths);
  const columns = (all: Int32Array, count: number) => cutColumns(all, batch.rows, count, from, to);
  return {
    rows,
    sources: columns(batch.sources, sourceSteps),
    sourceSteps,
    sourceLengths,
    inputs: columns(batch.inputs, steps),
    targets: columns(batch.targets, steps),
    steps,
    lengths,
    labels: batch.labels.slice(from, to),
    tokens: lengths.reduce((sum, length) => sum + length, 0),
  };
}

/** The pairs with corrupted sources. */
function corrupted(
  pairs: readonly TokenPair[],
  { drop = 0, swap = 0, mask = 0, token }: NoiseOptions & { readonly token: number },
  key: Key,
): TokenPair[] {
  return pairs.map((pair, row) => {
    const { length } = pair.source;
    const own = key.fold(row);
    const source = pair.source.slice();
    const chance = (block: number, p: number) =>
      p > 0 ? Array.from(own.uniform(length, block), (u) => u < p) : [];
    chance(0, swap).forEach((yes, i) => {
      if (yes && i + 1 < length) [source[i], source[i + 1]] = [source[i + 1], source[i]];
    });
    chance(1, mask).forEach((yes, i) => {
      if (yes) source[i] = token;
    });
    const dropped = chance(2, drop);
    const kept = source.filter((_, i) => !dropped[i]);
    return { ...pair, source: kept.length > 0 ? kept : source.slice(0, 1) };
  });
}

/**
 * A part of the pairs for validation and the rest for training, in order; no source is on both sides.
 * @param fraction of the different sources, chosen by the key
 * @throws InvalidInputError where a side would be empty
 */
export function splitPairs<T extends { readonly source: string }>(
  pairs: readonly T[],
  fraction: number,
  key: Key,
): Split<readonly T[]> {
  const sources = pairs.map(({ source }) => source);
  const drawn = drawNames("sources", sources, fraction, key);
  return {
    train: pairs.filter(({ source }) => !drawn.has(source)),
    validation: pairs.filter(({ source }) => drawn.has(source)),
  };
}
