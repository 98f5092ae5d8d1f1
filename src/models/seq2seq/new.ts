// What a new encoder-decoder is made of. Who loads a trained one does not carry this.

import type { Pair } from "../../data/pairs.js";
import { checkKeys, describe, InvalidInputError } from "../../host/errors.js";
import { newTokenizer } from "../../text/create.js";
import { skipping, type Tokenizer, type TokenizerKind } from "../../text/tokenizer.js";
import { chooseNetwork } from "../base/network-choice.js";
import {
  checkPairs,
  checkSeq2Seq,
  cleanPairs,
  ownRules,
  type Seq2SeqConfig,
  type Seq2SeqOptions,
  SPECIALS,
  type Tokenizers,
} from "./config.js";
import { suitedContext } from "./defaults.js";
import { networks } from "./networks.js";

/**
 * @param given the corpus as it was at the call
 * @throws InvalidInputError naming the first option that cannot be used
 */
export async function newSeq2Seq(
  options: Seq2SeqOptions,
  given: readonly Pair[],
): Promise<{ config: Seq2SeqConfig; tokenizers: Tokenizers }> {
  const chosen = await chooseNetwork("Seq2Seq.create", networks, options, Object.keys(ownRules));
  const corpus = checkPairs("corpus", given);
  const found = new Set<string>();
  for (const { label } of corpus) if (label !== undefined) found.add(label);
  const suited = chosen.network.suited(corpus, chosen.options);
  const config = checkSeq2Seq(chosen, [...found].sort(), suited);
  const cleaned = cleanPairs(config, corpus);
  const tokenizers = await makeTokenizers(cleaned, options, config.shared);
  if (!("context" in config) || chosen.options.context !== undefined) return { config, tokenizers };
  return { config: { ...config, context: contextFor(tokenizers, cleaned) }, tokenizers };
}

/** The context for these pairs. */
function contextFor(tokenizers: Tokenizers, pairs: readonly Pair[]): number {
  let longest = 0;
  for (const pair of pairs) {
    for (const side of ["source", "target"] as const) {
      const { length } = tokenizers[side].encode(pair[side], skipping("skip"));
      longest = Math.max(longest, length);
    }
  }
  return suitedContext(longest);
}

async function makeTokenizers(
  corpus: readonly Pair[],
  { tokenizer = "char", vocab }: Seq2SeqOptions,
  shared: boolean,
): Promise<Tokenizers> {
  const given =
    typeof tokenizer === "string" ? { source: tokenizer, target: tokenizer } : tokenizer;
  checkKeys("tokenizer", given, ["source", "target"]);
  if (vocab !== undefined && given.source !== "bpe" && given.target !== "bpe") {
    throw new InvalidInputError(
      `vocab is for the tokenizer "bpe" only, got it for ${describe(given.source)} and ${describe(given.target)}`,
    );
  }
  const make = (one: TokenizerKind | Tokenizer, texts: readonly string[]) =>
    typeof one === "object"
      ? checkMade(one)
      : newTokenizer(one, texts, { specials: SPECIALS, ...(one === "bpe" ? { vocab } : {}) });
  const sources = corpus.map(({ source }) => source);
  const targets = corpus.map(({ target }) => target);
  if (!shared) {
    const source = await make(given.source, sources);
    return { source, target: await make(given.target, targets) };
  }
  if (given.source !== given.target) {
    throw new InvalidInputError(
      `shared needs one tokenizer for both sides, got ${describe(given.source)} and ${describe(given.target)}`,
    );
  }
  const one = await make(given.source, [...sources, ...targets]);
  return { source: one, target: one };
}

/** @throws InvalidInputError for what is no tokenizer, or lacks what pairs need */
function checkMade(one: Tokenizer): Tokenizer {
  if (typeof one?.encode !== "function" || typeof one.special !== "function") {
    throw new InvalidInputError(`tokenizer must be a kind or a tokenizer, got ${describe(one)}`);
  }
  const lacks = SPECIALS.filter((name) => one.special(name) === undefined);
  if (lacks.length === 0) return one;
  const all = SPECIALS.map((name) => JSON.stringify(name)).join(", ");
  throw new InvalidInputError(
    `the tokenizer lacks ${lacks.join(", ")}, which pairs need: make it with { specials: [${all}] }`,
  );
}
