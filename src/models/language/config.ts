// What a language model is made of: options of a new one, and the same from a file.

import type { LabelKind } from "../../data/labels.js";
import type { ModelDescription } from "../../formats/model-file.js";
import type { TensorEntry } from "../../formats/safetensors.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import {
  checkFlag,
  checkNumber,
  describe,
  InvalidInputError,
  listed,
  ModelFileError,
} from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { CleanOptions } from "../../text/clean.js";
import { readTokenizer } from "../../text/create.js";
import { END, roleTokens, START } from "../../text/markers.js";
import type { Tokenizer, TokenizerKind } from "../../text/tokenizer.js";
import {
  type Chosen,
  type CreateRules,
  chooseNetwork,
  createRules,
  type Flat,
  storedOptions,
} from "../base/network-choice.js";
import { damaged } from "../base/stored.js";
import type { CorpusFacts } from "./causal-network.js";
import { type Corpus, corpusSize } from "./corpora.js";
import { type CausalConfig, type CausalSizes, type NetworkKind, networks } from "./networks.js";

/** Options of `LanguageModel.create`. */
export interface LanguageModelOptions extends RuntimeOption, CausalSizes {
  /**
   * What the model is made of, an LSTM for example, or a Transformer; with its sizes, or these beside it:
   * `network: { kind: "transformer", layers: 4 }` and `network: "transformer", layers: 4` are the same.
   * Default `lstm`.
   */
  readonly network?: NetworkKind | ({ readonly kind: NetworkKind } & CausalSizes);
  /**
   * What the vocabulary is made from: a text, or a list of documents. With a list, the model learns
   * documents: each has a start and an end, and samples end by themselves. Documents may have labels, such as
   * `{ text: "…", labels: { title: "…", author: "…" } }`: the model learns texts given these, as far as
   * they are known. They may also be conversations, such as `{ messages: [{ role: "user", content: "…" }, …] }`, with
   * the roles system, user and assistant: the model learns what the assistant says.
   */
  readonly corpus?: Corpus;
  /**
   * What labels are: a `category`, one of the values in the corpus, or a `text`, which may be any. Default: a
   * category where two documents share a value on average, and values are few (1,000) and short (40 characters).
   */
  readonly labels?: Readonly<Record<string, LabelKind>>;
  /**
   * `char`: Unicode code points; `byte`: UTF-8 bytes; `bpe`: byte pairs learned from the corpus; or
   * one made before. Default `char`.
   */
  readonly tokenizer?: TokenizerKind | Tokenizer;
  /** Tokens of a `bpe` vocabulary. Default 1024. */
  readonly vocab?: number;
  /** The form that all texts, prompts too, are brought into before they are read. Default: they stay as they are. */
  readonly clean?: CleanOptions;
  /** Seed of all randomness in training. Default 0. */
  readonly seed?: number;
}

/** What a language model is made of, `network` and its sizes first; stored in its file. */
export type LanguageModelConfig = Flat<CausalConfig> & {
  readonly documents: boolean;
  readonly seed: number;
};

/** What each option may be, but for the sizes of networks. */
const ownRules: Rules<
  Omit<LanguageModelOptions, "network" | keyof CausalSizes>,
  "corpus" | "labels" | "tokenizer" | "vocab" | "clean" | "runtime"
> = {
  corpus: { type: "other", own: true },
  labels: { type: "other", own: true },
  tokenizer: { type: "choice", of: ["char", "byte", "bpe"], value: "char", own: true },
  vocab: { type: "integer", min: 257, max: 2 ** 18, value: 1024, own: true },
  clean: { type: "other", own: true },
  seed: { type: "integer", min: 0, value: 0 },
  runtime: { type: "other", own: true },
};

/** The rules of all options, and which network has which size. */
export function languageRules(): Promise<CreateRules> {
  return createRules(networks, ownRules);
}

/**
 * The options with the network that they ask for.
 * @throws InvalidInputError for one that nobody knows, or that is another network's
 */
export function chosenNetwork(
  options: LanguageModelOptions,
): Promise<Chosen<LanguageModelOptions>> {
  return chooseNetwork("LanguageModel.create", networks, options, Object.keys(ownRules));
}

/** @throws InvalidInputError naming the first option that cannot be used */
export function checkConfig(
  { kind, network, options }: Chosen<LanguageModelOptions>,
  documents: boolean,
  corpus?: Corpus,
): LanguageModelConfig {
  const { seed } = resolve(ownRules, options);
  const suited = corpus ? network.suited(factsOf(corpus, options), options) : {};
  const sizes = network.complete(options, suited);
  if (documents && "context" in sizes) {
    checkNumber("context of documents", sizes.context, { min: 2 });
  }
  return { network: kind, ...sizes, documents, seed };
}

