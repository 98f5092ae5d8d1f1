// Tokenizers of large texts: byte pairs of many megabytes are learned for a minute, in which a page should stay
// alive and a user can change their mind.

import { checkSignal, describe, InvalidInputError } from "../host/errors.js";
import { eventLoop } from "../host/event-loop.js";
import { type LearningProgress, learnBpe } from "./bpe-learning.js";
import { makeTokenizer, type TokenizerOptions } from "./make.js";
import type { Tokenizer, TokenizerKind } from "./tokenizer.js";

/** Options of `learnTokenizer`. */
export interface LearnOptions extends TokenizerOptions {
  /** Called now and then with the merges of byte pairs learned so far. */
  readonly onProgress?: (progress: LearningProgress) => void;
  /** Ends the learning; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The longest that the event loop has to wait, in milliseconds. */
const YIELD_AFTER = 25;

/**
 * What `createTokenizer` makes, without keeping the event loop waiting.
 *
 * ```ts
 * const tokenizer = await learnTokenizer("bpe", text, {
 *   vocab: 32768,
 *   onProgress: ({ merges, of }) => console.log(`${merges} of ${of}`),
 *   signal: AbortSignal.timeout(60_000),
 * });
 * ```
 *
 * @throws InvalidInputError, or the signal's reason
 */
export async function learnTokenizer(
  kind: TokenizerKind,
  corpus: string | readonly string[],
  options: LearnOptions = {},
): Promise<Tokenizer> {
  const { onProgress, signal: given, ...rest } = options;
  const signal = checkSignal(given);
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new InvalidInputError(`onProgress must be a function, got ${describe(onProgress)}`);
  }
  const making = makeTokenizer(kind, corpus, rest, learnBpe);
  let breathed = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = making.next();
    if (done) return value;
    if (performance.now() - breathed < YIELD_AFTER) continue;
    onProgress?.(value);
    await eventLoop();
    breathed = performance.now();
  }
}
