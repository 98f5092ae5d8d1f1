// What can be done about data and samples: weights, index lists, labels to ask for, samples that are kept.

import {
  checkChoice,
  checkKeys,
  checkNumber,
  describe,
  InvalidInputError,
} from "../host/errors.js";
import { LightKey } from "../host/light-key.js";
import { type Cell, cellsOf, type Labelled, namesOf } from "./cells.js";
import { quotas, sharesOf, type Target } from "./targets.js";

/**
 * What the combinations of values are to be: all equally frequent ("uniform"); each value as frequent as it is, but independent of the others
 * ("independent", for two names or more); or, for one name, shares of its values.
 */
export type Balance = Target | "independent";

/** Options of `groupWeights`. */
export interface WeightOptions {
  /** Names of labels whose combinations are balanced; none for plain values. */
  readonly by?: string | readonly string[];
  /** Default "independent" for two names or more, else "uniform". */
  readonly target?: Balance;
}

/**
 * A weight for each example, mean 1, for `fit({ weights })`: what is wanted of its combination over what there is. With "independent" it is
 * the reweighing of Kamiran and Calders (2012), P(a) P(b) / P(a, b).
 *
 * ```ts
 * await model.fit(faces, { weights: groupWeights(faces, { by: ["hair", "glasses"] }) });
 * ```
 *
 * @throws InvalidInputError where a combination that is wanted has no examples
 */
export function groupWeights(data: Labelled, options: WeightOptions = {}): Float64Array {
  checkKeys("groupWeights", options, ["by", "target"]);
  const { cells, shares } = balanced(data, options);
  const weights = new Float64Array(data.length);
  for (const [c, { examples }] of cells.entries()) {
    const weight = (shares[c] * data.length) / examples.length;
    for (const i of examples) weights[i] = weight;
  }
  return weights;
}

/** Options of `resample`. */
export interface ResampleOptions extends WeightOptions {
  /**
   * "over": every example at least once where it is wanted, those of rare combinations several times. "under": none twice, those of
   * frequent combinations only in part. Default "over".
   */
  readonly method?: "over" | "under";
  /** Which ones: a function of it and of their places. Default 0. */
  readonly seed?: number;
}

/**
 * Places of examples, in order, so that combinations are as frequent as wanted: for `subset` of an ImageSet or a GridSet, or a list.
 * Split off validation before: the same example must not be on both sides.
 *
 * ```ts
 * const even = faces.subset(resample(faces, { by: ["hair", "glasses"], target: "uniform" }));
 * ```
 *
 * @throws InvalidInputError
 */
export function resample(data: Labelled, options: ResampleOptions = {}): number[] {
  checkKeys("resample", options, ["by", "target", "method", "seed"]);
  const { method = "over", seed = 0 } = options;
  checkChoice("method", method, ["over", "under"]);
  const { cells, shares } = balanced(data, options);
  const sizes = cells.flatMap(({ examples }, c) =>
    shares[c] > 0 ? examples.length / shares[c] : [],
  );
  const total = Math.round(
    sizes.reduce((a, b) => (method === "over" ? Math.max(a, b) : Math.min(a, b))),
  );
  const key = LightKey.fromSeed(seed);
  const wanted = quotas(shares, total);
  const places = cells.flatMap(({ examples }, c) => {
    // A rounded total may ask for one more than there is.
    const count = method === "under" ? Math.min(wanted[c], examples.length) : wanted[c];
    const order = key.fold(c).permutation(examples.length);
    return Array.from({ length: count }, (_, i) => examples[order[i % examples.length]]);
  });
  return places.sort((a, b) => a - b);
}

/** The combinations, and the share that is wanted of each. */
function balanced(
  data: Labelled,
  { by, target }: WeightOptions,
): { readonly cells: readonly Cell[]; readonly shares: readonly number[] } {
  const names = namesOf(by);
  const cells = cellsOf(data, names);
  if (cells.length === 0)
    throw new InvalidInputError("there must be at least one example, got none");
  const wanted = target ?? (names.length > 1 ? "independent" : "uniform");
  if (wanted === "independent") return { cells, shares: independent(cells, names, data.length) };
  if (wanted !== "uniform" && names.length > 1) {
    throw new InvalidInputError(
      `target must be "uniform" or "independent" for the combinations of ${names.join(", ")}; shares are for one name`,
    );
  }
  const found = sharesOf(
    "target",
    wanted,
    cells.map(({ key }) => key),
  );
  const none = [...found].find(
    ([key, share]) => share > 0 && !cells.some((one) => one.key === key),
  );
  if (none) {
    throw new InvalidInputError(
      `target wants ${describe(none[0])}, which no example is; leave it out`,
    );
  }
  return { cells, shares: cells.map(({ key }) => found.get(key) ?? 0) };
}

function independent(cells: readonly Cell[], names: readonly string[], all: number): number[] {
  if (names.length < 2) {
    throw new InvalidInputError('target "independent" is for two names of labels or more');
  }
  const part = names.map((name) => {
    const counts = new Map<string, number>();
    for (const { values, examples } of cells) {
      const value = values[name]!;
      counts.set(value, (counts.get(value) ?? 0) + examples.length);
    }
    return counts;
  });
  const size = part.reduce((count, { size }) => count * size, 1);
  if (cells.length < size) {
    throw new InvalidInputError(
      `of ${size} combinations of ${names.join(", ")} only ${cells.length} have examples: no weight makes them independent. ` +
        'Use target "uniform", which balances those that there are, or add examples',
    );
  }
  return cells.map(({ values }) =>
    names.reduce((share, name, n) => share * (part[n].get(values[name]!)! / all), 1),
  );
}

