// Rules about generated text that tokens cross: stop strings end it, banned strings never appear in
// it, and a piece of it is only shown when no rule can take it back.

import { TokenStream } from "../text/stream.js";
import type { Tokenizer } from "../text/tokenizer.js";
import { WholeCharacters } from "./whole-characters.js";

/** What stands for bytes that are no character. */
const REPLACEMENT = "\ufffd";

/** Turns one sample's tokens into text that is safe to show. */
export class TextRules {
  readonly #stream: TokenStream;
  readonly #stops: readonly string[];
  /** Complete characters that may be the beginning of a stop string. */
  #held = "";
  #stopped = false;
  readonly #cut: boolean;
  #characters = 0;

  /**
   * @param banned where U+FFFD is among them, an end inside a character leaves that out
   * @param begins whether a text begins with the first token, and is not continued
   */
  constructor(
    tokenizer: Tokenizer,
    stops: readonly string[],
    banned: readonly string[] = [],
    begins: boolean = false,
  ) {
    this.#stream = new TokenStream(tokenizer, begins);
    this.#stops = stops;
    this.#cut = bansDamage(banned);
  }

  /** Characters (code points) that the tokens so far complete, those of a stop string included. */
  get characters(): number {
    return this.#characters;
  }

  /** Whether a stop string has come. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** The text that this token makes certain. */
  push(token: number): string {
    const added = this.#stream.push(token);
    for (const _ of added) this.#characters++;
    return this.#release(added, false);
  }

  /** The rest, when no more tokens come. */
  end(): string {
    return this.#stopped ? "" : this.#release(this.#cut ? "" : this.#stream.end(), true);
  }

  #release(added: string, last: boolean): string {
    const text = this.#held + added;
    const at = earliest(text, this.#stops);
    if (at >= 0) {
      this.#stopped = true;
      this.#held = "";
      return text.slice(0, at);
    }
    const keep = last ? 0 : overlap(text, this.#stops);
    this.#held = text.slice(text.length - keep);
    return text.slice(0, text.length - keep);
  }
}

/** Where the first of the strings begins in the text, or -1. */
function earliest(text: string, strings: readonly string[]): number {
  let first = -1;
  for (const string of strings) {
    const at = text.indexOf(string);
    if (at >= 0 && (first < 0 || at < first)) first = at;
  }
  return first;
}

/** Length of the longest end of the text that begins one of the strings. */
function overlap(text: string, strings: readonly string[]): number {
  let longest = 0;
  for (const string of strings) {
    for (let n = Math.min(string.length - 1, text.length); n > longest; n--) {
      if (text.endsWith(string.slice(0, n))) longest = n;
    }
  }
  return longest;
}

/** Whether bytes that are no characters may not come. */
function bansDamage(banned: readonly string[]): boolean {
  return banned.some((string) => string.includes(REPLACEMENT));
}

/**
 * Banned strings, as bytes: which tokens would complete one, given the bytes so far. The tokens that
 * finish a string from each of its places are found once.
 */
export class BannedStrings {
  readonly #strings: readonly Uint8Array[];
  /** [string][bytes that have come] → tokens that bring the rest */
  readonly #completions: readonly (readonly number[])[][];
  /** Where U+FFFD is banned: damaged bytes would be shown as one. */
  readonly #whole: WholeCharacters | undefined;
  readonly longest: number;

  constructor(tokenizer: Tokenizer, banned: readonly string[]) {
    const encoder = new TextEncoder();
    this.#strings = banned.map((string) => encoder.encode(string));
    this.longest = this.#strings.reduce((most, { length }) => Math.max(most, length), 0);
    this.#whole = bansDamage(banned) ? new WholeCharacters(tokenizer) : undefined;
    const size = banned.length === 0 ? 0 : tokenizer.size;
    const pieces = Array.from({ length: size }, (_, id) => tokenizer.bytes(id));
    this.#completions = this.#strings.map((string) =>
      Array.from(string, (_, had) => {
        const rest = string.subarray(had);
        return pieces.flatMap((piece, id) =>
          (had === 0 ? contains(piece, rest) : beginsWith(piece, rest, 0)) ? [id] : [],
        );
      }),
    );
  }

  /**
   * Sets the logits of tokens that would complete a banned string to -inf. `tail`: bytes so far; `left`:
   * tokens that can follow the next one.
   */
  forbid(logits: Float32Array, tail: readonly number[], left: number): void {
    this.#whole?.forbid(logits, tail, left);
    for (const [s, string] of this.#strings.entries()) {
      for (let had = 0; had < string.length && had <= tail.length; had++) {
        if (!endsWith(tail, string, had)) continue;
        for (const token of this.#completions[s][had]) logits[token] = -Infinity;
      }
    }
  }
}

function beginsWith(bytes: Uint8Array, start: Uint8Array, at: number): boolean {
  return at + start.length <= bytes.length && start.every((byte, i) => byte === bytes[at + i]);
}

function contains(bytes: Uint8Array, part: Uint8Array): boolean {
  for (let at = 0; at + part.length <= bytes.length; at++) {
    if (beginsWith(bytes, part, at)) return true;
  }
  return false;
}

/** Whether `tail` ends with the first `n` bytes of `string`. */
function endsWith(tail: readonly number[], string: Uint8Array, n: number): boolean {
  for (let i = 0; i < n; i++) if (tail[tail.length - n + i] !== string[i]) return false;
  return true;
}
