// What can be served: both classes, of this thread and of a worker, there already or promised.

import { afterAll, describe, expect, it } from "vitest";
import { InvalidInputError, LanguageModel, Seq2Seq } from "../../src/entries/index.js";
import { load } from "../../src/entries/node.js";
import { createHandler, type ServedModel } from "../../src/entries/serve.js";
import { startWorker } from "../../src/entries/worker.js";
import { refused, runtime, text, tiny } from "../models/help.js";
import { answerTo, completion, errorOf, eventsOf, handlerOf, model, unexpected } from "./help.js";
import { answering, sources } from "./pairs.js";

const worker = await startWorker(await load());
afterAll(() => worker.close());

describe("an encoder-decoder", () => {
  const handler = handlerOf({ maxTokens: 50 }, answering);

  it("answers prompts, the likeliest where nothing is said of drawing", async () => {
    const expected = sources.map((source) => answering.generate({ source, greedy: true }).text);
    const whole = await answerTo(handler, { prompt: sources });
    expect(whole.choices.map(({ text }) => text)).toEqual(expected);
    expect(whole.choices.every(({ finish_reason }) => finish_reason === "stop")).toBe(true);
    expect(whole).toMatchObject({ system_fingerprint: answering.fingerprint() });
    const characters = sources.join("").length;
    expect(whole.usage).toMatchObject({ prompt_tokens: characters });
    const events = await eventsOf(await handler(completion({ prompt: sources[0], stream: true })));
    expect(events.pop()).toBe("[DONE]");
    const pieces = events.map((event) => (event === "[DONE]" ? "" : event.choices[0].text));
    expect(pieces.join("")).toBe(expected[0]);
  });

  it("draws where it is asked to, with the library's bits", async () => {
    const [source] = sources;
    const drawn = answering.generate({
      source,
      temperature: 2,
      seed: 3,
      samples: 4,
      maxTokens: 50,
    });
    const body = { prompt: source, temperature: 2, seed: 3, n: 4 };
    const { choices } = await answerTo(handler, body);
    expect(choices.map(({ text }) => text)).toEqual(drawn.samples.map(({ text }) => text));
  });

  it("needs something to answer to that it can read, in the form that it reads", async () => {
    for (const prompt of [undefined, "", " ", ["red", ""]]) {
      const error = await errorOf(await handler(completion({ prompt })));
      expect(error).toMatchObject({ status: 400, param: "prompt" });
    }
    const unread = await errorOf(await handler(completion({ prompt: "红" })));
    expect(unread).toMatchObject({ status: 400, param: "prompt" });
    expect(unread.message).toContain("U+7EA2");
    const capitals = await answerTo(handler, { prompt: sources[0].toUpperCase() });
    expect(capitals.choices[0].text).toBe(
      answering.generate({ source: sources[0], greedy: true }).text,
    );
  });
});

describe("a model in a worker", () => {
  it("answers as one of this thread, of either class", async () => {
    const language = await worker.LanguageModel.load(model.save());
    const pairs = await worker.Seq2Seq.load(answering.save());
    const cases: [ServedModel, ServedModel, object][] = [
      [model, language, { prompt: "the ", max_tokens: 20, seed: 4, n: 2, logprobs: 2 }],
      [answering, pairs, { prompt: sources[1], logprobs: 1 }],
    ];
    for (const [own, remote, body] of cases) {
      const here = await answerTo(handlerOf({}, own), body);
      const there = await answerTo(handlerOf({}, remote), body);
      expect(there).toMatchObject({ system_fingerprint: await own.fingerprint() });
      expect(there.choices).toEqual(here.choices);
      expect(there.usage).toEqual(here.usage);
    }
  });

  it("is refused untrained, too", async () => {
    const fresh = await worker.LanguageModel.create({ corpus: text, ...tiny });
    await refused(() => createHandler(fresh), InvalidInputError, "has not been trained");
  });
});

describe("a promise of a model", () => {
  it("is waited for", async () => {
    let give = (_: ServedModel): void => {};
    const handler = createHandler(
      new Promise<ServedModel>((resolve) => {
        give = resolve;
      }),
    );
    const answer = handler(completion({ prompt: "the ", seed: 1 }));
    give(model);
    expect((await answer).status).toBe(200);
  });

  it("that fails is told to the owner, and answered 503", async () => {
    const fresh = await LanguageModel.create({ runtime, corpus: text, ...tiny });
    const cases: [Promise<unknown>, RegExp][] = [
      [Promise.resolve(fresh), /cannot be served: .*has not been trained/],
      [Promise.resolve("model.safetensors"), /cannot be served: .*got a string/],
      [Promise.reject(new Error("/home/secret/path")), /it could not be loaded$/],
    ];
    for (const [promised, message] of cases) {
      const handler = handlerOf({}, promised as Promise<ServedModel>);
      for (const sent of [completion({}), new Request("http://test/health")]) {
        const error = await errorOf(await handler(sent));
        expect(error).toMatchObject({ status: 503, code: "model_unavailable" });
        expect(error.message).toMatch(message);
      }
      expect(unexpected.splice(0)).toHaveLength(1);
    }
  });
});

it("whatever is no model is refused by name", async () => {
  const wrong: [unknown, RegExp][] = [
    ["book.safetensors", /got a string$/],
    [undefined, /got undefined$/],
    [null, /got null$/],
    [
      new Uint8Array(4),
      /got bytes: load the file first, by the load of its class, such as LanguageModel\.load$/,
    ],
    [new ArrayBuffer(4), /got bytes/],
    [[model], /got a list$/],
    [LanguageModel, /got a function, or a class/],
    [model.tokenizer, /got an object of class CharTokenizer/],
    [{}, /got an object that is no model$/],
    [42, /got a number$/],
  ];
  for (const [given, message] of wrong) {
    await refused(
      () => createHandler(given as ServedModel),
      InvalidInputError,
      "createHandler needs a trained model of text (LanguageModel, Seq2Seq) or one that makes pictures",
      message,
    );
  }
  const corpus = [{ source: "a", target: "b" }];
  const fresh = await Seq2Seq.create({ runtime, corpus, embed: 4, hidden: 4 });
  await refused(() => createHandler(fresh), InvalidInputError, "has not been trained");
  await refused(
    () => createHandler(answering, { history: 1, joiner: "|" }),
    InvalidInputError,
    'never seen the joiner "|"',
  );
});
