// What a language model is made of: options of a new one, and the same from a file.

import type { TensorEntry } from "../../formats/safetensors.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import {
  checkChoice,
  checkFlag,
  checkKeys,
  describe,
  InvalidInputError,
  listed,
  ModelFileError,
} from "../../host/errors.js";
import { type Rule, type Rules, resolve } from "../../host/rules.js";
import type { CleanOptions } from "../../text/clean.js";
import { tokenizerFromJSON } from "../../text/create.js";
import { END, START } from "../../text/markers.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import type { CausalNetworkConfig } from "./causal-network.js";
import { suitedNetwork, suitedTransformer } from "./defaults.js";
import {
  type TransformerOptions,
  transformerConfig,
  transformerKeys,
  transformerRules,
} from "./transformer/config.js";

/** Kinds of networks. */
export const networkKinds = ["lstm", "transformer"] as const;

/** Options of `LanguageModel.create`. */
export interface LanguageModelOptions extends RuntimeOption, TransformerOptions {
  /**
   * What the model is made of: an LSTM, or a Transformer; with its sizes, or these beside it:
   * `network: { kind: "transformer", layers: 4 }` and `network: "transformer", layers: 4` are the same.
   * Default `lstm`.
   */
  readonly network?: NetworkKind | ({ readonly kind: NetworkKind } & NetworkSizes);
  /**
   * What the vocabulary is made from: a text, or a list of documents. With a list, the model learns
   * documents: each has a start and an end, and samples end by themselves.
   */
  readonly corpus?: string | readonly string[];
  /**
   * `char`: Unicode code points; `byte`: UTF-8 bytes; `bpe`: byte pairs learned from the corpus; or
   * one made before. Default `char`.
   */
  readonly tokenizer?: Tokenizer["kind"] | Tokenizer;
  /** Tokens of a `bpe` vocabulary. Default 1024. */
  readonly vocab?: number;
  /** The form that all texts, prompts too, are brought into before they are read. Default: they stay as they are. */
  readonly clean?: CleanOptions;
  /** LSTM: size of the embedding. Default 64, or 32 for a small corpus where `hidden` follows from it, too. */
  readonly embed?: number;
  /**
   * LSTM: units of a layer, default 256; Transformer: width of the residual stream, default 128. Less for a
   * small corpus.
   */
  readonly hidden?: number;
  /** Layers, default 1; of a Transformer blocks, default 4. */
  readonly layers?: number;
  /**
   * LSTM: dropout of everything that is not recurrent: embedding, between layers, output (Zaremba et al.
   * 2014); Transformer: of the embedding, of attention's weights and of what each layer adds. Default 0, or up
   * to 0.5 for a small corpus where `hidden` follows from it, too.
   */
  readonly dropout?: number;
  /** Seed of all randomness in training. Default 0. */
  readonly seed?: number;
}

export type NetworkKind = (typeof networkKinds)[number];

/** Sizes of a network of either kind. */
export type NetworkSizes = TransformerOptions & Pick<LanguageModelOptions, "embed">;

/** What a language model is made of, `network` and its sizes first; stored in its file. */
export type LanguageModelConfig = Flat<CausalNetworkConfig> & {
  readonly documents: boolean;
  readonly seed: number;
};

/** A network's kind beside its sizes. */
type Flat<C> = C extends { readonly kind: infer K }
  ? { readonly network: K } & Omit<C, "kind">
  : never;

/** What each option may be. */
export const languageRules: Rules<
  LanguageModelOptions,
  | ("runtime" | "corpus" | "tokenizer" | "vocab" | "clean" | "network")
  | Exclude<keyof TransformerOptions, "hidden" | "layers" | "dropout">
