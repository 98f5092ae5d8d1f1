// A tokenizer from a corpus, or from its JSON.

import {
  checkChoice,
  checkKeys,
  describe,
  InvalidInputError,
  ModelFileError,
} from "../host/errors.js";
import { atOnce } from "../host/pieces.js";
import { BpeTokenizer } from "./bpe.js";
import { learnBpe } from "./bpe-learning.js";
import { ByteTokenizer } from "./byte.js";
import { CharTokenizer } from "./char.js";
import type { CleanOptions } from "./clean.js";
import { CleanTokenizer } from "./clean-tokenizer.js";
import { kinds, makeTokenizer, type TokenizerOptions } from "./make.js";
import type { Tokenizer } from "./tokenizer.js";

/**
 * Builds the vocabulary of one text or several.
 * @throws InvalidInputError
 */
export function createTokenizer(
  kind: Tokenizer["kind"],
  corpus: string | readonly string[],
  options: TokenizerOptions = {},
): Tokenizer {
  return atOnce(makeTokenizer(kind, corpus, options, learnBpe));
}

/** The same for models: what learns byte pairs is imported when they are asked for. */
export async function newTokenizer(
  kind: Tokenizer["kind"],
  corpus: string | readonly string[],
  options: TokenizerOptions,
): Promise<Tokenizer> {
  if (kind !== "bpe") return atOnce(makeTokenizer(kind, corpus, options));
  const { learnTokenizer } = await import("./learn.js");
  return learnTokenizer(kind, corpus, options);
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
