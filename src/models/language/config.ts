// What a language model is made of: options of a new one, and the same from a file.

import type { TensorEntry } from "../../formats/safetensors.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import {
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
import { END, START } from "../../text/markers.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { suitedNetwork } from "./defaults.js";
import type { LSTMNetworkConfig } from "./lstm.js";

/** Options of `LanguageModel.create`. */
export interface LanguageModelOptions extends RuntimeOption {
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
  /** Size of the embedding. Default 64, or 32 for a small corpus where `hidden` follows from it, too. */
  readonly embed?: number;
  /** Units of an LSTM layer. Default 256, or fewer for a small corpus. */
  readonly hidden?: number;
  /** LSTM layers. Default 1. */
  readonly layers?: number;
  /**
   * Dropout of everything that is not recurrent: embedding, between layers, output (Zaremba et al.
   * 2014). Default 0, or up to 0.5 for a small corpus where `hidden` follows from it, too.
   */
  readonly dropout?: number;
  /** Seed of all randomness in training. Default 0. */
  readonly seed?: number;
}

/** What a language model is made of; stored in its file. */
export interface LanguageModelConfig extends LSTMNetworkConfig {
  readonly documents: boolean;
  readonly seed: number;
}

/** What each option may be. */
export const languageRules: Rules<
  LanguageModelOptions,
  "runtime" | "corpus" | "tokenizer" | "vocab" | "clean"
> = {
  corpus: { type: "other", own: true },
  tokenizer: { type: "choice", of: ["char", "byte", "bpe"], value: "char", own: true },
  vocab: { type: "integer", min: 257, max: 65536, value: 1024, own: true },
  clean: { type: "other", own: true },
  embed: { type: "integer", min: 1, max: 1e6, value: 64, fits: true },
  hidden: { type: "integer", min: 1, max: 1e6, value: 256, fits: true },
  layers: { type: "integer", min: 1, max: 1000, value: 1 },
  dropout: { type: "number", min: 0, max: 0.99, value: 0, fits: true },
  seed: { type: "integer", min: 0, value: 0 },
  runtime: { type: "other", own: true },
};

export const createKeys: readonly string[] = Object.keys(languageRules);

/** @throws InvalidInputError naming the first option that cannot be used */
export function checkConfig(
  o: LanguageModelOptions & { readonly documents: boolean },
): LanguageModelConfig {
  const { seed, ...sizes } = resolve(languageRules, o, suitedTo(o));
  return { ...sizes, documents: o.documents, seed };
}

/** The network that suits a corpus; nothing where there is none, or its size is given. */
function suitedTo({ corpus, hidden }: LanguageModelOptions): object {
  if (!corpus || hidden !== undefined) return {};
  return suitedNetwork(typeof corpus === "string" ? corpus.length : lengthOf(corpus));
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
    checkKeys("the configuration", json, [
      "embed",
      "hidden",
      "layers",
      "dropout",
      "documents",
      "seed",
    ]);
    const config = json as LanguageModelConfig;
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
