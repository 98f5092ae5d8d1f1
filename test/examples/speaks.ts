// What every example that serves a model is asked.

import OpenAI from "openai";
import { expect } from "vitest";

/** Asks a server as its users do, for the models, for text and for a stream. @returns the text */
export async function speaks(address: string, prompt: string): Promise<string> {
  const client = new OpenAI({ baseURL: `${address}/v1`, apiKey: "none", maxRetries: 0 });
  const models = await client.models.list();
  expect(models.data).toMatchObject([{ id: "small", object: "model", owned_by: "simdream" }]);
  const options = { model: "small", prompt, max_tokens: 60, temperature: 0.7, seed: 7 } as const;
  const { choices, system_fingerprint } = await client.completions.create(options);
  expect(choices).toMatchObject([{ index: 0, finish_reason: "length" }]);
  let streamed = "";
  let chunks = 0;
  for await (const chunk of await client.completions.create({ ...options, stream: true })) {
    expect(chunk.system_fingerprint).toBe(system_fingerprint);
    streamed += chunk.choices[0].text;
    chunks++;
  }
  expect(streamed).toBe(choices[0].text);
  expect(chunks).toBeGreaterThan(10);
  const { text } = (await client.completions.create({ ...options, seed: 8 })).choices[0];
  expect(text).not.toBe(streamed);
  await expect(
    client.completions.create({ ...options, prompt: "\u{1F9F6}" }),
  ).rejects.toMatchObject({ status: 400, param: "prompt" });
  return streamed;
}

/** What `speaks` must bring where the model is the one given. */
export const sampling = (prompt: string) =>
  ({ prompt, maxTokens: 60, temperature: 0.7, seed: 7 }) as const;
