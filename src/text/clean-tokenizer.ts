// A tokenizer that brings texts into one form before it reads them, so that data, prompts and whatever is
// scored later are all read alike. What it writes is in that form.

import { type CleanOptions, checkClean, cleaner } from "./clean.js";
import type { Markers, Tokenizer, TokenizerJSON } from "./tokenizer.js";
import { checkText } from "./utf8.js";

/** Any tokenizer, after `cleanText`. */
export class CleanTokenizer implements Tokenizer {
  readonly kind: Tokenizer["kind"];
  readonly size: number;
  readonly markers?: Markers | undefined;
  readonly #inner: Tokenizer;
  readonly #options: CleanOptions;
  readonly clean: (text: string) => string;

  /** @throws InvalidInputError for options that cannot be used */
  constructor(inner: Tokenizer, options: CleanOptions) {
    this.kind = inner.kind;
    this.size = inner.size;
    this.markers = inner.markers;
    this.#inner = inner;
    this.#options = checkClean(options);
    this.clean = cleaner(options);
  }

  encode(text: string, skip?: (character: string) => void): Int32Array {
    return this.#inner.encode(this.clean(checkText("text", text)), skip);
  }

  decode(tokens: Iterable<number>): string {
    return this.#inner.decode(tokens);
  }

  bytes(token: number): Uint8Array {
    return this.#inner.bytes(token);
  }

  whole(token: number): string | undefined {
    return this.#inner.whole(token);
  }

  special(name: string): number | undefined {
    return this.#inner.special(name);
  }

  toJSON(): TokenizerJSON {
    return { ...this.#inner.toJSON(), clean: this.#options };
  }
}
