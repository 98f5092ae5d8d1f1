import { describe, expect, test } from "vitest";
import {
  acceptor,
  classQuality,
  drawLabels,
  groupWeights,
  keepTo,
  resample,
  translationQuality,
} from "../../src/entries/fairness.js";
import { InvalidInputError } from "../../src/host/errors.js";

/** 18 red with glasses, 2 without; 2 grey with, 18 without. */
const rows = (
  [
    ["red", "yes", 18],
    ["red", "no", 2],
    ["grey", "yes", 2],
    ["grey", "no", 18],
  ] as const
).flatMap(([hair, glasses, n]) => Array.from({ length: n }, () => ({ hair, glasses })));
const by = ["hair", "glasses"];
const counted = (indices: readonly number[]) => {
  const counts: Record<string, number> = {};
  for (const i of indices) {
    const key = `${rows[i].hair} ${rows[i].glasses}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};

describe("groupWeights", () => {
  test("make two attributes independent, their own shares kept", () => {
    const weights = groupWeights(rows, { by });
    expect(weights.reduce((a, b) => a + b) / rows.length).toBeCloseTo(1, 12);
    const mass = (of: (row: (typeof rows)[number]) => boolean) =>
      rows.reduce((sum, row, i) => sum + (of(row) ? weights[i] : 0), 0) / rows.length;
    expect(mass(({ hair }) => hair === "red")).toBeCloseTo(0.5, 12);
    expect(mass(({ hair, glasses }) => hair === "red" && glasses === "yes")).toBeCloseTo(0.25, 12);
    expect(weights[18]).toBeCloseTo(5, 12);
  });

  test("of plain values, to a target", () => {
    expect([...groupWeights(["a", "a", "a", "b"], { target: { a: 1, b: 1 } })]).toEqual([
      ...[2 / 3, 2 / 3, 2 / 3, 2],
    ]);
  });

  test("read the labels of sets and documents", () => {
    const set = {
      length: 3,
      labels: [{ name: "c", classes: ["x", "y"], indices: Int32Array.of(0, 1, 1) }],
    };
    expect([...groupWeights(set, { by: "c" })]).toEqual([1.5, 0.75, 0.75]);
    const documents = [{ text: "a", labels: { c: "x" } }, { text: "b" }];
    expect([...groupWeights(documents, { by: "c" })]).toEqual([1, 1]);
  });

  test.each([
    [{ by: "hat" }, 'the examples have no label "hat"; they have: hair, glasses'],
    [{}, 'say by which label: by: "hair"; without it the examples must be a list of values'],
    [
      { by, target: { red: 1 } },
      'target must be "uniform" or "independent" for the combinations of hair, glasses; shares are for one name',
    ],
    [{ by: "hair", target: { blue: 1 } }, 'target wants "blue", which no example is; leave it out'],
    [
      { by: "hair", target: "independent" },
      'target "independent" is for two names of labels or more',
    ],
  ])("refuses %j", (options, message) => {
    expect(() => groupWeights(rows, options as object)).toThrow(new InvalidInputError(message));
  });

  test("say where nothing can be made independent", () => {
    expect(() => groupWeights(rows.slice(0, 22), { by })).toThrow(
      "of 4 combinations of hair, glasses only 3 have examples",
    );
  });
});

describe("resample", () => {
  test("over: all are there, the rare ones often", () => {
    const indices = resample(rows, { by, target: "uniform" });
    expect(counted(indices)).toEqual({
      "red yes": 18,
      "red no": 18,
      "grey yes": 18,
      "grey no": 18,
    });
    expect(new Set(indices).size).toBe(rows.length);
  });

  test("under: none twice", () => {
    const indices = resample(rows, { by, target: "uniform", method: "under", seed: 3 });
    expect(counted(indices)).toEqual({ "red yes": 2, "red no": 2, "grey yes": 2, "grey no": 2 });
    expect(new Set(indices).size).toBe(8);
    expect(resample(rows, { by, target: "uniform", method: "under", seed: 3 })).toEqual(indices);
    expect(resample(rows, { by, target: "uniform", method: "under", seed: 4 })).not.toEqual(
      indices,
    );
  });

  test("what a target does not want is left out", () => {
    const indices = resample(rows, { by: "hair", target: { red: 1 } });
    expect(indices).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });
});

describe("drawLabels", () => {
  test("has the shares exactly, in mixed order", () => {
    const drawn = drawLabels({ hair: { red: 1, grey: 1 }, glasses: { yes: 1, no: 3 } }, 80);
    const count = (of: (row: Record<string, string>) => boolean) => drawn.filter(of).length;
    expect(count(({ hair, glasses }) => hair === "red" && glasses === "yes")).toBe(10);
    expect(count(({ glasses }) => glasses === "no")).toBe(60);
    expect(new Set(drawn.slice(0, 12).map(({ hair }) => hair)).size).toBe(2);
    expect(drawLabels({ a: { x: 1, y: 1, z: 1 } }, 10)).toHaveLength(10);
  });
});

describe("keepTo and acceptor", () => {
  const values = rows.map(({ hair, glasses }) => `${hair} ${glasses}`);

  test("keeps the most that have the target's shares", () => {
    const { indices, acceptance, missing } = keepTo(values, "uniform");
    expect(counted(indices)).toEqual({ "red yes": 2, "red no": 2, "grey yes": 2, "grey no": 2 });
    expect(acceptance).toBe(0.2);
    expect(missing).toEqual([]);
    expect(keepTo(["a", "b", "b"], { a: 1, b: 2 }).indices).toEqual([0, 1, 2]);
    expect(keepTo(["a"], { a: 1, b: 2 })).toEqual({ indices: [], acceptance: 0, missing: ["b"] });
  });

  test("accepts sample by sample, as often as it says", () => {
    const { accept, acceptance, rates } = acceptor({ yes: 0.9, no: 0.1 }, "uniform");
    expect(acceptance).toBeCloseTo(0.2, 12);
    expect(rates.no).toBeCloseTo(1, 12);
    let [yes, no] = [0, 0];
    for (let i = 0; i < 5000; i++) {
      if (i % 10 === 0) no += Number(accept("no", i));
      else yes += Number(accept("yes", i));
    }
    expect(no).toBe(500);
    expect(Math.abs(yes - 500)).toBeLessThan(70);
    expect(() => acceptor({ yes: 1 }, { no: 1 })).toThrow(
      'target wants "no", which the source never has',
    );
  });
});

describe("quality", () => {
  test("by class and group", () => {
    const judged = [
      ...[
        { truth: "cat", said: "cat", group: "day" },
        { truth: "dog", said: "dog", group: "day" },
      ],
      ...[
        { truth: "cat", said: "dog", group: "night" },
        { truth: "dog", said: "dog", group: "night" },
      ],
    ];
    const { accuracy, classes, groups, gap, recallGaps } = classQuality(judged);
    expect(accuracy).toMatchObject({ share: 0.75, count: 3, trials: 4 });
    expect(
      classes.map(({ value, precision, recall }) => [value, precision?.share, recall?.share]),
    ).toEqual([
      ["cat", 1, 0.5],
      ["dog", 2 / 3, 1],
    ]);
    expect(groups[1].classes[0]).toMatchObject({ precision: undefined, recall: { share: 0 } });
    expect(gap).toEqual({ difference: 0.5, highest: "day", lowest: "night" });
    expect(recallGaps![0]).toEqual({
      value: "cat",
      difference: 1,
      highest: "day",
      lowest: "night",
    });
    expect(classQuality(judged.map(({ truth, said }) => ({ truth, said }))).gap).toBeUndefined();
  });

  test("of translations", () => {
    const report = translationQuality([
      { hypothesis: "the cat", reference: "the cat", group: "a" },
      { hypothesis: "xyz", reference: ["the dog"], group: "b" },
    ]);
    expect(report.groups.map(({ chrF }) => chrF)).toEqual([100, 0]);
    expect(report.gap).toEqual({ difference: 100, highest: "a", lowest: "b" });
    expect(() => translationQuality([])).toThrow("translated must be a list of at least one");
  });
});
