// How good a model is for each group: classes told apart, classes asked for and made, translations.

import { checkKeys, describe, InvalidInputError } from "../host/errors.js";
import { checkConfidence } from "../metrics/binomial.js";
import { chrF } from "../metrics/chrf.js";
import { extremes, type Share, shareOf } from "./shares.js";

/** What was true, or asked for, and what was said of it. */
export interface Judged {
  readonly truth: string;
  readonly said: string;
  readonly group?: string;
}

/** How well a class is known. */
export interface ClassQuality {
  readonly value: string;
  /** Of those that are said to be it, how many are; undefined where none is said to be. */
  readonly precision: Share | undefined;
  /** Of those that are it, how many are said to be; undefined where none is. */
  readonly recall: Share | undefined;
}

/** Quality in a group, or in all. */
export interface Quality {
  readonly accuracy: Share;
  readonly classes: readonly ClassQuality[];
}

/** The largest figure of a group less the smallest. */
export interface Gap {
  readonly difference: number;
  readonly highest: string;
  readonly lowest: string;
}

/** Quality of all, and of each group. */
export interface QualityReport extends Quality {
  readonly confidence: number;
  readonly groups: readonly (Quality & { readonly group: string })[];
  /** Of the accuracy; where there are groups. */
  readonly gap?: Gap;
  /** Of each class's recall, and so of what is called equal opportunity (Hardt et al. 2016); where two groups have the class. */
  readonly recallGaps?: readonly (Gap & { readonly value: string })[];
}

/**
 * Accuracy, and precision and recall of each class, with exact intervals: in all and in each group. For a classifier `truth` is the
 * label; for a model that makes what it is asked for, `truth` is what was asked, and `said` what a judge sees.
 * @throws InvalidInputError
 */
export function classQuality(
  judged: readonly Judged[],
  options: { readonly confidence?: number } = {},
): QualityReport {
  checkKeys("classQuality", options, ["confidence"]);
  const confidence = checkConfidence(options.confidence ?? 0.95);
  checkRows("judged", judged, ["truth", "said"]);
  const classes = [...new Set(judged.flatMap(({ truth, said }) => [truth, said]))];
  const groups = Array.from(grouped(judged), ([group, own]) => ({
    group,
    ...qualityOf(own, classes, confidence),
  }));
  const all = { confidence, ...qualityOf(judged, classes, confidence), groups };
  if (groups.length < 2) return all;
  const recallGaps = classes.flatMap((value) => {
    const own = groups.flatMap(({ group, classes }) => {
      const recall = classes.find((one) => one.value === value)?.recall;
      return recall ? { group, figure: recall.share } : [];
    });
    return own.length < 2 ? [] : { value, ...gapOf(own) };
  });
  const gap = gapOf(groups.map(({ group, accuracy }) => ({ group, figure: accuracy.share })));
  return { ...all, gap, recallGaps };
}

function qualityOf(
  judged: readonly Judged[],
  classes: readonly string[],
  confidence: number,
): Quality {
  const count = (of: (one: Judged) => boolean) => judged.filter(of).length;
  const share = (right: number, of: number) =>
    of === 0 ? undefined : shareOf(right, of, confidence);
  const right = count(({ truth, said }) => truth === said);
  return {
    accuracy: shareOf(right, judged.length, confidence),
    classes: classes.map((value) => {
      const own = count(({ truth, said }) => truth === value && said === value);
      return {
        value,
        precision: share(
          own,
          count(({ said }) => said === value),
        ),
        recall: share(
          own,
          count(({ truth }) => truth === value),
        ),
      };
    }),
  };
}

/** A translation, or another answer, and what was expected. */
export interface Translated {
  readonly hypothesis: string;
  readonly reference: string | readonly string[];
  readonly group?: string;
}

/** chrF of all, and of each group. */
export interface TranslationReport {
  /** 0 to 100, as `chrF` gives it. */
  readonly chrF: number;
  readonly sentences: number;
  readonly groups: readonly {
    readonly group: string;
    readonly chrF: number;
    readonly sentences: number;
  }[];
  readonly gap?: Gap;
}

/** chrF of translations: of all, and of each group's. @throws InvalidInputError */
export function translationQuality(translated: readonly Translated[]): TranslationReport {
  checkRows("translated", translated, ["hypothesis"]);
  const of = (own: readonly Translated[]) => ({
    chrF: chrF(
      own.map(({ hypothesis }) => hypothesis),
      own.map(({ reference }) => reference),
    ).score,
    sentences: own.length,
  });
  const groups = Array.from(grouped(translated), ([group, own]) => ({ group, ...of(own) }));
  const all = { ...of(translated), groups };
  if (groups.length < 2) return all;
  return { ...all, gap: gapOf(groups.map(({ group, chrF }) => ({ group, figure: chrF }))) };
}

function gapOf(all: readonly { readonly group: string; readonly figure: number }[]): Gap {
  const [most, least] = extremes(all, ({ figure }) => figure);
  return {
    difference: most.figure - least.figure,
    highest: most.group,
    lowest: least.group,
  };
}

function grouped<T extends { readonly group?: string }>(all: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    if (one.group === undefined) continue;
    const own = groups.get(one.group);
    if (own) own.push(one);
    else groups.set(one.group, [one]);
  }
  return groups;
}

function checkRows(name: string, rows: readonly object[], texts: readonly string[]): void {
  if (!Array.isArray(rows) || rows.length === 0) {
    throw new InvalidInputError(`${name} must be a list of at least one, got ${describe(rows)}`);
  }
  for (const [i, row] of rows.entries()) {
    for (const text of texts) {
      const value: unknown = Object(row)[text];
      if (typeof value === "string") continue;
      throw new InvalidInputError(`${name}[${i}].${text} must be a text, got ${describe(value)}`);
    }
  }
}
