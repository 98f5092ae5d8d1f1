// How often values are there: against what is wanted, and in one group beside another.

import { checkKeys, describe, InvalidInputError } from "../host/errors.js";
import {
  binomialInterval,
  binomialTest,
  checkConfidence,
  type Interval,
} from "../metrics/binomial.js";
import { sharesOf, type Target } from "./targets.js";

/** A count as a part of all, with its exact interval. */
export interface Share extends Interval {
  readonly count: number;
  /** Of how many. */
  readonly trials: number;
  /** count / trials; 0 of none. */
  readonly share: number;
}

/** One value of a distribution. */
export interface ValueShare extends Share {
  readonly value: string;
  /** The share that is wanted. */
  readonly target: number;
  /** share - target */
  readonly difference: number;
  /** Probability of a share as far from the target where the target is true (two-sided, exact). */
  readonly p: number;
  /** p is below 1 - confidence, divided by the number of values. */
  readonly differs: boolean;
}

/** How values are distributed. */
export interface Distribution {
  readonly trials: number;
  readonly confidence: number;
  readonly values: readonly ValueShare[];
  /** Total variation: half the sum of |difference|, 0 to 1. */
  readonly distance: number;
  readonly differs: boolean;
}

/** Options of `distribution`. */
export interface DistributionOptions {
  /** What is wanted: "uniform", shares, or counts such as those of the data. Default "uniform". */
  readonly against?: Target;
  /** Values there may be, found or not; those of a target are always among them. */
  readonly values?: readonly string[];
  /** Of each interval. Default 0.95. */
  readonly confidence?: number;
}

/**
 * How often each value is among samples, with exact intervals (`binomialInterval`), against what is wanted. Samples must be drawn
 * independently, from a seed each.
 *
 * ```ts
 * distribution(["yes", "no", "yes"], { against: { yes: 0.5, no: 0.5 } });
 * ```
 *
 * @throws InvalidInputError where there are no samples, for a value that is none, and for a target that cannot be
 */
export function distribution(
  samples: readonly string[],
  options: DistributionOptions = {},
): Distribution {
  checkKeys("distribution", options, ["against", "values", "confidence"]);
  const { against = "uniform", confidence = 0.95 } = options;
  const counts = countsOf("samples", samples, options.values);
  checkConfidence(confidence);
  if (typeof against === "object") {
    for (const value of Object.keys(against ?? {})) counts.set(value, counts.get(value) ?? 0);
  }
  const targets = sharesOf("against", against, [...counts.keys()]);
  const trials = samples.length;
  // Of two values, one says it all.
  const statements = counts.size === 2 ? 1 : counts.size;
  const values = Array.from(counts, ([value, count]): ValueShare => {
    const target = targets.get(value) ?? 0;
    const own = shareOf(count, trials, confidence);
    const p = binomialTest(count, trials, target);
    const difference = own.share - target;
    return { value, ...own, target, difference, p, differs: p < (1 - confidence) / statements };
  });
  const apart = values.reduce((sum, { difference }) => sum + Math.abs(difference), 0);
  const differs = values.some((one) => one.differs);
  return { trials, confidence, values, distance: apart / 2, differs };
}

/** A value in each group. */
export interface ValueByGroup {
  readonly value: string;
  readonly groups: readonly (Share & { readonly group: string })[];
  /** The share in the group `highest` less that in the group `lowest`, the two of which most is certain. */
  readonly difference: number;
  /** The difference of these two is from here, 0 where nothing is certain, … */
  readonly low: number;
  /** … to here, for all groups and values together. */
  readonly high: number;
  /** The group whose interval begins highest … */
  readonly highest: string;
  /** … and the one whose interval ends lowest. */
  readonly lowest: string;
  /** Their intervals have nothing in common. */
  readonly differs: boolean;
}

/** How groups differ. */
export interface GroupDifferences {
  readonly trials: number;
  readonly confidence: number;
  readonly groups: readonly string[];
  readonly values: readonly ValueByGroup[];
  /** The largest difference of a value. */
  readonly difference: number;
  readonly differs: boolean;
}

