// What the completion format means here, field by field.

import { describe, expect, it } from "vitest";
import { InvalidInputError, LanguageModel } from "../../src/entries/index.js";
import { createHandler } from "../../src/entries/serve.js";
import { names, refused, runtime, text, tiny, train } from "../models/help.js";
import { answerTo, completion, errorOf, eventsOf, handlerOf, model } from "./help.js";

const handler = handlerOf({ maxChoices: 8, maxTokens: 100 });
const prompt = "the ";

describe("fields", () => {
  it("mean what generate means", async () => {
    const answer = await answerTo(handler, {
      ...{ model: "tiny", prompt, max_tokens: 30, temperature: 0.8, top_p: 0.9, seed: 5, n: 2 },
      ...{ presence_penalty: 0.5, frequency_penalty: -0.25, stop: ["at", "qq"] },
      ...{ logit_bias: { "3": -100, "4": 2 }, user: "somebody" },
    });
    const { samples } = model.generate({
      ...{ prompt, maxTokens: 30, temperature: 0.8, topP: 0.9, seed: 5, samples: 2 },
      ...{ presencePenalty: 0.5, frequencyPenalty: -0.25, stop: ["at", "qq"] },
      logitBias: [
        [3, -100],
        [4, 2],
      ],
    });
    expect(answer.choices).toEqual(
      samples.map(({ text, finish }, index) => {
        return { text, index, finish_reason: finish, logprobs: null };
      }),
    );
    const completed = samples.reduce((sum, { tokens }) => sum + tokens.length, 0);
    expect(answer.usage).toEqual({
      prompt_tokens: 4,
      completion_tokens: completed,
      total_tokens: 4 + completed,
    });
  });

  it("have OpenAI's defaults, also where they are null", async () => {
    const { samples } = model.generate({ maxTokens: 16, seed: 1 });
    const nulls = { prompt: null, max_tokens: null, n: null, stop: null, stream: null, echo: null };
    for (const body of [{ seed: 1 }, { seed: 1, ...nulls, logprobs: null, suffix: null }]) {
      const { choices, usage } = await answerTo(handler, body);
      expect(choices.map((choice) => choice.text)).toEqual(samples.map((sample) => sample.text));
      expect(usage).toMatchObject({ prompt_tokens: 0, completion_tokens: 16 });
    }
  });

  it("take the likeliest token for temperature 0 and for top_p 0", async () => {
    const { text: greedy } = model.generate({ prompt, maxTokens: 20, greedy: true });
    for (const options of [{ temperature: 0 }, { top_p: 0 }]) {
      const { choices } = await answerTo(handler, { prompt, max_tokens: 20, ...options });
      expect(choices[0].text).toBe(greedy);
    }
  });

  it("without a seed differ from call to call", async () => {
    const body = { prompt, max_tokens: 60, temperature: 2 };
    const texts = new Set<string>();
    for (let i = 0; i < 4; i++) texts.add((await answerTo(handler, body)).choices[0].text);
    expect(texts.size).toBeGreaterThan(1);
  });

  it("give every prompt of a list the bits that it has alone", async () => {
    const options = { max_tokens: 12, n: 2, seed: 9 };
    const prompts = ["the ", "a", "cat "];
    const { choices, usage } = await answerTo(handler, { prompt: prompts, ...options });
    const alone = await Promise.all(
      prompts.map((prompt) => answerTo(handler, { prompt, ...options })),
    );
    const expected = alone.flatMap((answer) => answer.choices.map((choice) => choice.text));
    expect(choices.map((choice) => choice.text)).toEqual(expected);
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(usage).toEqual({ prompt_tokens: 9, completion_tokens: 72, total_tokens: 81 });
  });

  it("echo the prompt once", async () => {
    const options = { prompt: ["the ", "a"], max_tokens: 6, seed: 2, n: 2 };
    const plain = (await answerTo(handler, options)).choices.map((choice) => choice.text);
    const echoed = plain.map((text, i) => options.prompt[Math.floor(i / 2)] + text);
    const whole = await answerTo(handler, { ...options, echo: true });
    expect(whole.choices.map((choice) => choice.text)).toEqual(echoed);
    const streamed = ["", "", "", ""];
    const body = completion({ ...options, echo: true, stream: true });
    for (const event of await eventsOf(await handler(body))) {
      if (event !== "[DONE]") streamed[event.choices[0].index] += event.choices[0].text;
    }
    expect(streamed).toEqual(echoed);
  });

  it("choose the likeliest of best_of, and count all", async () => {
    const options = { prompt, maxTokens: 10, seed: 4, samples: 6, logprobs: true };
    const ranked = model
      .generate(options)
      .samples.map((sample) => ({
        text: sample.text,
        mean: sample.logprobs!.reduce((sum, { logprob }) => sum + logprob, 0) / 10,
      }))
      .sort((a, b) => b.mean - a.mean);
    const body = { prompt, max_tokens: 10, seed: 4, n: 2, best_of: 6 };
    const { choices, usage } = await answerTo(handler, body);
    expect(choices.map((choice) => choice.text)).toEqual(
      ranked.slice(0, 2).map(({ text }) => text),
    );
    expect(choices.map(({ index, logprobs }) => [index, logprobs])).toEqual([
      [0, null],
      [1, null],
    ]);
    expect(usage).toMatchObject({ completion_tokens: 60 });
  });
});

