// A grammar goes with a request to a worker, and is made again there.

import { expect, test } from "vitest";
import { jsonSchema, regex } from "../../src/entries/grammar.js";
import { GrammarError, LanguageModel } from "../../src/entries/node.js";
import { text } from "../models/help.js";
import { begin, shape } from "./help.js";

test("the same bits, and the same errors", async () => {
  const local = await LanguageModel.create({ corpus: `${text}"{}[]:,0123456789`, ...shape });
  await local.fit(text, { steps: 10, batch: 4, seqLen: 16 });
  const remote = await (await begin()).LanguageModel.load(local.save());
  const list = { type: "array", items: { enum: ["cat", "hat"] }, minItems: 2, maxItems: 3 };
  for (const grammar of [regex("(the |a )(cat|hen|rat)", ""), jsonSchema(list)]) {
    const options = { grammar, samples: 3, seed: 4 };
    expect(await remote.generate(options)).toEqual(local.generate(options));
    let streamed = "";
    for await (const piece of remote.stream({ grammar, seed: 4 })) streamed += piece.text;
    expect(streamed).toBe(local.generate(options).text);
  }
  const error = await remote
    .generate({ grammar: regex("a{30}"), maxTokens: 9 })
    .catch((one) => one);
  expect(error).toBeInstanceOf(GrammarError);
  expect(error.message).toContain("maxTokens (9) ended the text");
});
