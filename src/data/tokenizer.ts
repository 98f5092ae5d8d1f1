// What every tokenizer can do, and how one comes to be: from a corpus, or from a model file.

import {
  checkChoice,
  checkKeys,
  describe,
  InvalidInputError,
  ModelFileError,
} from "../host/errors.js";
import { BpeTokenizer } from "./bpe.js";
import { ByteTokenizer } from "./byte.js";
import { CharTokenizer } from "./char.js";
import { checkText, lenientDecoder } from "./utf8.js";

const kinds = ["char", "byte", "bpe"] as const;
const DEFAULT_VOCAB = 1024;

/** A tokenizer as a model file stores it. */
export type TokenizerJSON =
  | { kind: "char"; characters: string; specials: string[] }
  | { kind: "byte"; specials: string[] }
  | { kind: "bpe"; merges: [number, number][]; specials: string[] };

/** Text to token ids and back. A text never yields a special token, whatever it spells. */
export interface Tokenizer {
  readonly kind: "char" | "byte" | "bpe";
  /** Number of tokens, special ones included. */
  readonly size: number;
  /**
   * Token ids of a text.
   * @throws InvalidInputError for half a character, or one that the vocabulary lacks, with its position
   */
  encode(text: string): Int32Array;
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
  /** What `tokenizerFromJSON` reads back; stored in the model file. */
  toJSON(): TokenizerJSON;
}

/**
 * Builds the vocabulary of one text or several.
 * @param options.vocab for "bpe": tokens to aim for, specials not counted; 257 … 65536, default 1024
 * @param options.specials names of tokens that no text contains, such as "<end>"
 * @throws InvalidInputError
 */
export function createTokenizer(
  kind: Tokenizer["kind"],
  corpus: string | readonly string[],
  options: { readonly vocab?: number; readonly specials?: readonly string[] } = {},
): Tokenizer {
  checkChoice("tokenizer", kind, kinds);
  checkKeys("a tokenizer", options, ["vocab", "specials"]);
  const { vocab, specials = [] } = options;
  if (vocab !== undefined && kind !== "bpe") {
    throw new InvalidInputError(`vocab is for the tokenizer "bpe" only, got it for "${kind}"`);
  }
  const texts = Array.isArray(corpus)
    ? corpus.map((text, i) => checkText(`corpus[${i}]`, text))
    : [checkText("corpus", corpus)];
  if (kind === "char") return CharTokenizer.fromTexts(texts, specials);
  if (kind === "byte") return new ByteTokenizer(specials);
  return BpeTokenizer.fromTexts(texts, vocab ?? DEFAULT_VOCAB, specials);
}

/** The tokenizer that a model file describes. @throws ModelFileError for anything unexpected */
export function tokenizerFromJSON(json: unknown): Tokenizer {
  try {
    return build(json);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new ModelFileError(`the tokenizer in the model file is damaged: ${error.message}`);
  }
}

function build(json: unknown): Tokenizer {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InvalidInputError(`it must be an object, got ${describe(json)}`);
  }
  const { kind, characters, merges, specials } = json as Record<string, unknown>;
  switch (checkChoice("kind", kind, kinds)) {
    case "char":
      checkKeys("kind char", json, ["kind", "characters", "specials"]);
      return new CharTokenizer(characters, specials);
    case "byte":
      checkKeys("kind byte", json, ["kind", "specials"]);
      return new ByteTokenizer(specials);
    case "bpe":
      checkKeys("kind bpe", json, ["kind", "merges", "specials"]);
      return new BpeTokenizer(merges, specials);
  }
}

/** The text of tokens that come one by one. The pieces put together are what `decode` gives. */
export class TokenStream {
  readonly #tokenizer: Tokenizer;
  readonly #decoder: TextDecoder = lenientDecoder();
  /** Whether the decoder holds no part of a character. */
  #whole = true;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** The characters that this token completes; "" while one is still in parts. */
  push(token: number): string {
    const own = this.#tokenizer.whole(token);
    if (own === "" || (own !== undefined && this.#whole)) return own;
    this.#whole = own !== undefined;
    return this.#decoder.decode(this.#tokenizer.bytes(token), { stream: true });
  }

  /** What is left, as U+FFFD; the stream can then be used anew. */
  end(): string {
    this.#whole = true;
    return this.#decoder.decode();
  }
}
