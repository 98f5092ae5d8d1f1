// What a document begins with: the start marker and, where documents have labels, the labels as tokens and a
// token that ends them.

import type { Key } from "../host/key.js";

/** Labels of documents as tokens. */
export interface DocumentLabels {
  /** Tokens of each label that a document has, in the order of the model's fields. */
  readonly of: ReadonlyMap<Int32Array, readonly Int32Array[]>;
  /** Ends the labels, also where there are none. */
  readonly end: number;
}

/** `start`, or `start`, labels and what ends them. */
export function opening(
  start: number,
  labels: { readonly end: number; readonly tokens: readonly Int32Array[] } | undefined,
): Int32Array {
  if (!labels) return Int32Array.of(start);
  return Int32Array.from([start, ...labels.tokens.flatMap((one) => Array.from(one)), labels.end]);
}

/**
 * The labels that are left of a document's where some are dropped, so that a model learns to do without: with
 * probability `dropout` none (as classifier-free guidance needs it, Ho and Salimans 2022), with the same
 * probability each with one of two.
 */
export function keptLabels(
  tokens: readonly Int32Array[],
  dropout: number,
  key: Key,
): readonly Int32Array[] {
  if (tokens.length === 0) return tokens;
  const [first, ...coins] = key.uniform(1 + tokens.length);
  if (first < dropout) return [];
  return first < 2 * dropout ? tokens.filter((_, i) => coins[i] < 0.5) : tokens;
}
