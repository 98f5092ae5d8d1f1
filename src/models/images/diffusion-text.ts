// Options of a diffusion that learns words.

import type { OwnRules } from "../../host/rules.js";
import { type TextOptions, type TextSizes, textRules } from "./caption-options.js";

/** Options of words; all but `captions` with captions only. */
export interface DiffusionTextOptions extends TextOptions {
  /**
   * Whether the model learns what is said of the pictures in words, so that it can be asked with a `prompt`. Default: where
   * the pictures have captions.
   */
  readonly captions?: boolean;
  /** How many of the smallest sizes of a picture look at the words. Default 1. For `unet` only. */
  readonly textLevels?: number;
}

/** Sizes of what reads captions, and of who looks at them. */
export interface DiffusionTextSizes extends TextSizes {
  /** Of a U-Net. */
  readonly levels?: number;
}

/** What each option may be; who makes the words checks them. */
export const diffusionTextRules: OwnRules<DiffusionTextOptions> = {
  captions: { type: "flag", own: true },
  ...textRules,
  textLevels: { type: "integer", min: 1, max: 8, value: 1, own: true },
};

/** Options that mean nothing without captions: all but `captions`. */
export const ofText: readonly string[] = Object.keys(diffusionTextRules).slice(1);
