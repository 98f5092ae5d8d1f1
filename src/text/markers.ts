// The special tokens that a document begins and ends with.

import type { Markers, Tokenizer } from "./tokenizer.js";

export type { Markers };

/** The markers of a tokenizer that was made for documents, or of a pretrained one. */
export function markersOf(tokenizer: Tokenizer): Markers {
  return tokenizer.markers ?? { start: tokenizer.special(START)!, end: tokenizer.special(END)! };
}

/** All tokens that end a document. */
export function endsOf({ end, pretrained }: Markers): readonly number[] {
  return pretrained?.ends ?? [end];
}

/** The special tokens of a model of documents. */
export const START = "<start>";
export const END = "<end>";

/** Who says something in a conversation of a model that is made here, and their special tokens. */
export const roles: readonly string[] = ["system", "user", "assistant"];
export const roleTokens: readonly string[] = ["<system>", "<user>", "<assistant>"];

/** Who says what is learned. */
export const ASSISTANT = "assistant";

/** Whether a model of documents with this tokenizer reads conversations. */
export function knowsConversations(tokenizer: Tokenizer): boolean {
  if (tokenizer.chatTemplate !== undefined) return true;
  return roleTokens.every((name) => tokenizer.special(name) !== undefined);
}
