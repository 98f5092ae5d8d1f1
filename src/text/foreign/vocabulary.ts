// The tokens and merges of a byte-pair encoding of others.

import { checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import { characterOf } from "./byte-characters.js";
import type { HuggingFaceJSON } from "./json.js";
import { type Merge, Merges } from "./merges.js";
import { checkList, checkSection } from "./sections.js";

/** The most tokens of a vocabulary. */
export const MOST_TOKENS: number = 2 ** 20;
const MOST_MERGES = 2 ** 21;
/** Characters of a token; where merges follow from tokens, each is cut everywhere. */
const LONGEST = 1024;
const LONGEST_PIECE = 128;

/** Text to symbols, symbols to tokens. */
export class Vocabulary {
  readonly #ids: Map<string, number>;
  readonly #merges: Merges;
  /** Tokens of single bytes; -1: none. */
  readonly #bytes: Int32Array;
  readonly #isBytes: boolean;
  readonly #whole: boolean;

  /**
   * @param specials ids that no text yields
   * @param isBytes whether characters of tokens stand for bytes, as GPT-2's do
   * @throws InvalidInputError
   */
  constructor(json: HuggingFaceJSON, specials: ReadonlySet<number>, isBytes: boolean) {
    this.#ids = idsOf(json.tokens);
    const usable = ({ left, right, merged }: Merge) =>
      !specials.has(left) && !specials.has(right) && !specials.has(merged);
    this.#merges = new Merges(mergeList(json, this.#ids).filter(usable), json.size);
    for (const id of specials) {
      const token = json.tokens[id];
      if (typeof token === "string") this.#ids.delete(token);
    }
    const nameOf = (byte: number) =>
      isBytes ? characterOf(byte) : `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
    this.#bytes = new Int32Array(256).fill(-1);
    if (isBytes || json.byte_fallback)
      this.#bytes.forEach((_, i, all) => {
        all[i] = this.#ids.get(nameOf(i)) ?? -1;
      });
    this.#isBytes = isBytes;
    this.#whole = json.ignore_merges;
  }

  /** Whether a text may be cut before each mark that follows something else: no token goes over such a cut. */
  cutsBefore(mark: string): boolean {
    if (this.#whole) return false;
    for (const token of this.#ids.keys()) {
      for (let at = token.indexOf(mark, 1); at > 0; at = token.indexOf(mark, at + 1)) {
        if (token[at - 1] !== mark) return false;
      }
    }
    return true;
  }

  /**
   * Tokens of a piece.
   * @param unknown is called for each character that can not be written, which is then left out
   */
  encode(piece: string, unknown: (character: string) => void): number[] {
    if (this.#whole) {
      const known = this.#ids.get(this.#isBytes ? asCharacters(piece) : piece);
      if (known !== undefined) return [known];
    }
    const symbols: number[] = [];
    for (const character of piece) {
      const id = this.#isBytes ? undefined : this.#ids.get(character);
      if (id !== undefined) symbols.push(id);
      else if (!this.#spell(character, symbols)) unknown(character);
    }
    return this.#merges.apply(symbols);
  }

  /** Adds the bytes of a character. Returns false where the vocabulary lacks one of them. */
  #spell(character: string, symbols: number[]): boolean {
    const code = character.charCodeAt(0);
    const bytes = code < 0x80 ? [code] : new TextEncoder().encode(character);
    for (const byte of bytes) if (this.#bytes[byte] < 0) return false;
    for (const byte of bytes) symbols.push(this.#bytes[byte]);
    return true;
  }
}

/** Ids of tokens. @throws InvalidInputError for what is no token, or one twice */
function idsOf(tokens: HuggingFaceJSON["tokens"]): Map<string, number> {
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    if (token === null) continue;
    if (typeof token !== "string" || token.length === 0 || token.length > LONGEST) {
      const expected = `a string of 1 to ${LONGEST} characters`;
      throw new InvalidInputError(`token ${id} must be ${expected}, got ${describe(token)}`);
    }
    if (ids.has(token)) {
      throw new InvalidInputError(`tokens ${ids.get(token)} and ${id} are both ${describe(token)}`);
    }
    ids.set(token, id);
  }
  return ids;
}

/** The merges of a tokenizer. @throws InvalidInputError */
export function mergeList(
  { tokens, merges, size }: HuggingFaceJSON,
  ids: ReadonlyMap<string, number> = idsOf(tokens),
): Merge[] {
  if (Array.isArray(merges)) return pairs(tokens, ids, merges);
  const { last } = checkSection("merges", merges);
  return pieces(ids, size, checkList("merges.last", last, size) as readonly number[]);
}

function pairs(
  tokens: HuggingFaceJSON["tokens"],
  ids: ReadonlyMap<string, number>,
  merges: readonly number[],
): Merge[] {
  if (merges.length % 2 > 0 || merges.length > 2 * MOST_MERGES) {
    const expected = `pairs of tokens, at most ${MOST_MERGES}`;
    throw new InvalidInputError(`merges must be ${expected}, got ${describe(merges)}`);
  }
  const known = (rank: number, id: number) => {
    checkNumber(`merge ${rank}`, id, { integer: true, min: 0, max: tokens.length - 1 });
    if (tokens[id] !== null) return id;
    throw new InvalidInputError(`merge ${rank} names ${id}, which is no token`);
  };
  return Array.from({ length: merges.length / 2 }, (_, rank) => {
    const left = known(rank, merges[2 * rank]);
    const right = known(rank, merges[2 * rank + 1]);
    const whole = `${tokens[left]}${tokens[right]}`;
    const merged = ids.get(whole);
    if (merged !== undefined) return { left, right, merged, rank };
    throw new InvalidInputError(`merge ${rank} makes ${describe(whole)}, which is no token`);
  });
}

/** As SentencePiece merges: any two that make a token, the best of which has the lowest id, but `last` come last. */
function pieces(ids: ReadonlyMap<string, number>, size: number, last: readonly number[]): Merge[] {
  const late = new Set(last);
  const merges: Merge[] = [];
  for (const [piece, merged] of ids) {
    if (piece.length > LONGEST_PIECE) {
      const expected = `at most ${LONGEST_PIECE} characters`;
      throw new InvalidInputError(`token ${merged} must have ${expected}, got ${piece.length}`);
    }
    for (let at = 1; at < piece.length; at++) {
      const left = ids.get(piece.slice(0, at));
      const right = left === undefined ? undefined : ids.get(piece.slice(at));
      if (right === undefined) continue;
      merges.push({ left: left!, right, merged, rank: late.has(merged) ? size : merged });
    }
  }
  return merges;
}

function asCharacters(piece: string): string {
  return Array.from(new TextEncoder().encode(piece), characterOf).join("");
}
