// Many streams on one thread: none starves, nor does the event loop, nor do the bits change.

import { describe, expect, it } from "vitest";
import { LanguageModel, Made } from "../../src/entries/index.js";
import type { ServedLanguageModel, ServedPictureModel } from "../../src/entries/serve.js";
import { runtime, text, tiny, train } from "../models/help.js";
import { completion, handlerOf, listening, model, until } from "./help.js";

/** Reads tokens until the stream ends or somebody else has; gives how many there were. */
async function count(response: Response, progress: { done: boolean }): Promise<number> {
  expect(response.status).toBe(200);
  const reader = response.body!.getReader();
  let tokens = 0;
  for (;;) {
    const { done } = await reader.read();
    if (done || progress.done) break;
    tokens++;
  }
  progress.done = true;
  await reader.cancel();
  return tokens;
}

it("lets all streams advance at the same pace", async () => {
  const handler = handlerOf();
  const responses = await Promise.all(
    Array.from({ length: 24 }, (_, seed) =>
      handler(completion({ prompt: "the ", max_tokens: 1000, seed, stream: true })),
    ),
  );
  const progress = { done: false };
  const counts = await Promise.all(responses.map((response) => count(response, progress)));
  const sorted = counts.toSorted((a, b) => a - b);
  expect(sorted[23]).toBeGreaterThan(900);
  expect(sorted[0]).toBeGreaterThanOrEqual(sorted[12] / 2);
});

it("gives streams that run side by side the bits that they have alone", async () => {
  const handler = handlerOf();
  const texts = await Promise.all(
    Array.from({ length: 12 }, async (_, seed) => {
      const body = { prompt: "the ", max_tokens: 20 + 10 * seed, seed, n: 1 + (seed % 3) };
      const response = await handler(completion(body));
      const { choices } = (await response.json()) as { choices: { text: string }[] };
      return choices.map(({ text }) => text);
    }),
  );
  for (const [seed, own] of texts.entries()) {
    const options = { prompt: "the ", maxTokens: 20 + 10 * seed, seed, samples: 1 + (seed % 3) };
    expect(own).toEqual(model.generate(options).samples.map(({ text }) => text));
  }
});

it("reads long prompts of many at once without holding the event loop, or its time limit", async () => {
  const large = await LanguageModel.create({ runtime, corpus: text, ...tiny, hidden: 256 });
  await train(large, text, { steps: 1, batch: 2, seqLen: 8 });
  const prompt = "the cat ".repeat(250);
  const alone = performance.now();
  large.generate({ prompt, maxTokens: 1 });
  const all = 16 * (performance.now() - alone);
  const asked = (timeout: number) => {
    const handler = handlerOf({ timeout: Math.ceil(timeout) }, large);
    return Promise.all(
      Array.from({ length: 16 }, (_, seed) =>
        handler(completion({ prompt, max_tokens: 1, seed, stream: seed % 2 === 0 })),
      ),
    );
  };
  let last = performance.now();
  let longest = 0;
  const clock = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const answers = await asked(60_000);
  clearInterval(clock);
  expect(answers.map(({ status }) => status)).toEqual(Array(16).fill(200));
  expect(longest).toBeLessThan(all / 4);
  const begun = performance.now();
  const late = await asked(all / 4);
  // First come, first served: the time limit is up for those that waited.
  const statuses = late.map(({ status }) => status);
  expect(statuses).toEqual([...statuses].sort());
  expect(statuses.at(-1)).toBe(504);
  expect(performance.now() - begun).toBeLessThan(0.75 * all);
});

describe("what keeps the thread", () => {
  /** How often the event loop has been round. */
  let rounds = 0;
  const began: number[] = [];
  const watched = async (work: () => Promise<unknown>) => {
    began.length = 0;
    let watching = true;
    const round = () => {
      rounds++;
      if (watching) setImmediate(round);
    };
    round();
    await work();
    watching = false;
  };
  const apart = () => expect(new Set(began).size).toBe(began.length);

  it("is one prompt at a time, with sockets and timers between", async () => {
    const reading: ServedLanguageModel = {
      tokenizer: model.tokenizer,
      fingerprint: () => model.fingerprint(),
      async *stream(options) {
        began.push(rounds);
        yield* model.stream(options);
      },
    };
    const handler = handlerOf({}, reading);
    const ask = () => handler(completion({ prompt: ["the ", "cat "], max_tokens: 2 }));
    await watched(() => Promise.all(Array.from({ length: 12 }, ask)));
    expect(began).toHaveLength(24);
    apart();
  });

  it("is one step of pictures at a time, or one picture, and the turn is given on where a client goes", async () => {
    const shape = [4, 4, 1] as const;
    const made = new Made(shape, [new Float32Array(16)]);
    for (const stepwise of [true, false]) {
      const making: ServedPictureModel = {
        shape,
        fingerprint: () => "f",
        generate() {
          began.push(rounds);
          return made;
        },
        ...(stepwise && {
          async *stream({ steps = 3 }) {
            for (let step = 1; step <= steps; step++) {
              began.push(rounds);
              yield { step, steps, time: 1 - step / steps, made, predicted: made };
            }
          },
        }),
      };
      const handler = handlerOf({}, making);
      const controller = new AbortController();
      const ask = (_: unknown, i: number) =>
        handler(
          new Request("http://test/v1/images/generations", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(stepwise ? { steps: 3 } : {}),
            ...(i % 4 === 3 ? { signal: controller.signal } : {}),
          }),
        );
      await watched(async () => {
        const answers = Array.from({ length: 12 }, ask);
        await new Promise((resolve) => setTimeout(resolve));
        controller.abort();
        const statuses = (await Promise.all(answers)).map(({ status }) => status);
        expect(statuses.filter((_, i) => i % 4 < 3)).toEqual(Array(9).fill(200));
      });
      expect(began.length).toBeGreaterThanOrEqual(9 * (stepwise ? 3 : 1));
      apart();
    }
  });
});

it("lets newcomers in while many streams run", async () => {
  let tokens = 0;
  const busy: ServedLanguageModel = {
    tokenizer: model.tokenizer,
    fingerprint: () => model.fingerprint(),
    async *stream(options) {
      for await (const chunk of model.stream(options)) {
        // As long as a token of a larger model takes.
        const begun = performance.now();
        while (performance.now() - begun < 0.3);
        tokens++;
        yield chunk;
      }
    },
  };
  const url = await listening(handlerOf({ maxTokens: 1e9 }, busy));
  const controller = new AbortController();
  const ask = async () => {
    const response = await fetch(`${url}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prompt: "the ", max_tokens: 1e9, stream: true }),
      signal: controller.signal,
    });
    for await (const _ of response.body!);
  };
  const streams = Array.from({ length: 32 }, () => ask().catch(() => {}));
  await until(() => tokens > 600);
  const waited: number[] = [];
  for (let n = 0; n < 4; n++) {
    const before = tokens;
    const { running } = (await (await fetch(`${url}/health`)).json()) as { running: number };
    expect(running).toBe(32);
    waited.push(tokens - before);
  }
  controller.abort();
  await Promise.all(streams);
  // The event loop goes round a few times; each time every stream advances a little.
  expect(Math.max(...waited)).toBeLessThan(32 * 50);
});
