// What the metrics share: pairs of a hypothesis and its references, and how often n-grams occur.

import { describe, InvalidInputError } from "../host/errors.js";

/** The right answers to one source: one, or several of which any will do. */
export type References = string | readonly string[];

/** A hypothesis and what it is judged by. */
export interface Segment {
  readonly hypothesis: string;
  readonly references: readonly string[];
}

/** @throws InvalidInputError where the lists are none, are empty, or differ in length */
export function segmentsOf(
  hypotheses: readonly string[],
  references: readonly References[],
): Segment[] {
  for (const [name, list] of Object.entries({ hypotheses, references })) {
    if (Array.isArray(list)) continue;
    throw new InvalidInputError(`${name} must be a list, got ${describe(list)}`);
  }
  if (hypotheses.length === 0 || hypotheses.length !== references.length) {
    throw new InvalidInputError(
      `expected as many hypotheses as references, and at least one; got ${hypotheses.length} and ` +
        `${references.length}`,
    );
  }
  return hypotheses.map((hypothesis, i) => {
    const own = references[i];
    const all: readonly string[] = typeof own === "string" ? [own] : own;
    if (typeof hypothesis !== "string") {
      throw new InvalidInputError(`hypotheses[${i}] must be a text, got ${describe(hypothesis)}`);
    }
    if (!Array.isArray(all) || all.length === 0 || all.some((text) => typeof text !== "string")) {
      throw new InvalidInputError(
        `references[${i}] must be a text or several, got ${describe(own)}`,
      );
    }
    return { hypothesis, references: all };
  });
}

/** How many references there are, as sacreBLEU's signatures say it: "var" where segments differ. */
export function referenceCount(segments: readonly Segment[]): string {
  const counts = new Set(segments.map(({ references }) => references.length));
  return counts.size === 1 ? String(segments[0].references.length) : "var";
}

/** How often each run of `n` tokens occurs. */
export function countNgrams(
  tokens: readonly string[],
  n: number,
  separator: string,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= tokens.length; i++) {
    const ngram = tokens.slice(i, i + n).join(separator);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** How many n-grams of one are in the other, each as often as it is in both. */
export function overlap(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let both = 0;
  for (const [ngram, count] of a) both += Math.min(count, b.get(ngram) ?? 0);
  return both;
}
