import { describe, expect, it } from "vitest";
import { cutPairs, pad, pairBatches, splitPairs, type TokenPair } from "../../src/data/pairs.js";
import { load } from "../../src/entries/index.js";
import { Key } from "../../src/host/key.js";

const key = Key.fromSeed((await load()).machine(), 3);
const markers = { start: 90, end: 91 };
const ids = (...values: number[]) => Int32Array.from(values);
const some: TokenPair[] = [
  { source: ids(1, 2, 3), target: ids(4), label: 0 },
  { source: ids(5), target: ids(6, 7), label: -1 },
];
/** Pairs of different lengths, each of tokens of its own number. */
const many: TokenPair[] = Array.from({ length: 100 }, (_, i) => ({
  source: new Int32Array(1 + ((i * 7) % 13)).fill(i),
  target: new Int32Array((i * 5) % 11).fill(i),
  label: i % 3,
}));

describe("a batch", () => {
  it("is time-major, padded after the ends, with markers on the target", () => {
    const batch = pad(some, { ...markers, reverse: false });
    expect(batch).toEqual({
      rows: 2,
      sources: ids(1, 5, 2, 0, 3, 0),
      sourceSteps: 3,
      sourceLengths: ids(3, 1),
      inputs: ids(90, 90, 4, 6, 91, 7),
      targets: ids(4, 6, 91, 7, -1, 91),
      steps: 3,
      lengths: ids(2, 3),
      labels: ids(0, -1),
      tokens: 5,
    });
  });

  it("has sources from the end where reversed", () => {
    expect(pad(some, { ...markers, reverse: true }).sources).toEqual(ids(3, 5, 2, 0, 1, 0));
  });

  it("is cut by rows, without the padding that others needed", () => {
    const options = { ...markers, reverse: false };
    const whole = pad(many.slice(0, 9), options);
    expect(cutPairs(whole, 0, 9)).toBe(whole);
    for (const [from, to] of [
      [0, 1],
      [2, 5],
      [8, 9],
    ]) {
      expect(cutPairs(whole, from, to)).toEqual(pad(many.slice(from, to), options));
    }
  });
});

describe("batches", () => {
  const options = { ...markers, batch: 8, reverse: false, key };
  const seen = (batches: ReturnType<typeof pairBatches>, epoch: number) =>
    Array.from({ length: batches.epoch }, (_, i) =>
      batches.batch(epoch * batches.epoch + i),
    ).flatMap(({ labels, sources, rows }) => Array.from(labels, (_, b) => sources[b % rows]));

  it("have every pair once an epoch, each epoch in another order", () => {
    const batches = pairBatches(many, options);
    expect(batches.epoch).toBe(13);
    const orders = [0, 1].map((epoch) => seen(batches, epoch));
    for (const order of orders) {
      expect([...order].sort((a, b) => a - b)).toEqual(many.map((_, i) => i));
    }
    expect(orders[0]).not.toEqual(orders[1]);
  });

  it("are functions of the step alone", () => {
    const noise = { drop: 0.2, swap: 0.2, mask: 0.2, token: 99 };
    const one = pairBatches(many, { ...options, noise });
    const other = pairBatches(many, { ...options, noise });
    const late = other.batch(40);
    for (let step = 0; step < 40; step++) one.batch(step);
    expect(one.batch(40)).toEqual(late);
  });

  it("tell how much of them is padding, and buckets make it little", () => {
    const lengths = Array.from({ length: 2000 }, (_, i) => 1 + ((i * 31) % 17));
    const mixed = lengths.map((length, i) => ({
      source: new Int32Array(length),
      target: new Int32Array(1 + ((length + (i % 3)) % 19)),
      label: -1,
    }));
    const batches = pairBatches(mixed, { ...options, batch: 32 });
    let real = 0;
    let computed = 0;
    for (let i = 0; i < batches.epoch; i++) {
      const { rows, sourceSteps, steps, sourceLengths, tokens } = batches.batch(i);
      real += tokens + sourceLengths.reduce((sum, length) => sum + length, 0);
      computed += rows * (sourceSteps + steps);
    }
    expect(batches.padding()).toBeCloseTo(1 - real / computed, 12);
    expect(batches.padding()).toBeLessThan(0.15);
  });

  it("need a pair", () => {
    expect(() => pairBatches([], options)).toThrow("there is no pair to train on");
  });
});

describe("noise", () => {
  const source = Int32Array.from({ length: 1000 }, (_, i) => i);
  const batch = (noise: object) => {
    const options = { ...markers, batch: 1, reverse: false, key };
    const one = [{ source, target: ids(1), label: -1 }];
    return Array.from(
      pairBatches(one, { ...options, noise: { token: 5000, ...noise } }).batch(0).sources,
    );
  };

  it("drops some and keeps the order", () => {
    const found = batch({ drop: 0.3 });
    expect(found.length).toBeGreaterThan(600);
    expect(found.length).toBeLessThan(800);
    expect(found).toEqual([...found].sort((a, b) => a - b));
  });

  it("masks some in their places", () => {
    const found = batch({ mask: 0.3 });
    const masked = found.filter((token) => token === 5000).length;
    expect(masked).toBeGreaterThan(200);
    expect(masked).toBeLessThan(400);
    expect(found.every((token, i) => token === i || token === 5000)).toBe(true);
  });

  it("swaps neighbours and loses none", () => {
    const found = batch({ swap: 0.3 });
    expect([...found].sort((a, b) => a - b)).toEqual(Array.from(source));
    const moved = found.filter((token, i) => token !== i).length;
    expect(moved).toBeGreaterThan(200);
    expect(moved).toBeLessThan(800);
  });

  it("always leaves a token", () => {
    expect(batch({ drop: 1 })).toHaveLength(1);
  });
});

describe("splitPairs", () => {
  const pairs = Array.from({ length: 60 }, (_, i) => ({ source: `${i % 20}`, target: `${i}` }));

  it("puts a source on one side only, and keeps the order", () => {
    const { train, validation } = splitPairs(pairs, 0.25, key);
    expect(new Set(validation.map(({ source }) => source)).size).toBe(5);
    expect(validation).toHaveLength(15);
    const held = new Set(validation.map(({ source }) => source));
    expect(train).toEqual(pairs.filter(({ source }) => !held.has(source)));
    expect(splitPairs(pairs, 0.25, key)).toEqual({ train, validation });
  });

  it.each([
    [0.01, "cuts 20 different sources into 20 and 0"],
    [0.99, "cuts 20 different sources into 0 and 20"],
    [0, "must be a number above 0"],
  ])("a fraction of %d leaves nothing on a side", (fraction, message) => {
    expect(() => splitPairs(pairs, fraction, key)).toThrow(message);
  });
});