/**
 * Labels to ask a model for, as a balanced prior: each name's shares kept exactly, as far as `count` divides, and the names independent.
 *
 * ```ts
 * for (const [seed, labels] of drawLabels({ hair: { red: 1, grey: 1 }, glasses: { yes: 1, no: 3 } }, 80).entries()) {
 *   model.generate({ labels, seed });
 * }
 * ```
 *
 * @param shares by name and value; only their ratios count
 * @param count how many rows
 * @throws InvalidInputError
 */
export function drawLabels(
  shares: Readonly<Record<string, Readonly<Record<string, number>>>>,
  count: number,
  { seed = 0 }: { readonly seed?: number } = {},
): Record<string, string>[] {
  checkNumber("count", count, { integer: true, min: 1, max: 10_000_000 });
  const names = Object.keys(Object(shares) as object);
  if (names.length === 0) {
    throw new InvalidInputError(
      `labels to draw must be shares by name and value, such as { hair: { red: 1, grey: 1 } }, got ${describe(shares)}`,
    );
  }
  const key = LightKey.fromSeed(seed);
  let cells: { readonly labels: Record<string, string>; readonly share: number }[] = [
    { labels: {}, share: 1 },
  ];
  for (const name of names) {
    const own = [...sharesOf(name, shares[name], [])];
    cells = cells.flatMap(({ labels, share }) =>
      own.map(([value, part]) => ({ labels: { ...labels, [name]: value }, share: share * part })),
    );
    checkNumber("combinations of values", cells.length, { max: 100_000 });
  }
  // Where there are more combinations than rows, which ones come is by chance.
  const mixed = Array.from(key.fold(0).permutation(cells.length), (i) => cells[i]);
  const each = quotas(
    mixed.map(({ share }) => share),
    count,
  );
  const rows = mixed.flatMap(({ labels }, c) => Array.from({ length: each[c] }, () => labels));
  return Array.from(key.fold(1).permutation(count), (i) => ({ ...rows[i] }));
}

/** Samples that are kept. */
export interface Kept {
  /** Their places, in order. */
  readonly indices: readonly number[];
  /** How many of all are kept. */
  readonly acceptance: number;
  /** Values that the target wants and of which there is no sample: the target is not reached. */
  readonly missing: readonly string[];
}

/**
 * The most samples whose values have the shares of a target, the earliest of each value: post-processing, at the cost of the samples that
 * are thrown away. What else a value's samples are does not change.
 * @param values of the samples
 * @param target only ratios count
 * @param options at most `count` are kept
 * @throws InvalidInputError
 */
export function keepTo(
  values: readonly string[],
  target: Target,
  options: { readonly count?: number } = {},
): Kept {
  checkKeys("keepTo", options, ["count"]);
  const counts = new Map<string, number[]>();
  for (const [i, value] of values.entries()) {
    const own = counts.get(value);
    if (own) own.push(i);
    else counts.set(value, [i]);
  }
  const shares = [...sharesOf("target", target, [...counts.keys()])].filter(
    ([, share]) => share > 0,
  );
  const missing = shares.flatMap(([value]) => (counts.has(value) ? [] : value));
  if (missing.length > 0) return { indices: [], acceptance: 0, missing };
  const most = Math.floor(
    shares.reduce((least, [value, share]) => {
      // A share of doubles may miss a whole number by a hair.
      return Math.min(least, counts.get(value)!.length / share + 1e-9);
    }, Infinity),
  );
  const total = Math.min(
    most,
    checkNumber("count", options.count ?? most, { integer: true, min: 0 }),
  );
  const each = quotas(
    shares.map(([, share]) => share),
    total,
  );
  const kept = shares.flatMap(([value], v) => counts.get(value)!.slice(0, each[v]));
  return {
    indices: kept.sort((a, b) => a - b),
    acceptance: values.length === 0 ? 0 : kept.length / values.length,
    missing,
  };
}

/** Rejection, sample by sample. */
export interface Acceptor {
  /** Share of samples that are accepted where the source is as it was said. */
  readonly acceptance: number;
  /** How probably each value is accepted. */
  readonly rates: Readonly<Record<string, number>>;
  /** Whether sample number `i`, which has this value, is accepted: a function of the seed, `i` and the value. */
  accept(value: string, i: number): boolean;
}

/**
 * Accepts samples of a source so that those that are kept follow a target: value v with probability target(v) / (M · source(v)), M the
 * largest such ratio (von Neumann's rejection). One in M is kept. For `accept` of `generate`, whose candidates have a seed as their number.
 * @param source shares or counts that were found of the model
 * @param target only ratios count
 * @throws InvalidInputError where the target wants what the source has not
 */
export function acceptor(
  source: Readonly<Record<string, number>>,
  target: Target,
  { seed = 0 }: { readonly seed?: number } = {},
): Acceptor {
  const have = sharesOf("source", source, []);
  const want = sharesOf("target", target, [...have.keys()]);
  let most = 0;
  for (const [value, share] of want) {
    const own = have.get(value) ?? 0;
    if (share > 0 && own === 0) {
      throw new InvalidInputError(`target wants ${describe(value)}, which the source never has`);
    }
    if (share > 0) most = Math.max(most, share / own);
  }
  const rates = new Map(
    Array.from(have, ([value, share]) => {
      const wanted = want.get(value) ?? 0;
      return [value, share === 0 ? 0 : wanted / (most * share)];
    }),
  );
  const key = LightKey.fromSeed(seed);
  return {
    acceptance: 1 / most,
    rates: Object.fromEntries(rates),
    accept: (value, i) => {
      checkNumber("the sample's number", i, { integer: true, min: 0, max: 2 ** 32 - 1 });
      return key.fold(i).integers(1, 2 ** 32)[0] / 2 ** 32 < (rates.get(value) ?? 0);
    },
  };
}
