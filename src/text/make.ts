// A new tokenizer of whatever kind, in small pieces of work.

import { checkChoice, checkKeys, InvalidInputError } from "../host/errors.js";
import type { LearningProgress, learnBpe } from "./bpe-learning.js";
import { ByteTokenizer } from "./byte.js";
import { CharTokenizer } from "./char.js";
import { type CleanOptions, checkClean, cleaner } from "./clean.js";
import { CleanTokenizer } from "./clean-tokenizer.js";
import type { Tokenizer, TokenizerKind } from "./tokenizer.js";
import { checkText } from "./utf8.js";

export const kinds = ["char", "byte", "bpe"] as const;
const orders = ["sorted", "given"] as const;
const DEFAULT_VOCAB = 1024;

/** Options of a new tokenizer. */
export interface TokenizerOptions {
  /**
   * For "char": ids by code point (`sorted`), or in the order in which characters first appear (`given`), as the
   * vocabulary of another program has them. Default `sorted`.
   */
  readonly order?: (typeof orders)[number];
  /** For "bpe": tokens to aim for, specials not counted; 257 … 262144. Default 1024. */
  readonly vocab?: number;
  /** Names of tokens that no text contains, such as "<end>". Default none. */
  readonly specials?: readonly string[];
  /** The form that texts are brought into before they are read. Default: they stay as they are. */
  readonly clean?: CleanOptions;
}

/**
 * Builds the vocabulary of one text or several; yields what has been learned.
 * @param learn for "bpe"; a parameter, because what learns may be imported late
 * @throws InvalidInputError
 */
export function* makeTokenizer(
  kind: TokenizerKind,
  corpus: string | readonly string[],
  options: TokenizerOptions,
  learn?: typeof learnBpe,
): Generator<LearningProgress, Tokenizer, void> {
  checkChoice("tokenizer", kind, kinds);
  checkKeys("a tokenizer", options, ["order", "vocab", "specials", "clean"]);
  const { clean, vocab, order, specials = [] } = options;
  if (vocab !== undefined && kind !== "bpe") {
    throw new InvalidInputError(`vocab is for the tokenizer "bpe" only, got it for "${kind}"`);
  }
  if (order !== undefined) {
    checkChoice("order", order, orders);
    if (kind !== "char") {
      throw new InvalidInputError(`order is for the tokenizer "char" only, got it for "${kind}"`);
    }
  }
  const texts = Array.isArray(corpus)
    ? corpus.map((text, i) => checkText(`corpus[${i}]`, text))
    : [checkText("corpus", corpus)];
  if (clean) {
    const cleaned = texts.map(cleaner(checkClean(clean)));
    return new CleanTokenizer(
      yield* makeTokenizer(kind, cleaned, { order, vocab, specials }, learn),
      clean,
    );
  }
  if (kind === "char") return CharTokenizer.fromTexts(texts, specials, order);
  if (kind === "byte") return new ByteTokenizer(specials);
  return yield* learn!(texts, vocab ?? DEFAULT_VOCAB, specials);
}
