// How pictures are spread over classes.

import { describe, expect, test } from "vitest";
import { classCoverage } from "../../src/metrics/coverage.js";

describe("classCoverage", () => {
  test("the entropy is a fraction of a uniform one", () => {
    const real = { a: 10, b: 10, c: 10, d: 10 };
    const of = (counts: Record<string, number>) => classCoverage(counts, real).entropy;
    expect(of({ a: 5, b: 5, c: 5, d: 5 })).toBe(1);
    expect(of({ a: 7, b: 0, c: 0, d: 0 })).toBe(0);
    expect(of({ a: 9, b: 9, c: 0, d: 0 })).toBeCloseTo(0.5, 14);
    const p = [0.7, 0.2, 0.06, 0.04];
    const exact = -p.reduce((sum, one) => sum + one * Math.log(one), 0) / Math.log(4);
    expect(of({ a: 70, b: 20, c: 6, d: 4 })).toBeCloseTo(exact, 14);
  });

  test("a class appears with a tenth of its fraction of the real pictures", () => {
    const real = { often: 900, rare: 100 };
    expect(classCoverage({ often: 991, rare: 9 }, real)).toMatchObject({ classes: 2, covered: 1 });
    expect(classCoverage({ often: 990, rare: 10 }, real)).toMatchObject({ covered: 2 });
    expect(classCoverage({ often: 3, new: 1 }, { often: 3, new: 0 }).covered).toBe(2);
    expect(classCoverage({ one: 3 }, { one: 2 })).toMatchObject({ covered: 1, entropy: 1 });
  });

  test("refuses other classes, and nothing", () => {
    expect(() => classCoverage({ a: 1 }, { b: 1 })).toThrow('one of them lacks "a"');
    expect(() => classCoverage({ a: 0 }, { a: 1 })).toThrow(
      "counts must be of at least one picture",
    );
    expect(() => classCoverage({ a: 1 }, { a: 0.5 })).toThrow(
      "realCounts.a must be a whole number",
    );
  });
});
