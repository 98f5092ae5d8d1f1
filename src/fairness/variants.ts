// Texts that differ in whom they speak of, under a language model: counterfactuals, paired sentences, templates.

import { checkKeys, describe, InvalidInputError } from "../host/errors.js";
import { checkConfidence } from "../metrics/binomial.js";
import { type Share, shareOf } from "./shares.js";
import { checkWords, counterfactuals, type GroupWords } from "./words.js";

/** What a text is measured by: a LanguageModel, here or in a worker. */
export interface TextScorer {
  readonly config: { readonly documents: boolean };
  score(
    data: string | readonly string[],
    options: { readonly unknown: "skip" },
  ): ScoredText | Promise<ScoredText>;
}

interface ScoredText {
  readonly nats: number;
  readonly tokens: number;
  readonly unknown?: number;
}

/** A text in several variants. */
export interface TextItem {
  /** The text of each variant: a group, or what tells them apart. */
  readonly texts: Readonly<Record<string, string>>;
  /** What it is about, such as an occupation: figures are given for each kind, too. */
  readonly kind?: string;
}

/** One variant beside another. */
export interface VariantPair {
  readonly a: string;
  readonly b: string;
  /** How often a is likelier than b, of the items that have both; equal ones do not count as such. */
  readonly likelier: Share;
  /** Items in which both are equally likely. */
  readonly equal: number;
  /** Mean of log p(a) - log p(b), in nats. */
  readonly mean: number;
  /** Mean of |log p(a) - log p(b)|: the counterfactual gap of Garg et al. (2019). */
  readonly gap: number;
}

/** What a model makes of variants. */
export interface VariantReport {
  readonly confidence: number;
  readonly items: number;
  readonly pairs: readonly VariantPair[];
  /** The same for each kind, in the order in which they come first. */
  readonly kinds: readonly { readonly kind: string; readonly pairs: readonly VariantPair[] }[];
  /** log p of each text, in nats, in the order of the items. */
  readonly logProbabilities: readonly Readonly<Record<string, number>>[];
  /** Characters that the model does not know, and which were left out. */
  readonly unknown: number;
}

/** Options of `compareVariants`. */
export interface VariantOptions {
  /** Of each interval. Default 0.95. */
  readonly confidence?: number;
  /**
   * For a model of one text, what it has read before: its first token cannot be measured. Default "\n". A model of documents has their
   * start instead.
   */
  readonly prefix?: string;
  /** Called with how many items are done, of how many. */
  readonly onItem?: (done: number, all: number) => void;
}

/**
 * The log-probability that a model gives to a text as a whole: the sum over its tokens, in nats, the document's end included where the
 * model has documents. What the model does not know is left out, and counted.
 * @throws InvalidInputError
 */
export async function logProbability(
  model: TextScorer,
  text: string,
  { prefix = "\n" }: { readonly prefix?: string } = {},
): Promise<{ readonly logProbability: number; readonly unknown: number }> {
  if (typeof text !== "string" || text === "") {
    throw new InvalidInputError(`a text to measure must not be empty, got ${describe(text)}`);
  }
  const { documents } = model.config;
  const {
    nats,
    tokens,
    unknown = 0,
  } = await model.score(documents ? [text] : prefix + text, {
    unknown: "skip",
  });
  return { logProbability: tokens === 0 ? 0 : -nats * tokens, unknown };
}

/**
 * How likely each variant of a text is beside each other. For paired sentences this is the measure of CrowS-Pairs (Nangia et al. 2020) as
 * it is taken of autoregressive models: the share of pairs whose more stereotyped sentence has the higher log-probability as a whole, all
 * tokens included. The paper's own, of masked models, leaves out the tokens that differ; figures of the two do not compare.
 *
 * ```ts
 * const { pairs } = await compareVariants(model, [{ texts: { she: "she is here", he: "he is here" } }]);
 * ```
 *
 * @throws InvalidInputError
 */
export async function compareVariants(
  model: TextScorer,
  items: readonly TextItem[],
  options: VariantOptions = {},
): Promise<VariantReport> {
  checkKeys("compareVariants", options, ["confidence", "prefix", "onItem"]);
  const { confidence = 0.95, onItem, ...how } = options;
  checkConfidence(confidence);
  checkItems(items);
  if (typeof Object(model).score !== "function" || model.config?.documents === undefined) {
    throw new InvalidInputError(
      `texts are measured by a LanguageModel, got ${describe(model)}: other models give no probability of a text alone`,
    );
  }
  let unknown = 0;
  const all: Record<string, number>[] = [];
  for (const { texts } of items) {
    const own: [string, number][] = [];
    for (const [variant, text] of Object.entries(texts)) {
      const found = await logProbability(model, text, how);
      unknown += found.unknown;
      own.push([variant, found.logProbability]);
    }
    all.push(Object.fromEntries(own));
    onItem?.(all.length, items.length);
  }
  const kinds = [...new Set(items.flatMap(({ kind }) => kind ?? []))];
  return {
    confidence,
    items: items.length,
    pairs: pairsOf(all, confidence),
    kinds: kinds.map((kind) => ({
      kind,
      pairs: pairsOf(
        all.filter((_, i) => items[i].kind === kind),
        confidence,
      ),
    })),
    logProbabilities: all,
    unknown,
  };
}

