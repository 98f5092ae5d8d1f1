// Log-probabilities as the completion format has them: parallel lists, a place for every token.

import type { TokenLogprob } from "../api.js";
import type { ServedModel } from "./generation.js";

/** `logprobs` of a choice. */
export interface WireLogprobs {
  readonly tokens: string[];
  readonly token_logprobs: number[];
  /** Null where only the chosen tokens were asked for. */
  readonly top_logprobs: Record<string, number>[] | null;
  /** Where each token's text begins in the choice's, in code points. */
  readonly text_offset: number[];
}

/** Writes tokens as text. */
export class TokenNames {
  readonly #tokenizer: ServedModel["tokenizer"];
  readonly #specials: ReadonlyMap<number, string>;

  constructor(tokenizer: ServedModel["tokenizer"]) {
    this.#tokenizer = tokenizer;
    const { specials } = tokenizer.toJSON();
    this.#specials = new Map(specials.map((name) => [tokenizer.special(name)!, name]));
  }

  /** A token's text, a special token's name, or bytes where it is no whole character. */
  of(token: number): string {
    const special = this.#specials.get(token);
    if (special !== undefined) return special;
    const bytes = this.#tokenizer.bytes(token);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      const hex = (byte: number) => `\\x${byte.toString(16).padStart(2, "0")}`;
      return `bytes:${Array.from(bytes, hex).join("")}`;
    }
  }
}

/** Writes a choice's log-probabilities. */
export class LogprobsWriter {
  readonly #names: TokenNames;
  readonly #offset: number;

  /** @param offset code points of text before the first token */
  constructor(names: TokenNames, offset: number) {
    this.#names = names;
    this.#offset = offset;
  }

  write(tokens: readonly TokenLogprob[]): WireLogprobs {
    const top = tokens.flatMap((token) => (token.top ? [this.#top(token)] : []));
    return {
      tokens: tokens.map(({ token }) => this.#names.of(token)),
      token_logprobs: tokens.map(({ logprob }) => logprob),
      top_logprobs: top.length > 0 ? top : null,
      text_offset: tokens.map(({ offset }) => this.#offset + offset),
    };
  }

  /** The likeliest tokens, and the chosen one where it is not among them. */
  #top({ token, logprob, top }: TokenLogprob): Record<string, number> {
    const entries = top!.map((rival) => [this.#names.of(rival.token), rival.logprob] as const);
    return Object.fromEntries([...entries, [this.#names.of(token), logprob]]);
  }
}
