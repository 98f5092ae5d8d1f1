// Text of tokens that come one by one.

import type { Tokenizer } from "./tokenizer.js";
import { lenientDecoder } from "./utf8.js";

/**
 * The text of tokens that come one by one. The pieces put together are what `decode` gives, but for what some tokenizers
 * take off the beginning of a text, which is taken off where one begins here.
 */
export class TokenStream {
  readonly #tokenizer: Tokenizer;
  readonly #decoder: TextDecoder = lenientDecoder();
  /** Whether the decoder holds no part of a character. */
  #whole = true;
  #begins: boolean;

  /** @param begins whether the first token begins a text. Default: it continues one */
  constructor(tokenizer: Tokenizer, begins: boolean = false) {
    this.#tokenizer = tokenizer;
    this.#begins = begins && tokenizer.strip !== undefined;
  }

  /** The characters that this token completes; "" while one is still in parts. */
  push(token: number): string {
    const text = this.#push(token);
    if (!this.#begins || text === "") return text;
    this.#begins = false;
    return this.#tokenizer.strip!(text);
  }

  #push(token: number): string {
    const own = this.#tokenizer.whole(token);
    if (own === "" || (own !== undefined && this.#whole)) return own;
    this.#whole = own !== undefined;
    return this.#decoder.decode(this.#tokenizer.bytes(token), { stream: true });
  }

  /** What is left, as U+FFFD; the stream can then be used again. */
  end(): string {
    this.#whole = true;
    return this.#decoder.decode();
  }
}
