// What a language model is made of: options of a new one, and the same from a file.

import type { LabelKind } from "../../data/labels.js";
import type { TensorEntry } from "../../formats/safetensors.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import {
  checkFlag,
  checkKeys,
  checkNumber,
  describe,
  InvalidInputError,
  listed,
  ModelFileError,
} from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { CleanOptions } from "../../text/clean.js";
import { tokenizerFromJSON } from "../../text/create.js";
import { END, START } from "../../text/markers.js";
import type { Tokenizer } from "../../text/tokenizer.js";
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
import type { CausalNetworkConfig } from "./causal-network.js";
import { type Corpus, corpusSize } from "./corpora.js";
import { suitedNetwork, suitedTransformer } from "./defaults.js";

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
   * documents: each has a start and an end, and samples end by themselves. Documents may have labels, such as
   * `{ text: "…", labels: { title: "…", author: "…" } }`: the model learns texts given these, as far as
   * they are known.
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

/** Sizes of a network of either kind. */
type NetworkSizes = TransformerOptions & Pick<LanguageModelOptions, "embed">;

/** What a language model is made of, `network` and its sizes first; stored in its file. */
export type LanguageModelConfig = Flat<CausalNetworkConfig> & {
  readonly documents: boolean;
  readonly seed: number;
};

/** What each option may be. */
export const languageRules: Rules<
  LanguageModelOptions,
  | ("runtime" | "corpus" | "labels" | "tokenizer" | "vocab" | "clean" | "network")
  | Exclude<keyof TransformerOptions, "hidden" | "layers" | "dropout">
> = {
  network: { type: "choice", of: networkKinds, value: "lstm", own: true },
  corpus: { type: "other", own: true },
  labels: { type: "other", own: true },
  tokenizer: { type: "choice", of: ["char", "byte", "bpe"], value: "char", own: true },
  vocab: { type: "integer", min: 257, max: 2 ** 18, value: 1024, own: true },
  clean: { type: "other", own: true },
  embed: { type: "integer", min: 1, max: 1e6, value: 64, fits: true },
  hidden: { type: "integer", min: 1, max: 1e6, value: 256, fits: true },
  layers: { type: "integer", min: 1, max: 1000, value: 1, fits: true },
  ...ownTransformerRules,
  dropout: { type: "number", min: 0, max: 0.99, value: 0, fits: true },
  seed: { type: "integer", min: 0, value: 0 },
  runtime: { type: "other", own: true },
};

const lstmKeys = ["embed", "hidden", "layers", "dropout"];

export const createKeys: readonly string[] = Object.keys(languageRules);

/** Sizes that only one kind of network has. */
const foreign: ForeignKeys = {
  lstm: Object.keys(ownTransformerRules),
  transformer: ["embed"],
};

/** @throws InvalidInputError naming the first option that cannot be used */
export function checkConfig(
  given: LanguageModelOptions & { readonly documents: boolean },
): LanguageModelConfig {
  const { network, ...o } = withNetwork(given, ["embed", ...transformerKeys], foreign);
  const { documents } = o;
  const { seed } = resolve<Pick<LanguageModelOptions, "seed">, never>(
    { seed: { type: "integer", min: 0, value: 0 } },
    o,
  );
  if (network === "transformer") {
    const sizes = transformerConfig(o, suitedSizes(o));
    if (documents) checkNumber("context of documents", sizes.context, { min: 2 });
    return { network, ...sizes, documents, seed };
  }
  const { embed, hidden, layers, dropout } = resolve(languageRules, o, suitedTo(o));
  return { network, embed, hidden, layers, dropout, documents, seed };
}

/** What suits a corpus; nothing where there is none, or its size is given. */
function suitedTo({ corpus, hidden }: LanguageModelOptions): object {
  return !corpus || hidden !== undefined ? {} : suitedNetwork(corpusSize(corpus)[0]);
}

/** The same of a Transformer; the context is what the documents need, whatever its size. */
function suitedSizes({ corpus, hidden, tokenizer }: LanguageModelOptions): object {
  if (!corpus) return {};
  const { kind = tokenizer } = Object(tokenizer) as Partial<Tokenizer>;
  const suited = suitedTransformer(...corpusSize(corpus, kind === "byte" ? utf8Length : undefined));
  return hidden === undefined ? suited : { context: suited.context };
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Special tokens of a model of documents, with those that labels need; none of a model of one text. */
export function specialsOf(documents: boolean, labels: readonly string[]): string[] {
  return documents ? [START, END, ...labels] : [];
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
  if (specials.every((name) => tokenizer.special(name) !== undefined)) return tokenizer;
  if (specials.length === 2) {
    throw new InvalidInputError(
      `for documents the tokenizer needs the special tokens ${START} and ${END}; ` +
        `make it with { specials: ["${START}", "${END}"] }`,
    );
  }
  throw new InvalidInputError(
    `for documents with these labels the tokenizer needs the special tokens ${listed(specials)}`,
  );
}

function hasMarkers(tokenizer: Tokenizer): boolean {
  return tokenizer.special(START) !== undefined && tokenizer.special(END) !== undefined;
}

/** What a file's metadata says of its model. @throws ModelFileError */
export function describedModel(
  described: object,
  assets: unknown,
): { config: LanguageModelConfig; tokenizer: Tokenizer } {
  const config = configFromFile(described);
  const tokenizer = tokenizerFromJSON(assets);
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
  checkTokenizer(tokenizer, []);
  return { config: configFromWeights(weights, tokenizer), tokenizer };
}

/** The configuration in a file's metadata. @throws ModelFileError */
function configFromFile(json: object): LanguageModelConfig {
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
