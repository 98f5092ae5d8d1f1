import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../../src/entries/index.js";
import { names, refused, text } from "../help.js";
import { char, documents } from "./help.js";

describe("score and save", async () => {
  const expected = (await char).score(text);

  test.each([
    [names, {}, "this model learns a text: expected a string, got an array of 18"],
    [undefined, {}, "expected a string, got undefined"],
    ["", {}, "needs at least 2 tokens (one to predict another), got 0"],
    ["t", {}, "needs at least 2 tokens (one to predict another), got 1"],
    ["the Ω", {}, '"Ω" (U+03A9) at line 1, column 5'],
    [text, { resetEvery: 0 }, "resetEvery must be a whole number of at least 1, got 0"],
    [text, { resetEvery: 1.5 }, "resetEvery must be a whole number of at least 1, got 1.5"],
    [text, { resetEvery: "x" }, "resetEvery must be a whole number"],
    [text, { reset: 1 }, "score does not know the option reset; it knows resetEvery"],
    [text, null, "score needs an object of options, got null"],
    [text, 64, "score needs an object of options, got 64"],
  ] as [never, never, string][])("score(%o, %o)", async (data, options, message) => {
    await refused(async () => (await char).score(data, options), InvalidInputError, message);
    expect((await char).score(text)).toEqual(expected);
  });

  test.each([
    ["rose", {}, 'this model learns documents: expected a list of strings, got "rose"'],
    [[], {}, "at least one token, got 0 documents"],
    [["rose", "Σ"], {}, '"Σ" (U+03A3)'],
    [names, { resetEvery: 3 }, "score does not know the option resetEvery"],
  ] as [never, never, string][])("documents: score(%o, %o)", async (data, options, message) => {
    await refused(async () => (await documents).score(data, options), InvalidInputError, message);
    expect((await documents).score(names).tokens).toBe(names.join("").length + names.length);
  });

  test.each([
    [{ trainig: true }, "save does not know the option trainig; did you mean training?"],
    [null, "save needs an object of options, got null"],
    [true, "save needs an object of options, got true"],
    [{ training: "yes" }, 'training must be true or false, got "yes"'],
  ] as [never, string][])("save(%o)", async (options, message) => {
    await refused(async () => (await char).save(options), InvalidInputError, message);
    expect((await char).save().length).toBeGreaterThan(1000);
  });
});
