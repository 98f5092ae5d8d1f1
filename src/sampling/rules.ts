// What the sampler asks of a grammar. What answers comes with the grammar itself, so that a page that has none
// carries nothing of it.

import type { Tokenizer } from "../text/tokenizer.js";
import type { FinishReason } from "./finish.js";

/** Where a text stands in a grammar. */
export type Place = object;

/** The tokens that end a text of a model: none where it knows no end. */
export interface Ends {
  readonly end: number | undefined;
  /** All of them, where there are several. */
  readonly ends?: readonly number[] | undefined;
}

/** What a generated text may be: a `Grammar` of simdream/grammar. */
export interface TextGrammar {
  /**
   * @param o where the prompt is empty, the text begins with the first token
   * @internal
   */
  start(
    tokenizer: Tokenizer,
    ends: Ends,
    o: { readonly maxTokens: number; readonly prompt: string },
  ): GrammarRun;
  /** Plain data, of which a worker makes it again. */
  toJSON(): object;
}

/** The samples of one call under a grammar. */
export interface GrammarRun {
  /** Before the first token. */
  readonly start: Place;
  /**
   * Sets the logits of tokens that may not come next to -inf. Where the text is complete and the model has no end,
   * every token may be drawn: one that does not fit then ends the text, see `leaves`.
   */
  mask(place: Place, logits: Float32Array): void;
  /** Whether this token ends the text without being part of it. */
  leaves(place: Place, token: number): boolean;
  /** The place after a token. */
  next(place: Place, token: number): Place;
  /** Whether the text is complete and nothing can follow. */
  over(place: Place): boolean;
  /** Whether a sample that ends here satisfies the grammar; one that does not is an error of `check`. */
  satisfies(finish: FinishReason, place: Place, text: string): boolean;
  /** Called after the last sample. @throws GrammarError where one did not satisfy the grammar */
  check(samples: number): void;
}
