// Unicode code points as tokens: what a reader sees is nearly what the model sees, and a Chinese
// character or an emoji is one token. The vocabulary is closed; a text with an unseen character is
// refused rather than changed.

import { InvalidInputError } from "../host/errors.js";
import { checkToken, checkTokens, Specials } from "./specials.js";
import type { Tokenizer, TokenizerJSON } from "./tokenizer.js";
import { checkText, codePoint, place } from "./utf8.js";

/** Code points, in ascending order unless another is given, then the special tokens. */
export class CharTokenizer implements Tokenizer {
  readonly kind = "char";
  readonly size: number;
  readonly #characters: readonly string[];
  readonly #ids: ReadonlyMap<number, number>;
  readonly #specials: Specials;

  /**
   * @param characters the vocabulary as one string, in the order of the ids
   * @throws InvalidInputError for a vocabulary that is empty or has repeats
   */
  constructor(characters: unknown, specials: unknown) {
    this.#ids = numberCharacters(checkText("characters", characters));
    this.#characters = Array.from(this.#ids.keys(), (code) => String.fromCodePoint(code));
    this.#specials = new Specials(specials, this.#ids.size);
    this.size = this.#ids.size + this.#specials.names.length;
  }

  /** The vocabulary of well-formed texts. @throws InvalidInputError if they hold no character */
  static fromTexts(
    texts: readonly string[],
    specials: readonly string[],
    order: "sorted" | "given" = "sorted",
  ): CharTokenizer {
    const codes = new Set<number>();
    for (const text of texts) {
      for (let i = 0; i < text.length; i++) {
        const code = text.codePointAt(i)!;
        if (code > 0xffff) i++;
        codes.add(code);
      }
    }
    if (codes.size === 0) {
      throw new InvalidInputError("the corpus must have at least one character, but it is empty");
    }
    const all = order === "sorted" ? [...codes].sort((a, b) => a - b) : [...codes];
    return new CharTokenizer(all.map((code) => String.fromCodePoint(code)).join(""), specials);
  }

  encode(text: string, skip?: (character: string) => void): Int32Array {
    checkText("text", text);
    const tokens = new Int32Array(text.length);
    let n = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.codePointAt(i)!;
      const token = this.#ids.get(code);
      if (token === undefined && !skip) throw this.#unknown(text, i);
      if (code > 0xffff) i++;
      if (token === undefined) skip!(String.fromCodePoint(code));
      else tokens[n++] = token;
    }
    return tokens.slice(0, n);
  }

  decode(tokens: Iterable<number>): string {
    let text = "";
    for (const token of checkTokens(tokens)) text += this.whole(token);
    return text;
  }

  bytes(token: number): Uint8Array {
    return new TextEncoder().encode(this.whole(token));
  }

  whole(token: number): string {
    return this.#characters[checkToken(token, this.size)] ?? "";
  }

  special(name: string): number | undefined {
    return this.#specials.id(name);
  }

  toJSON(): TokenizerJSON {
    const specials = [...this.#specials.names];
    return { kind: "char", characters: this.#characters.join(""), specials };
  }

  #unknown(text: string, at: number): InvalidInputError {
    const code = text.codePointAt(at)!;
    const character = JSON.stringify(String.fromCodePoint(code));
    return new InvalidInputError(
      `the text has ${character} (${codePoint(code)}) at ${place(text, at)}, which is not among ` +
        `the ${this.#ids.size} characters of the vocabulary; ${this.#otherForm(text, at)}remove it ` +
        `from the text, create the model with a corpus that has it, or use the tokenizer "bpe" or ` +
        `"byte", which take any text`,
    );
  }

  /** A hint where the characters around an unknown one are known in another normal form, else "". */
  #otherForm(text: string, at: number): string {
    const near = text.slice(Math.max(0, at - 4), at + 8);
    const lacking = (some: string) =>
      Array.from(some).filter((character) => !this.#ids.has(character.codePointAt(0)!)).length;
    const form = ["NFC", "NFD", "NFKC", "NFKD"].find((one) => {
      return lacking(near.normalize(one)) < lacking(near);
    });
    return form ? `in the normal form ${form} it is known (text.normalize("${form}")); or ` : "";
  }
}

/** Ids of the code points of a string. @throws InvalidInputError for one that repeats, and for none */
function numberCharacters(characters: string): Map<number, number> {
  const ids = new Map<number, number>();
  for (const character of characters) {
    const code = character.codePointAt(0)!;
    if (ids.has(code)) {
      throw new InvalidInputError(
        `characters must have each character once, but ${codePoint(code)} is there twice`,
      );
    }
    ids.set(code, ids.size);
  }
  if (ids.size === 0) throw new InvalidInputError("characters must have at least one character");
  return ids;
}