> = {
  network: { type: "choice", of: networkKinds, value: "lstm", own: true },
  corpus: { type: "other", own: true },
  tokenizer: { type: "choice", of: ["char", "byte", "bpe"], value: "char", own: true },
  vocab: { type: "integer", min: 257, max: 2 ** 18, value: 1024, own: true },
  clean: { type: "other", own: true },
  embed: { type: "integer", min: 1, max: 1e6, value: 64, fits: true },
  hidden: { type: "integer", min: 1, max: 1e6, value: 256, fits: true },
  layers: { type: "integer", min: 1, max: 1000, value: 1, fits: true },
  ...owned(transformerRules, ["style", "heads", "kvHeads", "inner", "context", "window"]),
  ...owned(transformerRules, ["tied", "bias", "theta"]),
  dropout: { type: "number", min: 0, max: 0.99, value: 0, fits: true },
  seed: { type: "integer", min: 0, value: 0 },
  runtime: { type: "other", own: true },
};

const lstmKeys = ["embed", "hidden", "layers", "dropout"];

export const createKeys: readonly string[] = Object.keys(languageRules);

/** Rules that are checked by whoever knows the network. */
function owned<K extends keyof TransformerOptions>(
  rules: Pick<typeof transformerRules, K>,
  names: readonly K[],
) {
  const own = names.map((name) => [name, { ...rules[name], own: true }]);
  return Object.fromEntries(own) as { [Name in K]: Rule & { readonly own: true } };
}

/** Sizes that only one kind of network has. */
const foreign: Readonly<Record<NetworkKind, readonly string[]>> = {
  lstm: transformerKeys.filter((name) => !["hidden", "layers", "dropout"].includes(name)),
  transformer: ["embed"],
};

/** @throws InvalidInputError naming the first option that cannot be used */
export function checkConfig(
  given: LanguageModelOptions & { readonly documents: boolean },
): LanguageModelConfig {
  const { network, ...o } = withNetwork(given);
  const { documents } = o;
  const wrong = foreign[network].find((name) => o[name as keyof typeof o] !== undefined);
  if (wrong !== undefined) {
    const [other] = networkKinds.filter((kind) => kind !== network);
    throw new InvalidInputError(`${wrong} is for network "${other}", this one is "${network}"`);
  }
  const { seed } = resolve<Pick<LanguageModelOptions, "seed">, never>(
    { seed: { type: "integer", min: 0, value: 0 } },
    o,
  );
  if (network === "transformer") {
    return { network, ...transformerConfig(o, suitedTo(o, suitedTransformer)), documents, seed };
  }
  const { embed, hidden, layers, dropout } = resolve(languageRules, o, suitedTo(o, suitedNetwork));
  return { network, embed, hidden, layers, dropout, documents, seed };
}

/** The network's kind, and its sizes beside the other options. @throws InvalidInputError */
function withNetwork<O extends LanguageModelOptions>(
  o: O,
): Omit<O, "network"> & { readonly network: NetworkKind } {
  const { network = "lstm" } = o;
  if (typeof network !== "object" || network === null) {
    return { ...o, network: checkChoice("network", network, networkKinds) };
  }
  checkKeys("network", network, ["kind", "embed", ...transformerKeys]);
  const { kind, ...sizes } = network;
  const twice = Object.keys(sizes).find((name) => o[name as keyof O] !== undefined);
  if (twice !== undefined) {
    throw new InvalidInputError(`${twice} is given twice: in network, and beside it`);
  }
  return { ...o, ...sizes, network: checkChoice("kind of network", kind, networkKinds) };
}

/** What suits a corpus; nothing where there is none, or its size is given. */
function suitedTo(
  { corpus, hidden }: LanguageModelOptions,
  suited: (characters: number, longest: number) => object,
): object {
  if (!corpus || hidden !== undefined) return {};
  if (typeof corpus === "string") return suited(corpus.length, 0);
  return suited(
    lengthOf(corpus),
    corpus.reduce((most, text) => Math.max(most, text?.length ?? 0), 0),
  );
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((all, text) => all + (text?.length ?? 0), 0);
}