/** What a network for a corpus depends on. */
function factsOf(corpus: Corpus, { tokenizer }: LanguageModelOptions): CorpusFacts {
  const { kind = tokenizer } = Object(tokenizer) as Partial<Tokenizer>;
  const [characters, longest] = corpusSize(corpus, kind === "byte" ? utf8Length : undefined);
  return { characters, longest };
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Special tokens of a model of documents, with those that labels or conversations need; none of a model of one text. */
export function specialsOf(
  documents: boolean,
  labels: readonly string[],
  conversations: boolean = false,
): string[] {
  return documents ? [START, END, ...labels, ...(conversations ? roleTokens : [])] : [];
}

/**
 * A tokenizer that was given.
 * @param specials tokens that it needs: for documents, the markers and those of labels
 * @throws InvalidInputError where it is none, or lacks one of them
 */
export function checkTokenizer(tokenizer: Tokenizer, specials: readonly string[]): Tokenizer {
  if (!Number.isInteger(tokenizer?.size) || typeof tokenizer.encode !== "function") {
    throw new InvalidInputError(
      `tokenizer must be "char", "byte", "bpe" or a tokenizer made before, got ${describe(tokenizer)}`,
    );
  }
  const own = tokenizer.chatTemplate === undefined ? specials : specials.filter(isNoRole);
  const needed = tokenizer.markers ? own.slice(2) : own;
  if (needed.every((name) => tokenizer.special(name) !== undefined)) return tokenizer;
  if (specials.length === 2) {
    throw new InvalidInputError(
      `for documents the tokenizer needs the special tokens ${START} and ${END}; ` +
        `make it with { specials: ["${START}", "${END}"] }`,
    );
  }
  const what = specials.every(isNoRole) ? "documents with these labels" : "conversations";
  throw new InvalidInputError(
    `for ${what} the tokenizer needs the special tokens ${listed(specials)}`,
  );
}

function isNoRole(name: string): boolean {
  return !roleTokens.includes(name);
}

function hasMarkers(tokenizer: Tokenizer): boolean {
  if (tokenizer.markers) return true;
  return tokenizer.special(START) !== undefined && tokenizer.special(END) !== undefined;
}

/** What a file's metadata says of its model. @throws ModelFileError */
export async function describedModel(
  described: ModelDescription,
): Promise<{ config: LanguageModelConfig; tokenizer: Tokenizer }> {
  const config = await configFromFile(storedOptions(networks, described)).catch(damaged);
  const tokenizer = await readTokenizer(described.assets.tokenizer);
  if (!config.documents || hasMarkers(tokenizer)) return { config, tokenizer };
  throw new ModelFileError(`the file's tokenizer lacks ${START} or ${END}, which documents need`);
}

/** What is said of the weights of another program when they are loaded. */
export interface ForeignOptions {
  /** What their token ids stand for. */
  readonly tokenizer?: Tokenizer | undefined;
  /**
   * What network they are of, and sizes that neither their names nor their shapes say: a Transformer's `heads` and
   * `context`, for example. Those that they say need not be given.
   */
  readonly network?: LanguageModelOptions["network"] | undefined;
}

/** What the weights of another program are, with what is said of them. @throws ModelFileError */
export async function foreignModel(
  weights: ReadonlyMap<string, TensorEntry>,
  { tokenizer, network }: ForeignOptions,
): Promise<{ config: LanguageModelConfig; tokenizer: Tokenizer }> {
  if (tokenizer === undefined) {
    throw new ModelFileError(
      'the file has no "simdream" metadata, so it holds no tokenizer; give one: { tokenizer }',
    );
  }
  checkTokenizer(tokenizer, []);
  return { config: await configFromWeights(weights, tokenizer, network), tokenizer };
}

/** A file of ours says all of it. @throws InvalidInputError */
export function checkNothingSaid({ tokenizer, network }: ForeignOptions): void {
  const said = tokenizer === undefined ? network !== undefined && "network" : "tokenizer";
  if (!said) return;
  throw new InvalidInputError(
    `${said} is for weights of another program; this file, which simdream wrote, has its own`,
  );
}

/** The configuration in a file's metadata. @throws InvalidInputError */
async function configFromFile(stored: object): Promise<LanguageModelConfig> {
  const own = ["documents", "seed"];
  const chosen = await chooseNetwork("the configuration", networks, stored, own);
  const { documents } = stored as LanguageModelConfig;
  return checkConfig(chosen, checkFlag("documents", documents));
}

/** What PyTorch's weights say of their model by their names and shapes, beside what is said of them. */
async function configFromWeights(
  weights: ReadonlyMap<string, TensorEntry>,
  tokenizer: Tokenizer,
  asked: LanguageModelOptions["network"],
): Promise<LanguageModelConfig> {
  const { foreign } = await import("./foreign.js");
  const chosen = asked && (await chooseNetwork("network", networks, { network: asked }, []));
  const kinds = chosen ? [chosen.kind as NetworkKind] : (Object.keys(networks) as NetworkKind[]);
  for (const kind of kinds) {
    const said: Readonly<Record<string, unknown>> = chosen?.options ?? {};
    const found = foreign[kind].read(weights, tokenizer.size, said);
    if (!found) continue;
    for (const [name, value] of Object.entries(found)) {
      if (said[name] === undefined || said[name] === value) continue;
      const got = describe(said[name]);
      throw new ModelFileError(`${name} is ${describe(value)} by the file's tensors, got ${got}`);
    }
    try {
      const { network } = await networks[kind]();
      const options = { ...said, ...found };
      return checkConfig({ kind, network, options }, hasMarkers(tokenizer));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new ModelFileError(`the file's tensors make no model: ${error.message}`);
    }
  }
  const of = asked ? `of network "${kinds[0]}"` : "of a language model";
  const names = kinds.map((kind) => foreign[kind].names).join("; or ");
  throw new ModelFileError(
    `expected PyTorch's weights ${of}, by the names ${names}; ` +
      `the file has ${listed(weights.keys()) || "no tensors"}`,
  );
}
