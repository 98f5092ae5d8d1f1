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
import { skipping, type Tokenizer } from "../../text/tokenizer.js";
import { checkText } from "../../text/utf8.js";
import {
  type Flat,
  type ForeignKeys,
  type NetworkKind,
  networkKinds,
  withNetwork,
} from "../base/network-choice.js";
import {
  ownTransformerRules,
  type TransformerOptions,
  transformerConfig,
  transformerKeys,
} from "../base/transformer/config.js";
import { suitedContext, suitedNetwork, suitedTransformer } from "./defaults.js";
import type { PairNetworkConfig } from "./networks.js";

/** The token that stands for a masked one in a corrupted source. */
export const MASK = "<mask>";

type TokenizerKind = Tokenizer["kind"];
interface Sides<T> {
  readonly source: T;
  readonly target: T;
}

/** Sizes of a Transformer's encoder and decoder. */
type PairTransformerOptions = Omit<TransformerOptions, "window">;

/** Options of `Seq2Seq.create`. */
export interface Seq2SeqOptions extends RuntimeOption, PairTransformerOptions {
  /**
   * What encoder and decoder are made of: LSTMs, or Transformers; with its sizes, or these beside it:
   * `network: { kind: "transformer", layers: 2 }` and `network: "transformer", layers: 2` are the same.
   * Default `lstm`.
   */
  readonly network?: NetworkKind | ({ readonly kind: NetworkKind } & PairNetworkSizes);
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
  /** LSTM: size of the embeddings. Default 64. */
  readonly embed?: number;
  /**
   * LSTM: units of a layer, default 256; even where `bidirectional`. Transformer: width of the residual stream,
   * default 128. Less for few pairs.
   */
  readonly hidden?: number;
  /** Layers of encoder and decoder each, default 1; of a Transformer blocks, default 2. */
  readonly layers?: number;
  /**
   * LSTM: dropout of embeddings, between layers, and before the output; Transformer: of embeddings, of
   * attention's weights and of what each layer adds. Default 0, or up to 0.2 for few pairs where `hidden` follows
   * from them, too.
   */
  readonly dropout?: number;
  /** The most tokens of a side that a Transformer sees. Default: what the corpus needs, and half as many. */
  readonly context?: number;
  /** LSTM: the encoder reads in both directions, half of `hidden` each. Default false. */
  readonly bidirectional?: boolean;
  /** LSTM: how the decoder looks back. Default "none". */
  readonly attention?: "none" | AttentionKind;
  /** Sources are read from the last token to the first. Default false. */
  readonly reverseSource?: boolean;
  /**
   * The output's weights are the decoder's embedding. An LSTM without attention needs `embed` to be `hidden`.
   * Default false.
   */
  readonly tied?: boolean;
  /** The form that all texts are brought into before the model reads them. Default: they stay as they are. */
  readonly clean?: CleanOptions;
  /** Seed of all randomness in training. Default 0. */
  readonly seed?: number;
}

/** Sizes of a network of either kind. */
type PairNetworkSizes = PairTransformerOptions &
  Pick<Seq2SeqOptions, "embed" | "bidirectional" | "attention" | "shared">;

/** What the network does not say of itself. */
interface OwnConfig {
  readonly reverseSource: boolean;
  /** Labels in the order of the classifier's outputs; empty: no classifier. */
  readonly labels: readonly string[];
  /** How texts are cleaned; undefined: not at all. */
  readonly clean?: CleanOptions;
  readonly seed: number;
}

/** Its kind, and its sizes but for those that follow from vocabularies and labels. */
type SizesOf<C> = C extends unknown ? Omit<Flat<C>, "sources" | "labels"> : never;

/** What an encoder-decoder is made of, `network` and its sizes first; stored in its file. */
export type Seq2SeqConfig = SizesOf<PairNetworkConfig> & OwnConfig;

/** The vocabularies; one and the same where `shared`. */
export interface Tokenizers {
  readonly source: Tokenizer;
  readonly target: Tokenizer;
}

export const SPECIALS: readonly string[] = [START, END, MASK];

/** What says nothing of the network's kind. */
const commonRules: Rules<Pick<Seq2SeqOptions, "shared" | "reverseSource" | "seed">> = {
  shared: { type: "flag", value: false },
  reverseSource: { type: "flag", value: false },
  seed: { type: "integer", min: 0, value: 0 },
};

/** Rules of what only Transformers have. */
const ownRules: Omit<typeof ownTransformerRules, "window" | "tied"> = without(ownTransformerRules);

function without({ window, tied, ...rest }: typeof ownTransformerRules) {
  return rest;
}

