// Sums that a grid must have: how many there are of some symbols, or as many of one as of another. Symbols with the same
// weights in all sums are of one kind; what a cell can add to each sum follows from the kinds that may stand there.
//
// Each sum alone sees that seven cells are free for one player, but not that the same seven are wanted for three boxes and three
// goals, too. So sums and differences of sums are kept as well: with counts of symbols that do not overlap, those of all
// subsets are exactly Hall's condition (Quimper et al. 2004, "Improved algorithms for the global cardinality constraint").

import { InvalidInputError } from "../../host/errors.js";
import type { Sum } from "./rule-tables.js";

/** What a cell adds to each sum at least and at most, (sums). */
export interface Range {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** Kinds are bits of a word, of which the last would be its sign. */
const MOST_KINDS = 31;
/** Sums that are kept, those that are derived included. */
const MOST_SUMS = 64;

export class RuleSums {
  /** What was asked for. */
  readonly own: readonly Sum[];
  /** The same, and what follows from several. */
  readonly all: readonly Sum[];
  /** (symbols): the kind of each. */
  readonly kinds: Uint8Array;
  /** By kind, its first symbol. */
  readonly firsts: readonly number[];
  /** By kind, the symbols of it. */
  readonly sets: readonly Uint32Array[];
  /** (sums): the largest difference that one cell can make. */
  readonly reach: Int32Array;
  readonly #words: number;
  /** By sum, the weights of kinds. */
  readonly #weights: readonly Int32Array[];
  readonly #ranges = new Map<number, Range>();
  readonly #unions = new Map<number, Uint32Array>();

  /** @throws InvalidInputError where rules tell too many kinds of symbols apart, or contradict one another */
  constructor(own: readonly Sum[], symbols: number, cells: number) {
    this.own = own;
    this.#words = Math.ceil(symbols / 32);
    this.kinds = new Uint8Array(symbols);
    const first: number[] = [];
    const known = new Map<string, number>();
    for (let s = 0; s < symbols; s++) {
      const key = own.map(({ weights }) => weights[s]).join();
      const kind = known.get(key) ?? known.size;
      if (kind === known.size) first.push(s);
      known.set(key, kind);
      if (known.size > MOST_KINDS) {
        throw new InvalidInputError(
          `rules: counts and equal tell more than ${MOST_KINDS} kinds of symbols apart; count fewer, or more of them together`,
        );
      }
      this.kinds[s] = kind;
    }
    this.firsts = first;
    this.sets = first.map((_, kind) => {
      const set = new Uint32Array(this.#words);
      for (let s = 0; s < symbols; s++) {
        if (this.kinds[s] === kind) set[s >> 5] |= 1 << (s & 31);
      }
      return set;
    });
    this.all = derived(own, cells);
    this.#weights = this.all.map(({ weights }) => Int32Array.from(first, (s) => weights[s]));
    this.reach = Int32Array.from(this.#weights, (w) => Math.max(...w) - Math.min(...w));
  }

  /** The kinds that a domain has, as bits. */
  kindsOf(domains: Uint32Array, from: number): number {
    let bits = 0;
    for (let kind = 0; kind < this.sets.length; kind++) {
      const set = this.sets[kind];
      for (let w = 0; w < this.#words; w++) {
        if (domains[from + w] & set[w]) {
          bits |= 1 << kind;
          break;
        }
      }
    }
    return bits;
  }

  /** What a cell of these kinds adds. */
  range(kinds: number): Range {
    const known = this.#ranges.get(kinds);
    if (known) return known;
    const some = bitsOf(kinds);
    const low = Int32Array.from(this.#weights, (w) => Math.min(...some.map((kind) => w[kind])));
    const high = Int32Array.from(this.#weights, (w) => Math.max(...some.map((kind) => w[kind])));
    const range = { low, high };
    this.#ranges.set(kinds, range);
    return range;
  }

  /** All symbols of these kinds. */
  union(kinds: number): Uint32Array {
    const known = this.#unions.get(kinds);
    if (known) return known;
    const union = new Uint32Array(this.#words);
    for (const kind of bitsOf(kinds)) {
      for (let w = 0; w < this.#words; w++) union[w] |= this.sets[kind][w];
    }
    this.#unions.set(kinds, union);
    return union;
  }

  /** Of the kinds of a cell, those with which no sum leaves its bounds, whatever the other cells become. */
  possible(kinds: number, low: Int32Array, high: Int32Array): number {
    const range = this.range(kinds);
    let left = kinds;
    for (const kind of bitsOf(kinds)) {
      for (let k = 0; k < this.all.length; k++) {
        const { min, max } = this.all[k];
        const weight = this.#weights[k][kind];
        if (low[k] - range.low[k] + weight > max || high[k] - range.high[k] + weight < min) {
          left &= ~(1 << kind);
          break;
        }
      }
    }
    return left;
  }
}

function bitsOf(bits: number): number[] {
  const all: number[] = [];
  for (let bit = 0; bit < MOST_KINDS; bit++) if ((bits >>> bit) & 1) all.push(bit);
  return all;
}

/** The sums themselves, and sums and differences of two, three and more of them as long as there is room. */
function derived(own: readonly Sum[], cells: number): Sum[] {
  const all: Sum[] = [];
  let level: (Sum & { readonly last: number })[] = own.map((sum, last) => ({ ...sum, last }));
  while (level.length > 0 && all.length < MOST_SUMS) {
    for (const { last: _, ...sum } of level) {
      if (all.length < MOST_SUMS && says(sum, cells)) all.push(sum);
    }
    level = level.flatMap((sum) =>
      own.slice(sum.last + 1).flatMap((other, n) => {
        const last = sum.last + 1 + n;
        const signs =
          isDifference(sum) || isDifference(other) || overlap(sum, other) ? [1, -1] : [1];
        return signs.map((sign) => ({ ...joined(sum, other, sign), last }));
      }),
    );
    if (level.length > MOST_SUMS ** 2) break;
  }
  return all;
}

/** Whether a sum is a difference. */
function isDifference({ weights }: Sum): boolean {
  return weights.some((weight) => weight < 0);
}

/** Whether a symbol counts in both: of counts that do not overlap, differences say nothing that sums do not. */
function overlap(a: Sum, b: Sum): boolean {
  return a.weights.some((weight, s) => weight !== 0 && b.weights[s] !== 0);
}

function joined(a: Sum, b: Sum, sign: number): Sum {
  const [low, high] = sign > 0 ? [b.min, b.max] : [-b.max, -b.min];
  return {
    what: `${a.what} and ${b.what}`,
    weights: a.weights.map((weight, s) => weight + sign * b.weights[s]),
    min: a.min + low,
    max: a.max + high,
  };
}

/** Whether a sum says anything of a grid of so many cells. */
function says({ weights, min, max }: Sum, cells: number): boolean {
  const [least, most] = [Math.min(...weights), Math.max(...weights)];
  return min > least * cells || max < most * cells;
}

/** @throws InvalidInputError where a sum cannot be had */
export function outOfBounds({ what, min, max }: Sum, low: number, high: number): InvalidInputError {
  const asked = min === max ? `${min}` : `${min} to ${max}`;
  const counted = what.startsWith("counts") && !what.includes(" and ");
  const got = low > max ? `at least ${low}` : `at most ${high}`;
  return new InvalidInputError(
    counted
      ? `rules: ${what} must be ${asked}, but with the other rules there are ${got}`
      : `rules: ${what} contradict one another, or the other rules`,
  );
}
