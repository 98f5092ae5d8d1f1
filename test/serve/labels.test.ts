// Labels in requests: an extension of OpenAI's formats.

import { describe, expect, it } from "vitest";
import { LanguageModel } from "../../src/entries/index.js";
import { labelled, runtime, tiny, train } from "../models/help.js";
import { create as createPairs, few, pairs } from "../models/pairs-help.js";
import { answerTo, completion, dialogue, errorOf, handlerOf, model } from "./help.js";

const poet = await LanguageModel.create({
  runtime,
  ...tiny,
  corpus: [...labelled, { text: "\n", labels: { kind: "flower" } }],
});
await train(poet, labelled, { steps: 60, batch: 6, lr: 1e-2 });
const handler = handlerOf({ maxPromptChars: 20 }, poet);

describe("labels", () => {
  it("mean what they mean to generate, and null means none", async () => {
    const body = { prompt: "m", max_tokens: 12, seed: 5, n: 2 };
    const options = { prompt: "m", maxTokens: 12, seed: 5, samples: 2 };
    for (const labels of [{ title: "m-mint", kind: "leaf" }, { kind: "flower" }, {}, null]) {
      const { choices } = await answerTo(handler, { ...body, labels });
      const { samples } = poet.generate({ ...options, labels: labels ?? undefined });
      expect(choices.map(({ text }) => text)).toEqual(samples.map(({ text }) => text));
    }
  });

  it("are taken in a dialogue as well", async () => {
    const messages = [{ role: "user", content: "rose" }];
    const response = await handler(dialogue({ messages, seed: 1, labels: { kind: "leaf" } }));
    expect(response.status).toBe(200);
    const refused = await handler(dialogue({ messages, labels: { kind: "tree" } }));
    expect(await errorOf(refused)).toMatchObject({ param: "labels.kind" });
  });

  it.each([
    [{ kind: "tree" }, "labels.kind", 'does not know "tree"; it knows flower, leaf'],
    [{ kind: "leav" }, "labels.kind", 'did you mean "leaf"?'],
    [{ kind: "" }, "labels.kind", "labels.kind is empty"],
    [{ autor: "x" }, "labels", 'does not know the label "autor"; it knows title, kind'],
    [{ kind: 5 }, "labels.kind", "labels.kind must be a string, got a number"],
    [{ title: "春" }, "labels.title", "春"],
    [{ title: "m".repeat(21) }, "labels.title", "at most 20 characters"],
    ["leaf", "labels", "labels must be an object, got a string"],
  ])("that cannot be used are refused: %j", async (labels, param, message) => {
    const response = await handler(completion({ prompt: "m", labels }));
    expect(response.status).toBe(400);
    const error = await errorOf(response);
    expect(error.param).toBe(param);
    expect(error.message).toContain(message);
  });

  it("are read as the model reads them, in the form of its texts", async () => {
    const clean = { lowercase: true } as const;
    const cleaned = await LanguageModel.create({ runtime, ...tiny, corpus: labelled, clean });
    await cleaned.fit(labelled, { steps: 1 });
    for (const stream of [false, true]) {
      const served = handlerOf({}, cleaned);
      const asked = { prompt: "m", labels: { kind: "LEAF" }, stream };
      expect((await served(completion(asked))).status).toBe(200);
      const refused = await served(completion({ ...asked, labels: { kind: "TREE" } }));
      expect(refused.status).toBe(400);
      expect(await errorOf(refused)).toMatchObject({ param: "labels.kind" });
    }
  });

  it("of models that know none are refused", async () => {
    const asked = { prompt: "the", labels: { kind: "leaf" } };
    const answerer = await createPairs({ corpus: pairs });
    await answerer.fit(pairs, { ...few, steps: 1 });
    for (const served of [model, answerer]) {
      const error = await errorOf(await handlerOf({}, served)(completion(asked)));
      expect(error.message).toContain("this model knows no labels");
    }
  });
});
