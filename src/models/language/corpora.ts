// What a language model learns from: a text, or documents with labels or without.

import type { LabelledDocument } from "../../data/labels.js";
import { checkKeys, describe, InvalidInputError } from "../../host/errors.js";

/** A text, or documents with labels or without. */
export type Corpus = string | readonly string[] | readonly (string | LabelledDocument)[];

/** A document's text. @throws InvalidInputError for an object that is no document */
export function textOf(what: string, document: string | LabelledDocument): string {
  if (typeof document !== "object" || document === null) return document;
  checkKeys(what, document, ["text", "labels"]);
  if (typeof document.text === "string") return document.text;
  throw new InvalidInputError(`${what}.text must be a string, got ${describe(document.text)}`);
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
    const text = textOf(`corpus[${i}]`, one) ?? "";
    characters += text.length ?? 0;
    longest = Math.max(longest, count(text) + labelsLength(one, count));
  }
  return [characters, longest];
}

/** The most tokens that labels need: a field's own, its text's, and the last. */
function labelsLength(
  document: string | LabelledDocument,
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
