// Principal components: the directions in which rows spread most.

import { checkNumber } from "../host/errors.js";
import { eigenOf } from "./eigen.js";
import { momentsOf } from "./moments.js";
import { type FeatureRows, type JoinedRows, matrixOf } from "./rows.js";

/** Directions of rows, and how to project on them. */
export interface PrincipalComponents {
  /** (width): what is subtracted before. */
  readonly mean: Float64Array;
  /** (count, width): unit vectors; the largest number of each is positive. */
  readonly components: Float64Array;
  /** (count): variance along each, falling. */
  readonly variances: Float64Array;
  /** The sum of the variances of all directions. */
  readonly total: number;
}

/** Directions beyond those asked for, so that the last of them converges as fast as the first. */
const SPARE = 10;
const ROUNDS = 1000;

/**
 * The first principal components of rows, by subspace iteration with Jacobi rotations of the small matrix
 * (Golub and Van Loan, 8.2.4), until no variance changes by more than 1e-10 of the first.
 *
 * @param count 1 to the width
 * @throws InvalidInputError
 */
export function principalComponents(rows: FeatureRows, count: number): PrincipalComponents {
  const matrix = matrixOf("rows", rows, 2);
  const { width } = matrix;
  checkNumber("count", count, { integer: true, min: 1, max: width });
  const { mean, covariance } = momentsOf(matrix);
  let total = 0;
  for (let i = 0; i < width; i++) total += covariance[i * width + i];
  const size = Math.min(width, count + SPARE);
  const found = size === width ? eigenOf(covariance, width) : iterate(covariance, width, size);
  const components = found.vectors.slice(0, count * width);
  for (let c = 0; c < count; c++) pointUp(components.subarray(c * width, (c + 1) * width));
  return { mean, components, variances: found.values.slice(0, count), total };
}

/** Rows in the coordinates of components: (rows, count). @throws InvalidInputError where widths differ */
export function projectRows(
  rows: FeatureRows,
  { mean, components }: PrincipalComponents,
): JoinedRows {
  const matrix = matrixOf("rows", rows);
  const { width } = matrix;
  checkNumber("rows.width", width, { integer: true, min: mean.length, max: mean.length });
  const count = components.length / width;
  const out = new Float64Array(matrix.rows * count);
  const row = new Float64Array(width);
  for (let r = 0; r < matrix.rows; r++) {
    for (let i = 0; i < width; i++) row[i] = matrix.values[r * width + i] - mean[i];
    for (let c = 0; c < count; c++) {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += row[i] * components[c * width + i];
      out[r * count + c] = sum;
    }
  }
  return { values: out, width: count };
}

/** The `size` largest eigenvalues of a symmetric matrix, with their vectors. */
function iterate(matrix: Float64Array, n: number, size: number) {
  let vectors = start(size, n);
  let values: Float64Array = new Float64Array(size);
  for (let round = 0; round < ROUNDS; round++) {
    const before = values;
    // Rayleigh and Ritz: the best directions inside the span, after one step with the matrix.
    const image = times(vectors, matrix, size, n);
    orthonormalise(image, size, n);
    const inner = new Float64Array(size * size);
    const again = times(image, matrix, size, n);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += again[i * n + k] * image[j * n + k];
        inner[i * size + j] = sum;
        inner[j * size + i] = sum;
      }
    }
    const small = eigenOf(inner, size);
    vectors = mixed(small.vectors, image, size, n);
    values = small.values;
    const limit = 1e-10 * values[0];
    const calm = size - SPARE;
    if (round > 0 && values.every((value, i) => i >= calm || Math.abs(value - before[i]) <= limit))
      break;
  }
  return { values, vectors };
}

/** Rows that are not in any special place: a linear congruential generator (Numerical Recipes). */
function start(size: number, n: number): Float64Array {
  let state = 1;
  const out = Float64Array.from({ length: size * n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
  orthonormalise(out, size, n);
  return out;
}

/** rows (size, n) times a symmetric matrix (n, n). */
function times(rows: Float64Array, matrix: Float64Array, size: number, n: number): Float64Array {
  const out = new Float64Array(size * n);
  for (let k = 0; k < n; k++) {
    for (let r = 0; r < size; r++) {
      const factor = rows[r * n + k];
      for (let j = 0; j < n; j++) out[r * n + j] += factor * matrix[k * n + j];
    }
  }
  return out;
}

/** mix (size, size) times rows (size, n). */
function mixed(mix: Float64Array, rows: Float64Array, size: number, n: number): Float64Array {
  const out = new Float64Array(size * n);
  for (let i = 0; i < size; i++) {
    for (let r = 0; r < size; r++) {
      const factor = mix[i * size + r];
      for (let j = 0; j < n; j++) out[i * n + j] += factor * rows[r * n + j];
    }
  }
  return out;
}

/** Gram and Schmidt, each row twice. A row of zeros stays one. */
function orthonormalise(rows: Float64Array, size: number, n: number): void {
  for (let i = 0; i < size; i++) {
    const own = rows.subarray(i * n, (i + 1) * n);
    for (let twice = 0; twice < 2; twice++) {
      for (let r = 0; r < i; r++) {
        const other = rows.subarray(r * n, (r + 1) * n);
        const along = dot(own, other);
        for (let k = 0; k < n; k++) own[k] -= along * other[k];
      }
      const length = Math.sqrt(dot(own, own));
      if (length > 0) for (let k = 0; k < n; k++) own[k] /= length;
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** A direction and its opposite are one: the one whose largest number is positive. */
function pointUp(vector: Float64Array): void {
  let largest = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
  if (largest < 0) for (let i = 0; i < vector.length; i++) vector[i] = -vector[i];
}
