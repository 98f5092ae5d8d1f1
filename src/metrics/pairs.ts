// What is computed for every two rows: products and distances, in blocks that fit the first cache, sixteen sums
// at a time. Each sum runs over the width in order: its bits depend on its two rows alone.

import type { Matrix } from "./rows.js";

/** Rows of a block. 2 × 64 rows of 64 doubles are 64 kB. */
const BLOCK = 64;

/** Gets the numbers of rows `i … i + height` of a and `j … j + width` of b: `block[y * stride + x]`. */
export type PairVisit = (
  block: Float64Array,
  stride: number,
  i: number,
  height: number,
  j: number,
  width: number,
) => void;

/** Of two equal matrices, the half with blocks at or above the diagonal is enough. */
export interface PairOptions {
  /** Only blocks with j ≥ i. Default false. */
  readonly half?: boolean;
}

/** x · y of all pairs of rows. */
export function products(a: Matrix, b: Matrix, visit: PairVisit, options: PairOptions = {}): void {
  eachBlock(a, b, visit, options, productBlock);
}

/** |x - y|² of all pairs of rows; exactly 0 where both are the same. */
export function squaredDistances(
  a: Matrix,
  b: Matrix,
  visit: PairVisit,
  options: PairOptions = {},
): void {
  eachBlock(a, b, visit, options, distanceBlock);
}

type Fill = (
  x: Float64Array,
  y: Float64Array,
  width: number,
  out: Float64Array,
  rows: number,
  columns: number,
) => void;

function eachBlock(a: Matrix, b: Matrix, visit: PairVisit, options: PairOptions, fill: Fill): void {
  const { width } = a;
  const out = new Float64Array(BLOCK * BLOCK);
  // Room for whole fours of rows: what lies beyond the last is computed and not looked at.
  const x = new Float64Array(BLOCK * width);
  const y = new Float64Array(BLOCK * width);
  for (let i = 0; i < a.rows; i += BLOCK) {
    const height = Math.min(BLOCK, a.rows - i);
    x.set(a.values.subarray(i * width, (i + height) * width));
    for (let j = options.half ? i : 0; j < b.rows; j += BLOCK) {
      const across = Math.min(BLOCK, b.rows - j);
      y.set(b.values.subarray(j * width, (j + across) * width));
      fill(x, y, width, out, height, across);
      visit(out, BLOCK, i, height, j, across);
    }
  }
}

const productBlock: Fill = (x, y, width, out, rows, columns) => {
  for (let r = 0; r < rows; r += 2) {
    for (let c = 0; c < columns; c += 4) {
      let [s0, s1, s2, s3, t0, t1, t2, t3] = [0, 0, 0, 0, 0, 0, 0, 0];
      let [p, q] = [r * width, c * width];
      for (let k = 0; k < width; k++, p++, q++) {
        const [u, v] = [x[p], x[p + width]];
        const [y0, y1, y2, y3] = [y[q], y[q + width], y[q + 2 * width], y[q + 3 * width]];
        s0 += u * y0;
        s1 += u * y1;
        s2 += u * y2;
        s3 += u * y3;
        t0 += v * y0;
        t1 += v * y1;
        t2 += v * y2;
        t3 += v * y3;
      }
      put(out, r * BLOCK + c, s0, s1, s2, s3);
      put(out, (r + 1) * BLOCK + c, t0, t1, t2, t3);
    }
  }
};

const distanceBlock: Fill = (x, y, width, out, rows, columns) => {
  for (let r = 0; r < rows; r += 2) {
    for (let c = 0; c < columns; c += 4) {
      let [s0, s1, s2, s3, t0, t1, t2, t3] = [0, 0, 0, 0, 0, 0, 0, 0];
      let [p, q] = [r * width, c * width];
      for (let k = 0; k < width; k++, p++, q++) {
        const [u, v] = [x[p], x[p + width]];
        const [y0, y1, y2, y3] = [y[q], y[q + width], y[q + 2 * width], y[q + 3 * width]];
        s0 += (u - y0) * (u - y0);
        s1 += (u - y1) * (u - y1);
        s2 += (u - y2) * (u - y2);
        s3 += (u - y3) * (u - y3);
        t0 += (v - y0) * (v - y0);
        t1 += (v - y1) * (v - y1);
        t2 += (v - y2) * (v - y2);
        t3 += (v - y3) * (v - y3);
      }
      put(out, r * BLOCK + c, s0, s1, s2, s3);
      put(out, (r + 1) * BLOCK + c, t0, t1, t2, t3);
    }
  }
};

function put(out: Float64Array, at: number, a: number, b: number, c: number, d: number): void {
  out[at] = a;
  out[at + 1] = b;
  out[at + 2] = c;
  out[at + 3] = d;
}
