// Shares that are wanted: of each value a part, together 1.

import { checkNumber, describe, InvalidInputError } from "../host/errors.js";

/** "uniform", or how much of each value: shares, counts or weights, of which only the ratios count. */
export type Target = "uniform" | Readonly<Record<string, number>>;

/** Shares by value, which sum to 1. @throws InvalidInputError */
export function sharesOf(
  name: string,
  target: Target,
  values: readonly string[],
): Map<string, number> {
  if (target === "uniform") return new Map(values.map((value) => [value, 1 / values.length]));
  if (typeof target !== "object" || target === null || Array.isArray(target)) {
    throw new InvalidInputError(
      `${name} must be "uniform" or an object such as { yes: 0.5, no: 0.5 }, got ${describe(target)}`,
    );
  }
  const entries = Object.entries(target);
  let all = 0;
  for (const [value, share] of entries) all += checkNumber(`${name}.${value}`, share, { min: 0 });
  if (!(all > 0)) {
    throw new InvalidInputError(`${name} must give something to at least one value, got 0 in all`);
  }
  return new Map(entries.map(([value, share]) => [value, share / all]));
}

/**
 * Whole numbers that sum to `count` and are as near to the shares as they can be: the largest remainders are rounded up, of equal ones the
 * first.
 */
export function quotas(shares: readonly number[], count: number): number[] {
  const exact = shares.map((share) => share * count);
  const whole = exact.map(Math.floor);
  const left = count - whole.reduce((sum, one) => sum + one, 0);
  const order = exact
    .map((_, i) => i)
    .sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]) || a - b);
  for (const i of order.slice(0, Math.max(0, left))) whole[i]++;
  return whole;
}
