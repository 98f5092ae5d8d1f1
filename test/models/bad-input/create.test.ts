import { describe, expect, test } from "vitest";
import { createTokenizer, InvalidInputError, LanguageModel } from "../../../src/entries/index.js";
import { names, refused, text, train } from "../help.js";
import { create, type Row, range, sizes, small } from "./help.js";

describe("create", () => {
  test.each([
    ...sizes("embed", 1e6),
    ...sizes("hidden", 1e6),
    ...sizes("layers", 1000),
    ...sizes("seed", 1e16, 0),
    ...range("dropout", -0.1, 1, 1e9),
  ] as Row[])("%o", async (options, ...parts) => {
    await refused(() => create(options), InvalidInputError, ...parts);
  });

  const noCorpus = "needs a corpus to make its vocabulary from";
  const empty = "the corpus is empty; expected text";
  const noTokenizer = 'tokenizer must be "char", "byte", "bpe" or a tokenizer made before';
  test.each([
    [{ corpus: undefined }, "the char tokenizer", noCorpus],
    [{ corpus: undefined, tokenizer: "bpe" }, "the bpe tokenizer", noCorpus],
    [{ corpus: "" }, empty],
    [{ corpus: [] }, empty],
    [{ corpus: ["", ""] }, empty],
    [{ corpus: 5 }, "corpus must be a string or a list of strings, got 5"],
    [{ corpus: null }, "corpus must be a string or a list of strings, got null"],
    [{ corpus: {} }, "corpus must be a string or a list of strings, got a value of type object"],
    [{ corpus: new Uint8Array(3) }, "corpus must be a string or a list of strings"],
    [{ corpus: ["a", 3] }, "corpus[1] must be a string, got 3"],
    [{ corpus: "ab\ud83d" }, "half a character", "U+D83D", "line 1, column 3"],
    [{ tokenizer: "word" }, 'tokenizer must be one of char, byte, bpe, got "word"'],
    [{ tokenizer: 5 }, "tokenizer must be one of char, byte, bpe, got 5"],
    [{ tokenizer: null }, noTokenizer],
    [{ tokenizer: {} }, noTokenizer],
    [{ vocab: 300 }, 'vocab is for the tokenizer "bpe" only, got it for "char"'],
    [{ tokenizer: "bpe", vocab: 10 }, "vocab must be a whole number of at least 257", "got 10"],
    [{ tokenizer: "bpe", vocab: 1e9 }, "vocab must be", "got 1000000000"],
    [
      { corpus: names, tokenizer: createTokenizer("char", text) },
      "special tokens <start> and <end>",
      'specials: ["<start>", "<end>"]',
    ],
    [{ hiden: 4 }, "LanguageModel.create does not know the option hiden; did you mean hidden?"],
    [
      { Hidden: 4, layer: 2 },
      "does not know the options Hidden, layer; did you mean hidden and layers?",
    ],
  ] as Row[])("%o", async (options, ...parts) => {
    await refused(() => create(options), InvalidInputError, ...parts);
  });

  test.each([undefined, null, "hello", 5, ["a"]])("no options: %o", async (options) => {
    const call = () => LanguageModel.create(options as never);
    await refused(call, InvalidInputError, "LanguageModel.create needs an object of options, got ");
  });

  test("documents with a tokenizer that has the markers", async () => {
    const tokenizer = createTokenizer("char", names, { specials: ["<end>", "more", "<start>"] });
    const model = await create({ corpus: names, tokenizer });
    await train(model, names, small);
    expect(model.generate({ maxTokens: 30 }).samples[0].tokens.length).toBeGreaterThan(0);
  });
});
