// The kernel distance of two sets of features (Bińkowski et al. 2018, "Demystifying MMD GANs"; KID on features of
// an Inception network): it assumes no Gaussian, and its estimate does not depend on how many rows there are.

import { products } from "./pairs.js";
import { type FeatureRows, type Matrix, matricesOf } from "./rows.js";

/**
 * The unbiased estimate of MMD² with the kernel k(x, y) = (x · y / width + 1)³, over all pairs:
 * mean of k(x, x′) + mean of k(y, y′) - 2 × mean of k(x, y). About 0 for two samples of one distribution, and may
 * be a little below.
 *
 * @throws InvalidInputError where rows are fewer than 2, of two widths, or not finite
 */
export function kernelDistance(a: FeatureRows, b: FeatureRows): number {
  const [left, right] = matricesOf(["a", a], ["b", b], 2);
  let between = 0;
  products(left, right, (block, stride, _i, height, _j, width) => {
    // One sum a block: rounding stays small, and its order is fixed.
    let sum = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) sum += kernel(block[y * stride + x], left.width);
    }
    between += sum;
  });
  return within(left) + within(right) - (2 * between) / (left.rows * right.rows);
}

/** Mean of the kernel over all pairs of different rows. */
function within(matrix: Matrix): number {
  let total = 0;
  const visit = (block: Float64Array, stride: number, ...place: number[]) => {
    const [i, height, j, width] = place;
    let sum = 0;
    for (let y = 0; y < height; y++) {
      // Where the block is on the diagonal, only what is above it.
      for (let x = i === j ? y + 1 : 0; x < width; x++) {
        sum += kernel(block[y * stride + x], matrix.width);
      }
    }
    total += sum;
  };
  products(matrix, matrix, visit, { half: true });
  return (2 * total) / (matrix.rows * (matrix.rows - 1));
}

function kernel(product: number, width: number): number {
  const base = product / width + 1;
  return base * base * base;
}
