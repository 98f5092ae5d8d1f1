import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../src/entries/index.js";
import { refused } from "../models/help.js";
import { collect, frequencies, naive, one, surprise, trained } from "./help.js";
import { byte, char } from "./models.js";

describe("prompts", () => {
  test("empty: from a line break, where there is one", () => {
    const options = { maxTokens: 30, logprobs: 3 };
    expect(one(char, options)).toEqual(one(char, { ...options, prompt: "\n" }));
    expect(one(char, { ...options, prompt: "" })).toEqual(one(char, options));
  });

  test("empty: from a space, else from nothing, where all is equally likely", async () => {
    const spaced = await trained("ab ba ".repeat(40), {}, 5);
    expect(one(spaced, { maxTokens: 9 })).toEqual(one(spaced, { maxTokens: 9, prompt: " " }));
    const model = await trained("abcd".repeat(40), {}, 5);
    const { logprobs, tokens } = one(model, { maxTokens: 9, logprobs: true });
    expect(logprobs![0].logprob).toBeCloseTo(-Math.log(4), 6);
    expect(logprobs![1].logprob).toBeCloseTo(naive(model, "", tokens.slice(0, 1))[tokens[1]], 4);
    expect(surprise(frequencies(model, {}, 4000), [0.25, 0.25, 0.25, 0.25])).toBeLessThan(5);
  });

  test("are not part of the text", () => {
    const { samples } = char.generate({ prompt: "the cat", maxTokens: 5 });
    expect(samples[0].text).toHaveLength(5);
    expect(samples[0].tokens).toHaveLength(5);
  });

  test("with an unknown character are refused, with its place", async () => {
    const call = () => char.generate({ prompt: "the\nkäse" });
    await refused(call, InvalidInputError, '"k"', "U+006B", "line 2, column 1", "vocabulary");
    await expect(collect(char.stream({ prompt: "ß" }))).rejects.toThrow('"ß"');
    expect(byte.generate({ prompt: "käse ß 漢", maxTokens: 3 }).samples[0].tokens).toHaveLength(3);
  });
});
