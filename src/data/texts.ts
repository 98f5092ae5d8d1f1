// Batches for language models as pure functions of the step number: whatever order they are asked
// for, step s is the same batch, so the data position of a run is nothing but its step counter.
// Corpora are not copied; they must not change while batches are taken from them.

import { checkNumber, describe, InvalidInputError } from "../host/errors.js";
import type { Key } from "../host/key.js";
import { isKind } from "../host/kinds.js";
import { checkStep, splitAt } from "./order.js";
import { cutColumns } from "./time-major.js";

export interface Batch {
  /** Token ids (T, B), time-major: element t * rows + b. */
  readonly inputs: Int32Array;
  /** Next tokens (T, B); -1 where there is nothing to predict: after a row's end, and in its labels. */
  readonly targets: Int32Array;
  /** T */
  readonly steps: number;
  /** B */
  readonly rows: number;
  /** Length of each row (B), from 0 to T. Absent where every row is T long. */
  readonly lengths?: Int32Array;
  /** How much each row counts in the loss (B). Absent where all count the same. */
  readonly weights?: Float32Array;
  /** Number of targets that count. */
  readonly tokens: number;
  /** Whether the rows continue those of the batch before. */
  readonly continues: boolean;
}

export interface Batches {
  batch(step: number): Batch;
  /** Steps after which every position was seen once, where that is so. */
  readonly epoch?: number;
}

/** A corpus cut in two. */
export interface Split<T> {
  readonly train: T;
  readonly validation: T;
}

/** Positions in one batch: 1 GiB of ids. */
export const MAX_POSITIONS: number = 2 ** 28;

/**
 * Random windows: each row is `seqLen` tokens from a start drawn uniformly.
 * @throws InvalidInputError where the corpus is shorter than a window and its next token
 */
export function windowBatches(
  tokens: Int32Array,
  { batch, seqLen, key }: { batch: number; seqLen: number; key: Key },
): Batches {
  checkTokens("tokens", tokens);
  checkSize("batch", batch, "seqLen", seqLen);
  needTokens("training", tokens.length, seqLen + 1, "seqLen + 1", "a smaller seqLen");
  const choices = tokens.length - seqLen;
  return {
    batch(step) {
      const starts = key.integers(batch, choices, checkStep(step));
      return gather(tokens, starts, seqLen, false);
    },
  };
}

/**
 * Contiguous text: cut into `batch` streams of equal length, the first the earliest, walked in steps
 * of `seqLen`, so that a state can be carried from batch to batch. The last batch of an epoch is
 * shorter where `seqLen` does not divide the streams. Fewer than `batch` tokens at the end of the
 * text, which would make the streams unequal, are left out.
 * @throws InvalidInputError where the corpus is too short for one whole batch
 */
export function streamBatches(
  tokens: Int32Array,
  { batch, seqLen }: { batch: number; seqLen: number },
): Batches {
  checkTokens("tokens", tokens);
  checkSize("batch", batch, "seqLen", seqLen);
  const formula = "batch * seqLen + 1";
  const needed = batch * seqLen + 1;
  needTokens("training in streams", tokens.length, needed, formula, "a smaller batch or seqLen");
  const length = Math.floor((tokens.length - 1) / batch);
  const epoch = Math.ceil(length / seqLen);
  return {
    epoch,
    batch(step) {
      const at = (checkStep(step) % epoch) * seqLen;
      const starts = Array.from({ length: batch }, (_, row) => row * length + at);
      return gather(tokens, starts, Math.min(seqLen, length - at), at > 0);
    },
  };
}

/** Rows `from` to below `to` of a batch, with buffers of their own where they are not all of it. */
export function cutRows(batch: Batch, from: number, to: number): Batch {
  const { inputs, targets, steps, lengths, continues } = batch;
  const rows = to - from;
  if (rows === batch.rows) return batch;
  const columns = (all: Int32Array) => cutColumns(all, batch.rows, steps, from, to);
  const own = lengths?.slice(from, to);
  const targeted = columns(targets);
  const tokens = targeted.reduce((count, target) => (target < 0 ? count : count + 1), 0);
  const cut = { inputs: columns(inputs), targets: targeted, steps, rows, tokens, continues };
  return own ? { ...cut, lengths: own } : cut;
}

/**
 * The last `fraction` of the tokens as validation, the rest as training, both views in order.
 * @param needed Tokens that each part must have at least, such as a window and its next token.
 * @throws InvalidInputError where a part would be shorter
 */
export function splitTokens(tokens: Int32Array, fraction: number, needed = 2): Split<Int32Array> {
  checkTokens("tokens", tokens);
  const at = splitAt("tokens", tokens.length, fraction, needed);
  return { train: tokens.subarray(0, at), validation: tokens.subarray(at) };
}

