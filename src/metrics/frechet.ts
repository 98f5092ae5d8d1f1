// The Fréchet distance of two sets of features, as if both were Gaussian (Heusel et al. 2017). On features of
// an Inception network it is called FID; figures on other features compare with each other only.

import { eigenOf, product, squareRoot } from "./eigen.js";
import { momentsOf } from "./moments.js";
import { type FeatureRows, matricesOf } from "./rows.js";

/**
 * d² = |μa - μb|² + tr(Σa + Σb - 2 (Σa^½ Σb Σa^½)^½), covariances divided by N - 1. 0 for the same features, and
 * larger the fewer rows there are: compare only figures of equally many.
 *
 * ```ts
 * frechetDistance({ values: real, width: 64 }, { values: generated, width: 64 });
 * ```
 *
 * @throws InvalidInputError where rows are fewer than 2, of two widths, or not finite
 */
export function frechetDistance(a: FeatureRows, b: FeatureRows): number {
  const [left, right] = matricesOf(["a", a], ["b", b], 2);
  const n = left.width;
  const one = momentsOf(left);
  const two = momentsOf(right);
  let distance = 0;
  for (let i = 0; i < n; i++) {
    const apart = one.mean[i] - two.mean[i];
    distance += apart * apart + one.covariance[i * n + i] + two.covariance[i * n + i];
  }
  const root = squareRoot(one.covariance, n);
  const inner = product(product(root, two.covariance, n), root, n);
  // Rounding leaves halves that differ in their last bits; a rotation reads both.
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (inner[i * n + j] + inner[j * n + i]) / 2;
      inner[i * n + j] = mean;
      inner[j * n + i] = mean;
    }
  }
  for (const value of eigenOf(inner, n).values) distance -= 2 * Math.sqrt(Math.max(0, value));
  return Math.max(0, distance);
}
