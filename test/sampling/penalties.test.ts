import { describe, expect, test } from "vitest";
import type { GenerateOptions } from "../../src/entries/index.js";
import { naiveLogits, naiveLogSoftmax } from "../models/help.js";
import { fed, ids, one } from "./help.js";
import { char, documents } from "./models.js";

describe("penalties and bias, exactly", () => {
  // All tokens as beams of length one tell the adjusted log-probabilities themselves.
  function adjusted(options: GenerateOptions, model = char): Map<number, number> {
    const all = model.tokenizer.size;
    const beams = { beams: all, samples: all, maxTokens: 1, lengthPenalty: 0 };
    const { samples } = model.generate({ ...beams, ...options });
    return new Map(samples.map(({ tokens, score }) => [tokens[0], score!]));
  }

  function agree(got: ReadonlyMap<number, number>, logits: readonly number[]): void {
    const expected = naiveLogSoftmax(logits);
    for (const [token, logprob] of expected.entries()) {
      if (logprob === -Infinity) expect(got.has(token)).toBe(false);
      else expect(got.get(token)).toBeCloseTo(logprob, 4);
    }
  }

  const prompt = "the cat";
  const raw = () => naiveLogits(char, ids(char, prompt)).pop()!;

  test("nothing", () => agree(adjusted({ prompt }), raw()));

  test.each([0.5, 1.3, 4])("repetitionPenalty %d, over the prompt", (penalty) => {
    const logits = raw();
    expect(logits.some((x) => x > 0) && logits.some((x) => x < 0)).toBe(true);
    for (const token of new Set(ids(char, prompt))) {
      logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
    }
    agree(adjusted({ prompt, repetitionPenalty: penalty }), logits);
  });

  test("frequency and presence penalties spare the prompt", () => {
    agree(adjusted({ prompt, frequencyPenalty: 2, presencePenalty: 3 }), raw());
  });

  test("bias by text, by id, by special token; -Infinity forbids", () => {
    const [c, t] = ids(char, "ct");
    const logits = raw();
    logits[c] += 3;
    logits[t] = -Infinity;
    agree(adjusted({ prompt, logitBias: { c: 3, t: -Infinity } }), logits);
    const pairs = [
      [c, 3],
      [t, -Infinity],
    ] as const;
    agree(adjusted({ prompt, logitBias: pairs }), logits);

    const end = documents.tokenizer.special("<end>")!;
    const rows = naiveLogits(documents, fed(documents, "ro")).pop()!;
    rows[end] += 4;
    rows[documents.tokenizer.special("<start>")!] = -Infinity;
    agree(adjusted({ prompt: "ro", logitBias: { "<end>": 4 } }, documents), rows);
  });

  test("bias first, then repetition, then frequency and presence", () => {
    // Two tokens deep: every pair's score is the sum of what the formulas say.
    const options = {
      prompt,
      logitBias: { t: -2, c: 1 },
      repetitionPenalty: 1.5,
      frequencyPenalty: 0.3,
      presencePenalty: 0.1,
    };
    const { samples } = char.generate({
      ...options,
      maxTokens: 3,
      beams: 200,
      samples: 200,
      lengthPenalty: 0,
    });
    expect(samples.some(({ tokens: [a, b, c] }) => a === b || a === c || b === c)).toBe(true);
    for (const { tokens, score } of samples) {
      let sum = 0;
      for (const [n, token] of tokens.entries()) {
        const before = tokens.slice(0, n);
        const logits = naiveLogits(char, [...ids(char, prompt), ...before]).pop()!;
        logits[ids(char, "t")[0]] -= 2;
        logits[ids(char, "c")[0]] += 1;
        for (const seen of new Set([...ids(char, prompt), ...before])) {
          logits[seen] = logits[seen] > 0 ? logits[seen] / 1.5 : logits[seen] * 1.5;
        }
        for (const seen of new Set(before)) {
          logits[seen] -= 0.1 + 0.3 * before.filter((other) => other === seen).length;
        }
        sum += naiveLogSoftmax(logits)[token];
      }
      expect(score).toBeCloseTo(sum, 3);
    }
  });

  test.each([
    { repetitionPenalty: 1.7 },
    { frequencyPenalty: 0.8 },
    { presencePenalty: 1.5 },
    { frequencyPenalty: -0.3 },
    { logitBias: { a: -3, e: 1 } },
  ] as GenerateOptions[])("the sampler applies %o as beam search does", (options) => {
    const sampled = one(char, { prompt, maxTokens: 40, greedy: true, ...options });
    expect(one(char, { prompt, maxTokens: 40, beams: 1, ...options }).tokens).toEqual(
      sampled.tokens,
    );
    expect(one(char, { prompt, maxTokens: 40, greedy: true }).tokens).not.toEqual(sampled.tokens);
  });
});