describe("logprobs", () => {
  const options = { prompt, max_tokens: 8, seed: 6 };

  it("are the model's own", async () => {
    const [sample] = model.generate({ prompt, maxTokens: 8, seed: 6, logprobs: 2 }).samples;
    const { choices } = await answerTo(handler, { ...options, logprobs: 2 });
    const { tokens, token_logprobs, top_logprobs, text_offset } = choices[0].logprobs!;
    expect(tokens.join("")).toBe(choices[0].text);
    expect(token_logprobs).toEqual(sample.logprobs!.map(({ logprob }) => logprob));
    expect(text_offset).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const [i, { text, logprob, top }] of sample.logprobs!.entries()) {
      const rivals = top!.map((rival) => [rival.text, rival.logprob]);
      expect(top_logprobs![i]).toEqual(Object.fromEntries([...rivals, [text, logprob]]));
    }
    const few = await answerTo(handler, { ...options, logprobs: 0 });
    expect(few.choices[0].logprobs).toEqual({ ...choices[0].logprobs, top_logprobs: null });
  });

  it("list the likeliest first in the text, digits too", async () => {
    const digits = "9 3 7 1 9 3 7 5 9 3 1 7 2 4 6 8 0 9 3 7 ".repeat(20);
    const counting = await LanguageModel.create({ runtime, corpus: digits, ...tiny });
    await train(counting, digits, { steps: 40, batch: 4, seqLen: 16, lr: 2e-2 });
    const ask = { prompt: "9 ", max_tokens: 6, seed: 2, logprobs: 5 };
    for (const stream of [false, true]) {
      const sent = completion({ ...ask, stream });
      const written = await (await handlerOf({}, counting)(sent)).text();
      const lists = [...written.matchAll(/"top_logprobs":\[(.*?)\],"text_offset"/g)];
      const objects = lists.flatMap(([, list]) => list.match(/\{.*?\}/g) ?? []);
      expect(objects).toHaveLength(6);
      for (const object of objects) {
        const values = Array.from(object.matchAll(/:(-[\d.e-]+)/g), ([, number]) => Number(number));
        expect(values.length).toBeGreaterThanOrEqual(5);
        expect(values).toEqual([...values].sort((a, b) => b - a));
      }
    }
  });

  it("are the same in a stream", async () => {
    const whole = (await answerTo(handler, { ...options, logprobs: 1 })).choices[0].logprobs!;
    const events = await eventsOf(
      await handler(completion({ ...options, logprobs: 1, stream: true })),
    );
    const parts = events.flatMap((event) => (event === "[DONE]" ? [] : event.choices[0].logprobs!));
    expect(parts).toHaveLength(8);
    for (const key of ["tokens", "token_logprobs", "top_logprobs", "text_offset"] as const) {
      expect(parts.flatMap((part) => part[key] as unknown[])).toEqual(whole[key]);
    }
  });

  it("name bytes and special tokens", async () => {
    const bytes = await LanguageModel.create({ runtime, tokenizer: "byte", corpus: "天", ...tiny });
    await train(bytes, "天空".repeat(40), { steps: 120, batch: 4, seqLen: 12, lr: 3e-2 });
    const forced = { "229": 100, "10": -100 };
    const body = { prompt: "天", max_tokens: 1, logprobs: 0, logit_bias: forced };
    const { choices } = await answerTo(handlerOf({}, bytes), body);
    expect(choices[0].logprobs!.tokens).toEqual(["bytes:\\xe5"]);

    const long = { prompt: "天", max_tokens: 14, temperature: 0, logprobs: 0 };
    const [{ text: written, logprobs }] = (await answerTo(handlerOf({}, bytes), long)).choices;
    const offsets = logprobs!.tokens.map((_, i) => Math.floor(i / 3));
    expect(written).toMatch(/^[天空]{4}/);
    expect(logprobs!.text_offset).toEqual(offsets);

    const documents = await LanguageModel.create({ runtime, corpus: names, ...tiny });
    await train(documents, names, { steps: 20, batch: 4 });
    const end = documents.tokenizer.special("<end>")!;
    const ended = await answerTo(handlerOf({}, documents), {
      ...{ prompt: "ro", logprobs: 0, logit_bias: { [end]: 100 } },
    });
    expect(ended.choices[0]).toMatchObject({
      text: "",
      finish_reason: "stop",
      logprobs: { tokens: ["<end>"], text_offset: [0] },
    });
  });
});

