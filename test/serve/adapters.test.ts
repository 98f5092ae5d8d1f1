// A request's `model` chooses among a model and its adapters.

import { expect, it } from "vitest";
import { LanguageModel } from "../../src/entries/index.js";
import { runtime, text, tiny, train } from "../models/help.js";
import { completion, handlerOf } from "./help.js";

it("serves a model with its adapters, each under its own name", async () => {
  const model = await LanguageModel.create({ runtime, corpus: text, ...tiny });
  const options = { steps: 20, batch: 4, seqLen: 16, lr: 2e-2 };
  await train(model, text, options);
  const handler = handlerOf({}, model);
  const bare = await (await handler(completion({ prompt: "t", seed: 1 }))).json();
  for (const name of ["a", "b"]) {
    const lora = { name, targets: "all" as const, rank: name === "a" ? 2 : 4 };
    await train(model, text.slice(0, 300), { ...options, lora });
  }
  const ids = await (await handler(new Request("http://test/v1/models"))).json();
  expect(ids.data.map(({ id }: { id: string }) => id)).toEqual(["tiny", "a", "b"]);
  expect((await handler(new Request("http://test/v1/models/b"))).status).toBe(200);
  const said = await Promise.all(
    ["tiny", "a", "b"].map(async (id) => {
      const answer = await (
        await handler(completion({ prompt: "t", seed: 1, max_tokens: 16, model: id }))
      ).json();
      expect(answer.model).toBe(id);
      const adapter = id === "tiny" ? null : id;
      const own = model.generate({ prompt: "t", seed: 1, maxTokens: 16, adapter });
      expect(answer.choices[0].text).toBe(own.text);
      return own.text;
    }),
  );
  expect(bare.choices[0].text.startsWith(said[0])).toBe(true);
  expect((await handler(completion({ prompt: "t", model: "c" }))).status).toBe(404);
});