/** @throws InvalidInputError for what is neither a text nor a list */
export function checkCorpus(corpus: unknown): void {
  if (corpus === undefined || typeof corpus === "string" || Array.isArray(corpus)) return;
  throw new InvalidInputError(
    `corpus must be a string or a list of strings, got ${describe(corpus)}`,
  );
}

/** A tokenizer that was given. @throws InvalidInputError where it is none, or lacks the markers */
export function checkTokenizer(tokenizer: Tokenizer, documents: boolean): Tokenizer {
  if (!Number.isInteger(tokenizer?.size) || typeof tokenizer.encode !== "function") {
    throw new InvalidInputError(
      `tokenizer must be "char", "byte", "bpe" or a tokenizer made before, got ${describe(tokenizer)}`,
    );
  }
  if (!documents || hasMarkers(tokenizer)) return tokenizer;
  throw new InvalidInputError(
    `for documents the tokenizer needs the special tokens ${START} and ${END}; ` +
      `make it with { specials: ["${START}", "${END}"] }`,
  );
}

function hasMarkers(tokenizer: Tokenizer): boolean {
  return tokenizer.special(START) !== undefined && tokenizer.special(END) !== undefined;
}

/** What a file's metadata says of its model. @throws ModelFileError */
export function describedModel(json: { readonly config: unknown; readonly tokenizer: unknown }): {
  config: LanguageModelConfig;
  tokenizer: Tokenizer;
} {
  const config = configFromFile(json.config);
  const tokenizer = tokenizerFromJSON(json.tokenizer);
  if (!config.documents || hasMarkers(tokenizer)) return { config, tokenizer };
  throw new ModelFileError(`the file's tokenizer lacks ${START} or ${END}, which documents need`);
}

/** What the weights of another program are, with the tokenizer given. @throws ModelFileError */
export function foreignModel(
  weights: ReadonlyMap<string, TensorEntry>,
  tokenizer: Tokenizer | undefined,
): { config: LanguageModelConfig; tokenizer: Tokenizer } {
  if (tokenizer === undefined) {
    throw new ModelFileError(
      'the file has no "simdream" metadata, so it holds no tokenizer; give one: { tokenizer }',
    );
  }
  checkTokenizer(tokenizer, false);
  return { config: configFromWeights(weights, tokenizer), tokenizer };
}

/** The configuration in a file's metadata. @throws ModelFileError */
function configFromFile(json: unknown): LanguageModelConfig {
  if (typeof json !== "object" || json === null) {
    throw new ModelFileError(`the file's configuration must be an object, got ${describe(json)}`);
  }
  try {
    const config = json as LanguageModelConfig;
    const { network = "lstm" } = config;
    const sizes = network === "transformer" ? transformerKeys : lstmKeys;
    checkKeys("the configuration", json, ["network", ...sizes, "documents", "seed"]);
    return checkConfig({ ...config, documents: checkFlag("documents", config.documents) });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new ModelFileError(`the file's configuration is damaged: ${error.message}`);
  }
}

/** What PyTorch's weights say of their model by their shapes. */
function configFromWeights(
  weights: ReadonlyMap<string, TensorEntry>,
  tokenizer: Tokenizer,
): LanguageModelConfig {
  const matrix = (name: string) => {
    const shape = weights.get(name)?.shape;
    if (shape?.length === 2) return shape;
    const names = listed(weights.keys());
    throw new ModelFileError(`expected a matrix ${name}; the file has ${names || "no tensors"}`);
  };
  const [V, embed] = matrix("embedding.weight");
  const hidden = matrix("lstm.weight_hh_l0")[1];
  let layers = 1;
  while (weights.has(`lstm.weight_ih_l${layers}`)) layers++;
  if (V !== tokenizer.size) {
    throw new ModelFileError(
      `embedding.weight has ${V} rows, the tokenizer ${tokenizer.size} tokens`,
    );
  }
  try {
    return checkConfig({ embed, hidden, layers, documents: hasMarkers(tokenizer) });
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new ModelFileError(`the file's tensors make no model: ${error.message}`);
  }
}
