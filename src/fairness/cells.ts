// Which value, or combination of values, each example has.

import { describe, InvalidInputError, listed } from "../host/errors.js";

/** A column of labels of an ImageSet or a GridSet. */
interface Column {
  readonly name: string;
  readonly classes: readonly string[];
  readonly indices: ArrayLike<number>;
}

/** What is said of an example, by name. */
export type LabelRow = Readonly<Record<string, string | undefined>>;

/**
 * Examples of which something is said: an ImageSet or a GridSet; documents with `labels`; rows of labels such as `{ hair: "red" }`; or the
 * values themselves.
 */
export type Labelled =
  | { readonly length: number; readonly labels: readonly Column[] }
  | readonly (string | LabelRow | { readonly labels?: LabelRow })[];

/** A combination of values, and the examples that have it. */
export interface Cell {
  /** By name; of plain values the name is "". */
  readonly values: LabelRow;
  readonly key: string;
  readonly examples: readonly number[];
}

/** What stands for an example of which a column says nothing. */
const UNSAID = "(none)";

/** A combination as a text. */
function keyOf(values: readonly string[]): string {
  return values.length === 1 ? values[0] : JSON.stringify(values);
}

/**
 * The combinations that there are, in the order in which they come first.
 * @param by names of columns; none for plain values
 * @throws InvalidInputError for a column that is not there
 */
export function cellsOf(data: Labelled, by: readonly string[]): Cell[] {
  const columns = by.length === 0 ? [plainValues(data)] : by.map((name) => valuesOf(data, name));
  const found = new Map<string, { values: LabelRow; examples: number[] }>();
  for (let i = 0; i < data.length; i++) {
    const own = columns.map((column) => column(i));
    const key = keyOf(own);
    const cell = found.get(key);
    if (cell) cell.examples.push(i);
    else {
      const names = by.length === 0 ? [""] : by;
      const values = Object.fromEntries(names.map((name, c) => [name, own[c]]));
      found.set(key, { values, examples: [i] });
    }
  }
  return Array.from(found, ([key, cell]) => ({ key, ...cell }));
}

/** Names of columns as a list. @throws InvalidInputError */
export function namesOf(by: string | readonly string[] | undefined): readonly string[] {
  const names = by === undefined ? [] : typeof by === "string" ? [by] : by;
  const fits = Array.isArray(names) && names.every((name) => typeof name === "string");
  if (fits && new Set(names).size === names.length) return names;
  throw new InvalidInputError(
    `by must be a name of labels, or a list of names that differ, got ${describe(by)}`,
  );
}

/** The value of each example under this name. @throws InvalidInputError */
function valuesOf(data: Labelled, name: string): (i: number) => string {
  checkLabelled(data);
  if (!Array.isArray(data)) {
    const { labels } = data as Exclude<Labelled, readonly unknown[]>;
    const column = labels.find((one) => one.name === name);
    if (column) return (i) => column.classes[column.indices[i]];
    throw missing(
      name,
      labels.map((one) => one.name),
    );
  }
  const rows = data.map((one) => labelsIn(one));
  if (rows.some((row) => row[name] !== undefined)) return (i) => rows[i][name] ?? UNSAID;
  throw missing(name, new Set(rows.flatMap((row) => Object.keys(row))));
}

function labelsIn(one: unknown): LabelRow {
  if (typeof one !== "object" || one === null) return {};
  const { labels } = one as { labels?: unknown };
  if (typeof labels === "object" && labels !== null) return labels as LabelRow;
  // A document without labels says nothing.
  return "text" in one && labels === undefined && Object.keys(one).length === 1
    ? {}
    : (one as LabelRow);
}

function missing(name: string, known: Iterable<string>): InvalidInputError {
  const names = listed(known) || "none";
  return new InvalidInputError(`the examples have no label ${describe(name)}; they have: ${names}`);
}

function plainValues(data: Labelled): (i: number) => string {
  checkLabelled(data);
  if (Array.isArray(data) && data.every((one) => typeof one === "string")) {
    return (i) => data[i] as string;
  }
  throw new InvalidInputError(
    'say by which label: by: "hair"; without it the examples must be a list of values',
  );
}

function checkLabelled(data: unknown): void {
  const set = Object(data) as { length?: unknown; labels?: unknown };
  if (Array.isArray(data) || (Array.isArray(set.labels) && typeof set.length === "number")) return;
  throw new InvalidInputError(
    `examples must be a set of pictures or grids with labels, or a list of labels or values, got ${describe(data)}`,
  );
}
