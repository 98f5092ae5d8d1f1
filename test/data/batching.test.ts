import { describe, expect, test } from "vitest";
import { documentBatches, splitDocuments } from "../../src/data/documents.js";
import {
  type Batch,
  evaluationBatches,
  splitTokens,
  streamBatches,
  windowBatches,
} from "../../src/data/texts.js";
import { InvalidInputError } from "../../src/host/errors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";

const machine = (await load()).machine();
const key = Key.fromSeed(machine, 7);

/** Tokens that say where they are. */
const count = (n: number, from = 0) => Int32Array.from({ length: n }, (_, i) => from + i);

/** The inputs or targets of row b, cut to its length. */
function row(batch: Batch, values: Int32Array, b: number): number[] {
  const length = batch.lengths?.[b] ?? batch.steps;
  return Array.from({ length }, (_, t) => values[t * batch.rows + b]);
}

/** What every batch must be, whoever made it. */
function checkBatch(batch: Batch): void {
  const { inputs, targets, lengths, steps, rows } = batch;
  expect(inputs.length).toBe(steps * rows);
  expect(targets.length).toBe(steps * rows);
  expect(batch.tokens).toBe(targets.filter((target) => target >= 0).length);
  expect(inputs.every((id) => id >= 0)).toBe(true);
  if (lengths === undefined) expect(batch.tokens).toBe(steps * rows);
  else {
    expect(lengths.length).toBe(rows);
    expect(lengths.some((length) => length < steps)).toBe(true);
    expect(Math.max(...lengths)).toBe(steps);
    expect(lengths.reduce((a, b) => a + b, 0)).toBe(batch.tokens);
  }
  for (let b = 0; b < rows; b++) {
    for (let t = 0; t < steps; t++) {
      const inside = t < (lengths?.[b] ?? steps);
      if (targets[t * rows + b] < 0 === inside) expect.fail(`row ${b} at ${t} is padded wrongly`);
    }
  }
}

function expectRefused(work: () => unknown, message: RegExp): void {
  expect(work).toThrow(InvalidInputError);
  expect(work).toThrow(message);
}

describe("windowBatches", () => {
  test("rows are windows, targets are inputs shifted by one", () => {
    const batches = windowBatches(count(100), { batch: 5, seqLen: 8, key });
    expect(batches.epoch).toBeUndefined();
    for (let step = 0; step < 50; step++) {
      const batch = batches.batch(step);
      checkBatch(batch);
      expect([batch.steps, batch.rows, batch.tokens, batch.continues]).toEqual([8, 5, 40, false]);
      for (let b = 0; b < 5; b++) {
        const inputs = row(batch, batch.inputs, b);
        expect(inputs).toEqual([...count(8, inputs[0])]);
        expect(row(batch, batch.targets, b)).toEqual([...count(8, inputs[0] + 1)]);
      }
    }
  });

  test("every start comes up, about equally often", () => {
    const batches = windowBatches(count(12), { batch: 100, seqLen: 8, key });
    const seen = [0, 0, 0, 0];
    for (let step = 0; step < 10; step++) {
      for (const start of batches.batch(step).inputs.subarray(0, 100)) seen[start]++;
    }
    expect(seen.reduce((a, b) => a + b)).toBe(1000);
    for (const times of seen) expect(Math.abs(times - 250)).toBeLessThan(60);
  });

  test("a text of one window is enough", () => {
    const { targets } = windowBatches(count(9), { batch: 1, seqLen: 8, key }).batch(3);
    expect([...targets]).toEqual([...count(8, 1)]);
  });
});

