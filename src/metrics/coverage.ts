// How generated pictures are spread over the classes of real ones: what a generator has forgotten.

import { checkNumber, describe, InvalidInputError } from "../host/errors.js";

/** How many there are of each class. */
export type ClassCounts = Readonly<Record<string, number>>;

/** The spread over one column of classes. */
export interface ClassCoverage {
  readonly classes: number;
  /** Classes that appear: with at least a tenth of their fraction of the real pictures. */
  readonly covered: number;
  /** Entropy of the generated pictures' classes as a fraction of that of a uniform spread: 0 for one class, 1 for all alike. */
  readonly entropy: number;
  /** Generated pictures of each class. */
  readonly counts: ClassCounts;
  /** Real pictures of each class, found in the same way. */
  readonly realCounts: ClassCounts;
}

/** A class with less than this of its fraction of the real pictures is one that a classifier took others for. */
const LEAST = 0.1;

/**
 * @param counts generated pictures of each class
 * @param realCounts real ones
 * @throws InvalidInputError where the classes differ, or there is no picture
 */
export function classCoverage(counts: ClassCounts, realCounts: ClassCounts): ClassCoverage {
  const [made, real] = [totalOf("counts", counts), totalOf("realCounts", realCounts)];
  const each = Object.entries(counts);
  const strange = [...each, ...Object.entries(realCounts)].find(
    ([name]) => !(Object.hasOwn(counts, name) && Object.hasOwn(realCounts, name)),
  );
  if (strange) {
    throw new InvalidInputError(
      `counts and realCounts must be of the same classes, one of them lacks ${describe(strange[0])}`,
    );
  }
  const covered = each.filter(([name, count]) => {
    return count > 0 && count * real >= LEAST * realCounts[name] * made;
  }).length;
  const nats = each.reduce((sum, [, count]) => {
    return count === 0 ? sum : sum + (count / made) * logarithm(made / count);
  }, 0);
  const entropy = each.length < 2 ? 1 : nats / logarithm(each.length);
  return { classes: each.length, covered, entropy, counts, realCounts };
}

/** @throws InvalidInputError where there is none, or one that is no number */
function totalOf(what: string, counts: ClassCounts): number {
  const values = Object.entries(counts).map(([name, count]) =>
    checkNumber(`${what}.${name}`, count, { integer: true, min: 0 }),
  );
  const total = values.reduce((sum, one) => sum + one, 0);
  if (total > 0) return total;
  throw new InvalidInputError(`${what} must be of at least one picture, got none`);
}

/** ln x for x of at least 1 by + - * / alone, the same in every engine: x is halved to below 2, the rest is a series. */
function logarithm(x: number): number {
  let halvings = 0;
  for (; x >= 2; halvings++) x /= 2;
  return halvings * series(2) + series(x);
}

/** ln x = 2 artanh((x - 1) / (x + 1)), for x from 1 to 2. */
function series(x: number): number {
  const t = (x - 1) / (x + 1);
  let [sum, power] = [0, t];
  for (let n = 1; n < 40; n += 2, power *= t * t) sum += power / n;
  return 2 * sum;
}
