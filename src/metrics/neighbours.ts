// The nearest of all rows by Euclidean distance, all of them looked at: exact, and the same everywhere.

import { checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { squaredDistances } from "./pairs.js";
import { type FeatureRows, type Matrix, matricesOf, matrixOf } from "./rows.js";

/** For each query its k nearest rows, the nearest first; of two equally near, the one that comes first. */
export interface Nearest {
  /** (queries, k): which rows. */
  readonly indices: Int32Array;
  /** (queries, k): how far, |x - y|. */
  readonly distances: Float64Array;
  readonly k: number;
}

/**
 * The k nearest rows of each query. With the training pictures as rows it shows what generated ones were copied
 * from, if they were.
 *
 * @param k 1 to the number of rows; default 1
 * @throws InvalidInputError
 */
export function nearestNeighbours(queries: FeatureRows, rows: FeatureRows, k = 1): Nearest {
  const [left, right] = matricesOf(["queries", queries], ["rows", rows]);
  checkNumber("k", k, { integer: true, min: 1, max: right.rows });
  const found = new Found(left.rows, k);
  squaredDistances(left, right, (block, stride, i, height, j, width) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) found.offer(i + y, j + x, block[y * stride + x]);
    }
  });
  return { indices: found.indices, distances: found.squares.map((one) => Math.sqrt(one)), k };
}

/** |x - y|² from each row to its k-th nearest other row. */
export function squaredRadii(matrix: Matrix, k: number): Float64Array {
  const found = new Found(matrix.rows, k);
  const visit = (block: Float64Array, stride: number, ...place: number[]) => {
    const [i, height, j, width] = place;
    for (let y = 0; y < height; y++) {
      for (let x = i === j ? y + 1 : 0; x < width; x++) {
        const square = block[y * stride + x];
        found.offer(i + y, j + x, square);
        found.offer(j + x, i + y, square);
      }
    }
  };
  squaredDistances(matrix, matrix, visit, { half: true });
  return Float64Array.from({ length: matrix.rows }, (_, i) => found.squares[i * k + k - 1]);
}

/** The k smallest of what was offered to each query, in order. */
class Found {
  readonly squares: Float64Array;
  readonly indices: Int32Array;
  readonly #k: number;

  constructor(queries: number, k: number) {
    this.#k = k;
    this.squares = new Float64Array(queries * k).fill(Infinity);
    this.indices = new Int32Array(queries * k).fill(-1);
  }

  offer(query: number, index: number, square: number): void {
    const k = this.#k;
    const first = query * k;
    let at = first + k - 1;
    if (square >= this.squares[at]) return;
    for (; at > first && this.squares[at - 1] > square; at--) {
      this.squares[at] = this.squares[at - 1];
      this.indices[at] = this.indices[at - 1];
    }
    this.squares[at] = square;
    this.indices[at] = index;
  }
}

/**
 * The class of each query as its k nearest rows have it: the most frequent one; of several, that of the nearest
 * row among them.
 *
 * @param labels a class for each row, 0 and above
 * @throws InvalidInputError
 */
export function neighbourClasses(
  queries: FeatureRows,
  rows: FeatureRows,
  labels: ArrayLike<number>,
  k = 1,
): Int32Array {
  const { rows: count } = matrixOf("rows", rows);
  if (labels?.length !== count) {
    throw new InvalidInputError(
      `labels must be one class for each of the ${count} rows, got ${describe(labels?.length)} of them`,
    );
  }
  const { indices } = nearestNeighbours(queries, rows, k);
  return Int32Array.from({ length: indices.length / k }, (_, query) => {
    const votes = Array.from(indices.subarray(query * k, (query + 1) * k), (i) => labels[i]);
    const counts = new Map<number, number>();
    for (const vote of votes) counts.set(vote, (counts.get(vote) ?? 0) + 1);
    const most = Math.max(...counts.values());
    return votes.find((vote) => counts.get(vote) === most)!;
  });
}
