// Text of tokens that come one by one.

import type { Tokenizer } from "./tokenizer.js";
import { lenientDecoder } from "./utf8.js";

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

  /** What is left, as U+FFFD; the stream can then be used again. */
  end(): string {
    this.#whole = true;
    return this.#decoder.decode();
  }
}
