import { describe, expect, test } from "vitest";
import { documents } from "./models.js";

describe("documents", () => {
  test("end by themselves, without markers in text", () => {
    const [start, end] = ["<start>", "<end>"].map((name) => documents.tokenizer.special(name)!);
    for (const options of [{}, { temperature: 50 }, { logitBias: { "<start>": 1e6 } }]) {
      const { samples } = documents.generate({ ...options, samples: 50, maxTokens: 300 });
      for (const { text: t, tokens, finish } of samples) {
        expect(tokens).not.toContain(start);
        expect(t).not.toMatch(/[<>]/);
        expect(tokens.indexOf(end)).toBe(finish === "end" ? tokens.length - 1 : -1);
        expect(t).toBe(documents.tokenizer.decode(tokens));
      }
      expect(samples.filter(({ finish }) => finish === "end").length).toBeGreaterThan(40);
    }
  });

  test("a prompt is a document's beginning; tokens bound its length", () => {
    const { samples } = documents.generate({ prompt: "ro", samples: 30, maxTokens: 2 });
    expect(new Set(samples.map(({ finish }) => finish))).toEqual(new Set(["length", "end"]));
    expect(samples.every(({ tokens }) => tokens.length <= 2)).toBe(true);
    expect(samples.every(({ text: t }) => !t.startsWith("ro"))).toBe(true);
  });

  test("the end can be banned, and is then never chosen", () => {
    const { samples } = documents.generate({
      samples: 5,
      maxTokens: 40,
      logitBias: { "<end>": -Infinity },
    });
    for (const { finish, tokens } of samples) {
      expect(finish).toBe("length");
      expect(tokens).toHaveLength(40);
    }
  });
});
