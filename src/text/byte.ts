// Bytes as tokens: the smallest vocabulary that can write everything. Chinese costs three tokens a
// character, so `bpe` is usually the better choice for it.

import { checkToken, checkTokens, Specials } from "./specials.js";
import type { Tokenizer, TokenizerJSON } from "./tokenizer.js";
import { checkText, lenientDecoder } from "./utf8.js";

/** UTF-8 bytes 0 … 255, then the special tokens. */
export class ByteTokenizer implements Tokenizer {
  readonly kind = "byte";
  readonly size: number;
  readonly #specials: Specials;

  /** @throws InvalidInputError for specials that are not a short list of distinct names */
  constructor(specials: unknown) {
    this.#specials = new Specials(specials, 256);
    this.size = 256 + this.#specials.names.length;
  }

  encode(text: string): Int32Array {
    return Int32Array.from(new TextEncoder().encode(checkText("text", text)));
  }

  decode(tokens: Iterable<number>): string {
    const bytes: number[] = [];
    for (const token of checkTokens(tokens))
      if (checkToken(token, this.size) < 256) bytes.push(token);
    return lenientDecoder().decode(Uint8Array.from(bytes));
  }

  bytes(token: number): Uint8Array {
    return Uint8Array.from(checkToken(token, this.size) < 256 ? [token] : []);
  }

  whole(token: number): string | undefined {
    if (checkToken(token, this.size) >= 256) return "";
    return token < 128 ? String.fromCharCode(token) : undefined;
  }

  special(name: string): number | undefined {
    return this.#specials.id(name);
  }

  toJSON(): TokenizerJSON {
    return { kind: "byte", specials: [...this.#specials.names] };
  }
}
