// What is said of an example besides what it is: its title, author, class. A field of labels is a category, one
// of a few values that examples share, or a text of its own. Which values there are is learned from the examples;
// how a model reads them is the model's affair.

import { isObject } from "../host/as-given.js";
import {
  checkChoice,
  describe,
  InvalidInputError,
  listed,
  ModelFileError,
} from "../host/errors.js";
import { nearName } from "../host/near-names.js";
import { checkText } from "../text/utf8.js";

/** What is said of an example, by field: `{ title: "…", author: "…" }`. What is not known is left out. */
export type Labels = Readonly<Record<string, string | undefined>>;

/** What a field is: one of a few values, or a text. */
export type LabelKind = (typeof labelKinds)[number];

/** A field of labels, with the values that a category has. */
export type LabelField =
  | { readonly name: string; readonly kind: "category"; readonly values: readonly string[] }
  | { readonly name: string; readonly kind: "text" };

/** A text with what is said of it. */
export interface LabelledDocument {
  readonly text: string;
  readonly labels?: Labels;
}

const labelKinds = ["category", "text"] as const;

/** A value as given, its field, and its place among a category's values; 0 for a text. */
export interface Label {
  readonly field: LabelField;
  readonly value: string;
  readonly place: number;
}

/** Brings texts into a model's form. */
type Clean = (text: string) => string;

const MAX_FIELDS = 32;
/** Values of a category: of one that is said to be one, and of one that looks like one. */
const MAX_VALUES = 10_000;
const FEW_VALUES = 1000;
const SHORT_VALUE = 40;
/** Examples that share a value of a category, on average, at least. */
const SHARED = 2;

/**
 * The fields of examples, in the order of `kinds` and then in which they come. A field of which nothing is said is
 * a category where its values are shared: two examples have each on average, no value is longer than 40 characters,
 * and there are at most 1,000. Values are ordered by how many examples have them, then by which comes first.
 * @param what the examples are called, for errors
 * @throws InvalidInputError
 */
export function labelFields(
  what: string,
  examples: readonly (Labels | undefined)[],
  kinds: Readonly<Record<string, LabelKind>>,
  clean: Clean,
): LabelField[] {
  const found = new Map<string, Map<string, number>>();
  for (const name of Object.keys(checkObject("labels", kinds))) found.set(name, new Map());
  for (const [i, labels] of examples.entries()) {
    for (const [name, value] of given(`${what}[${i}].labels`, labels, clean)) {
      const counts = found.get(name) ?? new Map<string, number>();
      found.set(name, counts.set(value, (counts.get(value) ?? 0) + 1));
    }
  }
  if (found.size > MAX_FIELDS) {
    throw new InvalidInputError(
      `labels may have at most ${MAX_FIELDS} fields, got ${found.size}: ${listed(found.keys())}`,
    );
  }
  return Array.from(found, ([name, counts]) => fieldOf(what, name, counts, kinds));
}

function fieldOf(
  what: string,
  name: string,
  counts: ReadonlyMap<string, number>,
  kinds: Readonly<Record<string, LabelKind>>,
): LabelField {
  checkName(name);
  if (counts.size === 0) {
    throw new InvalidInputError(`labels.${name}: nothing in the ${what} has the label "${name}"`);
  }
  const kind = Object.hasOwn(kinds, name)
    ? checkChoice(`labels.${name}`, kinds[name], labelKinds)
    : looksShared(counts)
      ? "category"
      : "text";
  if (kind === "text") return { name, kind };
  if (counts.size > MAX_VALUES) {
    throw new InvalidInputError(
      `labels.${name}: a category has at most ${MAX_VALUES} values, got ${counts.size}; make it a "text"`,
    );
  }
  const values = Array.from(counts).sort(([, a], [, b]) => b - a);
  return { name, kind, values: values.map(([value]) => value) };
}

