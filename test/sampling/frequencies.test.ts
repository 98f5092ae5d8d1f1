import { describe, expect, test } from "vitest";
import type { GenerateOptions } from "../../src/entries/index.js";
import { naiveLogits } from "../models/help.js";
import { frequencies, ids, naive, softmax, surprise } from "./help.js";
import { char, V } from "./models.js";

describe("frequencies match the distribution", () => {
  const prompt = "the ";
  const p = naive(char, prompt).map(Math.exp);
  const order = Array.from(p.keys()).sort((a, b) => p[b] - p[a]);
  const only = (kept: readonly number[], from = p) => {
    const total = kept.reduce((sum, token) => sum + from[token], 0);
    return from.map((x, token) => (kept.includes(token) ? x / total : 0));
  };
  /** The first tokens that reach `part` of what they all weigh. */
  const reach = (tokens: readonly number[], part: number, from = p) => {
    const total = tokens.reduce((sum, token) => sum + from[token], 0);
    let sum = 0;
    return tokens.filter((token) => {
      const before = sum;
      sum += from[token];
      return before < part * total;
    });
  };
  const typical = (tokens: readonly number[], part: number) => {
    const q = only(tokens);
    const entropy = tokens.reduce((sum, token) => sum - q[token] * Math.log(q[token]), 0);
    const far = (token: number) => Math.abs(-Math.log(q[token]) - entropy);
    return reach(
      [...tokens].sort((a, b) => far(a) - far(b)),
      part,
      q,
    );
  };
  const heated = (t: number) => softmax(p.map((x) => Math.log(x) / t));

  test("the test itself sees a small difference", () => {
    const counts = frequencies(char, { prompt });
    expect(surprise(counts, heated(1.2))).toBeGreaterThan(10);
    expect(surprise(counts, only(order.slice(0, 8)))).toBe(Infinity);
    expect(order.length).toBeGreaterThan(10);
    expect(p[order[0]]).toBeLessThan(0.6);
  });

  const top3 = order.slice(0, 3);
  const cases: [GenerateOptions, number[]][] = [
    [{}, p],
    [{ seed: 123456789012 }, p],
    [{ temperature: 0.5 }, heated(0.5)],
    [{ temperature: 3 }, heated(3)],
    [{ topK: 3 }, only(top3)],
    [{ topK: 1000 }, p],
    [{ topP: 0.7 }, only(reach(order, 0.7))],
    [{ topP: 0.05 }, only([order[0]])],
    [{ minP: 0.1 }, only(order.filter((token) => p[token] >= 0.1 * p[order[0]]))],
    [{ minP: 1 }, only([order[0]])],
    [{ typicalP: 0.5 }, only(typical(order, 0.5))],
    [{ typicalP: 0.9 }, only(typical(order, 0.9))],
    [{ topK: 5, topP: 0.8 }, only(reach(order.slice(0, 5), 0.8))],
    [{ topK: 6, typicalP: 0.6 }, only(typical(order.slice(0, 6), 0.6))],
    [{ temperature: 1.5, topP: 0.6 }, only(reach(order, 0.6, heated(1.5)), heated(1.5))],
    [{ mask: (allowed) => void allowed.fill(0).fill(1, 2, 6) }, only([2, 3, 4, 5])],
    [{ banned: ["c", "h"] }, only(order.filter((t) => !ids(char, "ch").includes(t)))],
    [{ logitBias: { c: 1, r: -Infinity } }, biased({ c: 1, r: -Infinity })],
    [{ logitBias: [[ids(char, "m")[0], 2]], temperature: 2 }, biased({ m: 2 }, 2)],
    [{ repetitionPenalty: 1.8 }, repeated(1.8)],
    [{ repetitionPenalty: 0.6 }, repeated(0.6)],
  ];

  function biased(bias: Record<string, number>, temperature = 1): number[] {
    const logits = p.map(Math.log);
    for (const [piece, b] of Object.entries(bias)) logits[ids(char, piece)[0]] += b;
    return softmax(logits.map((x) => x / temperature));
  }

  function repeated(penalty: number): number[] {
    const rows = naiveLogits(char, ids(char, prompt));
    const logits = rows[rows.length - 1];
    for (const token of new Set(ids(char, prompt))) {
      logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
    }
    return softmax(logits);
  }

  test.each(cases)("%o", (options, expected) => {
    expect(expected.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 9);
    expect(surprise(frequencies(char, { prompt, ...options }), expected)).toBeLessThan(5);
  });

  test("filters of the cases above do filter, and differ", () => {
    const kept = cases.map(([, expected]) => expected.filter((x) => x > 0).length);
    expect(new Set(kept).size).toBeGreaterThan(5);
  });

  test("later tokens follow their own distribution", () => {
    const counts = new Array<number>(V).fill(0);
    const second = ids(char, "c")[0];
    for (const { tokens } of char.generate({ prompt, maxTokens: 2, samples: 20000 }).samples) {
      if (tokens[0] === second) counts[tokens[1]]++;
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(500);
    const expected = naive(char, prompt, [second]).map(Math.exp);
    expect(surprise(counts, expected)).toBeLessThan(5);
  });
});
