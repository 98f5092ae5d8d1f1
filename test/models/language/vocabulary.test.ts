// A vocabulary of 2¹⁸ tokens: it is stored, trained on in little memory, and sampled from.

import { beforeAll, describe, expect, test } from "vitest";
import { InvalidInputError, LanguageModel, type Runtime } from "../../../src/entries/index.js";
import { parseObject } from "../../../src/formats/json.js";
import type { Machine } from "../../../src/host/machine.js";
import { tokenizerFromJSON } from "../../../src/text/create.js";
import type { Tokenizer } from "../../../src/text/tokenizer.js";
import { refusedLater, runtime, text } from "../help.js";

const V = 2 ** 18;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** All pairs of bytes, then those that begin with a byte of at most 2 and one more. */
function bigTokenizer(): Tokenizer {
  const merges: [number, number][] = [];
  for (let i = 0; i < 65_536; i++) merges.push([i >> 8, i & 255]);
  for (let i = 0; merges.length < V - 256; i++) merges.push([256 + (i >> 8), i & 255]);
  return tokenizerFromJSON({ kind: "bpe", merges, specials: [] });
}

/** "\x02ab" and the like: a token each, with an id near the end. */
const words = Array.from({ length: 400 }, (_, i) => {
  return `\x02${LETTERS[(i * i) % 26]}${LETTERS[(7 * i) % 26]}`;
});

describe("2¹⁸ tokens", () => {
  const machines: Machine[] = [];
  const watched = {
    machine() {
      machines.push(runtime.machine());
      return machines[machines.length - 1];
    },
  } as unknown as Runtime;
  const tokenizer = bigTokenizer();
  const [batch, seqLen] = [16, 32];
  let model: LanguageModel;

  beforeAll(async () => {
    model = await LanguageModel.create({
      runtime: watched,
      tokenizer,
      network: { kind: "transformer", hidden: 8, layers: 1, heads: 2, context: seqLen },
    });
    await model.fit(words.join(""), { steps: 2, batch, seqLen, lr: 1e-2 });
  });

  test("a step takes a fraction of the memory of all logits and their gradients", () => {
    const tokens = tokenizer.encode(words.join(""));
    expect(tokens.filter((token) => token > V / 2).length).toBeGreaterThan(0.8 * tokens.length);
    expect(model.record.loss).toBeLessThan(Math.log(V) + 0.1);
    const [{ bytes }] = machines;
    // Weights, their packed form, gradients and moments are 50 bytes a number.
    expect(bytes).toBeGreaterThan(4 * 8 * V);
    expect(bytes).toBeLessThan((batch * seqLen * V * 4 * 2) / 5);
  });

  test("is sampled from, with filters and without", () => {
    const asked = { prompt: words[0], maxTokens: 12, seed: 3, logprobs: true };
    const plain = model.generate(asked).samples[0];
    expect(plain.tokens).toHaveLength(12);
    expect(Math.max(...plain.tokens)).toBeGreaterThan(65_536);
    const likeliest = () => model.generate({ ...asked, maxTokens: 1, logprobs: 20 }).samples[0];
    const top = new Set(likeliest().logprobs![0].top!.map(({ token }) => token));
    const chosen = (options: object) =>
      model.generate({ ...asked, samples: 8, maxTokens: 1, ...options }).samples;
    for (const { tokens } of chosen({ topK: 20 })) expect(top.has(tokens[0])).toBe(true);
    expect(chosen({ topK: 100, topP: 1e-6 }).every(({ tokens }) => tokens[0] === [...top][0])).toBe(
      true,
    );
    for (const options of [{ topP: 0.9 }, { topK: 70_000 }, { typicalP: 0.5 }, { minP: 0.9 }]) {
      for (const { tokens } of chosen(options)) expect(tokens[0]).toBeLessThan(V);
    }
    expect(model.generate({ ...asked, beams: 3 }).samples[0].tokens).toHaveLength(12);
  });

  test("is saved and loaded", async () => {
    const loaded = await LanguageModel.load(model.save(), { runtime });
    const asked = { prompt: words[1], maxTokens: 5, seed: 1 };
    expect(loaded.tokenizer.size).toBe(V);
    expect(loaded.generate(asked)).toEqual(model.generate(asked));
    // A model of pairs has two of them.
    const two = JSON.stringify({ source: tokenizer, target: tokenizer });
    expect(Object.keys(parseObject(two, "the metadata"))).toEqual(["source", "target"]);
  });
});

test("byte pairs may be so many, and not more", async () => {
  const of = (vocab: number) =>
    LanguageModel.create({ runtime, corpus: text, tokenizer: "bpe", vocab, hidden: 4 });
  expect((await of(V)).tokenizer.size).toBeGreaterThan(256);
  await refusedLater(of(V + 1), InvalidInputError, "vocab", "at most 262144, got 262145");
});
