// chrF (Popović 2015): the F-score of runs of characters, to the last digit what sacreBLEU's chrF2 says.
// It needs no words, and so suits languages that do not show where theirs end.

import { checkFlag, checkKeys } from "../host/errors.js";
import { countNgrams, overlap, type References, referenceCount, segmentsOf } from "./segments.js";
import { splitSpace } from "./words.js";

/** How chrF is computed. */
export interface ChrFOptions {
  /** Capital letters are small ones. Default false. */
  readonly lowercase?: boolean;
}

/** chrF, and how it was computed. */
export interface ChrFScore {
  /** 0 to 100. */
  readonly score: number;
  /** sacreBLEU's signature, without its version. */
  readonly signature: string;
}

const ORDERS = [1, 2, 3, 4, 5, 6];
/** β²: recall weighs four times as much as precision. */
const FACTOR = 4;

/** n-grams of one order: the hypotheses', the references', and those in both. */
interface Matches {
  readonly hypothesis: number;
  readonly reference: number;
  readonly both: number;
}

/**
 * chrF2 of a corpus: runs of 1 to 6 characters, without white space, counted over all sentences. Of
 * several references, each sentence takes the one that suits it best.
 *
 * @throws InvalidInputError
 */
export function chrF(
  hypotheses: readonly string[],
  references: readonly References[],
  options: ChrFOptions = {},
): ChrFScore {
  checkKeys("chrF", options, ["lowercase"]);
  const lowercase = checkFlag("lowercase", options.lowercase ?? false);
  const segments = segmentsOf(hypotheses, references);
  const ngrams = (text: string) => {
    const characters = Array.from(splitSpace(lowercase ? text.toLowerCase() : text).join(""));
    return ORDERS.map((order) => countNgrams(characters, order, ""));
  };
  const totals = segments
    .map(({ hypothesis, references }) => {
      const own = ngrams(hypothesis);
      const found = references.map((reference) => matches(own, ngrams(reference)));
      return found.reduce((best, one) => (fScore(one) > fScore(best) ? one : best));
    })
    .reduce((sum, own) => sum.map((one, i) => plus(one, own[i])));
  const signature = `nrefs:${referenceCount(segments)}|case:${lowercase ? "lc" : "mixed"}|eff:yes|nc:6|nw:0|space:no`;
  return { score: 100 * fScore(totals), signature };
}

type Ngrams = readonly ReadonlyMap<string, number>[];

function matches(hypothesis: Ngrams, reference: Ngrams): readonly Matches[] {
  const size = (counts: ReadonlyMap<string, number>) =>
    [...counts.values()].reduce((sum, count) => sum + count, 0);
  return hypothesis.map((own, i) => ({
    // An order that the reference is too short for says nothing.
    hypothesis: reference[i].size > 0 ? size(own) : 0,
    reference: size(reference[i]),
    both: overlap(own, reference[i]),
  }));
}

function plus(a: Matches, b: Matches): Matches {
  return {
    hypothesis: a.hypothesis + b.hypothesis,
    reference: a.reference + b.reference,
    both: a.both + b.both,
  };
}

/** F_β of precision and recall, each the mean over the orders that both sides have; 0 to 1. */
function fScore(all: readonly Matches[]): number {
  const told = all.filter(({ hypothesis, reference }) => hypothesis > 0 && reference > 0);
  const mean = (part: (one: Matches) => number) =>
    told.reduce((sum, one) => sum + part(one), 0) / told.length;
  const precision = mean(({ both, hypothesis }) => both / hypothesis);
  const recall = mean(({ both, reference }) => both / reference);
  // Not above 0 where there is no order, either: a mean of none is NaN.
  if (!(precision + recall > 0)) return 0;
  return ((1 + FACTOR) * precision * recall) / (FACTOR * precision + recall);
}
