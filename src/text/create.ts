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
import { type CleanOptions, checkClean, cleaner } from "./clean.js";
import { CleanTokenizer } from "./clean-tokenizer.js";
import type { Tokenizer } from "./tokenizer.js";
import { checkText } from "./utf8.js";

const kinds = ["char", "byte", "bpe"] as const;
const DEFAULT_VOCAB = 1024;

/**
 * Builds the vocabulary of one text or several.
 * @param options.vocab for "bpe": tokens to aim for, specials not counted; 257 … 65536, default 1024
 * @param options.specials names of tokens that no text contains, such as "<end>"
 * @param options.clean the form that texts are brought into before they are read; default: they stay as they are
 * @throws InvalidInputError
 */
export function createTokenizer(
  kind: Tokenizer["kind"],
  corpus: string | readonly string[],
  options: {
    readonly vocab?: number;
    readonly specials?: readonly string[];
    readonly clean?: CleanOptions;
  } = {},
): Tokenizer {
  checkChoice("tokenizer", kind, kinds);
  checkKeys("a tokenizer", options, ["vocab", "specials", "clean"]);
  const { clean, vocab, specials = [] } = options;
  if (vocab !== undefined && kind !== "bpe") {
    throw new InvalidInputError(`vocab is for the tokenizer "bpe" only, got it for "${kind}"`);
  }
  const texts = Array.isArray(corpus)
    ? corpus.map((text, i) => checkText(`corpus[${i}]`, text))
    : [checkText("corpus", corpus)];
  if (clean) {
    const cleaned = texts.map(cleaner(checkClean(clean)));
    return new CleanTokenizer(createTokenizer(kind, cleaned, { vocab, specials }), clean);
  }
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
  const { clean, ...rest } = json as Record<string, unknown>;
  if (clean !== undefined) return new CleanTokenizer(build(rest), clean as CleanOptions);
  const { kind, characters, merges, specials } = rest;
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
