import { describe, expect, test } from "vitest";
import {
  binomialInterval,
  binomialTest,
  distribution,
  groupDifferences,
} from "../../src/entries/fairness.js";
import { InvalidInputError } from "../../src/host/errors.js";

/** P(X ≥ k), with logarithms of engines, to compare with. */
function atLeast(k: number, n: number, p: number): number {
  const logs = [0];
  for (let i = 1; i <= n; i++) logs.push(logs[i - 1] + Math.log(i));
  let sum = 0;
  for (let j = k; j <= n; j++) {
    sum += Math.exp(logs[n] - logs[j] - logs[n - j] + j * Math.log(p) + (n - j) * Math.log(1 - p));
  }
  return sum;
}

describe("binomialInterval", () => {
  test.each([
    // Without successes: 1 - (α/2)^(1/n).
    [0, 10, 0.95, 0, 1 - 0.025 ** (1 / 10)],
    [10, 10, 0.95, 0.025 ** (1 / 10), 1],
    // SciPy's binomtest(k, n).proportion_ci(0.95, "exact").
    [9, 10, 0.95, 0.5549838991343133, 0.9974714219664556],
  ])("%i of %i", (k, n, confidence, low, high) => {
    const found = binomialInterval(k, n, confidence);
    expect(found.low).toBeCloseTo(low, 6);
    expect(found.high).toBeCloseTo(high, 6);
  });

  test.each([
    [1, 7, 0.9],
    [37, 400, 0.95],
    [250, 251, 0.99],
    [1, 2000, 0.999],
  ])("tails of %i of %i are α/2", (k, n, confidence) => {
    const { low, high } = binomialInterval(k, n, confidence);
    const alpha = (1 - confidence) / 2;
    expect(atLeast(k, n, low) / alpha).toBeCloseTo(1, 8);
    expect((1 - atLeast(k + 1, n, high)) / alpha).toBeCloseTo(1, 8);
  });

  test("holds what is true often enough, whatever it is", () => {
    for (const p of [0.02, 0.1, 0.37, 0.5, 0.93]) {
      const n = 40;
      let covered = 0;
      for (let k = 0; k <= n; k++) {
        const { low, high } = binomialInterval(k, n, 0.9);
        if (low <= p && p <= high) covered += atLeast(k, n, p) - atLeast(k + 1, n, p);
      }
      expect(covered).toBeGreaterThanOrEqual(0.9);
    }
  });

  test("of no trials nothing is known, of many nearly all", () => {
    expect(binomialInterval(0, 0)).toEqual({ low: 0, high: 1 });
    const { low, high } = binomialInterval(3e6, 1e7);
    expect(high - low).toBeLessThan(6e-4);
    expect(low).toBeLessThan(0.3);
    expect(high).toBeGreaterThan(0.3);
  });

  test("a test at α is an interval at 1 - α", () => {
    const { low, high } = binomialInterval(13, 50, 0.95);
    expect(binomialTest(13, 50, low)).toBeCloseTo(0.05, 10);
    expect(binomialTest(13, 50, high)).toBeCloseTo(0.05, 10);
    expect(binomialTest(5, 10, 0.5)).toBe(1);
  });

  test.each([
    [[11, 10], "successes must be a whole number of at least 0 and at most 10, got 11"],
    [[1, 10, 1], "confidence must be a number above 0 and at most 0.999999999999, got 1"],
    [[0.5, 10], "successes must be a whole number of at least 0 and at most 10, got 0.5"],
  ] as const)("refuses %j", (given, message) => {
    expect(() => binomialInterval(given[0], given[1], given[2])).toThrow(
      new InvalidInputError(message),
    );
  });
});

const times = (value: string, n: number) => new Array<string>(n).fill(value);

describe("distribution", () => {
  test("a coin with 90 heads of 100 is none", () => {
    const { values, distance, differs } = distribution([
      ...times("head", 90),
      ...times("tail", 10),
    ]);
    expect(differs).toBe(true);
    expect(distance).toBeCloseTo(0.4, 12);
    expect(values[0]).toMatchObject({
      value: "head",
      count: 90,
      share: 0.9,
      target: 0.5,
      differs: true,
    });
    expect(values[0].low).toBeCloseTo(0.8237774, 5);
    expect(values[0].high).toBeCloseTo(0.9509953, 5);
  });

  test("against counts, of which a value is never there", () => {
    const found = distribution([...times("a", 30), ...times("b", 30)], {
      against: { a: 2, b: 2, c: 0 },
    });
    expect(found.differs).toBe(false);
    expect(found.values.map(({ value, count }) => [value, count])).toEqual([
      ["a", 30],
      ["b", 30],
      ["c", 0],
    ]);
    expect(distribution(times("a", 40), { against: { a: 1, b: 1 } }).distance).toBe(0.5);
  });

  test.each([
    [[], {}, "samples must be a list of at least one text, got an array of 0"],
    [["a", 1], {}, "samples[1] must be a text, got 1"],
    [
      ["a"],
      { against: "even" },
      'against must be "uniform" or an object such as { yes: 0.5, no: 0.5 }, got "even"',
    ],
    [
      ["a"],
      { against: { a: 0 } },
      "against must give something to at least one value, got 0 in all",
    ],
    [
      ["a"],
      { againts: {} },
      "distribution does not know the option againts; did you mean against?",
    ],
  ])("refuses %j, %j", (samples, options, message) => {
    expect(() => distribution(samples as string[], options as object)).toThrow(
      new InvalidInputError(message),
    );
  });
});

describe("groupDifferences", () => {
  const samples = [
    ...times("yes", 90),
    ...times("no", 10),
    ...times("yes", 12),
    ...times("no", 88),
  ];
  const groups = [...times("red", 100), ...times("grey", 100)];

  test("a planted difference, with its interval", () => {
    const { values, difference, differs } = groupDifferences(samples, groups);
    expect(difference).toBeCloseTo(0.78, 12);
    expect(differs).toBe(true);
    const [yes] = values;
    expect(yes).toMatchObject({ value: "yes", highest: "red", lowest: "grey" });
    expect(yes.low).toBeGreaterThan(0.59);
    expect(yes.high).toBeLessThan(0.95);
    const strict = [binomialInterval(90, 100, 0.975), binomialInterval(12, 100, 0.975)];
    expect(yes.low).toBeCloseTo(strict[0].low - strict[1].high, 10);
  });

  test("small samples prove nothing", () => {
    const found = groupDifferences(["yes", "no", "yes", "yes"], ["a", "a", "b", "b"]);
    expect(found.difference).toBe(0.5);
    expect(found.differs).toBe(false);
    expect(found.values[0].low).toBe(0);
  });

  test("refuses one group, and lists of two lengths", () => {
    expect(() => groupDifferences(["a"], ["x"])).toThrow('groups must be at least two, got 1: "x"');
    expect(() => groupDifferences(["a", "b"], ["x"])).toThrow(
      "groups must be as many as samples, 2, got 1",
    );
  });
});
