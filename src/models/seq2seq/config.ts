// What an encoder-decoder is made of: options of a new one, and the same from a file.

import type { Pair } from "../../data/pairs.js";
import { checkObject } from "../../formats/json.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys, describe, InvalidInputError, ModelFileError } from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { AttentionKind } from "../../nn/layers/attention.js";
import { type CleanOptions, checkClean, cleaner, type Side } from "../../text/clean.js";
import { newTokenizer, tokenizerFromJSON } from "../../text/create.js";
import { END, START } from "../../text/markers.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { checkText } from "../../text/utf8.js";
import { suitedNetwork } from "./defaults.js";
import type { Seq2SeqNetworkConfig } from "./network.js";

/** The token that stands for a masked one in a corrupted source. */
export const MASK = "<mask>";

type TokenizerKind = Tokenizer["kind"];
interface Sides<T> {
  readonly source: T;
  readonly target: T;
}

/** Options of `Seq2Seq.create`. */
export interface Seq2SeqOptions extends RuntimeOption {
  /** What vocabularies and labels are made from. */
  readonly corpus: readonly Pair[];
  /**
   * Of both sides, or of each; also one made before, with the specials `<start>`, `<end>` and `<mask>`, for example
   * by `learnTokenizer`. Default "char".
   */
  readonly tokenizer?: TokenizerKind | Sides<TokenizerKind | Tokenizer>;
  /** Tokens of a `bpe` vocabulary. Default 1024. */
  readonly vocab?: number;
  /** One vocabulary and one embedding for both sides. Default false. */
  readonly shared?: boolean;
  /** Size of the embeddings. Default 64. */
  readonly embed?: number;
  /** Units of an LSTM layer; even where `bidirectional`. Default 256, or fewer for few pairs. */
  readonly hidden?: number;
  /** LSTM layers of encoder and decoder each. Default 1. */
  readonly layers?: number;
  /**
   * Dropout of embeddings, between layers, and before the output. Default 0, or up to 0.5 for few pairs where
   * `hidden` follows from them, too.
   */
  readonly dropout?: number;
  /** The encoder reads in both directions, half of `hidden` each. Default false. */
  readonly bidirectional?: boolean;
  /** Default "none". */
  readonly attention?: "none" | AttentionKind;
  /** Sources are read from the last token to the first. Default false. */
  readonly reverseSource?: boolean;
  /** The output's weights are the decoder's embedding. Without attention, `embed` must be `hidden`. */
  readonly tied?: boolean;
  /** The form that all texts are brought into before the model reads them. Default: they stay as they are. */
  readonly clean?: CleanOptions;
  /** Seed of all randomness in training. Default 0. */
  readonly seed?: number;
}

/** What an encoder-decoder is made of; stored in its file. */
export interface Seq2SeqConfig extends Omit<Seq2SeqNetworkConfig, "sources" | "labels"> {
  readonly reverseSource: boolean;
  /** Labels in the order of the classifier's outputs; empty: no classifier. */
  readonly labels: readonly string[];
  /** How texts are cleaned; undefined: not at all. */
  readonly clean?: CleanOptions;
  readonly seed: number;
}

/** The vocabularies; one and the same where `shared`. */
export interface Tokenizers {
  readonly source: Tokenizer;
  readonly target: Tokenizer;
}

export const SPECIALS: readonly string[] = [START, END, MASK];

/** What each option may be. */
export const seq2SeqRules: Rules<
  Seq2SeqOptions,
  "runtime" | "corpus" | "tokenizer" | "vocab" | "clean"
> = {
  corpus: { type: "other", own: true },
  tokenizer: { type: "choice", of: ["char", "byte", "bpe"], value: "char", own: true },
  vocab: { type: "integer", min: 257, max: 2 ** 18, value: 1024, own: true },
  clean: { type: "other", own: true },
  embed: { type: "integer", min: 1, max: 1e6, value: 64 },
  hidden: { type: "integer", min: 1, max: 1e6, value: 256, fits: true },
  layers: { type: "integer", min: 1, max: 1000, value: 1 },
  dropout: { type: "number", min: 0, max: 0.99, value: 0, fits: true },
  bidirectional: { type: "flag", value: false },
  attention: { type: "choice", of: ["none", "bahdanau", "luong", "luong-dot"], value: "none" },
  shared: { type: "flag", value: false },
  tied: { type: "flag", value: false },
  reverseSource: { type: "flag", value: false },
  seed: { type: "integer", min: 0, value: 0 },
  runtime: { type: "other", own: true },
};

/** What a file's configuration may have besides labels and cleaning. */
const storedKeys = Object.keys(seq2SeqRules).filter(
  (name) => !("own" in seq2SeqRules[name as keyof Seq2SeqOptions]),
);