describe("streams", () => {
  it("end with [DONE], and never show the beginning of a stop string", async () => {
    const options = { prompt, max_tokens: 60, seed: 3, stop: "the " };
    const { choices } = await answerTo(handler, options);
    const response = await handler(completion({ ...options, stream: true }));
    expect(response.headers.get("cache-control")).toBe("no-cache, no-transform");
    const events = await eventsOf(response);
    expect(events.pop()).toBe("[DONE]");
    const pieces = events.map((event) => (event as Exclude<typeof event, string>).choices[0]);
    expect(pieces.map((piece) => piece.text).join("")).toBe(choices[0].text);
    expect(pieces.map((piece) => piece.finish_reason).filter((reason) => reason !== null)).toEqual([
      choices[0].finish_reason,
    ]);
    expect(events.every((event) => !Object.hasOwn(event as object, "usage"))).toBe(true);
  });
});

describe("bad requests", () => {
  const wrong: [object, string | null, RegExp][] = [
    [{ model: 3 }, "model", /model must be a string, got a number/],
    [{ prompt: 3 }, "prompt", /prompt must be a string or a list of strings, got a number/],
    [{ prompt: {} }, "prompt", /got an object/],
    [{ prompt: [] }, "prompt", /at least one string, got an empty list/],
    [{ prompt: [1, 2] }, "prompt", /token ids are not accepted/],
    [{ prompt: [[1, 2], [3]] }, "prompt", /token ids are not accepted/],
    [{ prompt: ["a", 1] }, "prompt[1]", /prompt\[1\] must be a string, got a number/],
    [{ prompt: "天" }, "prompt", /"天" \(U\+5929\) at line 1, column 1/],
    [{ prompt: "\ud800" }, "prompt", /half|surrogate|U\+D800/i],
    [{ prompt: "a".repeat(8193) }, "prompt", /at most 8192 characters, got 8193/],
    [{ prompt: "a".repeat(3000) }, "prompt", /at most 2048 tokens, got 3000/],
    [{ prompt: Array(9).fill("a") }, "prompt", /at most 8, got 9/],
    [{ prompt: ["a", "a", "a"], n: 3 }, "prompt", /at most 8, got 9/],
    [{ suffix: "end" }, "suffix", /suffix is not supported/],
    [{ suffix: 1 }, "suffix", /must be a string/],
    [{ max_tokens: "9" }, "max_tokens", /must be an integer, got a string/],
    [{ max_tokens: 0 }, "max_tokens", /at least 1 and at most 100, got 0/],
    [{ max_tokens: 101 }, "max_tokens", /at most 100, got 101/],
    [{ max_tokens: 1.5 }, "max_tokens", /whole number, got 1.5/],
    [{ n: 9 }, "n", /at most 8/],
    [{ n: "1" }, "n", /got a string/],
    [{ best_of: 1, n: 2 }, "best_of", /at least n \(2\), got 1/],
    [{ best_of: 2, stream: true }, "best_of", /cannot be streamed/],
    [{ best_of: [] }, "best_of", /got a list/],
    [{ temperature: 2.1 }, "temperature", /at least 0 and at most 2, got 2.1/],
    [{ temperature: "hot" }, "temperature", /must be a number, got a string/],
    [{ top_p: -0.1 }, "top_p", /at least 0/],
    [{ top_p: true }, "top_p", /got a boolean/],
    [{ presence_penalty: 3 }, "presence_penalty", /at most 2/],
    [{ frequency_penalty: -3 }, "frequency_penalty", /at least -2/],
    [{ frequency_penalty: {} }, "frequency_penalty", /got an object/],
    [{ logit_bias: [1] }, "logit_bias", /must be an object, got a list/],
    [{ logit_bias: { a: 1 } }, "logit_bias", /token ids below \d+, got "a"/],
    [{ logit_bias: { "999": 1 } }, "logit_bias", /token ids below \d+, got "999"/],
    [{ logit_bias: { "1": 101 } }, "logit_bias.1", /at most 100/],
    [{ logit_bias: { "1": "x" } }, "logit_bias.1", /got a string/],
    [{ stop: 1 }, "stop", /must be a string or a list/],
    [{ stop: [1] }, "stop[0]", /must be a string/],
    [{ stop: "" }, "stop", /1 to 256 characters/],
    [{ stop: "a".repeat(257) }, "stop", /1 to 256 characters/],
    [{ stop: ["a", "b", "c", "d", "e"] }, "stop", /at most 4 strings, got 5/],
    [{ stop: "\udc00" }, null, /stop/],
    [{ logprobs: 6 }, "logprobs", /at most 5/],
    [{ logprobs: true }, "logprobs", /got a boolean/],
    [{ echo: "yes" }, "echo", /true or false, got a string/],
    [{ echo: true, logprobs: 1 }, "echo", /not supported/],
    [{ seed: -1 }, "seed", /at least 0/],
    [{ seed: 0.5 }, "seed", /whole number/],
    [{ seed: 2 ** 53 }, "seed", /whole number|at most/],
    [{ seed: "1" }, "seed", /got a string/],
    [{ stream: 1 }, "stream", /true or false, got a number/],
    [{ stream_options: {} }, "stream_options", /stream: true/],
    [{ stream: true, stream_options: 1 }, "stream_options", /must be an object/],
    [
      { stream: true, stream_options: { include_usage: 1 } },
      "stream_options.include_usage",
      /true or false/,
    ],
    [{ stream: true, stream_options: { x: 1 } }, "stream_options.x", /Unrecognized/],
    [{ user: 5 }, "user", /must be a string/],
    [{ messages: [] }, "messages", /Unrecognized request argument supplied: messages/],
    [{ constructor: 1 }, "constructor", /Unrecognized/],
  ];

  it("name the field and what was expected", async () => {
    for (const [body, param, message] of wrong) {
      const error = await errorOf(await handler(completion(body)));
      expect({ ...error, body }).toMatchObject({
        status: 400,
        type: "invalid_request_error",
        param,
      });
      expect(error.message).toMatch(message);
      expect(error.code).toMatch(/^[a-z_]+$/);
    }
  });

  it("may be no object", async () => {
    for (const body of ["[]", '"text"', "3", "null", "true"]) {
      const error = await errorOf(await handler(completion(body)));
      expect(error).toMatchObject({ status: 400, message: "The body must be a JSON object" });
    }
    for (const body of ["", "{", "{'prompt': 1}", "[1,]", "{}{}"]) {
      const error = await errorOf(await handler(completion(body)));
      expect(error).toMatchObject({ status: 400, code: "invalid_json" });
    }
    const notUtf8 = completion("", { body: Uint8Array.of(0x22, 0xff, 0x22) });
    expect(await errorOf(await handler(notUtf8))).toMatchObject({ code: "invalid_json" });
    const deep = await handler(completion(`{"prompt":${"[".repeat(5e4)}${"]".repeat(5e4)}}`));
    expect((await errorOf(deep)).status).toBe(400);
  });
});

