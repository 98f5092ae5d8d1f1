// What came of examples whose continuation is known.

import { InvalidInputError } from "../host/errors.js";
import { type Interval, wilson } from "./intervals.js";

/** Options of `extractable`. */
export interface ExtractableOptions {
  /** Tokens that are given. Default [8, 16, 32, 64]; of documents that are shorter, what leaves half of them. */
  readonly prefix?: readonly number[];
  /** Tokens that follow and must all be equal. Default 50; where most documents are shorter, half of a typical one. */
  readonly length?: number;
  /** Places of the texts that are tried, at most, evenly spread. Default 200. */
  readonly examples?: number;
}

/** What a model gives back of texts. */
export interface Extractable {
  /** Tokens that had to be equal. */
  readonly length: number;
  readonly prefixes: readonly ExtractedFrom[];
  /** The first texts that came back, of the longest prefix. */
  readonly found: readonly { readonly prefix: string; readonly text: string }[];
}

/** What came of one length of prefix. */
export interface ExtractedFrom {
  /** Tokens that were given; "source" of pairs, and "before" of conversations: all that is said before an answer. */
  readonly prefix: number | "source" | "before";
  readonly examples: number;
  /** Those whose likeliest continuation is the text. */
  readonly extracted: number;
  /** extracted / examples, with Wilson's 95 % interval. */
  readonly share: number;
  readonly interval: Interval;
  /** Tokens that are equal before the first that is not, on average. */
  readonly tokens: number;
}

/** Texts that are shown of those that came back. */
const SHOWN = 5;
/** Rows that are read side by side. */
export const ROWS: number = 64;

/** Options that were checked. */
export interface Asked extends ExtractableOptions {
  readonly examples: number;
}

/** An example, and how many of its tokens were right. */
export interface Counted {
  readonly prefix: Int32Array;
  readonly follows: Int32Array;
  readonly right: number;
}

/** The figures. @throws InvalidInputError where no text is long enough */
export function summary(
  length: number,
  each: readonly (readonly [ExtractedFrom["prefix"], readonly Counted[]])[],
  decode: (tokens: Int32Array) => string,
  decodePrefix: (tokens: Int32Array) => string = decode,
): Extractable {
  const whole = ({ follows, right }: Counted) => right === follows.length;
  const prefixes = each.map(([prefix, counted]) => {
    const examples = counted.length;
    const extracted = counted.filter(whole).length;
    const tokens = counted.reduce((sum, { right }) => sum + right, 0) / Math.max(1, examples);
    const share = extracted / Math.max(1, examples);
    return { prefix, examples, extracted, share, interval: wilson(extracted, examples), tokens };
  });
  if (prefixes.every(({ examples }) => examples === 0)) {
    throw new InvalidInputError(
      `the texts are too short: none has ${length} tokens after a prefix; give a smaller length or prefix`,
    );
  }
  const [, last] = each[each.length - 1];
  const found = last
    .filter(whole)
    .slice(0, SHOWN)
    .map(({ prefix, follows }) => ({ prefix: decodePrefix(prefix), text: decode(follows) }));
  return { length, prefixes, found };
}

/** The median; 0 of none. */
export function typical(lengths: readonly number[]): number {
  return lengths.slice().sort((a, b) => a - b)[lengths.length >> 1] ?? 0;
}

/** So many of a list, evenly spread. */
export function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]);
}
