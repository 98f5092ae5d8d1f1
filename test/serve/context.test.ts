// A Transformer behind HTTP: its context bounds what it writes, and clients need not know it.

import { describe, expect, it } from "vitest";
import { LanguageModel, Seq2Seq } from "../../src/entries/index.js";
import { runtime, text, train } from "../models/help.js";
import { few, pairs } from "../models/pairs-help.js";
import { answerTo, completion, dialogue, errorOf, handlerOf } from "./help.js";

const context = 24;
const network = { kind: "transformer", hidden: 8, layers: 1, heads: 2, context } as const;
const writer = await LanguageModel.create({ runtime, corpus: text, network, seed: 1 });
await train(writer, text, { steps: 20, batch: 4, lr: 1e-2 });
const answerer = await Seq2Seq.create({ runtime, corpus: pairs, network, seed: 1 });
await answerer.fit(pairs, few);

const handler = handlerOf({}, writer);
const answers = handlerOf({}, answerer);

describe("where no number of tokens is asked for", () => {
  it("there are no more than fit", async () => {
    const prompt = text.slice(0, context - 4);
    const { choices, usage } = await answerTo(handler, { prompt, seed: 1 });
    expect(choices[0]).toMatchObject({ finish_reason: "length" });
    expect(choices[0].text).toBe(writer.generate({ prompt, seed: 1 }).text);
    expect(usage?.completion_tokens).toBe(5);
    const short = await answerTo(handler, { prompt: "the", seed: 1 });
    expect(short.usage?.completion_tokens).toBe(16);
  });

  it("an encoder-decoder answers, and a language model chats", async () => {
    const { choices } = await answerTo(answers, { prompt: "face" });
    expect(choices[0].text).toBe(answerer.generate({ source: "face", greedy: true }).text);
    for (const one of [answers, handler]) {
      const response = await one(dialogue({ messages: [{ role: "user", content: "ace" }] }));
      expect(response.status).toBe(200);
    }
  });
});

describe("more than fit", () => {
  const asked = { prompt: "the cat", max_tokens: 40, seed: 2 };
  const options = { prompt: "the cat", maxTokens: 40, seed: 2 };

  it("are refused in the words of a request", async () => {
    const error = await errorOf(await handler(completion(asked)));
    expect(error).toMatchObject({ status: 400, code: "context_length_exceeded" });
    expect(error.message).toContain("it can draw 18, got max_tokens 40");
    const long = { prompt: text.slice(0, context + 1) };
    expect((await errorOf(await handler(completion(long)))).message).toContain("it can draw 0");
    const source = await answers(completion({ prompt: "abc".repeat(context) }));
    expect(await errorOf(source)).toMatchObject({ code: "context_length_exceeded" });
    const chat = { messages: [{ role: "user", content: "bad" }], max_completion_tokens: 40 };
    const { message } = await errorOf(await answers(dialogue(chat)));
    expect(message).toContain("got max_tokens 40");
  });

  it.each(["slide", "stop"] as const)("are what generate gives with %j", async (overflow) => {
    const { choices } = await answerTo(handler, { ...asked, overflow });
    expect(choices[0].text).toBe(writer.generate({ ...options, overflow }).text);
    expect(choices[0].text).toHaveLength(overflow === "slide" ? 40 : 18);
  });

  it("takes no other way out", async () => {
    const error = await errorOf(await handler(completion({ ...asked, overflow: "wrap" })));
    expect(error).toMatchObject({ param: "overflow", code: "invalid_value" });
    expect(error.message).toContain("one of error, slide, stop");
  });
});
