import { describe, expect, test } from "vitest";
import type { LanguageModel } from "../../../src/entries/index.js";
import { naiveLogits, naiveLogSoftmax, names, text, train } from "../help.js";
import { create, createNames, small } from "./help.js";

describe("score", () => {
  const mean = (model: LanguageModel, tokens: readonly number[]) => {
    const rows = naiveLogits(model, tokens).map(naiveLogSoftmax);
    const sum = tokens.slice(1).reduce((total, token, i) => total - rows[i][token], 0);
    return { sum, nats: sum / (tokens.length - 1) };
  };

  test("of a text: the state is carried through all of it", async () => {
    const model = await create({ layers: 2 });
    await train(model, text, small);
    const tokens = Array.from(model.tokenizer.encode(text));
    expect(tokens.length).toBeGreaterThan(800);
    const { sum, nats } = mean(model, tokens);
    const score = model.score(text);
    expect(score.nats).toBeCloseTo(nats, 5);
    expect(score.tokens).toBe(tokens.length - 1);
    expect(score.bitsPerChar).toBeCloseTo(sum / Math.LN2 / (tokens.length - 1), 5);
    expect(score.perplexity).toBeCloseTo(Math.exp(nats), 4);
    // Forgetting every 100 tokens: pieces that begin with the last token of the one before.
    let reset = 0;
    for (let at = 0; at < tokens.length - 1; at += 100) {
      reset += mean(model, tokens.slice(at, at + 101)).sum;
    }
    expect(model.score(text, { resetEvery: 100 }).nats).toBeCloseTo(reset / score.tokens, 5);
    expect(Math.abs(reset / score.tokens - nats)).toBeGreaterThan(1e-4);
  });

  test("of documents: each from its start, its end counted", async () => {
    const model = await createNames();
    await train(model, names, small);
    const [start, end] = ["<start>", "<end>"].map((name) => model.tokenizer.special(name)!);
    let sum = 0;
    for (const name of names) {
      sum += mean(model, [start, ...model.tokenizer.encode(name), end]).sum;
    }
    const characters = names.join("").length + names.length;
    const score = model.score(names);
    expect(score.tokens).toBe(characters);
    expect(score.nats).toBeCloseTo(sum / characters, 5);
    expect(score.bitsPerChar).toBeCloseTo(sum / Math.LN2 / characters, 5);
    expect(model.score([...names].reverse()).nats).toBeCloseTo(score.nats, 9);
  });

  test("of characters, also where tokens are other things", async () => {
    const data = "今天下雨 😀 rain\n".repeat(20);
    const model = await create({ corpus: data, tokenizer: "byte" });
    const { nats, tokens, bitsPerChar } = model.score(data);
    expect(tokens).toBe(new TextEncoder().encode(data).length - 1);
    // The first token is a byte of a character that the rest of it still has to be told.
    expect(bitsPerChar).toBeCloseTo((nats * tokens) / Math.LN2 / (Array.from(data).length - 1), 0);
  });
});
