import { describe, expect, test } from "vitest";
import { missingBytes } from "../../src/text/utf8.js";
import { forced, ids, one } from "./help.js";
import { bpe, byte, char } from "./models.js";

const DAMAGE = "\ufffd";

describe("U+FFFD banned", () => {
  test.each([
    ["byte", byte],
    ["bpe", bpe],
  ])("%s: no damaged bytes, and no end inside a character", (_, model) => {
    for (const tokens of [1, 2, 3, 7, 40]) {
      const options = { maxTokens: tokens, samples: 80, temperature: 3, seed: 5 };
      const without = model.generate(options).samples;
      expect(without.some(({ text }) => text.includes(DAMAGE))).toBe(true);
      for (const banned of [[DAMAGE], ["天", DAMAGE]]) {
        const { samples } = model.generate({ ...options, banned });
        for (const { text, tokens: own, finish } of samples) {
          expect(text).not.toContain(DAMAGE);
          expect(model.tokenizer.decode(own)).toBe(text);
          expect([finish, own.length]).toEqual(["length", tokens]);
        }
        const wide = samples.some(({ text }) => ids(byte, text).length > text.length);
        if (tokens > 2) expect(wide).toBe(true);
      }
    }
  });

  test("by beam search too", () => {
    const bias = Array.from({ length: 64 }, (_, i) => [0x80 + i, 20] as const);
    const options = { maxTokens: 5, beams: 4, samples: 4, logitBias: bias };
    expect(byte.generate(options).samples.some(({ text }) => text.includes(DAMAGE))).toBe(true);
    const { samples } = byte.generate({ ...options, banned: [DAMAGE] });
    for (const { text } of samples) expect(text).not.toContain(DAMAGE);
  });

  test("a sample that a mask blocks inside a character ends before it", () => {
    const script = ids(byte, "雨天").slice(0, 4);
    const mask = forced(script);
    const options = { maxTokens: 20, mask, banned: [DAMAGE] };
    expect(one(byte, options)).toMatchObject({ text: "雨", finish: "blocked" });
  });

  test("nothing changes where every token is whole", () => {
    const options = { maxTokens: 40, seed: 2 };
    expect(one(char, { ...options, banned: [DAMAGE] })).toEqual(one(char, options));
  });
});

test("missingBytes agrees with TextDecoder on every beginning of three bytes", () => {
  const decodes = (bytes: readonly number[]) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
      return true;
    } catch {
      return false;
    }
  };
  const seconds = [0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2];
  const begun = (bytes: readonly number[]): number => {
    if (decodes(bytes)) return 0;
    for (const a of [0x80, 0x90, 0xa0]) if (decodes([...bytes, a])) return 1;
    for (const a of [0x80, 0x90, 0xa0]) if (decodes([...bytes, a, 0x80])) return 2;
    for (const a of [0x80, 0x90, 0xa0]) if (decodes([...bytes, a, 0x80, 0x80])) return 3;
    return -1;
  };
  for (let lead = 0; lead < 256; lead++) {
    for (const bytes of [
      [lead],
      ...seconds.flatMap((b) => [
        [lead, b],
        [lead, b, 0x80],
      ]),
    ]) {
      expect([bytes, missingBytes(bytes)]).toEqual([bytes, begun(bytes)]);
    }
  }
});

test("tokens know where their text begins: parts of a character add nothing", () => {
  const text = "天a雨😀";
  for (const [model, expected] of [
    [byte, [0, 0, 0, 1, 2, 2, 2, 3, 3, 3, 3]],
    [char, [0, 1, 2]],
  ] as const) {
    const script = ids(model, model === char ? "the" : text);
    const options = { maxTokens: script.length, mask: forced(script), logprobs: 2 };
    expect(one(model, options).logprobs!.map(({ offset }) => offset)).toEqual(expected);
    const beams = one(model, { ...options, beams: 2 });
    expect(beams.logprobs!.map(({ offset }) => offset)).toEqual(expected);
  }
  const script = ids(bpe, text);
  const { logprobs } = one(bpe, { maxTokens: script.length, mask: forced(script), logprobs: true });
  const before = script.map((_, n) => bpe.tokenizer.decode(script.slice(0, n)));
  expect(logprobs!.map(({ offset }) => offset)).toEqual(
    before.map((part) => Array.from(part.replace(/\ufffd+$/, "")).length),
  );
});
