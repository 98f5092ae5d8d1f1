// Chats with models that know conversations: the messages go in as the model writes them.

import { describe, expect, it } from "vitest";
import { LanguageModel } from "../../src/entries/index.js";
import { runtime, tiny } from "../models/help.js";
import { handlerOf } from "./help.js";

const chats = Array.from({ length: 8 }, (_, i) => [
  { role: "system", content: "be kind" },
  { role: "user", content: `ask ${i}` },
  { role: "assistant", content: `yes\n${i}` },
]);
const model = await LanguageModel.create({ runtime, ...tiny, corpus: chats });
await model.fit(chats, { steps: 200, batch: 4, lr: 1e-2 });
const handler = handlerOf({}, model);

async function post(body: object): Promise<Response> {
  return handler(
    new Request("http://test/v1/chat/completions", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ max_tokens: 20, temperature: 0, ...body }),
    }),
  );
}

describe("a model of conversations", () => {
  const messages = [
    { role: "system", content: "be kind" },
    { role: "user", content: "ask 3" },
  ];

  it("answers as generate does, line breaks and all", async () => {
    const answer = await (await post({ messages })).json();
    const [sample] = model.generate({ messages, maxTokens: 20, temperature: 0 }).samples;
    expect(answer.choices[0].message.content).toBe(sample.text);
    expect(sample.text).toContain("\n");
    const prompt_tokens = 1 + 7 + 1 + 5 + 1;
    expect(answer.usage).toMatchObject({ prompt_tokens });
  });

  it("does not read again what it read, and says so", async () => {
    const said = [
      ...messages.slice(0, 1),
      { role: "user", content: "ask 5" },
      { role: "assistant", content: "yes\n4" },
      { role: "user", content: "ask 4" },
    ];
    const usage = async (length: number, more: object = {}) =>
      (await (await post({ messages: said.slice(0, length), ...more })).json()).usage;
    const first = await usage(2);
    expect(first.prompt_tokens_details).toEqual({ cached_tokens: 0 });
    const second = await usage(4, { n: 2, temperature: 1 });
    expect(second.prompt_tokens_details).toEqual({ cached_tokens: first.prompt_tokens });
    const streamed = { stream: true, stream_options: { include_usage: true } };
    const text = await (await post({ messages: said, ...streamed })).text();
    expect(text).toContain(`"prompt_tokens_details":{"cached_tokens":${second.prompt_tokens}}`);
    const prompt = await handler(
      new Request("http://test/v1/completions", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ prompt: "ask", max_tokens: 2 }),
      }),
    );
    expect((await prompt.json()).usage).not.toHaveProperty("prompt_tokens_details");
  });

  it("keeps nothing where that is asked for", async () => {
    const none = handlerOf({ cacheBytes: 0 }, model);
    for (const _ of [0, 1]) {
      const answer = await none(
        new Request("http://test/v1/chat/completions", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ messages, max_tokens: 2 }),
        }),
      );
      expect((await answer.json()).usage.prompt_tokens_details).toEqual({ cached_tokens: 0 });
    }
  });

  it("streams the same", async () => {
    const [sample] = model.generate({ messages, maxTokens: 20, temperature: 0 }).samples;
    const text = await (await post({ messages, stream: true })).text();
    const pieces = [...text.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(([, one]) =>
      JSON.parse(one),
    );
    expect(pieces.join("")).toBe(sample.text);
  });

  it("refuses what it cannot read", async () => {
    const bad = await post({ messages: [{ role: "user", content: "Ω" }] });
    expect(bad.status).toBe(400);
    expect((await bad.json()).error).toMatchObject({
      param: "messages",
      message: expect.stringContaining("messages[0].content"),
    });
  });
});