/**
 * Every token but the first as a target exactly once, for a measure over the whole text. The text is
 * cut into `rows` contiguous streams, the first the earliest, whose lengths differ by at most one;
 * fewer rows where there are fewer targets. With `resetEvery` N, the state starts again (`continues`
 * is false) every N positions of each stream. With `most` below the number of targets, only the beginning
 * of each stream, about `most` targets in all.
 * @throws InvalidInputError where there is nothing to predict
 */
export function evaluationBatches(
  tokens: Int32Array,
  options: { rows: number; seqLen: number; resetEvery?: number; most?: number },
): Iterable<Batch> {
  const { seqLen, resetEvery = Infinity, most = Infinity } = options;
  checkTokens("tokens", tokens);
  checkSize("rows", options.rows, "seqLen", seqLen);
  if (resetEvery !== Infinity) checkNumber("resetEvery", resetEvery, { integer: true, min: 1 });
  needTokens("evaluation", tokens.length, 2, "one to predict another", "");
  const targets = tokens.length - 1;
  const rows = Math.min(options.rows, targets);
  const short = Math.floor(targets / rows);
  const longer = targets % rows;
  const total = Math.min(short + Math.sign(longer), Math.max(1, Math.floor(most / rows)));
  const begins = Array.from({ length: rows }, (_, row) => row * short + Math.min(row, longer));
  function* walk(): Generator<Batch> {
    for (let at = 0; at < total; ) {
      const sinceReset = at % resetEvery;
      const steps = Math.min(seqLen, resetEvery - sinceReset, total - at);
      const starts = begins.map((begin) => begin + at);
      // Only the last batch has shorter rows, by one.
      const shortRows = at + steps > short ? rows - longer : 0;
      yield gather(tokens, starts, steps, sinceReset > 0, shortRows);
      at += steps;
    }
  }
  return { [Symbol.iterator]: walk };
}

/**
 * Every token but the first as a target exactly once, in windows of `window` that are read each from its
 * beginning, `rows` of them side by side: what `evaluationBatches` with one row and `resetEvery` measures. With
 * `most`, only so many targets from the beginning, about.
 * @throws InvalidInputError where there is nothing to predict
 */
export function evaluationWindows(
  tokens: Int32Array,
  { rows, window, most = Infinity }: { rows: number; window: number; most?: number },
): Iterable<Batch> {
  checkTokens("tokens", tokens);
  checkSize("rows", rows, "window", window);
  needTokens("evaluation", tokens.length, 2, "one to predict another", "");
  const targets = Math.min(tokens.length - 1, Math.max(window, most));
  function* walk(): Generator<Batch> {
    for (let at = 0; at < targets; ) {
      const steps = Math.min(window, targets - at);
      // The last window may be shorter: it is a batch of its own.
      const whole = Math.max(1, Math.min(rows, Math.floor((targets - at) / window)));
      const starts = Array.from({ length: whole }, (_, row) => at + row * window);
      yield gather(tokens, starts, steps, false);
      at += whole * steps;
    }
  }
  return { [Symbol.iterator]: walk };
}

/** Rows of `steps` tokens from each start, the last `shortRows` of them one shorter. */
function gather(
  tokens: Int32Array,
  starts: readonly number[],
  steps: number,
  continues: boolean,
  shortRows = 0,
): Batch {
  const rows = starts.length;
  const inputs = new Int32Array(steps * rows);
  const targets = new Int32Array(steps * rows);
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < rows; b++) {
      inputs[t * rows + b] = tokens[starts[b] + t];
      targets[t * rows + b] = tokens[starts[b] + t + 1];
    }
  }
  const batch = { inputs, targets, steps, rows, tokens: steps * rows - shortRows, continues };
  if (shortRows === 0) return batch;
  inputs.fill(0, steps * rows - shortRows);
  targets.fill(-1, steps * rows - shortRows);
  const lengths = new Int32Array(rows).fill(steps).fill(steps - 1, rows - shortRows);
  return { ...batch, lengths };
}

export function checkTokens(name: string, tokens: unknown): asserts tokens is Int32Array {
  if (!isKind(tokens, "Int32Array")) {
    throw new InvalidInputError(`${name} must be an Int32Array of ids, got ${describe(tokens)}`);
  }
  const at = tokens.findIndex((id) => id < 0);
  if (at < 0) return;
  throw new InvalidInputError(`${name}[${at}] must be an id of at least 0, got ${tokens[at]}`);
}

function needTokens(who: string, got: number, needed: number, why: string, remedy: string): void {
  if (got >= needed) return;
  const change = `use a longer text${remedy && ` or ${remedy}`}`;
  throw new InvalidInputError(
    `${who} needs at least ${needed} tokens (${why}), got ${got}; ${change}`,
  );
}

function checkSize(rowsName: string, rows: number, stepsName: string, steps: number): void {
  checkNumber(rowsName, rows, { integer: true, min: 1, max: MAX_POSITIONS });
  checkNumber(stepsName, steps, { integer: true, min: 1, max: MAX_POSITIONS });
  checkNumber(`${rowsName} * ${stepsName}`, rows * steps, { max: MAX_POSITIONS });
}
