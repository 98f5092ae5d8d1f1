// Byte-level byte-pair encoding: Sennrich et al. 2016, "Neural Machine Translation of Rare Words
// with Subword Units", over bytes as in GPT-2, so that every text can be encoded and read back.
//
// Text is first split into pieces, and merges stay within a piece. The classes of the splitting
// pattern are spelt out, not \p{L} and friends: what those match depends on the Unicode version of
// the JavaScript engine, and then so would the tokens, and with them the weights.

import { checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { checkToken, Specials } from "./specials.js";
import type { Tokenizer, TokenizerJSON } from "./tokenizer.js";
import { checkText, lenientDecoder, wholeText } from "./utf8.js";

const MAX_VOCAB = 65536;

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
const PIECES = new RegExp(
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

/** 256 bytes, then one token for each merge in the order learnt, then the special tokens. */
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
   * @throws InvalidInputError for merges that no training could have learnt
   */
  constructor(merges: unknown, specials: unknown) {
    const vocabulary = buildVocabulary(merges);
    this.#merges = vocabulary.merges;
    this.#bytes = vocabulary.bytes;
    this.#merged = vocabulary.merged;
    this.#specials = new Specials(specials, this.#bytes.length);
    this.size = this.#bytes.length + this.#specials.names.length;
  }

  /**
   * Learns merges from well-formed texts until there are `vocab` tokens (specials not counted) or
   * no pair occurs twice.
   * @throws InvalidInputError for a `vocab` outside 257 … 65536
   */
  static fromTexts(
    texts: readonly string[],
    vocab: number,
    specials: readonly string[],
  ): BpeTokenizer {
    checkNumber("vocab", vocab, { integer: true, min: 257, max: MAX_VOCAB });
    return new BpeTokenizer(learnMerges(texts, vocab - 256), specials);
  }

  encode(text: string): Int32Array {
    const tokens: number[] = [];
    // Lives for one call: a lasting cache of slices would keep every text alive.
    const cache = new Map<string, readonly number[]>();
    for (const [piece] of checkText("text", text).matchAll(PIECES)) {
      let part = cache.get(piece);
      if (part === undefined) {
        part = this.#encodePiece(piece);
        cache.set(piece, part);
      }
      for (const token of part) tokens.push(token);
    }
    return Int32Array.from(tokens);
  }

  decode(tokens: Iterable<number>): string {
    const bytes: number[] = [];
    for (const token of tokens) {
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

/** Two neighbouring tokens, and how often they meet. */
interface Pair {
  readonly left: number;
  readonly right: number;
  count: number;
  /** The count with which the pair stands in the queue. */
  queued: number;
  /** Indices of the words that had it when it was last added to. */
  readonly words: number[];
}

/**
 * Up to `limit` merges, each of the most frequent pair, ties to the lower ids. A pair of old tokens
 * can only become rarer and a pair with the new token is complete after its merge, so a queue whose
 * counts are put right when they come to the front always gives the most frequent pair.
 */
function learnMerges(texts: readonly string[], limit: number): [number, number][] {
  const pieces = new Map<string, number>();
  for (const text of texts) {
    for (const [piece] of text.matchAll(PIECES)) pieces.set(piece, (pieces.get(piece) ?? 0) + 1);
  }
  const encoder = new TextEncoder();
  const words = Array.from(pieces, ([piece, count]) => {
    return { tokens: Array.from(encoder.encode(piece)), count };
  });

  const pairs = new Map<number, Pair>();
  let fresh: Pair[] = [];
  const add = (left: number, right: number, change: number, word: number) => {
    let pair = pairs.get(keyOf(left, right));
    if (pair === undefined) {
      pair = { left, right, count: 0, queued: 0, words: [] };
      pairs.set(keyOf(left, right), pair);
      fresh.push(pair);
    }
    pair.count += change;
    if (change > 0 && pair.words[pair.words.length - 1] !== word) pair.words.push(word);
  };
  words.forEach(({ tokens, count }, word) => {
    for (let i = 1; i < tokens.length; i++) add(tokens[i - 1], tokens[i], count, word);
  });

  const merges: [number, number][] = [];
  const queue: Pair[] = [];
  while (merges.length < limit) {
    for (const pair of fresh) enqueue(queue, pair);
    fresh = [];
    let best = dequeue(queue);
    while (best !== undefined && best.count !== best.queued) {
      enqueue(queue, best);
      best = dequeue(queue);
    }
    if (best === undefined) break;
    const { left, right } = best;
    const made = 256 + merges.length;
    for (const word of best.words) {
      const { tokens, count } = words[word];
      let n = 0; // tokens[0 … n - 1] are merged already
      for (let i = 0; i < tokens.length; i++) {
        if (tokens[i] !== left || tokens[i + 1] !== right) {
          tokens[n++] = tokens[i];
          continue;
        }
        if (n > 0) {
          add(tokens[n - 1], left, -count, word);
          add(tokens[n - 1], made, count, word);
        }
        if (i + 2 < tokens.length) {
          add(right, tokens[i + 2], -count, word);
          add(made, tokens[i + 2], count, word);
        }
        tokens[n++] = made;
        i++;
      }
      tokens.length = n;
    }
    pairs.delete(keyOf(left, right));
    merges.push([left, right]);
  }
  return merges;
}

function isBefore(a: Pair, b: Pair): boolean {
  if (a.queued !== b.queued) return a.queued > b.queued;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

/** Adds to a binary heap, unless the pair is too rare to be worth a token. */
function enqueue(heap: Pair[], pair: Pair): void {
  if (pair.count < 2) return;
  pair.queued = pair.count;
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(pair, heap[parent])) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = pair;
}

function dequeue(heap: Pair[]): Pair | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
    if (child >= heap.length || !isBefore(heap[child], last)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
  return first;
}
