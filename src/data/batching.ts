// Batches for language models as pure functions of the step number: whatever order they are asked
// for, step s is the same batch, so the data position of a run is nothing but its step counter.
// Corpora are not copied; they must not change while batches are taken from them.

import { checkNumber, describe, InvalidInputError } from "../host/errors.js";
import type { Key } from "../host/key.js";

export interface Batch {
  /** Token ids (T, B), time-major: element t * rows + b. */
  readonly inputs: Int32Array;
  /** Next tokens (T, B); -1 where there is nothing to predict. */
  readonly targets: Int32Array;
  /** T */
  readonly steps: number;
  /** B */
  readonly rows: number;
  /** Length of each row (B), from 0 to T. Absent where every row is T long. */
  readonly lengths?: Int32Array;
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
const MAX_POSITIONS = 2 ** 28;
/** Batches whose lengths are sorted together: enough to leave little padding, few enough to mix. */
const POOL = 50;
/** Blocks of an epoch's key. */
const ORDER = 0;
const BATCH_ORDER = 1;

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
  needTokens("windowBatches", tokens.length, seqLen + 1, `seqLen + 1`, "a smaller seqLen");
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
  const formula = `batch * seqLen + 1`;
  const needed = batch * seqLen + 1;
  needTokens("streamBatches", tokens.length, needed, formula, "a smaller batch or seqLen");
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

/**
 * Documents, each once an epoch in an order of the epoch's own: inputs are `start` and the document,
 * targets the document and `end`. Documents of similar length share a batch, so that padding (input
 * `end`, target -1) is small: the epoch's permutation is sorted by length within pools of 50 batches,
 * and the batches are shuffled. What does not fill a batch is the epoch's last, smaller one. An empty
 * document stays one: it teaches that a text may end at once.
 *
 * A document longer than `maxLength` is cut into pieces of at most `maxLength` tokens, each a row of
 * its own. Only the first has the start marker and only the last the end target; the last target of
 * the others is the token that begins the next piece, so every token is still predicted once.
 * @throws InvalidInputError where there is nothing in the documents, or a batch would be too large
 */
export function documentBatches(
  documents: readonly Int32Array[],
  options: { batch: number; maxLength?: number; start: number; end: number; key: Key },
): Batches {
  const { batch, maxLength, start, end, key } = options;
  checkNumber("batch", batch, { integer: true, min: 1, max: MAX_POSITIONS });
  checkNumber("start", start, { integer: true, min: 0, max: 2 ** 31 - 1 });
  checkNumber("end", end, { integer: true, min: 0, max: 2 ** 31 - 1 });
  if (maxLength !== undefined) checkNumber("maxLength", maxLength, { integer: true, min: 1 });
  checkDocuments(documents);
  const pieces = documents.flatMap((document) => cut(document, maxLength ?? Infinity));
  const longest = pieces.reduce((most, { length }) => Math.max(most, length), 0);
  const positions = Math.min(batch, pieces.length) * longest;
  if (positions > MAX_POSITIONS) {
    throw new InvalidInputError(
      `a batch of ${Math.min(batch, pieces.length)} rows of up to ${longest} tokens is more than the ` +
        `${MAX_POSITIONS} positions that fit; set a smaller batch or maxLength`,
    );
  }
  const epoch = Math.ceil(pieces.length / batch);
  // The order of the epoch asked for last: what it holds depends on the epoch alone.
  let cached = { epoch: -1, batches: [] as Int32Array[] };
  return {
    epoch,
    batch(step) {
      const current = Math.floor(checkStep(step) / epoch);
      if (cached.epoch !== current) {
        const sizes = pieces.map(({ length }) => [length]);
        cached = { epoch: current, batches: bucket(sizes, batch, key.fold(current)) };
      }
      const rows = Array.from(cached.batches[step % epoch], (index) => pieces[index]);
      return pad(rows, start, end);
    },
  };
}

/** Rows `from` to below `to` of a batch, with buffers of their own where they are not all of it. */
export function cutRows(batch: Batch, from: number, to: number): Batch {
  const { inputs, targets, steps, lengths, continues } = batch;
  const rows = to - from;
  if (rows === batch.rows) return batch;
  const columns = (all: Int32Array) => {
    const some = new Int32Array(steps * rows);
    for (let t = 0; t < steps; t++) {
      some.set(all.subarray(t * batch.rows + from, t * batch.rows + to), t * rows);
    }
    return some;
  };
  const own = lengths?.slice(from, to);
  const tokens = own ? own.reduce((sum, length) => sum + length, 0) : steps * rows;
  const cut = {
    inputs: columns(inputs),
    targets: columns(targets),
    steps,
    rows,
    tokens,
    continues,
  };
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
 * The last `fraction` of the documents as validation, the rest as training, both in order.
 * @throws InvalidInputError where a part would have fewer than `needed`
 */
export function splitDocuments<T>(
  documents: readonly T[],
  fraction: number,
  needed = 1,
): Split<readonly T[]> {
  const at = splitAt("documents", documents.length, fraction, needed);
  return { train: documents.slice(0, at), validation: documents.slice(at) };
}

/**
 * Every token but the first as a target exactly once, for a measure over the whole text. The text is
 * cut into `rows` contiguous streams, the first the earliest, whose lengths differ by at most one;
 * fewer rows where there are fewer targets. With `resetEvery` N, the state starts anew (`continues`
 * is false) every N positions of each stream.
 * @throws InvalidInputError where there is nothing to predict
 */
export function evaluationBatches(
  tokens: Int32Array,
  options: { rows: number; seqLen: number; resetEvery?: number },
): Iterable<Batch> {
  const { seqLen, resetEvery = Infinity } = options;
  checkTokens("tokens", tokens);
  checkSize("rows", options.rows, "seqLen", seqLen);
  if (resetEvery !== Infinity) checkNumber("resetEvery", resetEvery, { integer: true, min: 1 });
  needTokens("evaluationBatches", tokens.length, 2, "one to predict another", "");
  const targets = tokens.length - 1;
  const rows = Math.min(options.rows, targets);
  const short = Math.floor(targets / rows);
  const longer = targets % rows;
  const total = short + Math.sign(longer);
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

/** Tokens `from` to `to` of a document; `length` positions with the start marker, if it has one. */
interface Piece {
  readonly document: Int32Array;
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

function cut(document: Int32Array, maxLength: number): Piece[] {
  const pieces: Piece[] = [];
  for (let from = 0; from === 0 || from < document.length; from += maxLength) {
    const to = Math.min(from + maxLength, document.length);
    pieces.push({ document, from, to, length: to - from + (from === 0 ? 1 : 0) });
  }
  return pieces;
}

/**
 * One epoch: the numbers of the examples in each batch, those of similar length together. Examples
 * have one length or several (of a source and a target).
 */
export function bucket(
  lengths: readonly (readonly number[])[],
  batch: number,
  key: Key,
): Int32Array[] {
  const order = key.permutation(lengths.length, ORDER);
  const whole = Math.floor(lengths.length / batch);
  const batches: Int32Array[] = [];
  for (let at = 0; at < whole * batch; at += POOL * batch) {
    const pool = order.subarray(at, Math.min(at + POOL * batch, whole * batch));
    batches.push(...halve(pool, lengths, batch));
  }
  const shuffled = Array.from(key.permutation(whole, BATCH_ORDER), (index) => batches[index]);
  // The rest comes from the permutation, not from the sort: it must not be the longest ones.
  if (whole * batch < lengths.length) shuffled.push(order.subarray(whole * batch));
  return shuffled;
}

/** Whole batches: cut in two, and again, by the length whose halves have the least to compute. */
function halve(
  some: Int32Array,
  lengths: readonly (readonly number[])[],
  batch: number,
): Int32Array[] {
  // Sorts are stable: examples of one length stay in random order.
  const sorted = (side: number) =>
    Int32Array.from(Array.from(some).sort((a, b) => lengths[a][side] - lengths[b][side]));
  if (some.length <= batch) return [sorted(0)];
  const middle = batch * Math.floor(some.length / batch / 2);
  const positions = (part: Int32Array) =>
    lengths[0].reduce((sum, _, side) => {
      const longest = part.reduce((most, index) => Math.max(most, lengths[index][side]), 0);
      return sum + part.length * longest;
    }, 0);
  const cuts = lengths[0].map((_, side) => {
    const all = sorted(side);
    const parts = [all.subarray(0, middle), all.subarray(middle)];
    return { parts, cost: positions(parts[0]) + positions(parts[1]) };
  });
  const { parts } = cuts.reduce((best, cut) => (cut.cost < best.cost ? cut : best));
  return parts.flatMap((part) => halve(part, lengths, batch));
}

function pad(pieces: readonly Piece[], start: number, end: number): Batch {
  const rows = pieces.length;
  const lengths = Int32Array.from(pieces, ({ length }) => length);
  const steps = lengths.reduce((most, length) => Math.max(most, length), 0);
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const inputs = new Int32Array(steps * rows).fill(end);
  const targets = new Int32Array(steps * rows).fill(-1);
  for (let b = 0; b < rows; b++) {
    const { document, from, to, length } = pieces[b];
    // Position t reads the token at `first + t` and predicts the one after it.
    const first = to - length;
    for (let t = 0; t < length; t++) {
      inputs[t * rows + b] = from + t === 0 ? start : document[first + t];
      targets[t * rows + b] = first + t + 1 < document.length ? document[first + t + 1] : end;
    }
  }
  const batch = { inputs, targets, steps, rows, tokens, continues: false };
  return tokens === steps * rows ? batch : { ...batch, lengths };
}

function splitAt(what: string, total: number, fraction: number, needed: number): number {
  checkNumber("the validation fraction", fraction, { min: 0, above: true, max: 1 });
  checkNumber("needed", needed, { integer: true, min: 1 });
  const validation = Math.round(total * fraction);
  if (validation >= needed && total - validation >= needed) return total - validation;
  throw new InvalidInputError(
    `training and validation need at least ${needed} ${what} each, but a validation fraction of ` +
      `${fraction} cuts ${total} ${what} into ${total - validation} and ${validation}; ` +
      "use more data or another fraction",
  );
}

function checkTokens(name: string, tokens: unknown): asserts tokens is Int32Array {
  if (!(tokens instanceof Int32Array)) {
    throw new InvalidInputError(`${name} must be an Int32Array of ids, got ${describe(tokens)}`);
  }
  const at = tokens.findIndex((id) => id < 0);
  if (at < 0) return;
  throw new InvalidInputError(`${name}[${at}] must be an id of at least 0, got ${tokens[at]}`);
}

function checkDocuments(documents: readonly Int32Array[]): void {
  if (!Array.isArray(documents)) {
    throw new InvalidInputError(`documents must be an array, got ${describe(documents)}`);
  }
  documents.forEach((document, i) => {
    checkTokens(`documents[${i}]`, document);
  });
  if (documents.some(({ length }) => length > 0)) return;
  throw new InvalidInputError(
    `documents must hold at least one token, got ${documents.length} documents, all empty`,
  );
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

function checkStep(step: number): number {
  return checkNumber("step", step, { integer: true, min: 0, max: 2 ** 32 - 2 });
}