test("the same step is the same batch, in any order, and keys and steps differ", () => {
  const documents = Array.from({ length: 23 }, (_, i) => count(1 + (i % 7), 100 * i));
  const marks = { start: 9998, end: 9999 };
  const makers = [
    () => windowBatches(count(300), { batch: 4, seqLen: 8, key }),
    () => streamBatches(count(300), { batch: 4, seqLen: 8 }),
    () => documentBatches(documents, { batch: 4, ...marks, key }),
  ];
  for (const make of makers) {
    const forwards = make();
    const steps = Array.from({ length: 30 }, (_, step) => step);
    const expected = steps.map((step) => forwards.batch(step));
    const backwards = make();
    for (const step of steps.reverse()) expect(backwards.batch(step)).toEqual(expected[step]);
    expect(backwards.batch(2 ** 32 - 2)).toEqual(forwards.batch(2 ** 32 - 2));
    expect(expected[0].inputs).not.toEqual(expected[1].inputs);
  }
  const other = { batch: 4, seqLen: 8, key: Key.fromSeed(machine, 8) };
  const windows = windowBatches(count(300), other).batch(0);
  expect(windows.inputs).not.toEqual(makers[0]().batch(0).inputs);
  expect(machine.activationBytes).toBe(0);
});

describe("streamBatches", () => {
  test.each([
    [100, 3, 8],
    [97, 3, 8],
    [98, 4, 1],
    [33, 4, 8],
    [50, 1, 7],
    [5, 4, 1],
  ])("%i tokens in %i streams by %i: no gap, no repetition", (n, batch, seqLen) => {
    const batches = streamBatches(count(n), { batch, seqLen });
    const length = Math.floor((n - 1) / batch);
    expect(batches.epoch).toBe(Math.ceil(length / seqLen));
    const streams = Array.from({ length: batch }, () => [] as number[]);
    for (let step = 0; step < batches.epoch!; step++) {
      const one = batches.batch(step);
      checkBatch(one);
      expect(one.continues).toBe(step > 0);
      for (let b = 0; b < batch; b++) {
        const inputs = row(one, one.inputs, b);
        expect(row(one, one.targets, b)).toEqual(inputs.map((id) => id + 1));
        streams[b].push(...inputs);
      }
    }
    expect(streams.flat()).toEqual([...count(batch * length)]);
    expect(n - 1 - batch * length).toBeLessThan(batch);
    const again = batches.batch(batches.epoch!);
    expect(again).toEqual(batches.batch(0));
    expect(again.continues).toBe(false);
  });
});