function looksShared(counts: ReadonlyMap<string, number>): boolean {
  let examples = 0;
  for (const [value, count] of counts) {
    if (value.length > SHORT_VALUE) return false;
    examples += count;
  }
  return counts.size <= FEW_VALUES && SHARED * counts.size <= examples;
}

/**
 * Labels that a model knows, in the order of its fields.
 * @param what they are called, for errors
 * @throws InvalidInputError for a field or a category's value that is not known, naming what is near or known
 */
export function checkLabels(
  what: string,
  labels: Labels | undefined,
  fields: readonly LabelField[],
  clean: Clean,
): Label[] {
  const values = given(what, labels, clean);
  for (const name of values.keys()) {
    if (fields.some((field) => field.name === name)) continue;
    throw unknown(
      `${what}: the model does not know the label`,
      name,
      fields.map((one) => one.name),
    );
  }
  return fields.flatMap((field): Label[] => {
    const value = values.get(field.name);
    if (value === undefined) return [];
    if (field.kind === "text") return [{ field, value, place: 0 }];
    const place = field.values.indexOf(value);
    if (place >= 0) return [{ field, value, place }];
    throw unknown(`${what}.${field.name}: the model does not know`, value, field.values);
  });
}

function unknown(sentence: string, name: string, known: readonly string[]): InvalidInputError {
  const near = nearName(name.slice(0, SHORT_VALUE), known, []);
  const hint = near === undefined ? `it knows ${listed(known)}` : `did you mean ${describe(near)}?`;
  return new InvalidInputError(`${sentence} ${describe(name)}; ${hint}`);
}

/** The labels that are given, cleaned. @throws InvalidInputError */
function given(what: string, labels: Labels | undefined, clean: Clean): Map<string, string> {
  const values = new Map<string, string>();
  if (labels === undefined) return values;
  for (const [name, value] of Object.entries(checkObject(what, labels))) {
    if (value === undefined) continue;
    if (typeof value !== "string") {
      throw new InvalidInputError(`${what}.${name} must be a text, got ${describe(value)}`);
    }
    const cleaned = clean(checkText(`${what}.${name}`, value));
    if (cleaned === "") {
      throw new InvalidInputError(`${what}.${name} is empty; leave out what is not known`);
    }
    values.set(name, cleaned);
  }
  return values;
}

function checkObject<T>(what: string, value: T): T {
  if (isObject(value)) return value;
  throw new InvalidInputError(
    `${what} must be an object such as { title: … }, got ${describe(value)}`,
  );
}

/** Names are typed as `title=…` and listed with commas. */
function checkName(name: string): void {
  if (/^[^\s=,:<>"]{1,40}$/.test(name)) return;
  throw new InvalidInputError(
    `the name of a label must have 1 to 40 characters without spaces and = , : < > ", got ${describe(name)}`,
  );
}

/** The fields in a file. @throws ModelFileError */
export function labelFieldsOf(json: unknown): LabelField[] {
  const damaged = (what: string) =>
    new ModelFileError(`the labels in the file are damaged: ${what}`);
  if (!Array.isArray(json) || json.length === 0 || json.length > MAX_FIELDS) {
    throw damaged(`they must be a list of 1 to ${MAX_FIELDS} fields, got ${describe(json)}`);
  }
  const names = new Set<string>();
  return json.map((one: unknown) => {
    const { name, kind, values } = Object(one) as Record<string, unknown>;
    if (typeof name !== "string" || names.has(name)) {
      throw damaged(`fields need names that differ, got ${describe(name)}`);
    }
    names.add(name);
    if (kind === "text") return { name, kind };
    const texts: readonly unknown[] = Array.isArray(values) ? values : [];
    const distinct = new Set(texts).size === texts.length;
    const whole = texts.length > 0 && texts.length <= MAX_VALUES && distinct;
    if (kind === "category" && whole && texts.every((value) => typeof value === "string")) {
      return { name, kind, values: texts as readonly string[] };
    }
    throw damaged(`${describe(name)} must be a text, or a category with values that differ`);
  });
}
