import { describe, expect, test } from "vitest";
import { InvalidInputError, LanguageModel } from "../../../src/entries/index.js";
import { refused, refusedLater, runtime, text, train } from "../help.js";
import { char, create, type Row, range, sizes, small } from "./help.js";

describe("generate", async () => {
  const expected = (await char).generate({ maxTokens: 20 });
  const rows: Row[] = [
    ...sizes("maxTokens", 1e9),
    ...sizes("samples", 65536),
    ...sizes("seed", 1e16, 0),
    ...sizes("topK", 1e9),
    ...sizes("beams", 4096, 0),
    ...range("temperature", -1, 1e7),
    ...range("topP", 0, -0.1, 1.1),
    ...range("minP", -0.1, 1.1),
    ...range("typicalP", 0, 1.1),
    ...range("repetitionPenalty", 0, -1, 1e7),
    ...range("frequencyPenalty", 1e7, -1e7),
    ...range("presencePenalty", 1e7, -1e7),
    ...range("lengthPenalty", 101, -101),
    [{ greedy: "yes" }, 'greedy must be true or false, got "yes"'],
    [{ greedy: 1 }, "greedy must be true or false, got 1"],
    [{ prompt: 5 }, "prompt must be a string, got 5"],
    [{ prompt: ["a"] }, "prompt must be a string, got an array of 1"],
    [{ prompt: "Zoo" }, '"Z" (U+005A) at line 1, column 1', "the vocabulary"],
    [{ prompt: "a\ud800" }, "half a character"],
    [{ mask: "digits" }, 'mask must be a function, got "digits"'],
    [{ mask: {} }, "mask must be a function, got a value of type object"],
    [{ banned: "bad" }, 'banned must be a list of strings, got "bad"'],
    [{ banned: ["ok", ""] }, 'banned must hold strings that are not empty, got ""'],
    [{ banned: [5] }, "every string of banned must be a string, got 5"],
    [{ banned: ["\ud800"] }, "every string of banned has half a character"],
    [{ stop: 5 }, "stop must be a list of strings, got 5"],
    [{ stop: "" }, 'stop must hold strings that are not empty, got ""'],
    [{ stop: ["a", null] }, "every string of stop must be a string, got null"],
    [{ logitBias: 5 }, "logitBias must be an object or a list of [id, bias] pairs, got 5"],
    [{ logitBias: { the: 1 } }, 'logitBias: "the" is 3 tokens; give single tokens, or [id, bias]'],
    [{ logitBias: { Z: 1 } }, '"Z" (U+005A)'],
    [{ logitBias: { a: "x" } }, "logitBias must be a number", 'got "x"'],
    [{ logitBias: { a: Infinity } }, "logitBias must be a number", "got Infinity"],
    [{ logitBias: [[99, 1]] }, "logitBias token must be a whole number", "at most 13, got 99"],
    [{ logitBias: [5] }, "logitBias must hold [id, bias] pairs, got 5"],
    [{ logitBias: [[1, 2, 3]] }, "logitBias must hold [id, bias] pairs, got an array of 3"],
    [{ logprobs: -1 }, "logprobs must be a whole number of at least 0"],
    [{ logprobs: 99 }, "logprobs must be a whole number", "at most 14, got 99"],
    [{ logprobs: "all" }, "logprobs must be a whole number", 'got "all"'],
    [{ signal: {} }, "signal must be an AbortSignal"],
    [{ beams: 2, samples: 3 }, "samples must be at most beams (2), got 3"],
    [{ temprature: 1 }, "generate does not know the option temprature; did you mean temperature?"],
    [
      { max_tokens: 5, top_k: 3 },
      "the options max_tokens, top_k; did you mean maxTokens and topK?",
    ],
  ];

  test.each(rows)("%o", async (options, ...parts) => {
    await refused(async () => (await char).generate(options), InvalidInputError, ...parts);
    await refusedLater((await char).stream(options).next(), InvalidInputError, ...parts);
    expect((await char).generate({ maxTokens: 20 })).toEqual(expected);
  });

  test.each(["the cat", null, 5])("options that are none: %o", async (options) => {
    const call = async () => (await char).generate(options as never);
    await refused(call, InvalidInputError, "generate needs an object of options, got ");
  });

  test("seeds whose samples have none", async () => {
    const call = async () => (await char).generate({ seed: Number.MAX_SAFE_INTEGER, samples: 2 });
    await refused(call, InvalidInputError, "seed must be a whole number", "got 9007199254740992");
  });

  test("before training", async () => {
    const model = await create();
    const message = "the model has not been trained: call fit first, or load a trained file";
    await refused(() => model.generate(), InvalidInputError, message);
    await refusedLater(model.stream().next(), InvalidInputError, message);
    const loaded = await LanguageModel.load(model.save(), { runtime });
    await refused(() => loaded.generate(), InvalidInputError, message);
    expect(model.score(text).nats).toBeGreaterThan(2);
    await train(model, text, small, 1);
    expect(model.generate({ maxTokens: 3 }).text).toHaveLength(3);
  });
});
