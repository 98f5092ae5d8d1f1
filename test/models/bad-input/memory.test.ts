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
  ])("%o does not fit, and that is known at once", async (options) => {
    const begun = performance.now();
    const sizes = /out of memory: \d{4,} MiB more were asked for .* can have 4096 MiB/;
    await refused(() => create(options), OutOfMemoryError, sizes);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test("a file that claims to be large is not believed", async () => {
    const begun = performance.now();
    const file = described({ network: { ...sizesOf(await char), hidden: 14000 } });
    await refused(
      () => LanguageModel.load(file, { runtime }),
      ModelFileError,
      "the model needs [56000, 6]",
    );
    const deep = described({ network: { ...sizesOf(await char), layers: 1000 } });
    await refused(
      () => LanguageModel.load(deep, { runtime }),
      ModelFileError,
      "lstm.weight_hh_l3 and 3986 more",
    );
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test("a batch that is too large: refused, the model as it was", async () => {
    const model = await create();
    const before = model.fingerprint();
    const work = train(model, text, { steps: 1, batch: 1e6, seqLen: 1000 });
    await refusedLater(work, InvalidInputError, "batch * seqLen", "at most");
    const large = train(model, text, { steps: 1, batch: 1e5, seqLen: 400 });
    const needs =
      /MiB more were asked for on top of \d+ bytes .* activations of 100000 rows of 400 tokens/;
    await refusedLater(large, OutOfMemoryError, needs, "batch", "the rows or the model smaller");
    expect(model.fingerprint()).toBe(before);
    await train(model, text, small);
    const straight = await create();
    await train(straight, text, small);
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });
});
