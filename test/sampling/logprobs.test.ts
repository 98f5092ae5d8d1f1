import { describe, expect, test } from "vitest";
import { LanguageModel } from "../../src/entries/index.js";
import { runtime, text, tiny } from "../models/help.js";
import { collect, forced, ids, naive, one } from "./help.js";
import { byte, char, documents, every, signs } from "./models.js";

describe("the model itself", () => {
  test.each(every)("%s: log-probabilities are those of a naive float64 network", (_, model) => {
    const prompt = model === documents ? "ro" : model === char ? "the c" : "今天";
    const { logprobs, tokens } = one(model, {
      prompt,
      maxTokens: 12,
      seed: 4,
      logprobs: model.tokenizer.size,
    });
    for (const [n, { token, text: piece, logprob, top }] of logprobs!.entries()) {
      const expected = naive(model, prompt, tokens.slice(0, n));
      expect(token).toBe(tokens[n]);
      expect(piece).toBe(model.tokenizer.decode([token]));
      expect(logprob).toBeCloseTo(expected[token], 4);
      expect(top).toHaveLength(model.tokenizer.size);
      for (const entry of top!) expect(entry.logprob).toBeCloseTo(expected[entry.token], 4);
      const order = top!.map((entry) => entry.logprob);
      expect(order).toEqual([...order].sort((a, b) => b - a));
    }
  });

  test.each([
    ["char", char, "t"],
    ["byte", byte, ";"],
    ["signs", signs, "雨"],
  ] as const)("%s: log-probabilities add up to the score", (_, model, prompt) => {
    for (const seed of [0, 1, 2]) {
      // Bytes may stop inside a character; then there is no text that scores the same.
      const script = ids(model, model === char ? "the rat" : "天看书😀 r");
      const mask = model === byte ? forced(script) : undefined;
      const tokens = model === byte ? script.length : 50;
      const sample = one(model, {
        prompt,
        maxTokens: tokens,
        seed,
        logprobs: true,
        temperature: 2,
        mask,
      });
      const sum = sample.logprobs!.reduce((total, { logprob }) => total + logprob, 0);
      const score = model.score(prompt + sample.text);
      expect(score.tokens).toBe(sample.tokens.length);
      expect(sum).toBeCloseTo(-score.nats * score.tokens, 3);
    }
  });

  test("samples follow the weights while they are trained", async () => {
    const model = await LanguageModel.create({ runtime, ...tiny, corpus: text });
    const options = { prompt: "the ", maxTokens: 30, seed: 3, logprobs: true };
    for await (const { step } of model.fit(text, { steps: 6, batch: 2, seqLen: 16, lr: 0.1 })) {
      const saved = await LanguageModel.load(model.save(), { runtime });
      expect([step, model.generate(options)]).toEqual([step, saved.generate(options)]);
    }
  });

  test("documents: the end counts too", () => {
    for (const { text: document, tokens, logprobs, finish } of documents.generate({
      samples: 10,
      logprobs: true,
    }).samples) {
      expect(finish).toBe("end");
      const sum = logprobs!.reduce((total, { logprob }) => total + logprob, 0);
      const score = documents.score([document]);
      expect(score.tokens).toBe(tokens.length);
      expect(sum).toBeCloseTo(-score.nats * score.tokens, 3);
    }
  });

  test("log-probabilities are before temperature, filters, penalties and bias", () => {
    const options = { prompt: "the ", maxTokens: 1, logprobs: 3 };
    const { top } = one(char, options).logprobs![0];
    const changed = { temperature: 0.3, topK: 2, logitBias: { c: 5 }, repetitionPenalty: 3 };
    expect(one(char, { ...options, ...changed }).logprobs![0].top).toEqual(top);
    expect(one(char, options).logprobs![0]).toMatchObject({ token: expect.any(Number), top });
    expect(one(char, { ...options, logprobs: true }).logprobs![0].top).toBeUndefined();
    expect(one(char, { ...options, logprobs: false }).logprobs).toBeUndefined();
  });

  test("confidence is the geometric mean of the tokens' probabilities", async () => {
    const mask = (allowed: Uint8Array) => void allowed.fill(0);
    for (const model of [char, documents]) {
      for (const options of [
        { samples: 5, temperature: 1.5 },
        { greedy: true },
        { beams: 3, samples: 3 },
      ]) {
        const { samples } = model.generate({ ...options, maxTokens: 20, logprobs: true });
        for (const { logprobs, confidence } of samples) {
          const sum = logprobs!.reduce((total, { logprob }) => total + logprob, 0);
          expect(confidence).toBeCloseTo(Math.exp(sum / logprobs!.length), 5);
          expect(confidence).toBeLessThanOrEqual(1);
        }
      }
      expect(one(model, { maxTokens: 4 })).not.toHaveProperty("confidence");
      expect(one(model, { mask, logprobs: true })).toMatchObject({ tokens: [], confidence: 0 });
      const chunks = await collect(model.stream({ maxTokens: 20, logprobs: true, seed: 3 }));
      const { confidence } = one(model, { maxTokens: 20, logprobs: true, seed: 3 });
      expect(chunks.map((chunk) => chunk.confidence)).toEqual([
        ...chunks.slice(1).map(() => undefined),
        confidence,
      ]);
    }
  });
});
