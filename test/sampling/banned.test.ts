import { describe, expect, test } from "vitest";
import type { LanguageModel } from "../../src/entries/index.js";
import { forced, ids, one } from "./help.js";
import { bpe, byte, char, documents, signs } from "./models.js";

describe("banned strings", () => {
  const cases: [string, LanguageModel, string[]][] = [
    ["char", char, ["at", "the r", ".\n"]],
    ["documents", documents, ["e", "is"]],
    ["byte", byte, ["天", "雨，", "in, s", "😀"]],
    ["bpe", bpe, ["天", "rain, s", "看书", "un; r", "👍🏽"]],
    ["signs", signs, ["天天", "。雨", "爬"]],
  ];

  test.each(cases)("%s: never appear, in none of many samples", (_, model, banned) => {
    const options = { maxTokens: 60, samples: 60, temperature: 0.8 };
    const without = model.generate(options).samples;
    for (const string of banned) {
      expect(
        without.some(({ text: t }) => t.includes(string)),
        `${string} is common`,
      ).toBe(true);
    }
    for (const string of [...banned.map((item) => [item]), banned]) {
      for (const sample of model.generate({ ...options, banned: string }).samples) {
        for (const item of string) expect(sample.text).not.toContain(item);
        expect(sample.finish).not.toBe("stop");
      }
    }
    const beams = { maxTokens: 12, beams: 5, samples: 5, banned };
    for (const sample of model.generate(beams).samples) {
      for (const item of banned) expect(sample.text).not.toContain(item);
    }
  });

  test("cross the borders of tokens", () => {
    // The strings above are several tokens, and not always the same ones.
    expect(ids(byte, "天").length).toBe(3);
    expect(ids(bpe, "rain, s").length).toBeGreaterThan(1);
    const pieces = Array.from({ length: bpe.tokenizer.size }, (_, id) =>
      bpe.tokenizer.decode([id]),
    );
    expect(pieces.some((piece) => "rain, s".includes(piece) && piece.length > 1)).toBe(true);
  });

  test("only what completes one is forbidden", () => {
    const seen: Uint8Array[] = [];
    const script = ids(char, "the ca");
    const options = {
      prompt: "\n",
      maxTokens: 7,
      banned: ["cat", "zz".replace(/z/g, "h")],
      mask: (allowed: Uint8Array, at: { tokens: readonly number[] }) => {
        seen.push(allowed.slice());
        if (at.tokens.length < script.length) forced(script)(allowed, at);
      },
      logitBias: { t: 50 },
    };
    const sample = one(char, options);
    expect(sample.text.slice(0, 6)).toBe("the ca");
    expect(sample.text).toHaveLength(7);
    expect(sample.text[6]).not.toBe("t");
    expect(seen.every((allowed) => allowed.every((x) => x === 1))).toBe(true);
  });

  test("the prompt is not generated: a string begun there may be finished", () => {
    const options = { prompt: "the ca", maxTokens: 1, logitBias: { t: 50 }, banned: ["cat"] };
    expect(one(char, options).text).toBe("t");
    expect(one(char, { ...options, banned: ["t"] }).text).not.toBe("t");
  });
});
