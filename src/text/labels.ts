// What is known of a document beside its text: its author, title, country, class. Labels are tokens before the
// text: one token for each value of a field that has few values, such as an author; a token and the text itself
// for a field whose values hardly recur, such as a title.

import { checkKeys, describe, InvalidInputError, listed, ModelFileError } from "../host/errors.js";
import { nearName } from "../host/near-names.js";
import type { Tokenizer } from "./tokenizer.js";
import { checkText } from "./utf8.js";

/** Labels of a document: values by the names of their fields. */
export type Labels = Readonly<Record<string, string>>;

/** A text and what is known of it. Any field may be missing. */
export interface LabelledDocument {
  readonly text: string;
  readonly labels?: Labels;
}

/** A document: a text, or one with labels. */
export type Document = string | LabelledDocument;

/** A field of labels, as a model stores it. */
export interface LabelField {
  readonly name: string;
  /** All values of a category; absent where values are texts. */
  readonly values?: readonly string[];
}

/** What values of a field are: some of a few, each learned on its own, or texts. */
export type LabelKind = "category" | "text";

/** The token between labels and text. */
const TEXT = "<text>";
/** Values of all categories together, and characters of a name: what a tokenizer's special tokens allow. */
const MOST_VALUES = 900;
const LONGEST = 40;

export function textOf(document: Document): string {
  return typeof document === "string" ? document : document.text;
}

/** @throws InvalidInputError for what is neither a text nor one with labels that are texts */
export function checkDocument(document: unknown, name: string): Document {
  if (typeof document === "string") return document;
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new InvalidInputError(
      `${name} must be a string or { text, labels }, got ${describe(document)}`,
    );
  }
  checkKeys(name, document, ["text", "labels"]);
  const { text, labels } = document as LabelledDocument;
  checkText(`${name}.text`, text);
  if (labels !== undefined) checkLabels(labels, `${name}.labels`);
  return document as LabelledDocument;
}

function checkLabels(labels: unknown, name: string): void {
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) {
    throw new InvalidInputError(`${name} must be an object of strings, got ${describe(labels)}`);
  }
  for (const [field, value] of Object.entries(labels)) {
    if (value !== undefined) checkText(`${name}.${field}`, value);
  }
}

/**
 * The fields of some documents, in the order in which they first occur. Where nothing is said of a field, it is a
 * category if its values recur, twice on average, and are short; else they are texts.
 * @throws InvalidInputError for a category with too many values, or with long ones
 */
export function fieldsOf(
  documents: readonly Document[],
  kinds: Readonly<Record<string, LabelKind>> = {},
): LabelField[] {
  const found = new Map<string, { values: Set<string>; count: number }>();
  for (const document of documents) {
    const { labels = {} } = typeof document === "string" ? {} : document;
    for (const [field, value] of Object.entries(labels)) {
      if (value === undefined) continue;
      const own = found.get(field) ?? { values: new Set(), count: 0 };
      found.set(field, own);
      own.values.add(value);
      own.count++;
    }
  }
  const unused = Object.keys(kinds).find((field) => !found.has(field));
  if (unused !== undefined) {
    const fields = listed(found.keys()) || "none";
    throw new InvalidInputError(`labels: no document has ${describe(unused)} (but ${fields})`);
  }
  let room = MOST_VALUES;
  return Array.from(found, ([name, { values, count }]) => {
    if (name === "" || name.length > LONGEST) {
      throw new InvalidInputError(`a label's name must be short, got ${describe(name)}`);
    }
    const long = Array.from(values).find((value) => value.length > LONGEST);
    const fits = values.size <= room && long === undefined && name.length < LONGEST / 2;
    const kind = kinds[name] ?? (fits && 2 * values.size <= count ? "category" : "text");
    if (kind === "text") return { name };
    if (!fits) {
      throw new InvalidInputError(
        `${describe(name)} has too many or too long values for a category (${values.size}); make it "text"`,
      );
    }
    room -= values.size;
    return { name, values: Array.from(values).sort() };
  });
}

/** Special tokens of these fields. */
export function labelSpecials(fields: readonly LabelField[]): string[] {
  const own = fields.flatMap(({ name, values }) =>
    values ? values.map((value) => `<${name}=${value}>`) : [`<${name}:>`],
  );
  return [TEXT, ...own];
}

/** The fields in a file. @throws ModelFileError */
export function checkFields(json: unknown): readonly LabelField[] {
  const text = (value: unknown) => typeof value === "string";
  const whole =
    Array.isArray(json) &&
    json.every(
      (field) =>
        text(field?.name) &&
        (field.values === undefined || (Array.isArray(field.values) && field.values.every(text))),
    );
  if (whole) return json;
  throw new ModelFileError(`the file's labels are damaged: ${describe(json)}`);
}

/** Labels as tokens of one model's. */
export class LabelTokens {
  /** The token that ends the labels. */
  readonly text: number;
  /** All tokens of labels, the one that ends them included: none is ever part of a text. */
  readonly all: readonly number[];
  readonly #tokenizer: Tokenizer;
  readonly #fields: ReadonlyMap<string, LabelField>;
  readonly #starts: ReadonlySet<number>;

  /** @throws InvalidInputError where the tokenizer lacks one of them */
  constructor(tokenizer: Tokenizer, fields: readonly LabelField[]) {
    const specials = labelSpecials(fields);
    this.all = specials.map((name) => {
      const id = tokenizer.special(name);
      if (id !== undefined) return id;
      throw new InvalidInputError(
        `for these labels the tokenizer needs the special tokens ${listed(specials)}`,
      );
    });
    this.text = this.all[0];
    this.#starts = new Set(this.all.slice(1));
    this.#tokenizer = tokenizer;
    this.#fields = new Map(fields.map((field) => [field.name, field]));
  }

  /**
   * Tokens of labels, the end included, in the order of the model's fields.
   * @param skip where given, values that were never seen are left out
   * @throws InvalidInputError for a field or a value that was never seen
   */
  encode(labels: Labels = {}, name = "labels", skip?: (character: string) => void): number[] {
    checkLabels(labels, name);
    for (const field of Object.keys(labels)) {
      if (labels[field] !== undefined && !this.#fields.has(field)) {
        throw unknown(`${name}: the model has no field`, field, [...this.#fields.keys()]);
      }
    }
    const tokens: number[] = [];
    for (const [field, { values }] of this.#fields) {
      const value = labels[field];
      if (value === undefined) continue;
      if (!values) {
        tokens.push(this.#id(`<${field}:>`), ...this.#tokenizer.encode(value, skip));
      } else if (values.includes(value)) tokens.push(this.#id(`<${field}=${value}>`));
      else if (!skip) throw unknown(`${name}.${field}: the model has never seen`, value, values);
    }
    return [...tokens, this.text];
  }

  #id(special: string): number {
    return this.#tokenizer.special(special)!;
  }

  /** A document without the fields for which `dropped` says so; asked once for each that it has. */
  without(document: Int32Array, dropped: (field: number) => boolean): Int32Array {
    const end = document.indexOf(this.text);
    let [field, kept] = [0, true];
    return document.filter((token, i) => {
      if (i >= end) return true;
      if (this.#starts.has(token)) kept = !dropped(field++);
      return kept;
    });
  }
}

function unknown(what: string, given: string, known: readonly string[]): InvalidInputError {
  // Of one or two characters any is near.
  const near = given.length > 2 ? nearName(given, known, []) : undefined;
  const meant = near === undefined ? "" : `; did you mean ${describe(near)}?`;
  return new InvalidInputError(
    `${what} ${describe(given)} (it knows ${listed(known) || "none"})${meant}`,
  );
}
