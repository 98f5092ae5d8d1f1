// What a language model learns from: a text, or documents with labels or without, or conversations.

import { type Conversation, isConversation, messagesOf } from "../../data/conversations.js";
import type { LabelledDocument } from "../../data/labels.js";
import { checkKeys, describe, InvalidInputError } from "../../host/errors.js";

/** A text, or documents with labels or without, conversations among them. */
export type Corpus =
  | string
  | readonly string[]
  | readonly (string | LabelledDocument)[]
  | readonly (string | LabelledDocument | Conversation)[];

/** A document's text. @throws InvalidInputError for an object that is no document */
export function textOf(what: string, document: string | LabelledDocument): string {
  if (typeof document !== "object" || document === null) return document;
  checkKeys(what, document, ["text", "labels"]);
  if (typeof document.text === "string") return document.text;
  throw new InvalidInputError(`${what}.text must be a string, got ${describe(document.text)}`);
}

/** A document's text, or those of a conversation's messages. @throws InvalidInputError */
export function textsIn(
  what: string,
  document: string | LabelledDocument | Conversation,
): readonly string[] {
  if (!isConversation(document)) return [textOf(what, document)];
  return messagesOf(what, document).flatMap(({ content }) => {
    return typeof content === "string" ? [content] : [];
  });
}

/** Whether conversations are among the documents. */
export function hasConversations(corpus: Corpus | undefined): boolean {
  return typeof corpus === "object" && corpus.some(isConversation);
}

/**
 * Characters of a corpus, and of its longest document with its labels; 0 for one text.
 * @param count of a document's characters; by default UTF-16 units
 */
export function corpusSize(
  corpus: Corpus,
  count: (text: string) => number = (text) => text.length,
): [characters: number, longest: number] {
  if (typeof corpus === "string") return [corpus.length, 0];
  let [characters, longest] = [0, 0];
  for (const [i, one] of corpus.entries()) {
    const texts = textsIn(`corpus[${i}]`, one).map((text) => text ?? "");
    for (const text of texts) characters += text.length ?? 0;
    // A role and an end are tokens, too.
    const between = isConversation(one) ? 2 * texts.length : 0;
    const length = texts.reduce((all, text) => all + count(text), between);
    longest = Math.max(longest, length + labelsLength(one, count));
  }
  return [characters, longest];
}

/** The most tokens that labels need: a field's own, its text's, and the last. */
function labelsLength(
  document: string | LabelledDocument | Conversation,
  count: (text: string) => number,
): number {
  const values = Object.values(Object(Object(document).labels) as Record<string, unknown>);
  return values.reduce(
    (all: number, value) => all + 1 + count(String(value ?? "")),
    values.length && 1,
  );
}

/** @throws InvalidInputError for what is neither a text nor a list */
export function checkCorpus(corpus: unknown): void {
  if (corpus === undefined || typeof corpus === "string" || Array.isArray(corpus)) return;
  throw new InvalidInputError(
    `corpus must be a string or a list of strings, got ${describe(corpus)}`,
  );
}
