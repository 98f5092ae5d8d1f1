import { describe, expect, test } from "vitest";
import type { LanguageModel } from "../../src/entries/index.js";
import { assemble, collect, forced, ids, one } from "./help.js";
import { bpe, byte, char, documents, signs } from "./models.js";

describe("stop strings", () => {
  // The last list of each is tried as a whole: its strings do not overlap, so the first is the first.
  const cases: [string, LanguageModel, string[], string[]][] = [
    ["char", char, [" the", "t"], ["cat", ".\n", "met"]],
    ["documents", documents, ["is", "ly"], ["e", "o"]],
    ["byte", byte, ["in, s", "🏽"], ["天", "雨，", "。😀"]],
    ["bpe", bpe, ["un; r", "n", "👍🏽 r"], ["天", "rain, s", "看书"]],
    ["signs", signs, ["。雨"], ["天", "😀"]],
  ];

  test.each(cases)(
    "%s: end the text just before them, in generate and stream",
    async (_, m, some, all) => {
      const options = { maxTokens: 50, samples: 16, temperature: 0.8, seed: 5 };
      const whole = m.generate(options).samples;
      let stopped = 0;
      for (const stop of [...some, ...all, all]) {
        const stops = [stop].flat();
        const { samples } = m.generate({ ...options, stop });
        for (const [i, sample] of samples.entries()) {
          const found = stops.map((s) => whole[i].text.indexOf(s)).filter((at) => at >= 0);
          if (found.length === 0) expect(sample).toEqual(whole[i]);
          else {
            stopped++;
            expect(sample.text).toBe(whole[i].text.slice(0, Math.min(...found)));
            expect(sample.finish).toBe("stop");
            expect(sample.tokens).toEqual(whole[i].tokens.slice(0, sample.tokens.length));
            const read = m.tokenizer.decode(sample.tokens);
            expect(stops.some((s) => read.includes(s))).toBe(true);
          }
        }
        const chunks = await collect(m.stream({ ...options, stop }));
        const expected = samples.map(({ seed: _, ...sample }) => sample);
        expect(assemble(chunks, 16)).toEqual(expected);
      }
      expect(stopped).toBeGreaterThan(10);
    },
  );

  test("a beginning that comes to nothing is shown in the end", () => {
    const script = ids(char, "the ca");
    const options = { maxTokens: 6, mask: forced(script), stop: ["cat", "the x"] };
    expect(one(char, options)).toMatchObject({ text: "the ca", finish: "length" });
  });

  test("held back in a stream until it is certain", async () => {
    const script = ids(char, "the cat");
    const run = async (tokens: number, stop: string) =>
      (await collect(char.stream({ maxTokens: tokens, mask: forced(script), stop }))).map(
        (c) => c.text,
      );
    expect(await run(6, "cat")).toEqual(["t", "h", "e", " ", "", "ca"]);
    expect(await run(7, "cat")).toEqual(["t", "h", "e", " ", "", "", ""]);
    expect(await run(7, "che")).toEqual(["t", "h", "e", " ", "", "ca", "t"]);
    expect(await run(4, "tht")).toEqual(["", "", "the", " "]);
  });

  test("one inside a token ends the text inside it", () => {
    const token = Array.from({ length: bpe.tokenizer.size }, (_, id) => id).find(
      (id) => bpe.tokenizer.decode([id]) === " rain",
    )!;
    expect(token).toBeGreaterThan(255);
    const mask = forced([token]);
    const options = { maxTokens: 1, mask, stop: "ai" };
    expect(one(bpe, options)).toMatchObject({ text: " r", finish: "stop", tokens: [token] });
  });

  test("beam search stops as well", () => {
    const { samples } = char.generate({
      prompt: "the ",
      maxTokens: 12,
      beams: 6,
      samples: 6,
      stop: " ",
    });
    expect(samples.some(({ finish }) => finish === "stop")).toBe(true);
    for (const { text: t } of samples) expect(t).not.toContain(" ");
  });
});
