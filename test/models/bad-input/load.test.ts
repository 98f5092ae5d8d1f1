import { describe, expect, test } from "vitest";
import {
  InvalidInputError,
  LanguageModel,
  load,
  ModelFileError,
  OutOfMemoryError,
  type Runtime,
  SimdreamError,
} from "../../../src/entries/index.js";
import { refused, refusedLater, text } from "../help.js";

describe("load", () => {
  const foreign = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

  test.each([
    [
      "text",
      new TextEncoder().encode("no module"),
      "does not compile here",
      "compiled WebAssembly.Module",
    ],
    ["nothing", new Uint8Array(), "does not compile here"],
    ["no bytes at all", 5, "load() takes", "got 5", "LanguageModel.load"],
    ["a foreign module's bytes", foreign, "is not simdream's", "it exports no heap_base"],
    ["a foreign module", new WebAssembly.Module(foreign), "is not simdream's"],
    ["a promise of one", Promise.resolve(foreign), "is not simdream's"],
  ] as [string, unknown, ...string[]][])("%s", async (_, source, ...parts) => {
    await refusedLater(load(source as never), InvalidInputError, ...parts);
  });

  test("a promise that fails gives its own reason", async () => {
    await expect(load(Promise.reject(new Error("404")))).rejects.toThrow("404");
  });

  test("every error of ours is one of ours", () => {
    for (const kind of [InvalidInputError, ModelFileError, OutOfMemoryError]) {
      expect(new kind("why")).toBeInstanceOf(SimdreamError);
      expect(new kind("why")).toBeInstanceOf(Error);
    }
  });

  test("a runtime that is none", async () => {
    for (const on of [null, {}, 5, Promise.resolve("text")]) {
      const call = () => LanguageModel.create({ runtime: on as unknown as Runtime, corpus: text });
      await refused(call, InvalidInputError, "runtime must be what load() gives, got ");
    }
  });
});
