// Log-probabilities on the wire. In completions they are parallel lists, a place for every token; in chats a
// list of tokens.

import type { Tokenizer, TokenLogprob } from "../api.js";

/** `logprobs` of a choice. */
export interface WireLogprobs {
  readonly tokens: string[];
  readonly token_logprobs: number[];
  /** Null where only the chosen tokens were asked for. */
  readonly top_logprobs: ReadonlyMap<string, number>[] | null;
  /** Where each token's text begins in the choice's, in code points. */
  readonly text_offset: number[];
}

/** Writes tokens as text. */
export class TokenNames {
  readonly #tokenizer: Tokenizer;
  readonly #specials: ReadonlyMap<number, string>;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    const json = tokenizer.toJSON();
    const names =
      json.kind === "hugging-face"
        ? json.added_tokens.map(({ content }) => content)
        : json.specials;
    this.#specials = new Map(
      names.flatMap((name) => {
        const token = tokenizer.special(name);
        return token === undefined ? [] : [[token, name] as const];
      }),
    );
  }

  /** Its UTF-8; none for a special token. */
  bytes(token: number): number[] {
    return Array.from(this.#tokenizer.bytes(token));
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

export function completionLogprobs(
  names: TokenNames,
  tokens: readonly TokenLogprob[],
): WireLogprobs {
  // The likeliest tokens, the likeliest first, and the chosen one where it is not among them.
  const top = tokens.flatMap(({ top: rivals, ...chosen }) =>
    rivals
      ? [new Map([...rivals, chosen].map(({ token, logprob }) => [names.of(token), logprob]))]
      : [],
  );
  return {
    tokens: tokens.map(({ token }) => names.of(token)),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: top.length > 0 ? top : null,
    text_offset: tokens.map(({ offset }) => offset),
  };
}

interface ChatToken {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: readonly number[];
}

/** `logprobs` of a chat's choice. */
export interface ChatLogprobs {
  readonly content: readonly (ChatToken & { readonly top_logprobs: readonly ChatToken[] })[];
  readonly refusal: null;
}

export function chatLogprobs(names: TokenNames, tokens: readonly TokenLogprob[]): ChatLogprobs {
  const entry = ({ token, logprob }: { token: number; logprob: number }): ChatToken => {
    return { token: names.of(token), logprob, bytes: names.bytes(token) };
  };
  const content = tokens.map((one) => ({
    ...entry(one),
    top_logprobs: (one.top ?? []).map(entry),
  }));
  return { content, refusal: null };
}
