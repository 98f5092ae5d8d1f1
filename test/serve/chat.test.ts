// What the chat format means here: how a dialogue is read, and what is refused.

import { describe, expect, it } from "vitest";
import { LanguageModel } from "../../src/entries/index.js";
import type { Handler } from "../../src/entries/serve.js";
import { runtime, tiny } from "../models/help.js";
import { dialogue, errorOf, handlerOf, model, unexpected } from "./help.js";
import { answering } from "./pairs.js";

interface Chat {
  readonly choices: {
    readonly message: { readonly content: string };
    readonly finish_reason: string;
    readonly logprobs: { readonly content: { readonly token: string }[] } | null;
  }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

async function reply(handler: Handler, body: object): Promise<Chat> {
  const response = await handler(dialogue(body));
  const answer = await response.text();
  if (response.status !== 200) expect.fail(`status ${response.status}: ${answer}`);
  return JSON.parse(answer) as Chat;
}

const user = (content: unknown) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const system = (content: string) => ({ role: "system", content });

describe("an encoder-decoder", () => {
  const of = (source: string) => answering.generate({ source, greedy: true }).text;

  it("answers the last message as translate does; instructions have no place in pairs", async () => {
    const handler = handlerOf({}, answering);
    const asked = [system("red"), user("blue tea"), assistant("蓝茶"), user("red bird")];
    const { choices, usage } = await reply(handler, { messages: asked });
    expect(choices).toEqual([
      {
        index: 0,
        message: { role: "assistant", content: "红鸟", refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ]);
    expect(usage).toEqual({ prompt_tokens: 8, completion_tokens: 3, total_tokens: 11 });
  });

  it("reads the turns before as chat does, but for what it cannot read", async () => {
    const handler = handlerOf({ history: 1, joiner: " " }, answering);
    const asked = [user("red tea"), assistant("红茶"), user("blue bird")];
    const { choices, usage } = await reply(handler, { messages: asked });
    expect(choices[0].message.content).toBe(of("red tea blue bird"));
    expect(usage.prompt_tokens).toBe("red tea blue bird".length);
    const readable = [user("tea"), assistant("red"), user("blue"), assistant("tea"), user("bird")];
    const two = await reply(handler, { messages: readable });
    expect(two.choices[0].message.content).toBe(of("blue tea bird"));
  });

  it("draws where it is asked to, with the library's bits", async () => {
    const body = { messages: [user("red tea")], n: 3, seed: 5, temperature: 2, max_tokens: 9 };
    const { choices } = await reply(handlerOf({}, answering), body);
    const drawn = answering.generate({
      ...{ source: "red tea", samples: 3, seed: 5, temperature: 2, maxTokens: 9 },
    });
    expect(choices.map(({ message }) => message.content)).toEqual(
      drawn.samples.map(({ text }) => text),
    );
  });

  it("says that it does not know where it is not sure", async () => {
    const sure = (source: string) =>
      answering.generate({ source, greedy: true, logprobs: true }).samples[0].confidence!;
    const minConfidence = (sure("red tea") + sure("tttbbbiii eee")) / 2;
    expect(sure("tttbbbiii eee")).toBeLessThan(minConfidence);
    const handler = handlerOf({ minConfidence }, answering);
    const known = await reply(handler, { messages: [user("red tea")] });
    expect(known.choices[0].message.content).toBe("红茶");
    const odd = await reply(handler, { messages: [user("tttbbbiii eee")] });
    expect(odd.choices[0].message.content).toBe("I do not know");
  });
});

describe("a language model", () => {
  /** What the model says after a prompt, until its line ends. */
  const after = (prompt: string, own: LanguageModel = model) =>
    own.generate({ prompt, stop: "\n", maxTokens: 60, seed: 2, temperature: 0.7 }).text;
  const options = { max_completion_tokens: 60, seed: 2, temperature: 0.7 };

  it("continues a transcript, a line for a message, and ends with its own line", async () => {
    const messages = [
      system("the hen met the cat"),
      user("the cat\r\n sat "),
      assistant("on the mat."),
      user([
        { type: "text", text: "the " },
        { type: "text", text: "rat" },
      ]),
    ];
    const { choices, usage } = await reply(handlerOf(), { messages, ...options });
    const prompt = "the hen met the cat\nthe cat sat\non the mat.\nthe rat\n";
    expect(choices[0].message.content).toBe(after(prompt));
    expect(choices[0].message.content).not.toContain("\n");
    expect(usage.prompt_tokens).toBe(prompt.length);
  });

  it("says something, where its text is full of empty lines", async () => {
    const spaced = "the cat sat.\n\n\nthe hen met the rat.\n\n\n".repeat(20);
    const own = await LanguageModel.create({ runtime, corpus: spaced, ...tiny });
    await own.fit(spaced, { steps: 80, batch: 4, seqLen: 16, lr: 2e-2 });
    const sent = {
      messages: [user("the cat sat.")],
      seed: 3,
      n: 3,
      max_tokens: 60,
      logprobs: true,
    };
    const { samples } = own.generate({
      prompt: "the cat sat.\n",
      seed: 3,
      samples: 3,
      maxTokens: 60,
    });
    const expected = samples.map(({ text }) => text.trimStart().split("\n")[0]);
    expect(samples.some(({ text }) => text.startsWith("\n"))).toBe(true);
    expect(expected).not.toContain("");
    const { choices, usage } = await reply(handlerOf({}, own), sent);
    expect(choices.map(({ message }) => message.content)).toEqual(expected);
    const blank = samples.map(({ text }) => text.length - text.trimStart().length);
    const counts = expected.map((line, i) => Math.min(60, blank[i] + line.length + 1));
    expect(usage.completion_tokens).toBe(counts.reduce((sum, n) => sum + n, 0));
    for (const [i, { logprobs }] of choices.entries()) {
      const said = logprobs!.content.map(({ token }) => token).join("");
      expect(said.replace(/\n$/, "")).toBe(expected[i]);
    }
    const never = handlerOf({ minConfidence: 1 }, own);
    expect((await reply(never, sent)).choices[0].message.content).toBe("I do not know");
    const always = handlerOf({ minConfidence: 1e-9 }, own);
    const sure = await reply(always, sent);
    expect(sure.choices.map(({ message }) => message.content)).toEqual(expected);
  });

  it("knows who speaks by prefixes", async () => {
    const handler = handlerOf({ userPrefix: "cat. ", assistantPrefix: "rat. " });
    const messages = [user("the hat"), assistant("the mat"), user("the hen")];
    const { choices } = await reply(handler, { messages, ...options });
    const prompt = "cat. the hat\nrat. the mat\ncat. the hen\nrat. ";
    expect(choices[0].message.content).toBe(after(prompt));
    const odd = handlerOf({ userPrefix: "User: " });
    expect(await errorOf(await odd(dialogue({ messages })))).toMatchObject({
      status: 400,
      param: "messages",
      message: 'the model has never seen all of userPrefix, "User: "',
    });
  });
});

describe("what cannot be used", () => {
  const messages = [user("the ")];
  const one = (message: object) => ({ messages: [message] });
  const wrong: [object, string, RegExp][] = [
    [{}, "messages", /must be a list of messages, got nothing/],
    [{ messages: "the " }, "messages", /must be a list of messages, got a string/],
    [{ messages: [] }, "messages", /at least one message/],
    [one(["user"]), "messages[0]", /must be an object, got a list/],
    [one({ content: "a" }), "messages[0].role", /must be a string/],
    [one({ role: "tool", content: "a" }), "messages[0].role", /must be one of .*, got "tool"/],
    [one({ role: "toString", content: "a" }), "messages[0].role", /got "toString"/],
    [one({ role: "user" }), "messages[0].content", /must be a string or a list of parts/],
    [one({ role: "user", content: 3 }), "messages[0].content", /got a number/],
    [one(user([{ type: "image_url", image_url: {} }])), "messages[0].content[0].type", /image_url/],
    [one(user([{ type: "input_audio" }])), "messages[0].content[0].type", /input_audio/],
    [one(user([{ type: "text", text: 1 }])), "messages[0].content[0].text", /must be a string/],
    [one({ ...user("a"), mood: 1 }), "messages[0].mood", /Unrecognized/],
    [one({ ...user("a"), tool_calls: [] }), "messages[0].tool_calls", /not supported/],
    [{ messages: [user("a"), assistant("b")] }, "messages[1].role", /must be the user's/],
    [{ messages: [user("天"), user("a")] }, "messages[0].content", /U\+5929/],
    [{ messages: [user("a".repeat(8193))] }, "messages[0].content", /at most 8192 characters/],
    [{ messages: Array(9).fill(user("a".repeat(300))) }, "messages", /at most 2048 tokens/],
    [{ messages, tools: [] }, "tools", /tools is not supported/],
    [{ messages, tool_choice: "auto" }, "tool_choice", /not supported/],
    [{ messages, functions: [] }, "functions", /not supported/],
    [{ messages, audio: {} }, "audio", /not supported/],
    [{ messages, modalities: ["text", "audio"] }, "modalities", /not supported/],
    [{ messages, response_format: { type: "xml" } }, "response_format.type", /json_schema/],
    [{ messages, store: true }, "store", /nothing is stored here/],
    [{ messages, logprobs: 3 }, "logprobs", /true or false, got a number/],
    [{ messages, top_logprobs: 2 }, "top_logprobs", /logprobs: true/],
    [{ messages, logprobs: true, top_logprobs: 21 }, "top_logprobs", /at most 20/],
    [{ messages, max_completion_tokens: 0 }, "max_completion_tokens", /at least 1/],
    [{ messages, n: 17 }, "n", /at most 16/],
    [{ messages, prompt: "a" }, "prompt", /Unrecognized/],
    [{ messages, stream_options: {} }, "stream_options", /stream: true/],
  ];

  it("is refused by name", async () => {
    const handler = handlerOf();
    for (const [body, param, message] of wrong) {
      const error = await errorOf(await handler(dialogue(body)));
      expect({ ...error, body }).toMatchObject({ body, status: 400, param });
      expect(error.message).toMatch(message);
    }
    const other = await errorOf(await handler(dialogue({ messages, model: "gpt-4o" })));
    expect(other).toMatchObject({ status: 404, code: "model_not_found", param: "model" });
    expect(unexpected).toEqual([]);
  });

  it("may be null, or of no effect", async () => {
    const nothing = { metadata: { a: "b" }, service_tier: "auto", store: false, user: "u" };
    const nulls = { tools: null, tool_choice: null, audio: null, stop: null, logprobs: null };
    const body = { messages, seed: 1, modalities: ["text"], response_format: { type: "text" } };
    const plain = await reply(handlerOf(), { messages, seed: 1 });
    const same = await reply(handlerOf(), { ...body, ...nothing, ...nulls });
    expect(same.choices).toEqual(plain.choices);
  });
});