describe("documentBatches", () => {
  const start = 90_001;
  const end = 90_002;
  /** Lengths like those of given names: 2 to 12, most from 5 to 7. */
  const lengthOf = (i: number) => 2 + ((i * 7) % 5) + ((i * 11) % 4) + ((i * 13) % 4);
  const documents = Array.from({ length: 3203 }, (_, i) => count(lengthOf(i), 20 * i));

  test("every document once an epoch, with its markers; small padding; last batch smaller", () => {
    const batches = documentBatches(documents, { batch: 32, start, end, key });
    expect(batches.epoch).toBe(Math.ceil(3203 / 32));
    const orders: string[] = [];
    for (const epoch of [0, 1]) {
      const seen = new Map<number, number[]>();
      let positions = 0;
      let tokens = 0;
      for (let k = 0; k < batches.epoch!; k++) {
        const batch = batches.batch(epoch * batches.epoch! + k);
        checkBatch(batch);
        expect(batch.continues).toBe(false);
        expect(batch.rows).toBe(k === batches.epoch! - 1 ? 3203 % 32 : 32);
        positions += batch.steps * batch.rows;
        tokens += batch.tokens;
        for (let b = 0; b < batch.rows; b++) {
          const inputs = row(batch, batch.inputs, b);
          const targets = row(batch, batch.targets, b);
          expect(inputs[0]).toBe(start);
          expect(targets.pop()).toBe(end);
          expect(inputs.slice(1)).toEqual(targets);
          expect(seen.has(targets[0])).toBe(false);
          seen.set(targets[0], targets);
          for (let t = inputs.length; t < batch.steps; t++) {
            expect(batch.inputs[t * batch.rows + b]).toBe(end);
          }
        }
      }
      orders.push([...seen.keys()].join());
      const ordered = [...seen.entries()].sort(([a], [b]) => a - b).map(([, ids]) => ids);
      expect(ordered).toEqual(documents.map((document) => [...document]));
      expect(1 - tokens / positions).toBeLessThan(0.05);
    }
    expect(orders[0]).not.toBe(orders[1]);
  });

  test("the order of lengths stays random: batches are not sorted", () => {
    const batches = documentBatches(documents, { batch: 32, start, end, key });
    const steps = Array.from({ length: 100 }, (_, step) => batches.batch(step).steps);
    const rises = steps.filter((length, k) => k > 0 && length > steps[k - 1]).length;
    const falls = steps.filter((length, k) => k > 0 && length < steps[k - 1]).length;
    expect(Math.min(rises, falls)).toBeGreaterThan(25);
  });

  test("a small corpus is one smaller batch, an empty document a start and an end", () => {
    const two = [Int32Array.of(5, 6), new Int32Array(0)];
    const batches = documentBatches(two, { batch: 8, start: 0, end: 1, key });
    expect(batches.epoch).toBe(1);
    const batch = batches.batch(0);
    checkBatch(batch);
    const rows = [0, 1].map((b) => [row(batch, batch.inputs, b), row(batch, batch.targets, b)]);
    rows.sort((a, b) => a[0].length - b[0].length);
    expect(rows).toEqual([
      [[0], [1]],
      [
        [0, 5, 6],
        [5, 6, 1],
      ],
    ]);
    expect(batch.tokens).toBe(4);
  });

  test.each([1, 2, 3, 4, 6, 7, 8])("pieces of at most %i predict every token once", (maxLength) => {
    const long = [count(7, 10), count(6, 30), count(1, 50)];
    const batches = documentBatches(long, { batch: 2, maxLength, start: 0, end: 1, key });
    const pieces: { inputs: number[]; targets: number[] }[] = [];
    for (let step = 0; step < batches.epoch!; step++) {
      const batch = batches.batch(step);
      checkBatch(batch);
      for (let b = 0; b < batch.rows; b++) {
        const [inputs, targets] = [row(batch, batch.inputs, b), row(batch, batch.targets, b)];
        expect(inputs.filter((id) => id > 0).length).toBeLessThanOrEqual(maxLength);
        expect(inputs.slice(1)).toEqual(targets.slice(0, -1));
        pieces.push({ inputs, targets });
      }
    }
    expect(pieces.length).toBe(
      long.reduce((n, { length }) => n + Math.ceil(length / maxLength), 0),
    );
    const sorted = (values: number[]) => values.sort((a, b) => a - b);
    const tokens = long.flatMap((document) => [...document]);
    expect(sorted(pieces.flatMap(({ inputs }) => inputs))).toEqual([0, 0, 0, ...tokens]);
    expect(sorted(pieces.flatMap(({ targets }) => targets))).toEqual([1, 1, 1, ...tokens]);
    for (const { inputs, targets } of pieces) {
      expect(inputs.includes(0)).toBe([10, 30, 50].includes(targets[0]));
      expect(targets.includes(1)).toBe([16, 35, 50].includes(inputs[inputs.length - 1]));
    }
  });
});