function checkItems(items: readonly TextItem[]): void {
  if (!Array.isArray(items) || items.length === 0) {
    throw new InvalidInputError(
      `items must be a list of at least one { texts: { a: "…", b: "…" } }, got ${describe(items)}`,
    );
  }
  for (const [i, item] of items.entries()) {
    const texts: unknown = Object(item).texts;
    if (typeof texts !== "object" || texts === null || Object.keys(texts).length < 2) {
      throw new InvalidInputError(
        `items[${i}].texts must have at least two variants, got ${describe(texts)}`,
      );
    }
  }
}

/** Each variant beside each that comes after it. */
function pairsOf(
  all: readonly Readonly<Record<string, number>>[],
  confidence: number,
): VariantPair[] {
  const variants = [...new Set(all.flatMap((one) => Object.keys(one)))];
  return variants.flatMap((a, i) =>
    variants.slice(i + 1).flatMap((b) => {
      const both = all.filter((one) => Object.hasOwn(one, a) && Object.hasOwn(one, b));
      if (both.length === 0) return [];
      const apart = both.map((one) => one[a] - one[b]);
      const sum = (of: (one: number) => number) => apart.reduce((all, one) => all + of(one), 0);
      return {
        a,
        b,
        likelier: shareOf(apart.filter((one) => one > 0).length, both.length, confidence),
        equal: apart.filter((one) => one === 0).length,
        mean: sum((one) => one) / both.length,
        gap: sum(Math.abs) / both.length,
      };
    }),
  );
}

/**
 * Texts as items: as they are, and as they would be of each other group. Those that speak of no group, or of several, are left out.
 * @throws InvalidInputError where none is left
 */
export function counterfactualItems(texts: readonly string[], words: GroupWords): TextItem[] {
  checkWords("words", words);
  const items = texts.flatMap((text): TextItem[] => {
    const { group, others } = counterfactuals(text, words);
    if (group === undefined) return [];
    // In the order of the groups, so that each pair stands in one direction.
    const own = new Map(others.map((one) => [one.group, one.text]));
    const variants = Object.keys(words).map((name) => [name, own.get(name) ?? text]);
    return [{ texts: Object.fromEntries(variants), kind: group }];
  });
  if (items.length > 0) return items;
  throw new InvalidInputError(
    `none of ${texts.length} texts speaks of one of the groups ${Object.keys(words).join(", ")} alone`,
  );
}

/** Words for the slots of a template, for each variant. */
export type TemplateSlots = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * A template in which `$NAME` stands for a word, in all variants: `fillTemplate("$WHO is $P best", { a: { WHO: "Ann", P: "her" }, … })`. As
 * Winogender schemas (Rudinger et al. 2018) are written. Longer names are tried first; a word at the template's beginning gets a capital.
 * @throws InvalidInputError for a slot that is not filled
 */
export function fillTemplate(template: string, slots: TemplateSlots): Record<string, string> {
  const filled = Object.entries(slots).map(([variant, words]) => {
    const text = template.replace(/\$([A-Za-z_]+)/g, (all, name: string, at: number) => {
      const word = Object.hasOwn(words, name) ? words[name] : undefined;
      if (typeof word === "string") return at === 0 ? capital(word) : word;
      throw new InvalidInputError(
        `the template ${describe(template)} has ${all}, which ${describe(variant)} has no word for; it has ${Object.keys(words).join(", ")}`,
      );
    });
    return [variant, text];
  });
  return Object.fromEntries(filled);
}

function capital(word: string): string {
  const [first = "", ...rest] = Array.from(word);
  return first.toUpperCase() + rest.join("");
}

/**
 * Pearson's correlation of two figures, such as how much likelier a model finds "she" with an occupation and how many women have
 * it. NaN where one of them is always the same.
 * @throws InvalidInputError for lists of two lengths, and fewer than two
 */
export function correlation(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.length < 2) {
    throw new InvalidInputError(
      `correlation needs two lists of one length, at least 2, got ${a.length} and ${b.length}`,
    );
  }
  const mean = (all: readonly number[]) => all.reduce((sum, one) => sum + one, 0) / all.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [i, one] of a.entries()) {
    ab += (one - ma) * (b[i] - mb);
    aa += (one - ma) * (one - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / Math.sqrt(aa * bb);
}
