import { describe, expect, test } from "vitest";
import { fed, naive, one } from "./help.js";
import { documents, every } from "./models.js";

describe("greedy", () => {
  test.each(every)("%s: greedy, temperature 0 and topK 1 are one", (_, model) => {
    const options = { maxTokens: 40, logprobs: true, prompt: "r" };
    const greedy = one(model, { ...options, greedy: true });
    for (const [n, token] of greedy.tokens.entries()) {
      const expected = naive(model, "r", greedy.tokens.slice(0, n));
      if (model === documents) expected[fed(model, "")[0]] = -Infinity;
      expect(expected[token]).toBeGreaterThan(Math.max(...expected) - 1e-4);
    }
    expect(one(model, { ...options, temperature: 0 })).toEqual(greedy);
    expect(one(model, { ...options, topK: 1 })).toEqual(greedy);
    expect(one(model, { ...options, greedy: true, seed: 99 })).toEqual({ ...greedy, seed: 99 });
    for (const temperature of [1e-3, 1e-30, 1e-300]) {
      expect(one(model, { ...options, temperature })).toEqual(greedy);
    }
    const beam = one(model, { ...options, beams: 1, lengthPenalty: 0 });
    expect(beam.tokens).toEqual(greedy.tokens);
    const sum = greedy.logprobs!.reduce((total, { logprob }) => total + logprob, 0);
    if (model !== documents) expect(beam.score).toBeCloseTo(sum, 3);
  });
});
