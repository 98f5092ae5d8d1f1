// Partial selection gives what a full sort gives, ties included.

import { describe, expect, test } from "vitest";
import { filter } from "../../src/sampling/logits.js";
import { type ResolvedGeneration, resolveGeneration } from "../../src/sampling/options.js";
import { ascending, largest } from "../../src/sampling/order.js";
import { char } from "./models.js";

/** Numbers from 0 to 1 that are the same every time. */
function numbers(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

const shapes: [string, (u: number) => number][] = [
  ["even", (u) => u],
  ["peaked", (u) => u ** 40],
  ["few values", (u) => Math.floor(4 * u) / 4],
  ["logarithms", (u) => (u < 0.1 ? -Infinity : Math.log(u))],
  ["both signs", (u) => u - 0.5],
  ["subnormal", (u) => u * 1e-42],
];

describe.each(shapes)("%s", (_, shape) => {
  test.each([1, 2, 63, 64, 65, 1000])("%d values", (size) => {
    const values = Float32Array.from(numbers(size, size), (u) => shape(u) + 0);
    const sorted = Array.from(values.keys()).sort((a, b) => values[b] - values[a] || a - b);
    // -Infinity less itself is NaN, which `||` takes for equal: so they stay in order there, too.
    for (const n of [1, 5, 64, 65, size].filter((some) => some <= size)) {
      expect(Array.from(largest(values, n))).toEqual(sorted.slice(0, n));
    }
  });

  test("upwards, of some places", () => {
    const values = Float64Array.from(numbers(500, 3), (u) => Math.abs(shape(u)));
    const some = Array.from(values.keys()).filter((i) => i % 3 !== 0);
    const sorted = [...some].sort((a, b) => values[a] - values[b] || a - b);
    expect(Array.from(ascending(Uint32Array.from(some), values))).toEqual(sorted);
  });
});

/** The filters by full sorts. */
function naiveFilter(weights: Float32Array, logProbs: Float32Array, o: ResolvedGeneration): void {
  const heavier = (a: number, b: number) => weights[b] - weights[a] || a - b;
  const total = (tokens: number[]) => tokens.reduce((sum, token) => sum + weights[token], 0);
  const reach = (tokens: number[], p: number) => {
    const all = total(tokens);
    let sum = 0;
    const n = tokens.findIndex((token) => {
      sum += weights[token];
      return sum >= p * all;
    });
    return n < 0 ? tokens : tokens.slice(0, n + 1);
  };
  let kept = Array.from(weights.keys()).filter((i) => weights[i] > 0);
  kept = kept.sort(heavier).slice(0, o.topK);
  if (o.typicalP < 1) {
    const all = total(kept);
    const entropy = kept.reduce((sum, i) => sum - (weights[i] / all) * logProbs[i], 0);
    const distance = (i: number) => Math.abs(-logProbs[i] - entropy);
    const nearest = [...kept].sort((a, b) => distance(a) - distance(b) || a - b);
    kept = reach(nearest, o.typicalP).sort(heavier);
  }
  if (o.topP < 1) kept = reach(kept, o.topP);
  if (o.minP > 0) kept = kept.filter((i, n) => n === 0 || weights[i] >= o.minP * weights[kept[0]]);
  for (const i of weights.keys()) if (!kept.includes(i)) weights[i] = 0;
}

test("filters keep the tokens that full sorts keep", () => {
  let cleared = 0;
  for (const [n, [, shape]] of shapes.entries()) {
    const raw = numbers(700, n + 1).map((u) => Math.max(0, shape(u)));
    const sum = raw.reduce((all, x) => all + x, 0) || 1;
    const weights = Float32Array.from(raw, (x) => x / sum);
    const logProbs = weights.map((x) => Math.log(x));
    for (const topK of [1, 40, 300, 700]) {
      for (const [topP, typicalP, minP] of [
        [1, 1, 0.3],
        [0.9, 1, 0],
        [1, 0.7, 0],
        [0.5, 0.9, 0.05],
        [0.99, 0.2, 0.01],
      ]) {
        const given = resolveGeneration({ topP, typicalP, minP }, char.tokenizer);
        const o = { ...given, topK };
        const [found, expected] = [weights.slice(), weights.slice()];
        filter(found, logProbs, o);
        naiveFilter(expected, logProbs, o);
        expect(found).toEqual(expected);
        cleared += weights.filter((x, i) => x > 0 && found[i] === 0).length;
      }
    }
  }
  expect(cleared).toBeGreaterThan(10000);
});
