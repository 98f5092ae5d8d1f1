// Byte-level byte-pair encoding: Sennrich et al. 2016, "Neural Machine Translation of Rare Words
// with Subword Units", over bytes as in GPT-2, so that every text can be encoded and read back.
//
// Text is first split into pieces, and merges stay within a piece. The classes of the splitting
// pattern are spelt out, not \p{L} and friends: what those match depends on the Unicode version of
// the JavaScript engine, and then so would the tokens, and with them the weights.

import { checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { checkToken, checkTokens, Specials } from "./specials.js";
import type { Tokenizer, TokenizerJSON } from "./tokenizer.js";
import { checkText, lenientDecoder, wholeText } from "./utf8.js";

/** The most tokens, special ones not counted. */
export const MAX_VOCAB = 262144;

// Pieces hold at most 32 code points after a leading one, which bounds the work for each of them:
// a long run of Chinese, spaces or base64 costs time linear in its length.
const MAX_TOKEN_BYTES = 4 * 33;

const SPACE = "\\t-\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
const DIGIT = "0-9\\uff10-\\uff19";
// ASCII, Latin-1, general, CJK and full-width punctuation; symbols; emoji.
const MARK =
  "!-/:-@\\[-`{-~\\u00a1-\\u00a9\\u00ab-\\u00b4\\u00b6-\\u00b9\\u00bb-\\u00bf\\u00d7\\u00f7" +
  "\\u2010-\\u2027\\u2030-\\u205e\\u20a0-\\u2bff\\u3001-\\u3004\\u3008-\\u3020\\ufe10-\\ufe1f" +
  "\\ufe30-\\ufe6f\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65" +
  "\\u{1f000}-\\u{1faff}";
/** What a text is split into before merges; a piece has at most MAX_TOKEN_BYTES. */
export const PIECES: RegExp = new RegExp(
  [
    `[ '\\u2019]?[^${SPACE}${DIGIT}${MARK}]{1,32}`, // a word: whatever is none of the others
    ` ?[${DIGIT}]{1,3}`,
    ` ?[${MARK}][${MARK}\\u200d\\ufe0f]{0,31}`, // joiners keep an emoji sequence together
    `[${SPACE}]{0,31}\\n`,
    `[${SPACE}]{1,32}(?![^${SPACE}])`, // leaves the last space to the word that follows
    `[${SPACE}]`,
  ].join("|"),
  "gu",
);

/** 256 bytes, then one token for each merge in the order learned, then the special tokens. */
export class BpeTokenizer implements Tokenizer {
  readonly kind = "bpe";
  readonly size: number;
  readonly #merges: readonly (readonly [number, number])[];
  /** Bytes of every token that is not special. */
  readonly #bytes: readonly Uint8Array[];
  /** Their texts, where they are whole characters; filled as they are asked for. */
  readonly #texts = new Map<number, string | undefined>();
  /** The token that a pair becomes, by `keyOf(left, right)`. */
  readonly #merged: ReadonlyMap<number, number>;
  readonly #specials: Specials;

  /**
   * @param merges pairs of tokens; merge i makes token 256 + i out of earlier ones
   * @throws InvalidInputError for merges that no training could have learned
   */
  constructor(merges: unknown, specials: unknown) {
    const vocabulary = buildVocabulary(merges);
    this.#merges = vocabulary.merges;
    this.#bytes = vocabulary.bytes;
    this.#merged = vocabulary.merged;
    this.#specials = new Specials(specials, this.#bytes.length);
    this.size = this.#bytes.length + this.#specials.names.length;
  }

  encode(text: string): Int32Array {
    let tokens = new Int32Array(text.length + 1);
    let n = 0;
    // Lives for one call: a lasting cache of slices would keep every text alive.
    const cache = new Map<string, readonly number[]>();
    for (const [piece] of checkText("text", text).matchAll(PIECES)) {
      let part = cache.get(piece);
      if (part === undefined) {
        part = this.#encodePiece(piece);
        cache.set(piece, part);
      }
      if (n + part.length > tokens.length) {
        const larger = new Int32Array(2 * tokens.length + part.length);
        larger.set(tokens);
        tokens = larger;
      }
      for (const token of part) tokens[n++] = token;
    }
    return tokens.slice(0, n);
  }

  decode(tokens: Iterable<number>): string {
    const bytes: number[] = [];
    for (const token of checkTokens(tokens)) {
      for (const byte of this.#bytes[checkToken(token, this.size)] ?? []) bytes.push(byte);
    }
    return lenientDecoder().decode(Uint8Array.from(bytes));
  }

  bytes(token: number): Uint8Array {
    return Uint8Array.from(this.#bytes[checkToken(token, this.size)] ?? []);
  }

  whole(token: number): string | undefined {
    if (!this.#texts.has(token)) this.#texts.set(token, wholeText(this.bytes(token)));
    return this.#texts.get(token);
  }

  special(name: string): number | undefined {
    return this.#specials.id(name);
  }

  toJSON(): TokenizerJSON {
    const merges = this.#merges.map(([left, right]): [number, number] => [left, right]);
    return { kind: "bpe", merges, specials: [...this.#specials.names] };
  }

  /** Applies the earliest merge, leftmost first, until none applies: the order of training. */
  #encodePiece(piece: string): number[] {
    const tokens = Array.from(new TextEncoder().encode(piece));
    const mergeAt = (i: number) => this.#merged.get(keyOf(tokens[i], tokens[i + 1])) ?? Infinity;
    const merged = tokens.map((_, i) => mergeAt(i)); // the last is Infinity: it has no right
    for (;;) {
      let best = 0;
      for (let i = 1; i < merged.length; i++) if (merged[i] < merged[best]) best = i;
      if (merged[best] === Infinity) return tokens;
      tokens.splice(best, 2, merged[best]);
      merged.splice(best, 1);
      merged[best] = mergeAt(best);
      if (best > 0) merged[best - 1] = mergeAt(best - 1);
    }
  }
}

/** One number for a pair, ordered as the pair. NaN, which no map of ours holds, if one is missing. */
function keyOf(left: number, right: number): number {
  return left * MAX_VOCAB + right;
}

/** What follows from the merges. Bounds token lengths, which hostile merges double each time. */
function buildVocabulary(merges: unknown): {
  merges: readonly (readonly [number, number])[];
  bytes: readonly Uint8Array[];
  merged: ReadonlyMap<number, number>;
} {
  if (!Array.isArray(merges) || merges.length > MAX_VOCAB - 256) {
    const expected = `an array of at most ${MAX_VOCAB - 256} pairs`;
    throw new InvalidInputError(`merges must be ${expected}, got ${describe(merges)}`);
  }
  const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const merged = new Map<number, number>();
  const pairs: [number, number][] = [];
  for (let i = 0; i < merges.length; i++) {
    const pair: unknown = merges[i];
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new InvalidInputError(`merges[${i}] must be a pair of tokens, got ${describe(pair)}`);
    }
    const rule = { integer: true, min: 0, max: bytes.length - 1 }; // only earlier tokens
    const left = checkNumber(`merges[${i}][0]`, pair[0], rule);
    const right = checkNumber(`merges[${i}][1]`, pair[1], rule);
    const length = bytes[left].length + bytes[right].length;
    if (length > MAX_TOKEN_BYTES) {
      const limit = `at most ${MAX_TOKEN_BYTES} bytes`;
      throw new InvalidInputError(`merges[${i}] must make a token of ${limit}, got ${length}`);
    }
    if (merged.has(keyOf(left, right))) {
      throw new InvalidInputError(`merges[${i}] repeats the pair ${left}, ${right}`);
    }
    merged.set(keyOf(left, right), bytes.length);
    bytes.push(Uint8Array.of(...bytes[left], ...bytes[right]));
    pairs.push([left, right]);
  }
  return { merges: pairs, bytes, merged };
}
