// Mean and covariance of rows, in two passes.

import type { Matrix } from "./rows.js";

/** Where rows are, and how they spread. */
export interface Moments {
  /** (width). */
  readonly mean: Float64Array;
  /** (width, width), divided by rows - 1. */
  readonly covariance: Float64Array;
}

/** Mean and unbiased covariance; of two rows or more. */
export function momentsOf({ values, rows, width }: Matrix): Moments {
  const mean = new Float64Array(width);
  for (let r = 0; r < rows; r++) for (let i = 0; i < width; i++) mean[i] += values[r * width + i];
  for (let i = 0; i < width; i++) mean[i] /= rows;
  const covariance = new Float64Array(width * width);
  const row = new Float64Array(width);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < width; i++) row[i] = values[r * width + i] - mean[i];
    for (let i = 0; i < width; i++) {
      const own = row[i];
      // Pictures are black for the most part.
      if (own === 0) continue;
      const at = i * width;
      for (let j = i; j < width; j++) covariance[at + j] += own * row[j];
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = i; j < width; j++) {
      covariance[i * width + j] /= rows - 1;
      covariance[j * width + i] = covariance[i * width + j];
    }
  }
  return { mean, covariance };
}
