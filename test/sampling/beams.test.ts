import { describe, expect, test } from "vitest";
import type { LanguageModel } from "../../src/entries/index.js";
import { naiveLogits, naiveLogSoftmax } from "../models/help.js";
import { one, trained } from "./help.js";
import { char, documents } from "./models.js";

describe("beam search", () => {
  /** All strings of so many classes. */
  function* strings(classes: number, length: number): Generator<number[]> {
    if (length === 0) yield [];
    else {
      for (const rest of strings(classes, length - 1)) {
        for (let token = 0; token < classes; token++) yield [...rest, token];
      }
    }
  }

  test("as wide as everything, it finds the best of everything, in order", async () => {
    const model = await trained("abcacbbcabacabbcaacbccab".repeat(8), { hidden: 8 }, 40);
    const [classes, tokens] = [3, 5];
    expect(model.tokenizer.size).toBe(classes);
    const all = [...strings(classes, tokens)].map((string) => {
      const t = model.tokenizer.decode(string);
      const { nats } = model.score(`a${t}`);
      return { t, logprob: -nats * tokens };
    });
    all.sort((a, b) => b.logprob - a.logprob);
    const options = {
      prompt: "a",
      maxTokens: tokens,
      beams: classes ** tokens,
      samples: 20,
      logprobs: true,
    };
    const { samples, text: first } = model.generate(options);
    expect(samples.map(({ text: t }) => t)).toEqual(all.slice(0, 20).map(({ t }) => t));
    expect(first).toBe(all[0].t);
    for (const [i, { score, logprobs, finish, seed }] of samples.entries()) {
      expect(score).toBeCloseTo(all[i].logprob / tokens, 4);
      const sum = logprobs!.reduce((total, { logprob }) => total + logprob, 0);
      expect(sum).toBeCloseTo(all[i].logprob, 4);
      expect(finish).toBe("length");
      expect(seed).toBeUndefined();
    }
    // Narrower beams find less, but never claim more.
    const narrow = model.generate({ ...options, beams: 2, samples: 2 }).samples;
    expect(narrow[0].score).toBeLessThanOrEqual(samples[0].score! + 1e-9);
    const scores = all.map(({ logprob }) => logprob / tokens);
    for (const { score } of narrow) {
      expect(Math.min(...scores.map((x) => Math.abs(x - score!)))).toBeLessThan(1e-4);
    }
  });

  test.each([-1, 0, 0.6, 1, 2])("ends of documents, lengthPenalty %d", async (lengthPenalty) => {
    const model = await trained(["ab", "ba", "a", "abb", "bbbb", "aabab"], { hidden: 8 }, 30);
    const { tokenizer } = model;
    const [start, end] = [tokenizer.special("<start>")!, tokenizer.special("<end>")!];
    const longest = 4;
    const all: { tokens: number[]; logprob: number; score: number; finish: string }[] = [];
    const walk = (tokens: number[], logprob: number) => {
      if (tokens.length > 0 && (tokens[tokens.length - 1] === end || tokens.length === longest)) {
        const score = logprob / tokens.length ** lengthPenalty;
        const finish = tokens[tokens.length - 1] === end ? "end" : "length";
        all.push({ tokens, logprob, score, finish });
        return;
      }
      const logits = naiveLogits(model, [start, ...tokens]).pop()!;
      logits[start] = -Infinity;
      const logProbs = naiveLogSoftmax(logits);
      for (const token of [0, 1, end]) walk([...tokens, token], logprob + logProbs[token]);
    };
    walk([], 0);
    all.sort((a, b) => b.score - a.score);
    const { samples } = model.generate({
      maxTokens: longest,
      beams: 31,
      samples: 31,
      lengthPenalty,
    });
    expect(all).toHaveLength(31);
    expect(samples.map(({ tokens }) => tokens)).toEqual(all.map(({ tokens }) => tokens));
    for (const [i, { score, finish, text: t, tokens }] of samples.entries()) {
      expect(score).toBeCloseTo(all[i].score, 4);
      expect(finish).toBe(all[i].finish);
      expect(t).toBe(tokenizer.decode(tokens));
    }
    // The best few alone are the best few.
    const few = model.generate({
      maxTokens: longest,
      beams: 31,
      samples: 3,
      lengthPenalty,
    }).samples;
    expect(few).toEqual(samples.slice(0, 3));
    // An early end must not cut off what would have been better, however long it may go on.
    const [best] = model.generate({ maxTokens: 12, beams: 8, lengthPenalty }).samples;
    expect(best.score).toBeGreaterThan(all.filter((h) => h.finish === "end")[0].score - 1e-4);
  });

  /** Beam search as it is defined: no early end, nothing clever. */
  function naiveBeams(model: LanguageModel, length: number, width: number, penalty: number) {
    const [start, end] = ["<start>", "<end>"].map((name) => model.tokenizer.special(name)!);
    const done: { tokens: number[]; score: number }[] = [];
    let beams = [{ tokens: [] as number[], logprob: 0 }];
    for (let n = 1; n <= length; n++) {
      const candidates = beams.flatMap(({ tokens, logprob }) => {
        const logits = naiveLogits(model, [start, ...tokens]).pop()!;
        logits[start] = -Infinity;
        return naiveLogSoftmax(logits).flatMap((own, token) =>
          own === -Infinity ? [] : [{ tokens: [...tokens, token], logprob: logprob + own }],
        );
      });
      candidates.sort((a, b) => b.logprob - a.logprob);
      beams = [];
      for (const candidate of candidates) {
        if (beams.length === width) break;
        const last = candidate.tokens[n - 1] === end || n === length;
        if (last) done.push({ ...candidate, score: candidate.logprob / n ** penalty });
        else beams.push(candidate);
      }
    }
    return done.sort((a, b) => b.score - a.score).slice(0, width);
  }

  test.each([-1, 0, 0.6, 1, 2])("ends no earlier than it may, lengthPenalty %d", (penalty) => {
    for (const beams of [1, 2, 3, 5]) {
      const expected = naiveBeams(documents, 9, beams, penalty);
      const options = { maxTokens: 9, beams, lengthPenalty: penalty };
      const { samples } = documents.generate({ ...options, samples: beams });
      expect(samples.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
      for (const [i, { score }] of samples.entries())
        expect(score).toBeCloseTo(expected[i].score, 4);
      expect(documents.generate({ ...options, samples: 1 }).samples).toEqual([samples[0]]);
    }
  });

  test("any seed, any temperature: the same", () => {
    const options = { prompt: "the ", maxTokens: 8, beams: 4, samples: 4 };
    expect(char.generate({ ...options, seed: 9 })).toEqual(char.generate(options));
    const { samples } = char.generate(options);
    const scores = samples.map(({ score }) => score!);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(samples.map(({ tokens }) => tokens.join())).size).toBe(4);
  });

  test("a wide beam is at least as good as greedy", () => {
    const greedy = one(char, { prompt: "h", maxTokens: 10, greedy: true, logprobs: true });
    const sum = greedy.logprobs!.reduce((total, { logprob }) => total + logprob, 0);
    const wide = one(char, { prompt: "h", maxTokens: 10, beams: 50 });
    expect(wide.score).toBeGreaterThanOrEqual(sum / 10 - 1e-6);
  });
});
