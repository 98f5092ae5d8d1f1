import { beforeEach, describe, expect, test } from "vitest";
import { InvalidInputError, type LanguageModel } from "../../../src/entries/index.js";
import { names, refusedLater, text, train } from "../help.js";
import { choice, create, type Row, range, sizes, small } from "./help.js";

describe("fit", () => {
  let model: LanguageModel;
  let before: Uint8Array;
  beforeEach(async () => {
    model = await create();
    before = model.save({ training: true });
  });

  async function unchanged(): Promise<void> {
    expect(Buffer.compare(model.save({ training: true }), before)).toBe(0);
    expect(model.run).toBeUndefined();
    expect(await train(model, text, { ...small, steps: 1 })).toHaveLength(1);
  }

  test.each([
    ...sizes("steps", 1e9),
    ...sizes("batch", 1e6),
    ...sizes("seqLen", 1e6),
    ...sizes("maxLength", 1e6),
    ...sizes("accumulate", 65536),
    ...sizes("evalEvery", 1e16),
    ...sizes("patience", 1e16, 0),
    ...sizes("warmup", 1e16, 0),
    ...sizes("lrEvery", 1e16),
    ...sizes("lrPatience", 1e16),
    ...range("lr", 0, -1, 1e7),
    ...range("momentum", -0.1, 1.1),
    ...range("weightDecay", -1, 1e7),
    ...range("clip", -1),
    ...range("ema", -0.1, 1),
    ...range("val", -0.1, 0.95),
    ...range("lrMin", -0.1, 1.1),
    ...range("lrFactor", 0, 1.5),
    ...choice("optimizer", "adamw, adam, sgd"),
    ...choice("schedule", "constant, linear, cosine, step, plateau"),
    ...choice("batching", "windows, streams"),
    [{ betas: 0.9 }, "betas must be two numbers, got 0.9"],
    [{ betas: [0.9] }, "betas must be two numbers, got an array of 1"],
    [{ betas: [0.9, 1] }, "betas must be a number of at least 0 and at most 0.999999, got 1"],
    [{ betas: [Number.NaN, 0.9] }, "betas must be a number", "got NaN"],
    [{ signal: "stop" }, 'signal must be an AbortSignal, got "stop"'],
    [
      { signal: new AbortController() },
      "signal must be an AbortSignal, got a value of type AbortController",
    ],
    [{ signal: null }, "signal must be an AbortSignal, got null"],
    [{ resume: "no" }, 'resume must be true or false, got "no"'],
    [{ resume: 0 }, "resume must be true or false, got 0"],
    [{ step: 5 }, "fit does not know the option step; did you mean steps?"],
    [
      { learningRate: 1, batch_size: 2 },
      "fit does not know the options learningRate, batch_size; did you mean lr and batch?",
    ],
    [{ abcdefghi: 1 }, "it knows batch, ", /and \d+ more$/],
    [{ epochs: 2 }, "give steps or epochs, not both"],
    [{ epochs: 0, steps: undefined }, "epochs must be a number above 0"],
  ] as Row[])("%o", async (options, ...parts) => {
    const work = train(model, text, { ...small, ...options } as never);
    await refusedLater(work, InvalidInputError, ...parts);
    await unchanged();
  });

  test.each([null, "fast", 3, []])("options that are none: %o", async (options) => {
    const work = train(model, text, options as never);
    await refusedLater(work, InvalidInputError, "fit needs an object of options, got ");
    await unchanged();
  });

  test.each([
    [names, "this model learns a text: expected a string, got an array of 18"],
    [undefined, "this model learns a text: expected a string, got undefined"],
    [5, "this model learns a text: expected a string, got 5"],
    [new Uint8Array(9), "this model learns a text: expected a string"],
    ["", "needs at least 2 tokens (seqLen + 1), got 0"],
    ["t", "needs at least 2 tokens (seqLen + 1), got 1"],
    ["the cat sat on the mat.\nthe 猫 sat", '"猫" (U+732B)', "line 2, column 5", "remove it"],
    [`${text}\udc00`, "half a character", "line 21, column 1"],
  ] as [unknown, ...string[]][])("data %o", async (data, ...parts) => {
    await refusedLater(train(model, data as never, small), InvalidInputError, ...parts);
    await unchanged();
  });

  test("data too short for streams or for validation", async () => {
    const streams = train(model, text.slice(0, 1), { ...small, batching: "streams" });
    await refusedLater(streams, InvalidInputError, "at least 2 tokens (batch * seqLen + 1), got 1");
    const part = train(model, text, { ...small, val: 1e-4 });
    const cut = `a validation fraction of 0.0001 cuts ${text.length} tokens into ${text.length} and 0`;
    await refusedLater(part, InvalidInputError, cut, "use more data or another fraction");
    const left = train(model, text.slice(0, 2), { ...small, val: 0.5 });
    await refusedLater(left, InvalidInputError, "at least 2 tokens each", "into 1 and 1");
    await unchanged();
  });

  test.each([
    [{ patience: 2 }, "patience goes by the validation loss"],
    [{ schedule: "plateau" }, 'schedule "plateau" goes by the validation loss'],
  ] as const)("%o without validation", async (options, message) => {
    const work = train(model, text, { ...small, ...options });
    await refusedLater(work, InvalidInputError, message, "set val");
    await unchanged();
  });

  test("documents: the same care", async () => {
    const own = await create({ corpus: names });
    const work = (data: unknown, options = {}) =>
      train(own, data as never, { ...small, ...options });
    const list = "this model learns documents: expected a list of strings, got ";
    await refusedLater(work("rose"), InvalidInputError, `${list}"rose"`);
    await refusedLater(work({}), InvalidInputError, list);
    await refusedLater(work([]), InvalidInputError, "at least one token, got 0 documents");
    await refusedLater(work(["", ""]), InvalidInputError, "got 2 documents, all empty");
    await refusedLater(
      work(["rose", 5]),
      InvalidInputError,
      "must be a string or { text, labels }, got 5",
    );
    await refusedLater(work(["rose", "WOLF"]), InvalidInputError, '"W" (U+0057)');
    await refusedLater(
      work(names, { val: 0.01 }),
      InvalidInputError,
      "0.01 cuts 18 different documents",
    );
    expect(own.record.steps).toBe(0);
    await work(names);
    expect(own.record.steps).toBe(6);
  });

  test("refused options do not disturb a run half done, nor the record", async () => {
    const straight = await create();
    await train(straight, text, small);
    await train(model, text, small, 3);
    const half = model.save({ training: true });
    for (const options of [{ schedule: "x" }, { lr: -1 }, { val: 2 }, { warmup: -1 }, { ema: 1 }]) {
      await refusedLater(train(model, text, { ...small, ...options } as never), InvalidInputError);
      const resume = { ...small, ...options, resume: false } as never;
      await refusedLater(train(model, text, resume), InvalidInputError);
    }
    expect(Buffer.compare(model.save({ training: true }), half)).toBe(0);
    await train(model, text, small);
    expect(model.fingerprint()).toBe(straight.fingerprint());
    await refusedLater(train(model, text, { ...small, schedule: "x" } as never), InvalidInputError);
    expect(model.record).toEqual(straight.record);
  });
});
