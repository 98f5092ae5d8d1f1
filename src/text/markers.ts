// The special tokens that a document begins and ends with.

import type { Tokenizer } from "./tokenizer.js";

/** Start and end of a document. */
export interface Markers {
  readonly start: number;
  readonly end: number;
  /** Ends a document's labels, where documents have some. Up to it nothing is to be predicted. */
  readonly text?: number;
}

/** The markers of a tokenizer that was made for documents. */
export function markersOf(tokenizer: Tokenizer): Markers {
  return { start: tokenizer.special(START)!, end: tokenizer.special(END)! };
}

/** The special tokens of a model of documents. */
export const START = "<start>";
export const END = "<end>";