describe("splits", () => {
  test("tokens: the last part, in order, as views", () => {
    const tokens = count(10);
    const { train, validation } = splitTokens(tokens, 0.3);
    expect([...train]).toEqual([...count(7)]);
    expect([...validation]).toEqual([7, 8, 9]);
    expect(train.buffer).toBe(tokens.buffer);
  });

  test("documents: different ones, drawn by the key, in order", () => {
    // Each of 40 documents twice.
    const documents = Array.from({ length: 80 }, (_, i) => Int32Array.of(i >> 1, 7));
    const draw = (seed: number) => splitDocuments(documents, 0.25, Key.fromSeed(machine, seed));
    const { train, validation } = draw(1);
    const first = (some: readonly Int32Array[]) => some.map(([id]) => id);
    expect(first([...train, ...validation]).sort((a, b) => a - b)).toEqual(first(documents));
    expect(new Set(first(validation)).size).toBe(10);
    expect(validation).toHaveLength(20);
    expect(first(train).filter((id) => first(validation).includes(id))).toEqual([]);
    for (const part of [train, validation]) {
      expect(first(part)).toEqual(first(part).toSorted((a, b) => a - b));
    }
    expect(draw(1)).toEqual({ train, validation });
    expect(first(draw(2).validation)).not.toEqual(first(validation));
    // No end of the list: some of its first half, some of its last.
    expect(Math.min(...first(validation))).toBeLessThan(20);
    expect(Math.max(...first(validation))).toBeGreaterThan(19);
  });

  test("refuse a part that is empty or shorter than needed", () => {
    expectRefused(
      () => splitTokens(count(100), 0.05, 9),
      /at least 9 tokens each, but .*fraction of 0.05 cuts 100 tokens into 95 and 5; use more data/,
    );
    expectRefused(() => splitTokens(count(0), 0.1), /cuts 0 tokens into 0 and 0/);
    expectRefused(() => splitTokens(count(100), 1), /cuts 100 tokens into 0 and 100/);
    const two = [Int32Array.of(1), Int32Array.of(2)];
    expectRefused(
      () => splitDocuments(two, 0.1, Key.fromSeed(machine, 1)),
      /cuts 2 different documents into 2 and 0/,
    );
    for (const fraction of [0, -1, 1.5, Number.NaN]) {
      expectRefused(() => splitTokens(count(9), fraction), /fraction must be a number above 0/);
    }
  });
});

describe("evaluationBatches", () => {
  const cases: [number, number, number, number?][] = [
    ...([
      [2, 1, 1],
      [2, 8, 8],
      [3, 2, 8],
      [101, 1, 7],
      [101, 4, 5],
    ] as [number, number, number][]),
    ...([
      [100, 4, 5],
      [98, 4, 24],
      [9, 5, 1],
      [10, 32, 3],
      [64, 7, 100],
    ] as typeof cases),
    ...([
      [101, 1, 7, 20],
      [101, 4, 5, 7],
      [100, 3, 16, 8],
      [50, 1, 8, 8],
      [50, 2, 8, 1],
    ] as typeof cases),
  ];
  test.each(cases)("%i tokens, %i rows, by %i, reset every %s", (n, rows, seqLen, resetEvery) => {
    const batches = evaluationBatches(count(n), { rows, seqLen, resetEvery });
    const all = [...batches];
    expect([...batches]).toEqual(all);
    const streams = Array.from({ length: all[0].rows }, () => [] as number[]);
    let at = 0;
    for (const batch of all) {
      checkBatch(batch);
      expect(batch.steps).toBeLessThanOrEqual(seqLen);
      expect(batch.rows).toBe(Math.min(rows, n - 1));
      expect(batch.continues).toBe(at % (resetEvery ?? Infinity) !== 0);
      for (let b = 0; b < batch.rows; b++) {
        const targets = row(batch, batch.targets, b);
        expect(row(batch, batch.inputs, b)).toEqual(targets.map((id) => id - 1));
        streams[b].push(...targets);
      }
      at += batch.steps;
    }
    // Streams in order of rows are the whole text without its first token.
    expect(streams.flat()).toEqual([...count(n - 1, 1)]);
    const lengths = streams.map(({ length }) => length);
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
  });
});

