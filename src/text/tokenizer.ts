// What every tokenizer can do.

import type { CleanOptions } from "./clean.js";
import type { HuggingFaceJSON } from "./foreign/json.js";

/** Tokenizers that are made from a corpus. */
export type TokenizerKind = "char" | "byte" | "bpe";

/** A tokenizer as a model file stores it. */
export type TokenizerJSON = (
  | { kind: "char"; characters: string; specials: string[] }
  | { kind: "byte"; specials: string[] }
  | { kind: "bpe"; merges: [number, number][]; specials: string[] }
  | HuggingFaceJSON
) & {
  /** The form that texts are brought into; absent: they stay as they are. */
  clean?: CleanOptions;
};

/** What becomes of characters that a model does not know. */
export type Unknown = "error" | "skip";

/** What `encode` needs for it; `skipped` is called for each that is left out. */
export function skipping(
  unknown: Unknown,
  skipped: (character: string) => void = () => {},
): ((character: string) => void) | undefined {
  return unknown === "skip" ? skipped : undefined;
}

/** Start and end of a document. */
export interface Markers {
  readonly start: number;
  readonly end: number;
  /** What pretrained models have otherwise: those of documents that are made here have not. */
  readonly pretrained?: {
    /** All that end a document, `end` first. */
    readonly ends: readonly number[];
    /** Whether the start comes before a prompt that is not empty. */
    readonly opens: boolean;
  };
}

/** Text to token ids and back. A text never yields a special token, whatever it spells. */
export interface Tokenizer {
  readonly kind: TokenizerKind | "hugging-face";
  /** Number of tokens, special ones included. */
  readonly size: number;
  /** Start and end of documents, where they are not `<start>` and `<end>`. */
  readonly markers?: Markers | undefined;
  /** How a conversation is written as a text, where the tokenizer says so: a template of Jinja. */
  readonly chatTemplate?: string | undefined;
  /** The form in which texts are read; absent: as they are. */
  readonly clean?: (text: string) => string;
  /**
   * Token ids of a text.
   * @param skip is given the characters that the vocabulary lacks, which are then left out
   * @throws InvalidInputError for half a character, or without `skip` for one that the vocabulary lacks, with its
   * position
   */
  encode(text: string, skip?: (character: string) => void): Int32Array;
  /**
   * The text of tokens. Special tokens give nothing; bytes that are no valid UTF-8 give U+FFFD.
   * @throws InvalidInputError for a number that is no token
   */
  decode(tokens: Iterable<number>): string;
  /** UTF-8 bytes of one token; empty for a special token. @throws InvalidInputError */
  bytes(token: number): Uint8Array;
  /**
   * The text of one token where its bytes are whole characters, "" for a special token; undefined where
   * they need a neighbour's. @throws InvalidInputError
   */
  whole(token: number): string | undefined;
  /** Id of a special token such as "<end>", or undefined. */
  special(name: string): number | undefined;
  /** The beginning of a text without what it has only for the tokens, where there is such: a space. */
  strip?(text: string): string;
  /** What `tokenizerFromJSON` reads back; stored in the model file. */
  toJSON(): TokenizerJSON;
}