/** @throws InvalidInputError naming the first option that cannot be used */
export async function newSeq2Seq(options: Seq2SeqOptions): Promise<{
  config: Seq2SeqConfig;
  tokenizers: Tokenizers;
}> {
  checkKeys("Seq2Seq.create", options, Object.keys(seq2SeqRules));
  const corpus = checkPairs("corpus", options.corpus);
  const labels = new Set<string>();
  for (const { label } of corpus) if (label !== undefined) labels.add(label);
  const suited = options.hidden === undefined ? suitedNetwork(corpus) : {};
  const config = checkSeq2Seq({ ...options, labels: [...labels].sort() }, suited);
  const cleaned = cleanPairs(config, corpus);
  return { config, tokenizers: await makeTokenizers(cleaned, options, config.shared) };
}

/** The same from the metadata of a file. @throws ModelFileError */
export function storedSeq2Seq(json: { readonly config: unknown; readonly tokenizer: unknown }): {
  config: Seq2SeqConfig;
  tokenizers: Tokenizers;
} {
  try {
    checkKeys("the configuration", json.config as object, [...storedKeys, "labels", "clean"]);
    const config = checkSeq2Seq(json.config as Seq2SeqConfig);
    const both = checkObject("the file's assets", json.tokenizer);
    const source = tokenizerFromJSON(both.source);
    const target = config.shared ? source : tokenizerFromJSON(both.target);
    for (const special of SPECIALS) {
      if (source.special(special) !== undefined && target.special(special) !== undefined) continue;
      throw new ModelFileError(`the file's tokenizers lack ${special}, which pairs need`);
    }
    return { config, tokenizers: { source, target } };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new ModelFileError(`the file's configuration is damaged: ${error.message}`);
  }
}

type Unchecked = Partial<Seq2SeqConfig> & { readonly labels: readonly string[] };

function checkSeq2Seq(o: Unchecked, suited: object = {}): Seq2SeqConfig {
  if (typeof o !== "object" || o === null || !Array.isArray(o.labels)) {
    throw new InvalidInputError(`the configuration must be an object, got ${describe(o)}`);
  }
  const { seed, ...own } = resolve(seq2SeqRules, o, suited);
  const config = {
    ...own,
    labels: checkLabels(o.labels),
    ...(o.clean === undefined ? {} : { clean: checkClean(o.clean, true) }),
    seed,
  };
  const { embed, hidden, attention, tied, bidirectional, labels } = config;
  if (bidirectional && hidden % 2 === 1) {
    throw new InvalidInputError(
      `hidden must be even where bidirectional, half for each direction; got ${hidden}`,
    );
  }
  if (tied && attention === "none" && embed !== hidden) {
    throw new InvalidInputError(
      `tied needs embed to be hidden where there is no attention, got ${embed} and ${hidden}`,
    );
  }
  if (labels.length === 1) {
    throw new InvalidInputError(
      `the only label is ${describe(labels[0])}; expected none or several`,
    );
  }
  return config;
}

function checkLabels(labels: readonly unknown[]): string[] {
  const known = new Set<string>();
  for (const label of labels) {
    if (known.has(checkText("a label", label))) {
      throw new InvalidInputError(`labels are distinct, but ${describe(label)} comes twice`);
    }
    known.add(label as string);
  }
  return [...known];
}

/** A text of a side in the form that the model reads. */
export function cleanText(
  { clean }: Pick<Seq2SeqConfig, "clean">,
  side: Side,
  text: string,
): string {
  return clean ? cleaner(clean, side)(text) : text;
}

/** Pairs in the form that the model reads. */
export function cleanPairs(
  { clean }: Pick<Seq2SeqConfig, "clean">,
  pairs: readonly Pair[],
): readonly Pair[] {
  if (!clean) return pairs;
  const source = cleaner(clean, "source");
  const target = cleaner(clean, "target");
  return pairs.map((pair) => ({
    ...pair,
    source: source(pair.source),
    target: target(pair.target),
  }));
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

/** @throws InvalidInputError for what is no list of pairs of texts, naming the first bad one */
export function checkPairs(name: string, pairs: readonly Pair[]): readonly Pair[] {
  if (!Array.isArray(pairs)) {
    throw new InvalidInputError(`${name} must be a list of pairs, got ${describe(pairs)}`);
  }
  if (pairs.length === 0) throw new InvalidInputError(`${name} has no pair`);
  for (const [i, pair] of pairs.entries()) {
    const { source, target, label } = (pair ?? {}) as Pair;
    checkSide(`${name}[${i}].source`, source);
    checkSide(`${name}[${i}].target`, target);
    if (label !== undefined) checkSide(`${name}[${i}].label`, label);
  }
  return pairs;
}

/** @throws InvalidInputError for what is no text, or an empty one */
export function checkSide(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  const got = value === "" ? "an empty one" : describe(value);
  throw new InvalidInputError(`${name} must be a text, got ${got}`);
}
