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
import type { HuggingFaceJSON } from "./foreign/json.js";
import { kinds, makeTokenizer, type TokenizerOptions } from "./make.js";
import type { Tokenizer, TokenizerKind } from "./tokenizer.js";

/**
 * Builds the vocabulary of one text or several.
 * @throws InvalidInputError
 */
export function createTokenizer(
  kind: TokenizerKind,
  corpus: string | readonly string[],
  options: TokenizerOptions = {},
): Tokenizer {
  return atOnce(makeTokenizer(kind, corpus, options, learnBpe));
}

/** The same for models: what learns byte pairs is imported when they are asked for. */
export async function newTokenizer(
  kind: TokenizerKind,
  corpus: string | readonly string[],
  options: TokenizerOptions,
): Promise<Tokenizer> {
  if (kind !== "bpe") return atOnce(makeTokenizer(kind, corpus, options));
  const { learnTokenizer } = await import("./learn.js");
  return learnTokenizer(kind, corpus, options);
}

/** What reads tokenizers of Hugging Face, once there has been one. */
let foreign: typeof import("./foreign/tokenizer.js") | undefined;

/**
 * The tokenizer that a model file describes, of whatever kind: what those of Hugging Face need is imported when one is
 * read.
 * @throws ModelFileError for anything unexpected
 */
export async function readTokenizer(json: unknown): Promise<Tokenizer> {
  if ((json as Partial<HuggingFaceJSON> | null)?.kind === "hugging-face") {
    foreign ??= await import("./foreign/tokenizer.js");
  }
  return tokenizerFromJSON(json);
}

/**
 * The tokenizer that a model file describes; one of Hugging Face only after `readTokenizer` or a model has read one.
 * @throws ModelFileError for anything unexpected
 */
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
  switch (checkChoice("kind", kind, [...kinds, "hugging-face"])) {
    case "char":
      checkKeys("kind char", json, ["kind", "characters", "specials"]);
      return new CharTokenizer(characters, specials);
    case "byte":
      checkKeys("kind byte", json, ["kind", "specials"]);
      return new ByteTokenizer(specials);
    case "bpe":
      checkKeys("kind bpe", json, ["kind", "merges", "specials"]);
      return new BpeTokenizer(merges, specials);
    case "hugging-face":
      if (foreign) return new foreign.HuggingFaceTokenizer(rest as unknown as HuggingFaceJSON);
      throw new InvalidInputError(
        "it is one of Hugging Face, which is read by: await readTokenizer(json)",
      );
  }
}