/**
 * How often each value is in each group, and between which two groups it differs most for certain. Each group's share has its own exact
 * interval at `confidence`. Differences are judged by stricter ones that are true of all groups and values at once, at
 * 1 - α/(groups · values): from the lower end of the one less the upper end of the other to the other way round. That is wider than an
 * approximation would be, and never too sure; a small group, whose share says little, does not hide what others show.
 * @param samples a value each
 * @param groups the group of each sample
 * @throws InvalidInputError where there is only one group, or lists are of two lengths
 */
export function groupDifferences(
  samples: readonly string[],
  groups: readonly string[],
  options: { readonly values?: readonly string[]; readonly confidence?: number } = {},
): GroupDifferences {
  checkKeys("groupDifferences", options, ["values", "confidence"]);
  const confidence = checkConfidence(options.confidence ?? 0.95);
  const values = [...countsOf("samples", samples, options.values).keys()];
  const sizes = countsOf("groups", groups);
  if (groups.length !== samples.length) {
    throw new InvalidInputError(
      `groups must be as many as samples, ${samples.length}, got ${groups.length}`,
    );
  }
  if (sizes.size < 2) {
    throw new InvalidInputError(
      `groups must be at least two, got ${sizes.size}: ${[...sizes.keys()].map(describe).join()}`,
    );
  }
  const counts = new Map<string, number>();
  for (const [i, value] of samples.entries()) {
    const key = JSON.stringify([groups[i], value]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const statements = sizes.size * (values.length === 2 ? 1 : values.length);
  const strict = 1 - (1 - confidence) / statements;
  const found = values.map((value): ValueByGroup => {
    const own = Array.from(sizes, ([group, size]) => {
      const count = counts.get(JSON.stringify([group, value])) ?? 0;
      return { group, ...shareOf(count, size, confidence) };
    });
    const all = own.map((one) => ({
      ...one,
      sure: binomialInterval(one.count, one.trials, strict),
    }));
    const [most] = extremes(all, ({ sure }) => sure.low);
    const [, least] = extremes(all, ({ sure }) => sure.high);
    return {
      ...{ value, groups: own, difference: most.share - least.share },
      low: Math.max(0, most.sure.low - least.sure.high),
      high: most.sure.high - least.sure.low,
      ...{ highest: most.group, lowest: least.group },
      differs: most.sure.low > least.sure.high,
    };
  });
  const difference = found.reduce((most, one) => Math.max(most, one.difference), 0);
  const differs = found.some((one) => one.differs);
  const { length: trials } = samples;
  return { trials, confidence, groups: [...sizes.keys()], values: found, difference, differs };
}

/** A count as a share. */
export function shareOf(count: number, trials: number, confidence: number): Share {
  const share = trials === 0 ? 0 : count / trials;
  return { count, trials, share, ...binomialInterval(count, trials, confidence) };
}

/** What has most and what has least; the first of equal ones. */
export function extremes<T>(all: readonly T[], of: (one: T) => number): [most: T, least: T] {
  let [most, least] = [all[0], all[0]];
  for (const one of all) {
    if (of(one) > of(most)) most = one;
    if (of(one) < of(least)) least = one;
  }
  return [most, least];
}

/** How often each is there; those that may be there first. @throws InvalidInputError */
function countsOf(
  name: string,
  all: readonly string[],
  known: readonly string[] = [],
): Map<string, number> {
  if (!Array.isArray(all) || all.length === 0) {
    throw new InvalidInputError(
      `${name} must be a list of at least one text, got ${describe(all)}`,
    );
  }
  const counts = new Map<string, number>(known.map((value) => [value, 0]));
  for (const [i, value] of all.entries()) {
    if (typeof value !== "string") {
      throw new InvalidInputError(`${name}[${i}] must be a text, got ${describe(value)}`);
    }
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}
