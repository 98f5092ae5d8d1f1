import { describe, expect, test } from "vitest";
import { answer, create, enough, long, pairs, train } from "../pairs-help.js";

describe("answers", async () => {
  const model = await create({ ...enough, attention: "luong" });
  await train(model, pairs, { ...long, steps: 60 });
  const asked = { source: "chief", maxTokens: 12, temperature: 1.2, topP: 0.95 };

  test("a sample among many has the bits that it has alone", () => {
    const { samples } = model.generate({ ...asked, samples: 5, seed: 20, logprobs: true });
    for (const sample of samples) {
      const alone = model.generate({ ...asked, seed: sample.seed, logprobs: true });
      expect(alone.samples[0]).toEqual(sample);
    }
    expect(new Set(samples.map(({ text }) => text)).size).toBeGreaterThan(1);
    expect(model.generate({ ...asked, seed: 20 })).toEqual(model.generate({ ...asked, seed: 20 }));
  });

  test("a stream's pieces are the text", async () => {
    for (const options of [asked, { ...asked, samples: 3, seed: 4 }, { ...asked, beams: 3 }]) {
      const texts = new Map<number, string>();
      for await (const { sample, text } of model.stream(options)) {
        texts.set(sample, (texts.get(sample) ?? "") + text);
      }
      const { samples } = model.generate(options);
      expect([...texts.values()]).toEqual(samples.map(({ text }) => text));
    }
    const stopped = AbortSignal.abort(new Error("enough"));
    const chunks = model.stream({ ...asked, signal: stopped });
    await expect(chunks.next()).rejects.toThrow("enough");
  });

  test("beam search finds what is at least as likely as the greedy answer", () => {
    const logprob = (source: string, target: string) =>
      -model.score([{ source, target }]).nats * (target.length + 1);
    for (const { source } of pairs.slice(0, 6)) {
      const beam = { source, beams: 8, samples: 3, logprobs: true };
      const best = model.generate({ ...beam, lengthPenalty: 0 });
      expect(best.samples).toHaveLength(3);
      const scores = best.samples.map(({ score }) => score!);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
      expect(new Set(best.samples.map(({ text }) => text)).size).toBe(3);
      for (const lengthPenalty of [0, 1, 0.7]) {
        const [first] = model.generate({ ...beam, lengthPenalty }).samples;
        expect(first.finish).toBe("end");
        const own = first.logprobs!.reduce((sum, { logprob }) => sum + logprob, 0);
        expect(own).toBeCloseTo(logprob(source, first.text), 4);
        // The score is that among the tokens that can be said, and so a little higher.
        const sum = first.score! * first.tokens.length ** lengthPenalty;
        expect(sum).toBeGreaterThanOrEqual(own - 1e-4);
        expect(sum).toBeLessThan(own + 0.1);
      }
      expect(scores[0]).toBeGreaterThanOrEqual(logprob(source, answer(model, source)) - 1e-4);
    }
  });

  test("markers are never said, whatever the logits", () => {
    const { target } = model.tokenizers;
    const logitBias = ["<start>", "<mask>"].map((name) => [target.special(name)!, 1e6] as const);
    for (const options of [{ greedy: true }, { beams: 2 }, {}]) {
      const { samples } = model.generate({ ...asked, ...options, logitBias });
      expect(samples[0].tokens).not.toContain(target.special("<start>"));
      expect(samples[0].tokens).not.toContain(target.special("<mask>"));
    }
  });

  test("a source that is longer than any trained is answered", () => {
    const source = "abcdefgh".repeat(50);
    expect(
      model.generate({ source, greedy: true, maxTokens: 7 }).samples[0].tokens.length,
    ).toBeLessThan(8);
    expect(model.align(source, "a").weights[0]).toHaveLength(400);
  });
});

test("alignment: a row a target token, a weight a source token as it was read", async () => {
  const model = await create({ ...enough, hidden: 48, attention: "luong", reverseSource: true });
  await train(model, pairs, { ...long, steps: 400 });
  const { source, target, weights } = model.align("chief", "feihc");
  expect(source).toEqual(["f", "e", "i", "h", "c"]);
  expect(target).toEqual(["f", "e", "i", "h", "c", ""]);
  for (const row of weights) {
    expect(row.every((weight) => weight >= 0)).toBe(true);
    expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
  }
});
