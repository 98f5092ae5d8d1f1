import { describe, expect, test } from "vitest";
import type { GenerateOptions } from "../../src/entries/index.js";
import { text } from "../models/help.js";
import { forced, ids, one } from "./help.js";
import { char, every, V } from "./models.js";

describe("many samples", () => {
  const wide: GenerateOptions = {
    maxTokens: 30,
    logprobs: 2,
    temperature: 1.3,
    topP: 0.95,
    repetitionPenalty: 1.2,
    frequencyPenalty: 0.1,
    banned: ["at"],
    stop: ["e.", "爬", "n"],
  };

  test.each(every)("%s: sample i is what seed + i gives alone, bit for bit", (_, model) => {
    const { samples, text: first } = model.generate({ ...wide, samples: 7, seed: 40 });
    expect(samples).toHaveLength(7);
    expect(first).toBe(samples[0].text);
    for (const [i, sample] of samples.entries()) {
      expect(sample.seed).toBe(40 + i);
      expect(one(model, { ...wide, seed: 40 + i })).toEqual(sample);
    }
    expect(new Set(samples.map(({ tokens }) => tokens.join())).size).toBeGreaterThan(3);
    // Rows that end leave the others as they would have been.
    expect(new Set(samples.map(({ tokens }) => tokens.length)).size).toBeGreaterThan(1);
  });

  test("the same call twice is the same; another seed is another", () => {
    const options = { maxTokens: 60, logprobs: 3 };
    expect(char.generate(options)).toEqual(char.generate(options));
    expect(one(char, { ...options, seed: 1 }).text).not.toBe(one(char, options).text);
    const far = one(char, { ...options, seed: 2 ** 32 });
    expect(far.text).not.toBe(one(char, options).text);
    expect(one(char, { ...options, seed: undefined })).toEqual(one(char, { ...options, seed: 0 }));
  });

  test("a longer sample begins with the shorter one", () => {
    const long = one(char, { maxTokens: 50, seed: 3 });
    expect(one(char, { maxTokens: 20, seed: 3 }).tokens).toEqual(long.tokens.slice(0, 20));
    expect(long.finish).toBe("length");
    expect(long.tokens).toHaveLength(50);
  });

  test("the prompt's split into pieces does not matter: state is carried", () => {
    // A long prompt in one call against the same text fed by force, token by token.
    const prompt = text.slice(0, 120);
    const script = ids(char, prompt);
    const expected = one(char, { prompt, maxTokens: 1, logprobs: V }).logprobs![0].top!;
    const mask = (allowed: Uint8Array, at: { tokens: readonly number[] }) => {
      if (at.tokens.length < script.length - 1) forced(script.slice(1))(allowed, at);
    };
    const options = { prompt: prompt[0], maxTokens: script.length, logprobs: V, mask };
    const { logprobs } = one(char, options);
    const got = new Map(logprobs![script.length - 1].top!.map((e) => [e.token, e.logprob]));
    for (const { token, logprob } of expected) expect(got.get(token)).toBeCloseTo(logprob, 5);
  });
});
