// Byte pairs are learned before there is a model, where it can be shown how far that is.

import { type LearnOptions, learnTokenizer, type Tokenizer } from "../../entries/node.js";
import { Meter } from "../show/meter.js";
import { messageOutput } from "../show/terminal.js";

/**
 * A tokenizer of byte pairs.
 * @param what is learned, for people: "byte pairs of the sources"
 */
export async function learnBytePairs(
  what: string,
  texts: string | readonly string[],
  options: Omit<LearnOptions, "onProgress">,
  flags: { readonly json?: boolean; readonly quiet?: boolean },
): Promise<Tokenizer> {
  const meter = new Meter(messageOutput(flags), `learning ${what}`);
  try {
    return await learnTokenizer("bpe", texts, {
      ...options,
      onProgress: ({ merges, of }) => meter.show(merges / of),
    });
  } finally {
    meter.end();
  }
}
