// The official client talks with a model.

import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { handlerOf, listening, model } from "./help.js";
import { answering } from "./pairs.js";

const baseURL = `${await listening(handlerOf())}/v1`;
const client = new OpenAI({ baseURL, apiKey: "any", maxRetries: 0 });
const messages = [{ role: "user", content: "the cat" }] as const;
const asked = { model: "tiny", messages: [...messages], max_tokens: 40, seed: 7 };
const drawn = { prompt: "the cat\n", maxTokens: 40, seed: 7, stop: "\n" };

describe("whole answers", () => {
  it("have the model's text, usage and fingerprint", async () => {
    const answer = await client.chat.completions.create(asked);
    const [sample] = model.generate(drawn).samples;
    expect(answer).toEqual({
      id: expect.stringMatching(/^chatcmpl-[\da-f]{32}$/),
      object: "chat.completion",
      created: expect.any(Number),
      model: "tiny",
      system_fingerprint: model.fingerprint(),
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: sample.text, refusal: null },
          logprobs: null,
          finish_reason: sample.finish,
        },
      ],
      usage: {
        prompt_tokens: 8,
        completion_tokens: sample.tokens.length,
        total_tokens: 8 + sample.tokens.length,
      },
    });
    expect(answer._request_id).toMatch(/^req_[\da-f]{32}$/);
  });

  it("obey n, stop and max_completion_tokens", async () => {
    const { samples } = model.generate({ ...drawn, maxTokens: 12, samples: 3, stop: ["\n", "at"] });
    const { max_tokens: _, ...rest } = asked;
    const { choices } = await client.chat.completions.create({
      ...{ ...rest, n: 3, stop: "at", max_completion_tokens: 12 },
    });
    expect(choices.map(({ message }) => message.content)).toEqual(samples.map(({ text }) => text));
    expect(choices.map(({ finish_reason }) => finish_reason)).toEqual(
      samples.map(({ finish }) => finish),
    );
    const both = await client.chat.completions.create({ ...asked, max_completion_tokens: 1 });
    expect(both.usage?.completion_tokens).toBe(1);
  });

  it("tell log-probabilities", async () => {
    const [sample] = model.generate({ ...drawn, logprobs: 3 }).samples;
    const { choices } = await client.chat.completions.create({
      ...{ ...asked, logprobs: true, top_logprobs: 3 },
    });
    const content = choices[0].logprobs!.content!;
    expect(content.map(({ logprob }) => logprob)).toEqual(
      sample.logprobs!.map(({ logprob }) => logprob),
    );
    for (const [i, { token, bytes, top_logprobs: top }] of content.entries()) {
      expect(token).toBe(sample.logprobs![i].text);
      expect(bytes).toEqual([...new TextEncoder().encode(token)]);
      expect(top.map(({ token, logprob }) => [token, logprob])).toEqual(
        sample.logprobs![i].top!.map(({ text, logprob }) => [text, logprob]),
      );
    }
    const alone = await client.chat.completions.create({ ...asked, logprobs: true });
    expect(alone.choices[0].logprobs!.content![0].top_logprobs).toEqual([]);
  });
});

describe("streams", () => {
  it("begin with the role, end with a reason, and add up to the whole", async () => {
    const options = { ...asked, n: 2, logprobs: true, top_logprobs: 1 };
    const whole = await client.chat.completions.create(options);
    const stream = await client.chat.completions.create({
      ...{ ...options, stream: true, stream_options: { include_usage: true } },
    });
    const contents = ["", ""];
    const tokens: unknown[][] = [[], []];
    const ends: (string | null)[][] = [[], []];
    const last = [];
    for await (const chunk of stream) {
      expect(chunk.object).toBe("chat.completion.chunk");
      last.push(chunk);
      for (const { index, delta, logprobs, finish_reason } of chunk.choices) {
        if (ends[index].length === 0)
          expect(delta).toMatchObject({ role: "assistant", content: "" });
        else expect(delta).not.toHaveProperty("role");
        contents[index] += delta.content ?? "";
        tokens[index].push(...(logprobs?.content ?? []));
        ends[index].push(finish_reason);
        if (finish_reason) expect(delta).toEqual({});
      }
    }
    expect(contents).toEqual(whole.choices.map(({ message }) => message.content));
    expect(tokens).toEqual(whole.choices.map(({ logprobs }) => logprobs!.content));
    for (const [i, reasons] of ends.entries()) {
      expect(reasons.pop()).toBe(whole.choices[i].finish_reason);
      expect(reasons.every((reason) => reason === null)).toBe(true);
    }
    const { choices, usage } = last.pop()!;
    expect({ choices, usage }).toEqual({ choices: [], usage: whole.usage });
    expect(last.every((chunk) => chunk.usage === null)).toBe(true);
  });

  it("say nothing of usage where nobody asks", async () => {
    const stream = await client.chat.completions.create({ ...asked, stream: true });
    for await (const chunk of stream) {
      expect(chunk.choices).toHaveLength(1);
      expect(chunk).not.toHaveProperty("usage");
    }
  });

  it("are put together by the client's own helper", async () => {
    const whole = await client.chat.completions.create(asked);
    const stream = client.chat.completions.stream(asked);
    expect(await stream.finalContent()).toBe(whole.choices[0].message.content);
  });
});

it("errors are the client's own classes, with the request's id", async () => {
  const ask = (options: object) =>
    client.chat.completions.create({ ...asked, ...options }).then(
      () => expect.fail("nothing was raised"),
      (error: InstanceType<typeof OpenAI.APIError>) => error,
    );
  const tool = { type: "function", function: { name: "f" } } as const;
  const refused = await ask({ tools: [tool] });
  expect(refused).toBeInstanceOf(OpenAI.BadRequestError);
  expect(refused).toMatchObject({ param: "tools", code: "unsupported_parameter" });
  expect(refused.requestID).toMatch(/^req_[\da-f]{32}$/);
  expect(await ask({ model: "gpt-4o" })).toBeInstanceOf(OpenAI.NotFoundError);
  const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } } as const;
  const seen = await ask({ messages: [{ role: "user", content: [image] }] });
  expect(seen).toMatchObject({ status: 400, param: "messages[0].content[0].type" });
});

it("an encoder-decoder answers, whole and streamed", async () => {
  const url = `${await listening(handlerOf({ name: "pairs" }, answering))}/v1`;
  const other = new OpenAI({ baseURL: url, apiKey: "any", maxRetries: 0 });
  const body = { model: "pairs", messages: [{ role: "user" as const, content: "Red tea" }] };
  const answer = await other.chat.completions.create(body);
  expect(answer.choices[0].message.content).toBe("红茶");
  expect(await other.chat.completions.stream(body).finalContent()).toBe("红茶");
  const completed = await other.completions.create({ model: "pairs", prompt: "blue bird" });
  expect(completed.choices[0]).toMatchObject({ text: "蓝鸟", finish_reason: "stop" });
});
