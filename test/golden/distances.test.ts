// Distances and neighbours of features against NumPy. The fixture was made by make_distances.py; no Python is
// needed here.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  frechetDistance,
  kernelDistance,
  nearestNeighbours,
  precisionRecall,
  principalComponents,
} from "../../src/entries/index.js";

interface Case {
  width: number;
  a: number[];
  b: number[];
  frechet: number;
  kernel: number;
  precisionRecall: { k: number; precision: number; recall: number }[];
  nearest: { k: number; indices: number[]; distances: number[] };
  components: { variances: number[]; components: number[] };
}
const golden: Record<string, Case> = JSON.parse(
  readFileSync(new URL("distances.json", import.meta.url), "utf8"),
);

function near(got: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(got.length).toBe(wanted.length);
  for (const [i, one] of wanted.entries()) {
    if (!(Math.abs(got[i] - one) <= tolerance)) expect.fail(`${i}: expected ${one}, got ${got[i]}`);
  }
}

describe.each(Object.entries(golden))("%s", (_, one) => {
  const a = { values: Float64Array.from(one.a), width: one.width };
  const b = { values: Float64Array.from(one.b), width: one.width };

  test("Fréchet distance", () => {
    // Square roots of eigenvalues that are 0 but for rounding: 1e-8 each on either side.
    near([frechetDistance(a, b)], [one.frechet], 3e-6);
    near([frechetDistance(b, a)], [one.frechet], 3e-6);
  });

  test("kernel distance", () => {
    near([kernelDistance(a, b)], [one.kernel], 1e-9 * Math.abs(one.kernel) + 1e-9);
  });

  test.each(one.precisionRecall)("precision and recall, k = $k", ({ k, precision, recall }) => {
    expect(precisionRecall(a, b, k)).toEqual({ precision, recall });
  });

  test("neighbours", () => {
    const { indices, distances } = nearestNeighbours(b, a, one.nearest.k);
    expect([...indices]).toEqual(one.nearest.indices);
    near(distances, one.nearest.distances, 1e-12);
  });

  test("principal components", () => {
    const { components, variances } = principalComponents(a, one.components.variances.length);
    near(variances, one.components.variances, 1e-8);
    near(components, one.components.components, 1e-4);
  });
});
