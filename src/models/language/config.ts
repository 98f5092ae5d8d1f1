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
import { type Rules, resolve } from "../../host/rules.js";
import type { CleanOptions } from "../../text/clean.js";
import { tokenizerFromJSON } from "../../text/create.js";
import {
  checkDocument,
  checkFields,
  type Document,
  fieldsOf,
  type LabelField,
  type LabelKind,
  LabelTokens,
  labelSpecials,
  textOf,
} from "../../text/labels.js";
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
   * documents: each has a start and an end, and samples end by themselves. Documents may have labels:
   * `{ text, labels: { title, author } }`, with which texts are asked for, too.
   */
  readonly corpus?: string | readonly Document[];
  /**
   * What values of labels are, by field: `category`, one of those in the corpus, or `text`, any text. Default:
   * `category` where each value is there twice on average and all are short, at most 900 in all; else `text`.
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
  /** Fields of the documents' labels, where they have any. */
  readonly labels?: readonly LabelField[];
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
  given: Omit<LanguageModelOptions, "labels"> & {
    readonly documents: boolean;
    readonly labels?: readonly LabelField[];
  },
): LanguageModelConfig {
  const { network, ...o } = withNetwork(given, ["embed", ...transformerKeys], foreign);
  const documents = { documents: o.documents, ...(o.labels ? { labels: o.labels } : {}) };
  const { seed } = resolve<Pick<LanguageModelOptions, "seed">, never>(
    { seed: { type: "integer", min: 0, value: 0 } },
    o,
  );
  if (network === "transformer") {
    return { network, ...transformerConfig(o, suitedTo(o, suitedTransformer)), ...documents, seed };
  }
  const { embed, hidden, layers, dropout } = resolve(
    languageRules,
    { ...o, labels: undefined },
    suitedTo(o, (characters) => suitedNetwork(characters)),
  );
  return { network, embed, hidden, layers, dropout, ...documents, seed };
}

/** What suits a corpus; nothing where there is none, or its size is given. */
function suitedTo(
  { corpus, hidden }: Pick<LanguageModelOptions, "corpus" | "hidden">,
  suited: (characters: number, longest: number) => object,
): object {
  if (!corpus || hidden !== undefined) return {};
  if (typeof corpus === "string") return suited(corpus.length, 0);
  const lengths = corpus.map(lengthOf);
  return suited(
    lengths.reduce((all, length) => all + length, 0),
    lengths.reduce((most, length) => Math.max(most, length), 0),
  );
}

/** Characters of a document, its labels included. */
export function lengthOf(document: Document): number {
  const { labels = {} } = typeof document === "string" ? {} : document;
  const values = Object.values(labels);
  return values.reduce((all, value) => all + value.length + 1, textOf(document).length);
}

/** What a corpus says of the texts and the labels that a model is made for. @throws InvalidInputError */
export function readCorpus(
  corpus: unknown,
  kinds: LanguageModelOptions["labels"],
): { readonly texts: string | readonly string[] | undefined; readonly labels?: LabelField[] } {
  if (kinds !== undefined) {
    if (typeof kinds !== "object" || kinds === null) {
      throw new InvalidInputError(`labels must be an object of kinds, got ${describe(kinds)}`);
    }
    for (const [field, kind] of Object.entries(kinds)) {
      checkChoice(`labels.${field}`, kind, ["category", "text"]);
    }
  }
  if (!Array.isArray(corpus)) {
    if (kinds) throw new InvalidInputError("labels are for a corpus of documents");
    if (corpus === undefined || typeof corpus === "string") return { texts: corpus };
    throw new InvalidInputError(
      `corpus must be a string or a list of strings, got ${describe(corpus)}`,
    );
  }
  if (kinds === undefined && corpus.every((one) => typeof one !== "object" || one === null)) {
    return { texts: corpus };
  }
  const documents = corpus.map((one, i) => checkDocument(one, `corpus[${i}]`));
  const labels = fieldsOf(documents, kinds);
  if (labels.length === 0) return { texts: documents.map(textOf) };
  // Characters of labels that are texts are characters of the vocabulary.
  const free = labels.filter(({ values }) => !values).map(({ name }) => name);
  const values = documents.flatMap((one) =>
    typeof one === "string" ? [] : free.flatMap((name) => one.labels?.[name] ?? []),
  );
  return { texts: [...documents.map(textOf), ...values], labels };
}

/** The special tokens of a model of documents, or of one text. */
export function specialsOf(documents: boolean, labels: readonly LabelField[] = []): string[] {
  if (!documents) return [];
  return [START, END, ...(labels.length > 0 ? labelSpecials(labels) : [])];
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
export function describedModel(
  described: object,
  assets: unknown,
): { config: LanguageModelConfig; tokenizer: Tokenizer; labels: LabelTokens | undefined } {
  const config = configFromFile(described);
  const tokenizer = tokenizerFromJSON(assets);
  const labels = labelsOf(config, tokenizer);
  if (!config.documents || hasMarkers(tokenizer)) return { config, tokenizer, labels };
  throw new ModelFileError(`the file's tokenizer lacks ${START} or ${END}, which documents need`);
}

/** What the weights of another program are, with the tokenizer given. @throws ModelFileError */
export function foreignModel(
  weights: ReadonlyMap<string, TensorEntry>,
  tokenizer: Tokenizer | undefined,
): { config: LanguageModelConfig; tokenizer: Tokenizer; labels: undefined } {
  if (tokenizer === undefined) {
    throw new ModelFileError(
      'the file has no "simdream" metadata, so it holds no tokenizer; give one: { tokenizer }',
    );
  }
  checkTokenizer(tokenizer, false);
  return { config: configFromWeights(weights, tokenizer), tokenizer, labels: undefined };
}

/** Labels as tokens, where the model knows some. @throws ModelFileError where the tokenizer lacks one */
function labelsOf({ labels }: LanguageModelConfig, tokenizer: Tokenizer): LabelTokens | undefined {
  try {
    return labels && new LabelTokens(tokenizer, labels);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new ModelFileError(`the file's tokenizer does not fit its labels: ${error.message}`);
  }
}

/** The configuration in a file's metadata. @throws ModelFileError */
function configFromFile(json: object): LanguageModelConfig {
  try {
    const config = json as LanguageModelConfig;
    const { network = "lstm" } = config;
    const sizes = network === "transformer" ? transformerKeys : lstmKeys;
    checkKeys("the configuration", json, ["network", ...sizes, "documents", "labels", "seed"]);
    const documents = checkFlag("documents", config.documents);
    if (config.labels !== undefined) checkFields(config.labels);
    return checkConfig({ ...config, documents });
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
