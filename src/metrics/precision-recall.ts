// Improved precision and recall (Kynkäänniemi et al. 2019): how many generated pictures look real, and how much of
// what is real is generated. A distance alone does not tell one from the other.

import { checkNumber } from "../host/errors.js";
import { squaredRadii } from "./neighbours.js";
import { squaredDistances } from "./pairs.js";
import { type FeatureRows, matricesOf } from "./rows.js";

/** Both fractions, 0 to 1. */
export interface PrecisionRecall {
  /** Fraction of generated rows that are within reach of a real one. */
  readonly precision: number;
  /** Fraction of real rows that are within reach of a generated one. */
  readonly recall: number;
}

/**
 * A row's reach is the distance to its k-th nearest other row of its own set. Both figures depend on how many rows
 * there are: compare only figures of equally many.
 *
 * @param k neighbours; the paper has 3, the default
 * @throws InvalidInputError where a set has not more than k rows, widths differ, or a number is not finite
 */
export function precisionRecall(real: FeatureRows, generated: FeatureRows, k = 3): PrecisionRecall {
  checkNumber("k", k, { integer: true, min: 1 });
  const [left, right] = matricesOf(["real", real], ["generated", generated], k + 1);
  const reachReal = squaredRadii(left, k);
  const reachGenerated = squaredRadii(right, k);
  const realFound = new Uint8Array(left.rows);
  const generatedFound = new Uint8Array(right.rows);
  squaredDistances(left, right, (block, stride, i, height, j, width) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const square = block[y * stride + x];
        if (square <= reachReal[i + y]) generatedFound[j + x] = 1;
        if (square <= reachGenerated[j + x]) realFound[i + y] = 1;
      }
    }
  });
  const fraction = (found: Uint8Array) => found.reduce((sum, one) => sum + one, 0) / found.length;
  return { precision: fraction(generatedFound), recall: fraction(realFound) };
}
