// BLEU (Papineni et al. 2002) of a whole corpus, to the last digit what sacreBLEU says (Post 2018).

import { checkChoice, checkFlag, checkKeys } from "../host/errors.js";
import { countNgrams, overlap, type References, referenceCount, segmentsOf } from "./segments.js";
import { cutWords, type WordCut, wordCuts } from "./words.js";

const smoothings = ["exp", "floor", "add-k", "none"] as const;

/** How BLEU is computed; sacreBLEU's names and defaults. */
export interface BleuOptions {
  /** "13a" for Western languages, "zh" for Chinese, "char", or "none": at white space. Default "13a". */
  readonly tokenize?: WordCut;
  /**
   * What an order without a match counts as (Chen and Cherry 2014): "exp" half as much as the one before,
   * "floor" 0.1 matches, "add-k" one more match and n-gram from the second order on, "none" nothing.
   * Default "exp".
   */
  readonly smoothing?: (typeof smoothings)[number];
  /** Capital letters are small ones. Default false. */
  readonly lowercase?: boolean;
  /** Orders longer than all hypotheses do not count; for single sentences. Default false. */
  readonly effectiveOrder?: boolean;
}

/** BLEU, and what it is made of. */
export interface BleuScore {
  /** 0 to 100. */
  readonly score: number;
  /** Of 1-grams to 4-grams, in percent, smoothed. */
  readonly precisions: readonly number[];
  /** Matches of each order. */
  readonly counts: readonly number[];
  /** The hypotheses' n-grams of each order. */
  readonly totals: readonly number[];
  readonly brevityPenalty: number;
  /** Words of all hypotheses. */
  readonly hypothesisLength: number;
  /** Words of the references; of several, the one closest in length. */
  readonly referenceLength: number;
  /** sacreBLEU's signature, without its version. */
  readonly signature: string;
}

const ORDERS = [1, 2, 3, 4];

/**
 * BLEU of a corpus. It is no mean over sentences: n-grams are counted over all of them.
 *
 * ```ts
 * bleu(["the cat sat"], ["the cat sat down"]).score;
 * bleu(["今天天气好"], [["今天天气很好", "今天天气好"]], { tokenize: "zh" }).score; // two references
 * ```
 *
 * @param references one or several to each hypothesis
 * @throws InvalidInputError
 */
export function bleu(
  hypotheses: readonly string[],
  references: readonly References[],
  options: BleuOptions = {},
): BleuScore {
  checkKeys("bleu", options, ["tokenize", "smoothing", "lowercase", "effectiveOrder"]);
  const tokenize = checkChoice("tokenize", options.tokenize ?? "13a", wordCuts);
  const smoothing = checkChoice("smoothing", options.smoothing ?? "exp", smoothings);
  const lowercase = checkFlag("lowercase", options.lowercase ?? false);
  const effectiveOrder = checkFlag("effectiveOrder", options.effectiveOrder ?? false);
  const segments = segmentsOf(hypotheses, references);
  const words = (text: string) => cutWords(lowercase ? text.toLowerCase() : text, tokenize);

  const counts = ORDERS.map(() => 0);
  const totals = ORDERS.map(() => 0);
  let hypothesisLength = 0;
  let referenceLength = 0;
  for (const segment of segments) {
    const own = words(segment.hypothesis);
    const all = segment.references.map(words);
    hypothesisLength += own.length;
    referenceLength += closest(own.length, all);
    for (const [i, order] of ORDERS.entries()) {
      counts[i] += overlap(countNgrams(own, order, " "), mostOf(all, order));
      totals[i] += Math.max(0, own.length - order + 1);
    }
  }
  const brevityPenalty =
    hypothesisLength >= referenceLength ? 1 : Math.exp(1 - referenceLength / hypothesisLength);
  const precisions = precisionsOf(counts, totals, smoothing);
  // One more n-gram leaves no order without any.
  const all = !effectiveOrder || smoothing === "add-k";
  const orders = all ? ORDERS.length : totals.filter((total) => total > 0).length;
  const logs = precisions.slice(0, orders).reduce((sum, p) => sum + Math.log(p), 0);
  const smooth = { floor: "floor[0.10]", "add-k": "add-k[1.00]", exp: "exp", none: "none" };
  return {
    score: counts.some((count) => count > 0) ? brevityPenalty * Math.exp(logs / orders) : 0,
    precisions,
    counts,
    totals,
    brevityPenalty,
    hypothesisLength,
    referenceLength,
    signature: [
      `nrefs:${referenceCount(segments)}`,
      `case:${lowercase ? "lc" : "mixed"}`,
      `eff:${effectiveOrder ? "yes" : "no"}`,
      `tok:${tokenize}`,
      `smooth:${smooth[smoothing]}`,
    ].join("|"),
  };
}

/** In percent; all 0 where nothing matches at all. */
function precisionsOf(
  counts: readonly number[],
  totals: readonly number[],
  smoothing: (typeof smoothings)[number],
): number[] {
  if (counts.every((count) => count === 0)) return counts.map(() => 0);
  let halved = 1;
  return counts.map((count, i) => {
    const more = smoothing === "add-k" && i > 0 ? 1 : 0;
    if (totals[i] + more === 0) return 0;
    if (count + more > 0) return (100 * (count + more)) / (totals[i] + more);
    if (smoothing === "exp") {
      halved *= 2;
      return 100 / (halved * totals[i]);
    }
    return smoothing === "floor" ? (100 * 0.1) / totals[i] : 0;
  });
}

/** How often each n-gram is in the reference that has it most often. */
function mostOf(references: readonly (readonly string[])[], order: number): Map<string, number> {
  const [most, ...others] = references.map((words) => countNgrams(words, order, " "));
  for (const other of others) {
    for (const [ngram, count] of other) most.set(ngram, Math.max(most.get(ngram) ?? 0, count));
  }
  return most;
}

/** The length closest to this one; the shorter of two. */
function closest(length: number, references: readonly (readonly string[])[]): number {
  const far = (other: number) => Math.abs(other - length);
  return references
    .map((words) => words.length)
    .reduce((best, own) =>
      far(own) < far(best) || (far(own) === far(best) && own < best) ? own : best,
    );
}
