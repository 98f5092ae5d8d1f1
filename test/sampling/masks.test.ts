import { describe, expect, test } from "vitest";
import { collect, forced, ids, one, trained } from "./help.js";
import { byte, char, V } from "./models.js";

describe("masks", () => {
  test("see where the sample stands, and decide", () => {
    const calls: { text: string; tokens: number[]; sample: number }[] = [];
    const allowedIds = ids(char, "aeh");
    const { samples } = char.generate({
      maxTokens: 6,
      samples: 2,
      mask: (allowed, { text: t, tokens, sample }) => {
        expect(allowed).toHaveLength(V);
        expect(allowed.every((x) => x === 1)).toBe(true);
        calls.push({ text: t, tokens: [...tokens], sample });
        for (let id = 0; id < V; id++) if (!allowedIds.includes(id)) allowed[id] = 0;
      },
    });
    for (const { text: t } of samples) expect(t).toMatch(/^[aeh]{6}$/);
    expect(calls).toHaveLength(12);
    for (const { text: t, tokens, sample } of calls) {
      expect(tokens).toEqual(samples[sample].tokens.slice(0, tokens.length));
      expect(t).toBe(samples[sample].text.slice(0, tokens.length));
    }
  });

  test("only digits, from a model that knows other things", async () => {
    const model = await trained("0123456789 abc def\n".repeat(20), {}, 20);
    const mask = (allowed: Uint8Array) => {
      for (let id = 0; id < allowed.length; id++) {
        if (!/\d/.test(model.tokenizer.decode([id]))) allowed[id] = 0;
      }
    };
    for (const options of [{ samples: 5 }, { greedy: true }, { beams: 3, samples: 3 }]) {
      for (const { text: t } of model.generate({ ...options, maxTokens: 12, mask }).samples) {
        expect(t).toMatch(/^\d{12}$/);
      }
    }
  });

  test("complete characters only are shown to a mask", () => {
    const seen: string[] = [];
    const script = ids(byte, "天a");
    const mask = (allowed: Uint8Array, at: { text: string; tokens: readonly number[] }) => {
      seen.push(at.text);
      forced(script)(allowed, at);
    };
    byte.generate({ maxTokens: 4, mask });
    expect(seen).toEqual(["", "", "", "天"]);
  });

  test("nothing allowed: blocked, with the text so far", async () => {
    const script = ids(char, "the");
    const mask = (allowed: Uint8Array, at: { tokens: readonly number[] }) => {
      if (at.tokens.length < 3) forced(script)(allowed, at);
      else allowed.fill(0);
    };
    for (const options of [
      {},
      { greedy: true },
      { temperature: 0.5 },
      { topP: 0.5 },
      { topK: 2 },
    ]) {
      const sample = one(char, { ...options, mask, maxTokens: 9 });
      expect(sample).toMatchObject({ text: "the", tokens: script, finish: "blocked" });
    }
    // What was held back for a stop string that never came is not lost.
    expect(one(char, { mask, stop: "hen" })).toMatchObject({ text: "the", finish: "blocked" });
    const chunks = await collect(char.stream({ mask }));
    expect(chunks[chunks.length - 1]).toEqual({ sample: 0, text: "", finish: "blocked" });
    const beams = char.generate({ mask, beams: 3, samples: 2, maxTokens: 9 }).samples;
    expect(beams).toEqual([expect.objectContaining({ text: "the", finish: "blocked" })]);
  });

  test("nothing allowed from the start", () => {
    const mask = (allowed: Uint8Array) => void allowed.fill(0);
    expect(one(char, { mask })).toEqual({ text: "", tokens: [], finish: "blocked", seed: 0 });
    const [beam] = char.generate({ mask, beams: 3 }).samples;
    expect(beam).toMatchObject({ text: "", tokens: [], finish: "blocked", score: 0 });
    const everything = Array.from({ length: V }, (_, id) => [id, -Infinity] as const);
    expect(one(char, { logitBias: everything }).finish).toBe("blocked");
  });

  test("one sample blocked does not stop the others", () => {
    const { samples } = char.generate({
      samples: 3,
      maxTokens: 8,
      mask: (allowed, { sample, tokens }) => {
        if (sample === 1 && tokens.length === 2) allowed.fill(0);
      },
    });
    expect(samples.map(({ finish }) => finish)).toEqual(["length", "blocked", "length"]);
    expect(samples.map(({ tokens }) => tokens.length)).toEqual([8, 2, 8]);
    expect(samples[2]).toEqual(one(char, { maxTokens: 8, seed: 2 }));
  });
});
