import { expect, test } from "vitest";
import { SuffixArray } from "../../src/metrics/suffix-array.js";

/** The longest piece by looking at every place. */
function naive(text: readonly number[], other: readonly number[], from: number): number {
  let most = 0;
  for (let at = 0; at < text.length; at++) {
    let k = 0;
    while (at + k < text.length && from + k < other.length && text[at + k] === other[from + k]) k++;
    most = Math.max(most, k);
  }
  return most;
}

function numbers(length: number, symbols: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = (state * 48271) % 2147483647;
    return state % symbols;
  });
}

test("the longest match is that of a look at every place", () => {
  for (const symbols of [1, 2, 3, 26]) {
    for (const length of [0, 1, 2, 7, 60]) {
      const text = numbers(length, symbols, length + symbols);
      const other = [...numbers(30, symbols, 5), -7, ...text.slice(3, 20), 99];
      const suffixes = new SuffixArray(Int32Array.from(text));
      const bounded = new SuffixArray(Int32Array.from(text), 4);
      for (let from = 0; from < other.length; from++) {
        const { length: found, at } = suffixes.match(Int32Array.from(other), from);
        const expected = naive(text, other, from);
        expect(found).toBe(expected);
        const short = bounded.match(Int32Array.from(other.slice(0, from + 4)), from);
        expect(short.length).toBe(Math.min(4, expected));
        if (found === 0) expect(at).toBe(-1);
        else expect(text.slice(at, at + found)).toEqual(other.slice(from, from + found));
      }
    }
  }
});

test("repetitive texts take no square of their length", () => {
  const text = new Int32Array(100_000).fill(4);
  const { length } = new SuffixArray(text).match(text.subarray(0, 5000), 0);
  expect(length).toBe(5000);
});
