// What an encoder-decoder is made of: options of a new one, and the same from a file.

import type { Pair } from "../../data/pairs.js";
import { checkObject } from "../../formats/json.js";
import type { ModelDescription } from "../../formats/model-file.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { describe, InvalidInputError, ModelFileError } from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import { type CleanOptions, checkClean, cleaner, type Side } from "../../text/clean.js";
import { readTokenizer } from "../../text/create.js";
import { END, START } from "../../text/markers.js";
import type { Tokenizer, TokenizerKind } from "../../text/tokenizer.js";
import { checkText } from "../../text/utf8.js";
import {
  type Chosen,
  type CreateRules,
  chooseNetwork,
  createRules,
  type Flat,
  storedOptions,
} from "../base/network-choice.js";
import { damaged } from "../base/stored.js";
import { type NetworkKind, networks, type PairConfig, type PairSizes } from "./networks.js";

/** The token that stands for a masked one in a corrupted source. */
export const MASK = "<mask>";

interface Sides<T> {
  readonly source: T;
  readonly target: T;
}

/** Options of `Seq2Seq.create`. */
export interface Seq2SeqOptions extends RuntimeOption, PairSizes {
  /**
   * What encoder and decoder are made of, LSTMs for example, or Transformers; with its sizes, or these beside it:
   * `network: { kind: "transformer", layers: 2 }` and `network: "transformer", layers: 2` are the same.
   * Default `lstm`.
   */
  readonly network?: NetworkKind | ({ readonly kind: NetworkKind } & PairSizes);
  /** What vocabularies and labels are made from. */
  readonly corpus: readonly Pair[];
  /**
   * Of both sides, or of each; also one made before, with the specials `<start>`, `<end>` and `<mask>`, for example
   * by `learnTokenizer`. Default "char".
   */
  readonly tokenizer?: TokenizerKind | Sides<TokenizerKind | Tokenizer>;
  /** Tokens of a `bpe` vocabulary. Default 1024. */
  readonly vocab?: number;
  /** Sources are read from the last token to the first. Default false. */
  readonly reverseSource?: boolean;
  /** The form that all texts are brought into before the model reads them. Default: they stay as they are. */
  readonly clean?: CleanOptions;
  /** Seed of all randomness in training. Default 0. */
  readonly seed?: number;
}

/** What the network does not say of itself. */
interface OwnConfig {
  readonly reverseSource: boolean;
  /** Labels in the order of the classifier's outputs; empty: no classifier. */
  readonly labels: readonly string[];
  /** How texts are cleaned; undefined: not at all. */
  readonly clean?: CleanOptions;
  readonly seed: number;
}

/** What an encoder-decoder is made of, `network` and its sizes first; stored in its file. */
export type Seq2SeqConfig = Flat<PairConfig> & OwnConfig;

/** The vocabularies; one and the same where `shared`. */
export interface Tokenizers {
  readonly source: Tokenizer;
  readonly target: Tokenizer;
}

export const SPECIALS: readonly string[] = [START, END, MASK];

/** What each option may be, but for the sizes of networks. */
export const ownRules: Rules<
  Omit<Seq2SeqOptions, "network" | keyof PairSizes>,
  "corpus" | "tokenizer" | "vocab" | "clean" | "runtime"
> = {
  corpus: { type: "other", own: true },
  tokenizer: { type: "choice", of: ["char", "byte", "bpe"], value: "char", own: true },
  vocab: { type: "integer", min: 257, max: 2 ** 18, value: 1024, own: true },
  clean: { type: "other", own: true },
  reverseSource: { type: "flag", value: false },
  seed: { type: "integer", min: 0, value: 0 },
  runtime: { type: "other", own: true },
};

/** The rules of all options, and which network has which size. */
export function seq2SeqRules(): Promise<CreateRules> {
  return createRules(networks, ownRules);
}

/** @throws InvalidInputError where a side has more tokens than the network sees */
export function checkContext(config: Seq2SeqConfig, side: keyof Tokenizers, tokens: number): void {
  if (!("context" in config)) return;
  // A target is read after its start.
  const most = config.context - (side === "target" ? 1 : 0);
  if (tokens <= most) return;
  throw new InvalidInputError(
    `the ${side} has ${tokens} tokens, this model's context holds ${most} of one; shorten it, or create the model ` +
      "with a larger context",
  );
}

/** The same from the metadata of a file. @throws ModelFileError */
export async function storedSeq2Seq(
  described: ModelDescription,
): Promise<{ config: Seq2SeqConfig; tokenizers: Tokenizers }> {
  const stored = storedOptions(networks, described) as Seq2SeqConfig;
  const config = await configFromFile(stored).catch(damaged);
  const both = checkObject("the file's assets", described.assets);
  const source = await readTokenizer(both.source);
  const target = config.shared ? source : await readTokenizer(both.target);
  for (const special of SPECIALS) {
    if (source.special(special) !== undefined && target.special(special) !== undefined) continue;
    throw new ModelFileError(`the file's tokenizers lack ${special}, which pairs need`);
  }
  return { config, tokenizers: { source, target } };
}

async function configFromFile(stored: Seq2SeqConfig): Promise<Seq2SeqConfig> {
  const names = ["reverseSource", "labels", "clean", "seed"];
  const chosen = await chooseNetwork("the configuration", networks, stored, names);
  return checkSeq2Seq(chosen, stored.labels);
}

type Unchecked = Pick<Seq2SeqOptions, "reverseSource" | "seed" | "clean">;

/** A configuration, complete and checked. @throws InvalidInputError */
export function checkSeq2Seq(
  { kind, network, options }: Chosen<Unchecked>,
  given: readonly string[],
  suited: object = {},
): Seq2SeqConfig {
  if (!Array.isArray(given)) {
    throw new InvalidInputError(`labels must be a list, got ${describe(given)}`);
  }
  const { seed, reverseSource } = resolve(ownRules, options);
  const labels = checkLabels(given);
  if (labels.length === 1) {
    throw new InvalidInputError(
      `the only label is ${describe(labels[0])}; expected none or several`,
    );
  }
  const clean = options.clean === undefined ? {} : { clean: checkClean(options.clean, true) };
  const sizes = network.complete(options, suited);
  return { network: kind, ...sizes, reverseSource, labels, ...clean, seed };
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
