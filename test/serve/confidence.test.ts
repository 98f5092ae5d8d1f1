// Answers that a model is not sure of.

import { expect, it } from "vitest";
import { confidenceOf } from "../../src/serve/confidence.js";
import { answerTo, completion, eventsOf, handlerOf, model } from "./help.js";

const drawn = { prompt: "the ", maxTokens: 12, seed: 5, samples: 6, logprobs: true } as const;
const { samples } = model.generate(drawn);
const confidences = samples.map(({ confidence }) => confidence!);
const sorted = [...confidences].sort((a, b) => a - b);
/** Between the third and the fourth: half of the answers are below. */
const minConfidence = (sorted[2] + sorted[3]) / 2;
const expected = samples.map(({ text, confidence }) =>
  confidence! < minConfidence ? "no idea" : text,
);
const body = { prompt: "the ", max_tokens: 12, seed: 5, n: 6 };
const handler = handlerOf({ minConfidence, unsure: "no idea" });

it("are not given", async () => {
  expect(new Set(expected).has("no idea")).toBe(true);
  const { choices, usage } = await answerTo(handler, body);
  expect(choices.map(({ text }) => text)).toEqual(expected);
  expect(usage).toMatchObject({ completion_tokens: 72 });
  const reasons = expected.map((text) => (text === "no idea" ? "stop" : "length"));
  expect(choices.map(({ finish_reason }) => finish_reason)).toEqual(reasons);
  const never = await answerTo(handlerOf({ minConfidence: 1 }), body);
  expect(never.choices.map(({ text }) => text)).toEqual(Array(6).fill("I do not know"));
  const all = await answerTo(handlerOf({ minConfidence: 0 }), body);
  expect(all.choices.map(({ text }) => text)).toEqual(samples.map(({ text }) => text));
});

it("are not seen in a stream either, nor are their log-probabilities", async () => {
  const sent = completion({ ...body, stream: true, logprobs: 1 });
  const events = await eventsOf(await handler(sent));
  expect(events.pop()).toBe("[DONE]");
  const texts = Array(6).fill("");
  const tokens = Array(6).fill(0);
  for (const event of events) {
    if (event === "[DONE]") continue;
    const [{ index, text, logprobs }] = event.choices;
    texts[index] += text;
    tokens[index] += logprobs!.tokens.length;
  }
  expect(texts).toEqual(expected);
  expect(tokens).toEqual(expected.map((text) => (text === "no idea" ? 0 : 12)));
});

it("are measured as the library measures them", () => {
  for (const [i, { logprobs }] of samples.entries()) {
    expect(confidenceOf(logprobs!)).toBeCloseTo(confidences[i], 6);
  }
  for (const logprob of [0, -1e-9, -0.5, -3, -40, -600]) {
    expect(confidenceOf([{ logprob }]) / Math.exp(logprob)).toBeCloseTo(1, 9);
  }
  expect(confidenceOf([])).toBe(0);
});

it("are compared after the best have been chosen", async () => {
  const { choices } = await answerTo(handler, { ...body, n: 1, best_of: 6 });
  const best = confidences.indexOf(sorted[5]);
  expect(choices[0].text).toBe(samples[best].text);
});