/** What each option may be. */
export const seq2SeqRules: Rules<
  Seq2SeqOptions,
  ("runtime" | "corpus" | "tokenizer" | "vocab" | "clean" | "network") | keyof typeof ownRules
> = {
  network: { type: "choice", of: networkKinds, value: "lstm", own: true },
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
  ...ownRules,
  tied: { type: "flag", value: false },
  ...commonRules,
  runtime: { type: "other", own: true },
};

/** Sizes that only one kind of network has. */
const foreign: ForeignKeys = {
  lstm: Object.keys(ownRules),
  transformer: ["embed", "bidirectional", "attention"],
};

/** What a file says of each kind's network. */
const sizeKeys: Readonly<Record<NetworkKind, readonly string[]>> = {
  lstm: ["hidden", "layers", "dropout", "tied", "shared", ...foreign.transformer],
  transformer: [...transformerKeys.filter((name) => name !== "window"), "shared"],
};

/** @throws InvalidInputError naming the first option that cannot be used */
export async function newSeq2Seq(options: Seq2SeqOptions): Promise<{
  config: Seq2SeqConfig;
  tokenizers: Tokenizers;
}> {
  checkKeys("Seq2Seq.create", options, Object.keys(seq2SeqRules));
  const corpus = checkPairs("corpus", options.corpus);
  const found = new Set<string>();
  for (const { label } of corpus) if (label !== undefined) found.add(label);
  const o = flattened({ ...options, labels: [...found].sort() });
  const suited = { lstm: suitedNetwork, transformer: suitedTransformer }[o.network];
  const config = checkSeq2Seq(o, o.hidden === undefined ? suited(corpus) : {});
  const cleaned = cleanPairs(config, corpus);
  const tokenizers = await makeTokenizers(cleaned, options, config.shared);
  if (config.network === "lstm" || o.context !== undefined) return { config, tokenizers };
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

/** @throws InvalidInputError where a side has more tokens than a Transformer sees */
export function checkContext(config: Seq2SeqConfig, side: keyof Tokenizers, tokens: number): void {
  if (config.network === "lstm") return;
  // A target is read after its start.
  const most = config.context - (side === "target" ? 1 : 0);
  if (tokens <= most) return;
  throw new InvalidInputError(
    `the ${side} has ${tokens} tokens, this model's context holds ${most} of one; shorten it, or create the model ` +
      "with a larger context",
  );
}

/** The same from the metadata of a file. @throws ModelFileError */
export function storedSeq2Seq(
  described: object,
  assets: unknown,
): { config: Seq2SeqConfig; tokenizers: Tokenizers } {
  try {
    const stored = described as Seq2SeqConfig;
    const own = ["network", "reverseSource", "labels", "clean", "seed"];
    checkKeys("the configuration", stored, [...sizeKeys[stored.network], ...own]);
    const config = checkSeq2Seq(flattened(stored));
    const both = checkObject("the file's assets", assets);
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

type Unchecked = Omit<Seq2SeqOptions, "corpus"> & { readonly labels: readonly string[] };

/** The options with the network's sizes beside the others. */
function flattened<O extends Unchecked>(o: O) {
  return withNetwork(o, [...new Set(Object.values(sizeKeys).flat())], foreign);
}

function checkSeq2Seq(o: ReturnType<typeof flattened>, suited: object = {}): Seq2SeqConfig {
  if (!Array.isArray(o.labels)) {
    throw new InvalidInputError(`labels must be a list, got ${describe(o.labels)}`);
  }
  const { seed, reverseSource } = resolve(commonRules, o);
  const labels = checkLabels(o.labels);
  if (labels.length === 1) {
    throw new InvalidInputError(
      `the only label is ${describe(labels[0])}; expected none or several`,
    );
  }
  const clean = o.clean === undefined ? {} : { clean: checkClean(o.clean, true) };
  const own = { reverseSource, labels, ...clean, seed };
  return o.network === "lstm"
    ? { network: "lstm", ...lstmSizes(o, suited), ...own }
    : { network: "transformer", ...transformerSizes(o, suited), ...own };
}

function lstmSizes(o: ReturnType<typeof flattened>, suited: object) {
  const { reverseSource, seed, ...sizes } = resolve(seq2SeqRules, o, suited);
  const { embed, hidden, attention, tied, bidirectional } = sizes;
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
  return sizes;
}

function transformerSizes(o: ReturnType<typeof flattened>, suited: object) {
  const { shared } = resolve(commonRules, o);
  const { window, ...sizes } = transformerConfig({ ...o, tied: o.tied ?? false }, suited);
  return { ...sizes, shared };
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
