// The order of an epoch: a permutation by the key, examples of similar length together.

import { checkNumber, InvalidInputError } from "../host/errors.js";
import type { Key } from "../host/key.js";

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

/**
 * How many of `total` come before the validation's: all but the last `fraction`.
 * @param needed by each of both
 * @throws InvalidInputError where one would have fewer
 */
export function splitAt(what: string, total: number, fraction: number, needed: number): number {
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

export function checkStep(step: number): number {
  return checkNumber("step", step, { integer: true, min: 0, max: 2 ** 32 - 2 });
}

/** Blocks of an epoch's key. */
const ORDER = 0;
const BATCH_ORDER = 1;
/** Batches whose lengths are sorted together: enough to leave little padding, few enough to mix. */
const POOL = 50;

/**
 * A fraction of the different names, drawn by the key.
 * @param what the names are of, for errors
 * @throws InvalidInputError where none or all would be drawn
 */
export function drawNames(
  what: string,
  names: readonly string[],
  fraction: number,
  key: Key,
): ReadonlySet<string> {
  checkNumber("the validation fraction", fraction, { min: 0, above: true, max: 1 });
  const different = [...new Set(names)];
  const count = Math.round(different.length * fraction);
  if (count === 0 || count === different.length) {
    throw new InvalidInputError(
      `a validation fraction of ${fraction} cuts ${different.length} different ${what} into ` +
        `${different.length - count} and ${count}; use more data or another fraction`,
    );
  }
  const order = key.permutation(different.length).subarray(0, count);
  return new Set(Array.from(order, (i) => different[i]));
}

/** One of every `n`, from all over the list, the first included; all of them where `n` is at most 1. */
export function everyNth<T>(list: readonly T[], n: number): readonly T[] {
  if (n <= 1) return list;
  return Array.from({ length: Math.ceil(list.length / n) }, (_, i) => list[Math.floor(i * n)]);
}

/** Numbers of the rows of batch `index`: of an epoch's permutation, the last batch of an epoch smaller. */
export function orderOf(
  count: number,
  batch: number,
  key: Key,
): { readonly epoch: number; rows(index: number): Int32Array } {
  const epoch = Math.ceil(count / batch);
  const order = lastOf((number) => key.fold(number).permutation(count));
  return {
    epoch,
    rows(index) {
      const from = (index % epoch) * batch;
      return order(Math.floor(index / epoch)).subarray(from, Math.min(from + batch, count));
    },
  };
}

/** What `make` gives for an epoch, kept for the one that was asked for last: it depends on the epoch alone. */
export function lastOf<T>(make: (epoch: number) => T): (epoch: number) => T {
  let last: { readonly epoch: number; readonly made: T } | undefined;
  return (epoch) => {
    if (last?.epoch !== epoch) last = { epoch, made: make(epoch) };
    return last.made;
  };
}
