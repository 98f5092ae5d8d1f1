// A tokenizer from a corpus, or from its JSON.

import {
  checkChoice,
  checkKeys,
  describe,
  InvalidInputError,
  ModelFileError,
} from "../host/errors.js";
import { BpeTokenizer } from "./bpe.js";
import { ByteTokenizer } from "./byte.js";
import { CharTokenizer } from "./char.js";
import type { Tokenizer } from "./tokenizer.js";
import { checkText } from "./utf8.js";

const kinds = ["char", "byte", "bpe"] as const;
const DEFAULT_VOCAB = 1024;

/**
 * Builds the vocabulary of one text or several.
 * @param options.vocab for "bpe": tokens to aim for, specials not counted; 257 … 65536, default 1024
 * @param options.specials names of tokens that no text contains, such as "<end>"
 * @throws InvalidInputError
 */
export function createTokenizer(
  kind: Tokenizer["kind"],
  corpus: string | readonly string[],
  options: { readonly vocab?: number; readonly specials?: readonly string[] } = {},
): Tokenizer {
  checkChoice("tokenizer", kind, kinds);
  checkKeys("a tokenizer", options, ["vocab", "specials"]);
  const { vocab, specials = [] } = options;
  if (vocab !== undefined && kind !== "bpe") {
    throw new InvalidInputError(`vocab is for the tokenizer "bpe" only, got it for "${kind}"`);
  }
  const texts = Array.isArray(corpus)
    ? corpus.map((text, i) => checkText(`corpus[${i}]`, text))
    : [checkText("corpus", corpus)];
  if (kind === "char") return CharTokenizer.fromTexts(texts, specials);
  if (kind === "byte") return new ByteTokenizer(specials);
  return BpeTokenizer.fromTexts(texts, vocab ?? DEFAULT_VOCAB, specials);
}

/** The tokenizer that a model file describes. @throws ModelFileError for anything unexpected */
export function tokenizerFromJSON(json: unknown): Tokenizer {
  try {
    return build(json);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new ModelFileError(`the tokenizer in the model file is damaged: ${error.message}`);
  }
}

function build(json: unknown): Tokenizer {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InvalidInputError(`it must be an object, got ${describe(json)}`);
  }
  const { kind, characters, merges, specials } = json as Record<string, unknown>;
  switch (checkChoice("kind", kind, kinds)) {
    case "char":
      checkKeys("kind char", json, ["kind", "characters", "specials"]);
      return new CharTokenizer(characters, specials);
    case "byte":
      checkKeys("kind byte", json, ["kind", "specials"]);
      return new ByteTokenizer(specials);
    case "bpe":
      checkKeys("kind bpe", json, ["kind", "merges", "specials"]);
      return new BpeTokenizer(merges, specials);
  }
}
