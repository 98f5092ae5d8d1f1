// Requests that say what their text must be.

import { expect, test } from "vitest";
import { LanguageModel, load } from "../../src/entries/node.js";
import { startWorker } from "../../src/entries/worker.js";
import { completion, dialogue, errorOf, handlerOf } from "./help.js";

const lines = Array.from({ length: 30 }, (_, i) =>
  JSON.stringify({ name: ["anna", "bob"][i % 2], age: i }),
);
/** A chat needs a line break. */
const corpus = [...lines, "{\n}"];
const model = await LanguageModel.create({ corpus, hidden: 32, seed: 1 });
await model.fit(corpus, { steps: 100, batch: 8, lr: 1e-2 });

const schema = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer", maximum: 9 } },
  required: ["name", "age"],
  additionalProperties: false,
};
const response_format = {
  type: "json_schema",
  json_schema: { name: "person", strict: true, schema },
};

async function answer(request: Request, of = model as Parameters<typeof handlerOf>[1]) {
  const response = await handlerOf({}, of)(request);
  const body = await response.text();
  if (response.status !== 200) expect.fail(body);
  return body;
}

test("chats and completions answer in a schema", async () => {
  const common = { response_format, seed: 3, n: 4 };
  const chat = JSON.parse(
    await answer(
      dialogue({ messages: [{ role: "user", content: "age" }], ...common, max_tokens: 90 }),
    ),
  );
  const texts = chat.choices.map((one: { message: { content: string } }) => one.message.content);
  const plain = JSON.parse(await answer(completion({ prompt: "", ...common, max_tokens: 90 })));
  texts.push(...plain.choices.map((one: { text: string }) => one.text));
  expect(texts).toHaveLength(8);
  for (const text of texts) {
    expect(JSON.parse(text)).toEqual({ name: expect.any(String), age: expect.any(Number) });
    expect(JSON.parse(text).age).toBeLessThan(10);
  }
  for (const one of [...chat.choices, ...plain.choices]) expect(one.finish_reason).toBe("stop");
});

test("json_object, a regular expression and GBNF", async () => {
  const ask = async (fields: object) =>
    JSON.parse(await answer(completion({ prompt: "", seed: 1, max_tokens: 300, ...fields })))
      .choices[0].text;
  expect(typeof JSON.parse(await ask({ response_format: { type: "json_object" } }))).toBe("object");
  expect(await ask({ regex: "[a-e]{3}:\\d" })).toMatch(/^[a-e]{3}:\d$/);
  expect(await ask({ grammar: 'root ::= "{" [a-z]{2} "}"' })).toMatch(/^\{[a-z]{2}\}$/);
  expect(await ask({ response_format: { type: "text" } })).toBe(await ask({}));
});

test("a model in a worker keeps to it, too", async () => {
  const worker = await startWorker(load());
  try {
    const remote = await worker.LanguageModel.load(model.save());
    const body = { prompt: "", regex: "[a-e]{30}", seed: 2, max_tokens: 40 };
    const [far, near] = [await answer(completion(body), remote), await answer(completion(body))];
    expect(JSON.parse(far).choices).toEqual(JSON.parse(near).choices);
  } finally {
    await worker.close();
  }
});

test("max_tokens that end it too early are the finish_reason, in a stream as well", async () => {
  const body = { prompt: "", regex: "[a-e]{30}", max_tokens: 5, seed: 1 };
  const [{ text, finish_reason }] = JSON.parse(await answer(completion(body))).choices;
  expect(finish_reason).toBe("length");
  expect(text).toMatch(/^[a-e]{5}$/);
  const events = await answer(completion({ ...body, stream: true }));
  expect(events).toContain('"finish_reason":"length"');
  expect(events).toMatch(/data: \[DONE\]\n\n$/);
});

test.each([
  [{ response_format: { type: "yaml" } }, "response_format.type", "text, json_object, json_schema"],
  [
    { response_format: { type: "json_schema" } },
    "response_format.json_schema",
    "an object, got nothing",
  ],
  [
    { response_format: { type: "json_schema", json_schema: { schema: { uniqueItems: true } } } },
    "response_format",
    "uniqueItems",
  ],
  [{ regex: "(?=a)" }, "regex", "looking ahead"],
  [{ grammar: "root" }, "grammar", "needs ::="],
  [{ regex: "a", grammar: 'root ::= "a"' }, "regex", "cannot both hold"],
  [{ regex: 3 }, "regex", "a string, got a number"],
])("%j is refused by name", async (fields, param, message) => {
  const error = await errorOf(await handlerOf({}, model)(completion({ prompt: "", ...fields })));
  expect(error).toMatchObject({ status: 400, param });
  expect(error.message).toContain(message);
});
