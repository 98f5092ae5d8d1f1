// The special tokens that a document begins and ends with.

import type { Markers, Tokenizer } from "./tokenizer.js";

export type { Markers };

/** The markers of a tokenizer that was made for documents, or of a pretrained one. */
export function markersOf(tokenizer: Tokenizer): Markers {
  return tokenizer.markers ?? { start: tokenizer.special(START)!, end: tokenizer.special(END)! };
}

/** The special tokens of a model of documents. */
export const START = "<start>";
export const END = "<end>";
