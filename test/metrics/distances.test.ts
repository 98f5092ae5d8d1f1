// What golden/distances.test.ts does not say: values known on paper, larger sets, bits, and what is refused.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  decibelGain,
  frechetDistance,
  InvalidInputError,
  type JoinedRows,
  kernelDistance,
  meanSquaredError,
  nearestNeighbours,
  neighbourClasses,
  precisionRecall,
  principalComponents,
  projectRows,
  psnr,
} from "../../src/entries/index.js";

/** Numbers that look random, -1 to 1, the same everywhere. */
function numbers(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const rows = (count: number, width: number, seed = 1): JoinedRows => ({
  values: numbers(count * width, seed),
  width,
});
const list = (width: number, ...values: number[]) => ({ values: Float64Array.from(values), width });

describe("on paper", () => {
  test("Fréchet distance of one feature: (difference of means)² + (difference of deviations)²", () => {
    // Means 1 and 3, deviations √2 and 3√2.
    expect(frechetDistance(list(1, 0, 2), list(1, 0, 6))).toBeCloseTo(
      4 + (2 * Math.SQRT2) ** 2,
      12,
    );
  });

  test("the same features are at distance 0, moved ones at the square of the way", () => {
    const a = rows(200, 5);
    const b = { values: a.values.map((value) => value + 2), width: 5 };
    expect(frechetDistance(a, a)).toBeCloseTo(0, 10);
    expect(frechetDistance(a, b)).toBeCloseTo(20, 4);
    expect(precisionRecall(a, a)).toEqual({ precision: 1, recall: 1 });
    expect(precisionRecall(a, b)).toEqual({ precision: 0, recall: 0 });
  });

  test("kernel distance", () => {
    // (2·2 + 1)³, (0·0 + 1)³ and twice (2·0 + 1)³.
    expect(kernelDistance(list(1, 2, 2), list(1, 0, 0))).toBe(125 + 1 - 2);
  });

  test("recall falls where a mode is missing, precision where something is invented", () => {
    const two = list(1, 0, 1, 2, 3, 100, 101, 102, 103);
    const one = list(1, 0.5, 1.5, 2.5, 1.2);
    expect(precisionRecall(two, one, 1)).toEqual({ precision: 1, recall: 0.5 });
    expect(precisionRecall(one, two, 1)).toEqual({ precision: 0.5, recall: 1 });
  });

  test("neighbours, and of two equally near the first", () => {
    const { indices, distances } = nearestNeighbours(list(1, 0, 9), list(1, 3, -3, 8, 1), 2);
    expect([...indices]).toEqual([3, 0, 2, 0]);
    expect([...distances]).toEqual([1, 3, 1, 6]);
  });

  test("classes of neighbours: the most frequent, of several the nearest", () => {
    const known = list(1, 0, 1, 2, 10);
    const queries = list(1, -1, 9);
    expect([...neighbourClasses(queries, known, [7, 5, 5, 1], 3)]).toEqual([5, 5]);
    expect([...neighbourClasses(queries, known, [7, 5, 5, 1], 2)]).toEqual([7, 1]);
  });

  test("components of points on a line", () => {
    const found = principalComponents(list(2, 0, 0, 3, 4, 6, 8), 2);
    expect(found.variances[0]).toBeCloseTo(25, 12);
    expect(found.variances[1]).toBeCloseTo(0, 12);
    const [along, across] = projectRows(list(2, 6, 8), found).values;
    expect(along).toBeCloseTo(5, 12);
    expect(across).toBeCloseTo(0, 12);
    expect(found.total).toBe(25);
  });

  test("decibels", () => {
    expect(psnr([0, 0], [10, 10], 100)).toBeCloseTo(20, 12);
    expect(psnr([1], [1], 255)).toBe(Infinity);
    expect(decibelGain([0, 0], [4, 4], [2, 2])).toBeCloseTo(20 * Math.log10(2), 12);
    for (const ratio of [1e-300, 3e-7, 0.7, 1, 1.4143, 12345.678, 1e300]) {
      expect(psnr([Math.sqrt(1 / ratio)], [0], 1) / (10 * Math.log10(ratio) || 1)).toBeCloseTo(
        ratio === 1 ? 0 : 1,
        12,
      );
    }
    expect(meanSquaredError(Uint8Array.of(1, 2), Float32Array.of(1, 4))).toBe(2);
  });
});

test("blocks that are not full, beside plain loops", () => {
  for (const [n, m, width] of [
    [1, 1, 1],
    [65, 131, 3],
    [128, 66, 7],
  ]) {
    const a = rows(n, width);
    const b = rows(m, width, 2);
    const { indices } = nearestNeighbours(a, b, 1);
    for (let i = 0; i < n; i++) {
      const far = Array.from({ length: m }, (_, j) => {
        let sum = 0;
        for (let k = 0; k < width; k++)
          sum += (a.values[i * width + k] - b.values[j * width + k]) ** 2;
        return sum;
      });
      expect(indices[i]).toBe(far.indexOf(Math.min(...far)));
    }
  }
});

test("components of pictures: orthonormal, and what they leave is what they say", () => {
  const a = rows(120, 60);
  const { components, variances, total } = principalComponents(a, 12);
  for (let i = 0; i < 12; i++) {
    for (let j = 0; j < 12; j++) {
      let sum = 0;
      for (let k = 0; k < 60; k++) sum += components[i * 60 + k] * components[j * 60 + k];
      expect(sum).toBeCloseTo(i === j ? 1 : 0, 10);
    }
  }
  const all = principalComponents(a, 60);
  for (let i = 0; i < 12; i++) expect(variances[i]).toBeCloseTo(all.variances[i], 8);
  expect(all.variances.reduce((sum, one) => sum + one, 0)).toBeCloseTo(total, 10);
});

test("the same bits everywhere", () => {
  const a = rows(150, 20);
  const b = rows(130, 20, 5);
  const figures = [
    frechetDistance(a, b),
    kernelDistance(a, b),
    ...Object.values(precisionRecall(a, b)),
    ...nearestNeighbours(a, b, 2).distances,
    ...principalComponents(a, 4).components,
    psnr(a.values, numbers(3000, 9), 1),
  ];
  const hash = createHash("sha256").update(new Uint8Array(Float64Array.from(figures).buffer));
  expect(hash.digest("hex").slice(0, 16)).toMatchInlineSnapshot(`"39d92a20545f4dc6"`);
});

describe("what is refused", () => {
  test.each<[() => unknown, RegExp]>([
    [
      () => frechetDistance([1, 2] as never, rows(3, 2)),
      /a\[0\] must be a Float32Array of 1, got 1/,
    ],
    [
      () => frechetDistance(5 as never, rows(3, 2)),
      /a must be a list of Float32Array, or \{ values: Float32Array or/,
    ],
    [
      () => frechetDistance({ values: [1], width: 1 } as never, rows(3, 2)),
      /got values of an array of 1/,
    ],
    [() => frechetDistance(undefined as never, rows(3, 2)), /got undefined/],
    [() => frechetDistance(rows(1, 2), rows(3, 2)), /a must have at least 2 rows, got 1 row/],
    [
      () => kernelDistance(rows(3, 2), rows(3, 4)),
      /a and b must have rows of one width, got 2 and 4/,
    ],
    [
      () => kernelDistance({ values: new Float32Array(5), width: 2 }, rows(3, 2)),
      /a.width must divide its 5 values/,
    ],
    [
      () => kernelDistance(list(2, 1, 2, Number.NaN, 4), rows(3, 2)),
      /finite numbers, got NaN in row 1, column 0/,
    ],
    [() => precisionRecall(rows(3, 2), rows(9, 2)), /real must have at least 4 rows, got 3/],
    [
      () => precisionRecall(rows(9, 2), rows(9, 2), 0),
      /k must be a whole number of at least 1, got 0/,
    ],
    [() => nearestNeighbours(rows(3, 2), rows(3, 2), 4), /k must be .* at most 3, got 4/],
    [
      () => neighbourClasses(rows(3, 2), rows(3, 2), [1, 2], 1),
      /one class for each of the 3 rows, got 2/,
    ],
    [() => principalComponents(rows(3, 2), 3), /count must be .* at most 2, got 3/],
    [() => psnr([1], [1, 2], 1), /equally many pixels.* got 1 and 2/],
    [() => psnr([1], [Number.NaN], 1), /pixels must be finite numbers, got 1 and NaN at 0/],
    [() => psnr([1], [2], 0), /peak must be a number above 0, got 0/],
  ])("%s", (run, message) => {
    expect(run).toThrow(InvalidInputError);
    expect(run).toThrow(message);
  });
});