describe("bad input", () => {
  const tokens = count(100);
  const marks = { start: 0, end: 1, key };

  test("a corpus that is empty or too short gives both lengths and the remedy", () => {
    for (const n of [0, 8]) {
      expectRefused(
        () => windowBatches(count(n), { batch: 2, seqLen: 8, key }),
        new RegExp(
          `at least 9 tokens \\(seqLen \\+ 1\\), got ${n}; use a longer text or a smaller`,
        ),
      );
      expectRefused(
        () => streamBatches(count(n), { batch: 2, seqLen: 8 }),
        new RegExp(
          `at least 17 tokens \\(batch \\* seqLen \\+ 1\\), got ${n}; use a longer text or`,
        ),
      );
    }
    for (const n of [0, 1]) {
      expectRefused(
        () => evaluationBatches(count(n), { rows: 1, seqLen: 8 }),
        new RegExp(`at least 2 tokens .*, got ${n}; use a longer text`),
      );
    }
  });

  test("documents that are none, all empty, or too long", () => {
    const none = /documents must hold at least one token, got 0 documents, all empty/;
    expectRefused(() => documentBatches([], { batch: 2, ...marks }), none);
    const empty = [new Int32Array(0), new Int32Array(0)];
    expectRefused(
      () => documentBatches(empty, { batch: 2, ...marks }),
      /got 2 documents, all empty/,
    );
    const many = Array.from({ length: 20_000 }, () => new Int32Array(1));
    many.push(new Int32Array(20_000));
    expectRefused(
      () => documentBatches(many, { batch: 20_000, ...marks }),
      /20000 rows of up to 20001 tokens is more than .*set a smaller batch or maxLength/,
    );
  });

  test.each([0, -1, 1.5, Number.NaN, Infinity, 1e12, "8" as unknown as number])("%s", (bad) => {
    const batch = /^batch must be a whole number of at least 1/;
    const seqLen = /^seqLen must be a whole number of at least 1/;
    expectRefused(() => windowBatches(tokens, { batch: bad, seqLen: 8, key }), batch);
    expectRefused(() => windowBatches(tokens, { batch: 8, seqLen: bad, key }), seqLen);
    expectRefused(() => streamBatches(tokens, { batch: bad, seqLen: 8 }), batch);
    expectRefused(() => streamBatches(tokens, { batch: 8, seqLen: bad }), seqLen);
    expectRefused(() => documentBatches([tokens], { batch: bad, ...marks }), batch);
    expectRefused(() => evaluationBatches(tokens, { rows: bad, seqLen: 8 }), /^rows must be/);
    expectRefused(() => evaluationBatches(tokens, { rows: 8, seqLen: bad }), seqLen);
    if (bad !== 1e12) {
      const max = { batch: 2, maxLength: bad, ...marks };
      expectRefused(() => documentBatches([tokens], max), /^maxLength must be a whole number/);
      if (bad !== Infinity) {
        const reset = { rows: 1, seqLen: 8, resetEvery: bad };
        expectRefused(() => evaluationBatches(tokens, reset), /^resetEvery must be a whole/);
      }
    }
  });

  test("batches too large for memory, steps and markers that are none", () => {
    const huge = { batch: 2 ** 20, seqLen: 2 ** 20, key };
    expectRefused(
      () => windowBatches(tokens, huge),
      /^batch \* seqLen must be .*at most 268435456/,
    );
    const batches = windowBatches(tokens, { batch: 2, seqLen: 8, key });
    for (const step of [-1, 0.5, Number.NaN, 2 ** 32 - 1]) {
      expectRefused(() => batches.batch(step), /^step must be a whole number of at least 0/);
    }
    const wrong = { batch: 2, ...marks, start: -1 };
    expectRefused(() => documentBatches([tokens], wrong), /^start must be a whole number/);
  });

  test("corpora that are not token ids", () => {
    const text = "text" as unknown as Int32Array;
    const options = { batch: 2, seqLen: 8, key };
    expectRefused(() => windowBatches(text, options), /tokens must be an Int32Array.*got "text"/);
    const negative = Int32Array.of(1, 2, -1);
    expectRefused(() => splitTokens(negative, 0.5), /tokens\[2\] must be an id.*got -1/);
    const documents = [tokens, negative];
    const inside = /documents\[1\]\[2\] must be an id of at least 0, got -1/;
    expectRefused(() => documentBatches(documents, { batch: 2, ...marks }), inside);
    const single = tokens as unknown as Int32Array[];
    expectRefused(
      () => documentBatches(single, { batch: 2, ...marks }),
      /documents must be an array/,
    );
  });
});