describe("createHandler", () => {
  it("refuses options that cannot be used, and a model that was never trained", async () => {
    const wrong: [object, string][] = [
      [{ keyz: [] }, "does not know the option keyz"],
      [{ name: "" }, "name must be a string that is not empty"],
      [{ keys: [""] }, "keys must be a string that is not empty"],
      [{ keys: 5 }, "keys must be a string"],
      [{ cors: [5] }, "cors must be a string"],
      [
        { cors: "page.test" },
        'cors must be origins such as "https://example.com", got "page.test"',
      ],
      [{ cors: ["https://page.test/"] }, 'got "https://page.test/"'],
      [{ hosts: ["model.test:80"] }, "hosts must be names without ports"],
      [{ hosts: "http://model.test" }, 'such as "example.com", got "http://model.test"'],
      [{ apiKey: "secret" }, "does not know the option apiKey; did you mean keys?"],
      [{ origins: "*" }, "did you mean cors?"],
      [{ max_tokens: 5 }, "did you mean maxTokens?"],
      [{ base: "api" }, 'base must be "" or a path such as "/api", got "api"'],
      [{ base: "/api/" }, "base must be"],
      [{ maxTokens: 0 }, "maxTokens must be a whole number of at least 1"],
      [{ maxQueue: -1 }, "maxQueue must be a whole number of at least 0"],
      [{ timeout: "1" }, "timeout must be a whole number"],
      [{ onError: 1 }, "onError must be a function"],
      [{ hosts: [""] }, "every one of hosts must be a string that is not empty"],
      [
        { minConfidence: 1.5 },
        "minConfidence must be a number of at least 0 and at most 1, got 1.5",
      ],
      [{ minConfidence: "0.5" }, 'got "0.5"'],
      [{ minConfidence: Number.NaN }, "got NaN"],
      [{ unsure: 3 }, "unsure must be a string, got 3"],
      [{ history: -1 }, "history must be a whole number of at least 0"],
    ];
    for (const [options, message] of wrong) {
      await refused(() => createHandler(model, options), InvalidInputError, message);
    }
    await refused(
      () => createHandler(model, [] as object),
      InvalidInputError,
      "an object of options",
    );
    const fresh = await LanguageModel.create({ runtime, corpus: text, ...tiny });
    await refused(() => createHandler(fresh), InvalidInputError, "has not been trained");
  });
});
