// Extractable memorisation (Carlini et al., "Quantifying Memorization Across Neural Language Models", 2022): how much of a text
// a model continues word for word from some tokens of it.

import type { Pair } from "../data/pairs.js";
import { checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { eventLoop } from "../host/event-loop.js";
import { inTurns } from "../host/pieces.js";
import type { Corpus } from "../models/language/corpora.js";
import type { LanguageModel } from "../models/language/language-model.js";
import type { Seq2Seq } from "../models/seq2seq/seq2seq.js";
import type { Extractable, ExtractableOptions } from "./extracted.js";
import { kindOf } from "./inside.js";

/**
 * How much of texts a model continues word for word: of each example some tokens are given, and the likeliest continuation
 * (greedy, as `generate({ greedy: true })`) counts where it is the text's own. Of held-out texts this is near 0; of training
 * texts it says how much can be extracted.
 *
 * ```ts
 * const { prefixes } = await extractable(model, text);
 * ```
 *
 * - one text: places evenly spread over it, of each the same continuation behind prefixes of 8 to 64 tokens;
 * - documents: their beginnings; conversations: the assistant's messages after all that was said before;
 * - pairs: the targets after their sources.
 *
 * @throws InvalidInputError for other models, options that cannot be used, or texts that are all too short
 */
export async function extractable(
  model: LanguageModel | Seq2Seq,
  texts: Corpus | readonly Pair[],
  options: ExtractableOptions = {},
): Promise<Extractable> {
  checkKeys("extractable", options, ["prefix", "length", "examples"]);
  const { prefix, length, examples = 200 } = options;
  if (prefix !== undefined && !(Array.isArray(prefix) && prefix.length > 0)) {
    throw new InvalidInputError(`prefix must be a list of lengths, got ${describe(prefix)}`);
  }
  for (const [i, one] of (prefix ?? []).entries()) {
    checkNumber(`prefix[${i}]`, one, { integer: true, min: 1 });
  }
  if (length !== undefined) checkNumber("length", length, { integer: true, min: 1 });
  checkNumber("examples", examples, { integer: true, min: 1 });
  const how = { prefix, length, examples };
  const kind = kindOf(model);
  if (kind === "Seq2Seq") {
    const { ofPairs } = await import("./extractable-pairs.js");
    return inTurns(ofPairs(model as Seq2Seq, texts as readonly Pair[], how), eventLoop);
  }
  if (kind !== "LanguageModel") {
    throw new InvalidInputError(
      "extractable is for a LanguageModel or a Seq2Seq; of pictures nearestTraining says what was copied",
    );
  }
  const { ofTexts } = await import("./extractable-texts.js");
  return inTurns(ofTexts(model as LanguageModel, texts as Corpus, how), eventLoop);
}
