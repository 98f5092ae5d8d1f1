// Options of models that read captions: what cuts them, and the Transformer that reads them.

import type { OwnRules } from "../../host/rules.js";
import type { TokenizerKind } from "../../text/tokenizer.js";

/** Tokens that a model reads at most. */
export const MOST_TOKENS = 4096;

/** Options of what reads captions. */
export interface TextOptions {
  /**
   * What captions are cut into: `bpe`, frequent pieces of words; `byte`; or `char`, the characters of the captions, and no
   * others. Default `bpe`.
   */
  readonly tokenizer?: TokenizerKind;
  /** Tokens of `bpe`. Default 1024. */
  readonly vocab?: number;
  /** Width of the Transformer that reads captions. Default 64. */
  readonly textWidth?: number;
  /** Its blocks. Default 2. */
  readonly textLayers?: number;
  /** Its heads; they divide the width. Default: of 32 numbers each, where that goes. */
  readonly textHeads?: number;
  /** The most tokens of a caption. Default: what the captions need, and half as many, 32 at least and 4096 at most. */
  readonly textContext?: number;
}

/** The same, complete, but for the tokenizer. */
export interface TextSizes {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly context: number;
}

/** What each size may be, which who makes a model's words checks. */
export const textSizeRules: OwnRules<Omit<TextOptions, "tokenizer" | "vocab">> = {
  textWidth: { type: "integer", min: 1, max: 4096, value: 64, own: true },
  textLayers: { type: "integer", min: 1, max: 64, value: 2, own: true },
  textHeads: { type: "integer", min: 1, max: 4096, own: true },
  textContext: { type: "integer", min: 1, max: MOST_TOKENS, own: true },
};

/** What each option may be. */
export const textRules: OwnRules<TextOptions> = {
  tokenizer: { type: "choice", of: ["char", "byte", "bpe"], value: "bpe", own: true },
  vocab: { type: "integer", min: 257, max: 2 ** 18, value: 1024, own: true },
  ...textSizeRules,
};

/** Names of what a file says of them, beside the tokenizer. */
export const textSizeNames: readonly string[] = Object.keys(textSizeRules);
