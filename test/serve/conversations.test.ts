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
