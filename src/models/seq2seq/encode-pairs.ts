// Pairs as tokens.

import type { Pair, TokenPair } from "../../data/pairs.js";
import { describe, InvalidInputError } from "../../host/errors.js";
import {
  checkContext,
  checkPairs,
  cleanPairs,
  type Seq2SeqConfig,
  type Tokenizers,
} from "./config.js";

/**
 * Pairs in the form that the model reads, with their tokens.
 * @param name what the list is called in errors
 * @param skip is given the characters that a side's vocabulary lacks, which are then left out
 * @throws InvalidInputError naming the pair and what is wrong with it
 */
export function encodePairs(
  tokenizers: Tokenizers,
  config: Seq2SeqConfig,
  name: string,
  pairs: readonly Pair[],
  skip?: (character: string) => void,
): (Pair & { readonly tokens: TokenPair })[] {
  const { labels } = config;
  const numbers = new Map(labels.map((label, i) => [label, i]));
  return cleanPairs(config, checkPairs(name, pairs)).map((pair, i) => {
    const label = pair.label === undefined ? -1 : numbers.get(pair.label);
    if (label === undefined) {
      const known =
        labels.length > 0 ? `one of ${labels.join(", ")}` : "none: the model has no labels";
      throw new InvalidInputError(
        `${name}[${i}].label is ${describe(pair.label)}, expected ${known}`,
      );
    }
    const encode = (side: keyof Tokenizers) => {
      try {
        const tokens = tokenizers[side].encode(pair[side], skip);
        checkContext(config, side, tokens.length);
        return tokens;
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
        throw new InvalidInputError(`${name}[${i}].${side}: ${error.message}`, { cause: error });
      }
    };
    return { ...pair, tokens: { source: encode("source"), target: encode("target"), label } };
  });
}
