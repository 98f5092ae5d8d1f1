// The official client, as its users use it.

import OpenAI from "openai";
import { expect, it } from "vitest";
import { handlerOf, listening, model } from "./help.js";

const key = "a key of this test";
const url = `${await listening(handlerOf({ keys: ["another", key] }))}/v1`;
const client = new OpenAI({ baseURL: url, apiKey: key, maxRetries: 0 });

it("completes", async () => {
  const prompt = "the cat ";
  const { text } = model.generate({ prompt, maxTokens: 20, temperature: 0.7, seed: 7 });
  const answer = await client.completions.create({
    ...{ model: "tiny", prompt, max_tokens: 20, temperature: 0.7, seed: 7 },
  });
  expect(answer).toMatchObject({
    id: expect.stringMatching(/^cmpl-/),
    object: "text_completion",
    model: "tiny",
    system_fingerprint: model.fingerprint(),
    choices: [{ index: 0, text, finish_reason: "length", logprobs: null }],
    usage: { prompt_tokens: 8, completion_tokens: 20, total_tokens: 28 },
  });
  expect(Math.abs(answer.created - Date.now() / 1000)).toBeLessThan(600);
});

it("streams, with usage", async () => {
  const options = { model: "tiny", prompt: "the ", max_tokens: 30, n: 2, seed: 3 } as const;
  const whole = await client.completions.create(options);
  const stream = await client.completions.create({
    ...options,
    stream: true,
    stream_options: { include_usage: true },
  });
  const texts = ["", ""];
  const ends: (string | null)[] = [];
  let pieces = 0;
  let usage: unknown;
  for await (const chunk of stream) {
    for (const { text, index, finish_reason } of chunk.choices) {
      texts[index] += text;
      ends[index] = finish_reason ?? ends[index];
      pieces++;
    }
    usage = chunk.usage ?? usage;
  }
  expect(texts).toEqual(whole.choices.map(({ text }) => text));
  expect(ends).toEqual(["length", "length"]);
  expect(pieces).toBe(60);
  expect(usage).toEqual(whole.usage);
});

it("lists and retrieves models", async () => {
  const ids = [];
  for await (const { id, object, owned_by } of client.models.list()) {
    ids.push(id);
    expect({ object, owned_by }).toEqual({ object: "model", owned_by: "simdream" });
  }
  expect(ids).toEqual(["tiny"]);
  expect((await client.models.retrieve("tiny")).id).toBe("tiny");
  await expect(client.models.retrieve("other")).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});

it("raises the client's own error classes", async () => {
  const ask = (options: object, asking = client) =>
    asking.completions.create({ model: "tiny", prompt: "the ", ...options }).then(
      () => expect.fail("nothing was raised"),
      (error: unknown) => error,
    );
  const unknown = await ask({ prompt: "天" });
  expect(unknown).toBeInstanceOf(OpenAI.BadRequestError);
  expect(unknown).toMatchObject({
    status: 400,
    param: "prompt",
    type: "invalid_request_error",
    message: expect.stringMatching(/U\+5929.*line 1, column 1/),
  });
  expect(await ask({ temperature: 3 })).toMatchObject({ status: 400, param: "temperature" });
  const missing = await ask({ model: "gpt-3.5-turbo-instruct" });
  expect(missing).toBeInstanceOf(OpenAI.NotFoundError);
  expect(missing).toMatchObject({ code: "model_not_found", param: "model" });
  const stranger = new OpenAI({ baseURL: url, apiKey: "wrong", maxRetries: 0 });
  const wrong = await ask({}, stranger);
  expect(wrong).toBeInstanceOf(OpenAI.AuthenticationError);
  expect(wrong).toMatchObject({ status: 401, code: "invalid_api_key" });
});

it("is told when the server is busy, and retries", async () => {
  const handler = handlerOf({ maxConcurrent: 1, maxQueue: 0, maxTokens: 1e6 });
  const baseURL = `${await listening(handler)}/v1`;
  const hasty = new OpenAI({ baseURL, apiKey: "any", maxRetries: 0 });
  const patient = new OpenAI({ baseURL, apiKey: "any", maxRetries: 5 });
  const long = await hasty.completions.create({
    ...{ model: "tiny", prompt: "the ", max_tokens: 1e6, stream: true },
  });
  const refused = hasty.completions.create({ model: "tiny", prompt: "the " });
  await expect(refused).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  const later = patient.completions.create({ model: "tiny", prompt: "the " });
  setTimeout(() => long.controller.abort(), 200);
  expect((await later).choices).toHaveLength(1);
});

it("fails in the middle of a stream when the time is up", async () => {
  const handler = handlerOf({ timeout: 1500, maxTokens: 1e9 });
  const impatient = new OpenAI({
    ...{ baseURL: `${await listening(handler)}/v1`, apiKey: "any", maxRetries: 2 },
  });
  const options = { model: "tiny", prompt: "the ", max_tokens: 1e9 } as const;
  const stream = await impatient.completions.create({ ...options, stream: true });
  let pieces = 0;
  const reading = (async () => {
    for await (const _ of stream) pieces++;
  })();
  await expect(reading).rejects.toMatchObject({
    code: "timeout",
    message: expect.stringContaining("more than 1.5 s"),
  });
  expect(pieces).toBeGreaterThan(0);
  const whole = impatient.completions.create(options);
  await expect(whole).rejects.toMatchObject({ status: 504, code: "timeout" });
});
