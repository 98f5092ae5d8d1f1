import { describe, expect, test } from "vitest";
import type { Chunk } from "../../src/entries/index.js";
import { assemble, collect, forced, ids, one } from "./help.js";
import { bpe, byte, char, every, signs } from "./models.js";

describe("streams", () => {
  test.each(every)("%s: put together, are what generate gives", async (_, model) => {
    const options = {
      maxTokens: 40,
      samples: 3,
      seed: 6,
      logprobs: 2,
      temperature: 1.2,
      stop: ["ri"],
    };
    const chunks = await collect(model.stream(options));
    const { samples } = model.generate(options);
    expect(assemble(chunks, 3)).toEqual(samples.map(({ seed: _, ...sample }) => sample));
  });

  test.each([
    ["byte", byte],
    ["bpe", bpe],
    ["signs", signs],
  ])("%s: never half a character of well-formed text", async (_, model) => {
    const wanted = "今天😀下雨👍🏽 rain 看";
    const script = ids(model, wanted);
    const options = { maxTokens: script.length, mask: forced(script), stop: ["看书", "雨😀"] };
    let shown = "";
    for await (const chunk of model.stream(options)) {
      expect(chunk.text).not.toMatch(/[\ud800-\udfff]/u);
      expect(chunk.text).not.toContain("\ufffd");
      shown += chunk.text;
      expect(wanted.startsWith(shown)).toBe(true);
    }
    expect(shown).toBe(wanted);
    expect(model.generate(options).text).toBe(wanted);
  });

  test("bytes that are no text are shown as decode shows them, and nothing is lost", async () => {
    for (const model of [byte, bpe]) {
      const options = { maxTokens: 60, temperature: 5, seed: 2 };
      const { tokens, text: t } = one(model, options);
      expect(t).toContain("\ufffd");
      expect(t).toBe(model.tokenizer.decode(tokens));
      const chunks = await collect(model.stream(options));
      expect(chunks.map((chunk) => chunk.text).join("")).toBe(t);
    }
  });

  test("show a character as soon as it is complete", async () => {
    const chunks = await collect(byte.stream({ maxTokens: 9, mask: forced(ids(byte, "今天a😀")) }));
    expect(chunks.map((chunk) => chunk.text)).toEqual([
      "",
      "",
      "今",
      "",
      "",
      "天",
      "a",
      "",
      "\ufffd",
    ]);
  });

  test("beam search gives its texts at the end", async () => {
    const options = { maxTokens: 5, beams: 4, samples: 3 };
    const { samples } = char.generate(options);
    const expected = samples.map(({ text: t, finish }, sample) => ({ sample, text: t, finish }));
    expect(await collect(char.stream(options))).toEqual(expected);
  });

  test("abort before, and between two tokens, with the reason", async () => {
    const aborted = AbortSignal.abort("too late");
    await expect(collect(char.stream({ signal: aborted }))).rejects.toBe("too late");
    expect(() => char.generate({ signal: aborted })).toThrow("too late");

    const controller = new AbortController();
    const seen: Chunk[] = [];
    const work = (async () => {
      for await (const chunk of char.stream({ signal: controller.signal, maxTokens: 1000 })) {
        seen.push(chunk);
        if (seen.length === 5) controller.abort(new Error("enough"));
      }
    })();
    await expect(work).rejects.toThrow("enough");
    expect(seen).toHaveLength(5);
    expect(seen.map((c) => c.text).join("")).toBe(one(char, { maxTokens: 5 }).text);
    // The model is none the worse.
    expect(await collect(char.stream({ maxTokens: 5 }))).toHaveLength(5);
  });

  test("abort from outside: a long stream lets other things happen", async () => {
    const signal = AbortSignal.timeout(80);
    const work = collect(char.stream({ signal, maxTokens: 1e9 }));
    await expect(work).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test("break ends a stream, and two streams do not disturb each other", async () => {
    for await (const _ of char.stream()) break;
    const [a, b] = [char.stream({ maxTokens: 30 }), char.stream({ maxTokens: 30, seed: 1 })];
    const texts = ["", ""];
    for (let n = 0; n < 30; n++) {
      texts[0] += ((await a.next()).value as Chunk).text;
      texts[1] += ((await b.next()).value as Chunk).text;
    }
    expect(texts).toEqual([0, 1].map((seed) => one(char, { maxTokens: 30, seed }).text));
  });
});
