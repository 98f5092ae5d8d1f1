// Intervals of what was counted or measured: of + - * / and square roots alone, the same numbers everywhere.

/** An interval that holds the true value in 95 of 100 cases. */
export type Interval = readonly [low: number, high: number];

/** The standard normal's 97.5 % point. */
const Z = 1.959963984540054;

/** Of a fraction (Wilson 1927); also right for 0 and 1, where the normal one has no width. */
export function wilson(count: number, of: number): Interval {
  if (of === 0) return [0, 1];
  const p = count / of;
  const square = (Z * Z) / of;
  const middle = (p + square / 2) / (1 + square);
  const half = (Z * Math.sqrt((p * (1 - p)) / of + square / (4 * of))) / (1 + square);
  return [count === 0 ? 0 : middle - half, count === of ? 1 : middle + half];
}

/** A mean of blocks, each with a weight, and its variance. */
export interface BlockMean {
  readonly mean: number;
  readonly variance: number;
  readonly blocks: number;
}

/** The mean of sums over the mean of weights, with the variance of a ratio (linearised). */
export function blockMean(
  blocks: readonly { readonly value: number; readonly weight: number }[],
): BlockMean {
  const n = blocks.length;
  const weight = blocks.reduce((sum, one) => sum + one.weight, 0);
  const mean = blocks.reduce((sum, one) => sum + one.weight * one.value, 0) / weight;
  const squares = blocks.reduce((sum, one) => {
    const off = one.weight * (one.value - mean);
    return sum + off * off;
  }, 0);
  const variance = n > 1 ? (squares * n) / ((n - 1) * weight * weight) : 0;
  return { mean, variance, blocks: n };
}

/** The difference b - a of two means of different blocks, with Welch's interval. */
export function difference(a: BlockMean, b: BlockMean): { value: number; interval: Interval } {
  const value = b.mean - a.mean;
  const both = a.variance + b.variance;
  const free =
    both === 0
      ? Infinity
      : (both * both) / (square(a.variance) / (a.blocks - 1) + square(b.variance) / (b.blocks - 1));
  const half = student(free) * Math.sqrt(both);
  return { value, interval: [value - half, value + half] };
}

const square = (x: number): number => x * x;

/** Student's 97.5 % point for so many degrees of freedom, at least 1 (Cornish and Fisher's series; within 1 % from 3 on). */
export function student(free: number): number {
  const n = Math.max(1, free);
  if (n < 3) return n < 2 ? 12.706 : 4.303;
  const z2 = Z * Z;
  const terms = [
    (Z * (z2 + 1)) / 4,
    (Z * (5 * z2 * z2 + 16 * z2 + 3)) / 96,
    (Z * (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15)) / 384,
    (Z * (79 * z2 * z2 * z2 * z2 + 776 * z2 * z2 * z2 + 1482 * z2 * z2 - 1920 * z2 - 945)) / 92160,
  ];
  return terms.reduceRight((sum, term) => (sum + term) / n, 0) + Z;
}
