// Options of a diffusion that learns words: what reads captions.

import type { Rule, Rules } from "../../host/rules.js";
import type { Tokenizer } from "../../text/tokenizer.js";

/** Options of what reads captions. */
export interface TextOptions {
  /**
   * Whether the model learns what is said of the pictures in words, so that it can be asked with a `prompt`. Default: where
   * the pictures have captions.
   */
  readonly captions?: boolean;
  /**
   * What captions are cut into: `bpe`, frequent pieces of words; `byte`; or `char`, the characters of the captions, and no
   * others. Default `bpe`. With captions only, as all that follow.
   */
  readonly tokenizer?: Tokenizer["kind"];
  /** Tokens of `bpe`. Default 1024. */
  readonly vocab?: number;
  /** Width of the Transformer that reads captions. Default 64. */
  readonly textWidth?: number;
  /** Its blocks. Default 2. */
  readonly textLayers?: number;
  /** Its heads; they divide the width. Default: of 32 numbers each, where that goes. */
  readonly textHeads?: number;
  /** The most tokens of a caption. Default: what the captions need, and half as many, 32 at least. */
  readonly textContext?: number;
  /** How many of the smallest sizes of a picture look at the words. Default 1. For `unet` only. */
  readonly textLevels?: number;
}

/** The same, complete, but for the tokenizer. */
export interface TextSizes {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly context: number;
  /** Of a U-Net. */
  readonly levels?: number;
}

/** What sizes with a default may be. */
export const textSizeRules: Rules<Pick<TextOptions, "textWidth" | "textLayers">> = {
  textWidth: { type: "integer", min: 1, max: 4096, value: 64 },
  textLayers: { type: "integer", min: 1, max: 64, value: 2 },
};

/** The same among the options of the model; who makes its words checks them. */
export const textRules: { readonly [K in keyof TextOptions]-?: Rule & { readonly own: true } } = {
  captions: { type: "flag", own: true },
  tokenizer: { type: "choice", of: ["char", "byte", "bpe"], value: "bpe", own: true },
  vocab: { type: "integer", min: 257, max: 2 ** 18, value: 1024, own: true },
  textWidth: { ...textSizeRules.textWidth, own: true },
  textLayers: { ...textSizeRules.textLayers, own: true },
  textHeads: { type: "integer", min: 1, max: 4096, own: true },
  textContext: { type: "integer", min: 1, max: 4096, own: true },
  textLevels: { type: "integer", min: 1, max: 8, value: 1, own: true },
};

/** Options that mean nothing without captions. */
export const ofText: readonly string[] = Object.keys(textRules).slice(1);
