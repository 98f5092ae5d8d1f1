// Labels as tokens of a language model. A value of a category is a token of its own; a text is written with the
// ordinary tokens after a token that says which field it is. A last token ends them. Imported for models that
// have labels.

import {
  checkLabels,
  type LabelField,
  type LabelKind,
  type LabelledDocument,
  type Labels,
  labelFields,
  labelFieldsOf,
} from "../../data/labels.js";
import { InvalidInputError, ModelFileError } from "../../host/errors.js";
import { skipping, type Tokenizer, type Unknown } from "../../text/tokenizer.js";
import type { Corpus } from "./corpora.js";

/** What a corpus says of its documents, and the tokens and texts that this needs. */
export interface LearnedLabels {
  readonly fields: readonly LabelField[];
  /** Special tokens. */
  readonly specials: readonly string[];
  /** Values that are written with ordinary tokens. */
  readonly texts: readonly string[];
}

/** @throws InvalidInputError */
export function learnLabels(
  corpus: Exclude<Corpus, string>,
  kinds: Readonly<Record<string, LabelKind>>,
  clean: (text: string) => string,
): LearnedLabels {
  const labels = corpus.map(labelsIn);
  const fields = labelFields("corpus", labels, kinds, clean);
  return { fields, specials: labelTokens(fields), texts: labelTexts(corpus, fields) };
}

/** Values of labels that are written with ordinary tokens. */
export function labelTexts(corpus: Corpus, fields: readonly LabelField[]): string[] {
  const written = new Set(fields.flatMap(({ kind, name }) => (kind === "text" ? [name] : [])));
  if (typeof corpus === "string" || written.size === 0) return [];
  return corpus.flatMap((one) =>
    Object.entries(labelsIn(one) ?? {}).flatMap(
      ([name, value]) => (written.has(name) && value) || [],
    ),
  );
}

/** What is said of a document; of conversations nothing is. */
export function labelsIn(
  document: Exclude<Corpus, string>[number],
): LabelledDocument["labels"] | undefined {
  return typeof document === "object" && "labels" in document ? document.labels : undefined;
}

/** Names of the special tokens for these fields; the first ends the labels. */
export function labelTokens(fields: readonly LabelField[]): string[] {
  const count = fields.reduce((all, field) => all + tokensOf(field), 1);
  return Array.from({ length: count }, (_, i) => `<label ${i}>`);
}

/** A text has one before it, a category one a value. */
function tokensOf(field: LabelField): number {
  return field.kind === "text" ? 1 : field.values.length;
}

/** The fields of a file, for its tokenizer. @throws ModelFileError */
export function storedLabels(json: unknown, tokenizer: Tokenizer): LabelField[] {
  const fields = labelFieldsOf(json);
  const missing = missingToken(fields, tokenizer);
  if (missing === undefined) return fields;
  throw new ModelFileError(`the file's tokenizer lacks ${missing}, which its labels need`);
}

/** A special token that a tokenizer lacks for these fields. */
export function missingToken(
  fields: readonly LabelField[],
  tokenizer: Tokenizer,
): string | undefined {
  return labelTokens(fields).find((name) => tokenizer.special(name) === undefined);
}

/** Labels to tokens. */
export class LabelEncoder {
  /** All special tokens of labels: they are read, and never written. */
  readonly tokens: readonly number[];
  /** Ends the labels. */
  readonly end: number;
  readonly #fields: readonly LabelField[];
  readonly #tokenizer: Tokenizer;
  /** The first token of each field. */
  readonly #first: ReadonlyMap<LabelField, number>;

  constructor(fields: readonly LabelField[], tokenizer: Tokenizer) {
    this.#fields = fields;
    this.#tokenizer = tokenizer;
    this.tokens = labelTokens(fields).map((name) => tokenizer.special(name)!);
    this.end = this.tokens[0];
    let at = 1;
    this.#first = new Map(
      fields.map((field) => {
        const first = at;
        at += tokensOf(field);
        return [field, first];
      }),
    );
  }

  /**
   * Tokens of each label that is given, in the order of the fields.
   * @param what they are called, for errors
   * @throws InvalidInputError for labels that the model does not know
   */
  encode(what: string, labels: Labels | undefined, unknown: Unknown): Int32Array[] {
    const clean = this.#tokenizer.clean ?? ((text: string) => text);
    return checkLabels(what, labels, this.#fields, clean).map(({ field, value, place }) => {
      const token = this.tokens[this.#first.get(field)! + place];
      if (field.kind === "category") return Int32Array.of(token);
      const text = this.#written(`${what}.${field.name}`, value, unknown);
      return Int32Array.from([token, ...text]);
    });
  }

  /** @throws InvalidInputError that says of which label */
  #written(what: string, value: string, unknown: Unknown): Int32Array {
    try {
      return this.#tokenizer.encode(value, skipping(unknown));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new InvalidInputError(`${what}: ${error.message}`);
    }
  }
}
