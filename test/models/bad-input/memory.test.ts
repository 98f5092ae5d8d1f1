import { describe, expect, test } from "vitest";
import {
  InvalidInputError,
  LanguageModel,
  ModelFileError,
  OutOfMemoryError,
} from "../../../src/entries/index.js";
import { refused, refusedLater, runtime, text, train } from "../help.js";
import { char, create, described, sizesOf, small } from "./help.js";

describe("memory", () => {
  test.each([
    { hidden: 100000 },
    { hidden: 14000 },
    { hidden: 1e6, layers: 1000 },
    { hidden: 3000, layers: 100 },
    { embed: 1e6, hidden: 2000 },
  ])("%o does not fit, and that is known at once", (options) => {
    const begun = performance.now();
    const sizes = /out of memory: \d{4,} MiB more were asked for .* can have 4096 MiB/;
    refused(() => create(options), OutOfMemoryError, sizes);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test("a file that claims to be large is not believed", () => {
    const begun = performance.now();
    const file = described({ network: { ...sizesOf(char), hidden: 14000 } });
    refused(() => LanguageModel.load(runtime, file), ModelFileError, "the model needs [56000, 6]");
    const deep = described({ network: { ...sizesOf(char), layers: 1000 } });
    refused(() => LanguageModel.load(runtime, deep), ModelFileError, "lstm.weight_ih_l999");
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test("a batch that is too large: refused, the model as it was", async () => {
    const model = create();
    const before = model.fingerprint();
    const work = train(model, text, { steps: 1, batch: 1e6, seqLen: 1000 });
    await refusedLater(work, InvalidInputError, "batch * seqLen", "at most");
    const large = train(model, text, { steps: 1, batch: 1e5, seqLen: 400 });
    await refusedLater(large, OutOfMemoryError, /MiB more were asked for on top of \d+ MiB/);
    expect(model.fingerprint()).toBe(before);
    await train(model, text, small);
    const straight = create();
    await train(straight, text, small);
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });
});
