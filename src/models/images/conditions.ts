// What a picture model knows of labels: the columns and their classes, learned from the pictures when the model is
// created, and how often each class is among them.

import { type ImageLabel, labelNamed } from "../../data/images/parts.js";
import { isObject } from "../../host/as-given.js";
import { describe, InvalidInputError, listed, ModelFileError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { nearName } from "../../host/near-names.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";

/** A column of labels that a model knows. */
export interface LabelColumn {
  readonly name: string;
  readonly classes: readonly string[];
  /** How many pictures had each class when the model was created. */
  readonly counts: readonly number[];
}

/** Labels asked for: a class for each column, such as { label: "3" }. */
export type PictureLabels = Readonly<Record<string, string>>;

/** Pictures, or grids, with their labels. */
interface LabelledSet {
  readonly length: number;
  readonly labels: readonly ImageLabel[];
  readonly names: readonly string[] | undefined;
}

const MOST_CLASSES = 1000;
const MOST_COLUMNS = 64;

/**
 * The columns of the pictures that are asked for; without a list, all that have two classes or more.
 * @throws InvalidInputError for a column that is not there, or has one class, or too many
 */
export function columnsOf(
  images: LabelledSet | undefined,
  asked: readonly string[] | boolean = true,
  what = "pictures",
): LabelColumn[] {
  if (asked === false) return [];
  const known = images?.labels ?? [];
  if (asked === true) return known.filter(({ classes }) => classes.length > 1).map(column);
  if (!Array.isArray(asked)) {
    throw new InvalidInputError(
      `labels must be a list of names of label columns, or false, got ${describe(asked)}`,
    );
  }
  return asked.map((name) => {
    const found = labelNamed(known, name, what);
    if (found.classes.length > 1) return column(found);
    throw new InvalidInputError(
      `the labels ${describe(name)} have one class, ${describe(found.classes[0])}: there is nothing to tell apart`,
    );
  });
}

function column({ name, classes, indices }: ImageLabel): LabelColumn {
  if (classes.length > MOST_CLASSES) {
    throw new InvalidInputError(
      `the labels ${describe(name)} have ${classes.length} classes; a model takes at most ${MOST_CLASSES}. ` +
        "Leave the column out: labels: [the others]",
    );
  }
  const counts = new Array<number>(classes.length).fill(0);
  for (const index of indices) counts[index]++;
  return { name, classes: [...classes], counts };
}

/**
 * Places of the pictures' labels in the model's columns, (N, columns), row by row.
 * @throws InvalidInputError for a column that the pictures lack, or a class that the model does not know
 */
export function placesOf(
  columns: readonly LabelColumn[],
  images: LabelledSet,
  what = "pictures",
): Int32Array {
  const places = new Int32Array(images.length * columns.length);
  for (const [c, { name, classes }] of columns.entries()) {
    const own = images.labels.find((one) => one.name === name);
    if (!own) {
      throw new InvalidInputError(
        `the model learns labels ${describe(name)}, and the ${what} have ` +
          `${listed(images.labels.map((one) => one.name)) || "no labels"}; give them labels, or create the model with labels: false`,
      );
    }
    const map = own.classes.map((value) => classes.indexOf(value));
    for (let i = 0; i < images.length; i++) {
      const place = map[own.indices[i]];
      if (place < 0) {
        const of = images.names ? images.names[i] : `${what.slice(0, -1)} ${i}`;
        const value = describe(own.classes[own.indices[i]]);
        throw new InvalidInputError(
          `the model does not know ${name} ${value} of ${of}; it knows ${listed(classes)}`,
        );
      }
      places[i * columns.length + c] = place;
    }
  }
  return places;
}

/**
 * Places for pictures that are to be made: the class that is asked for, and of a column of which nothing is asked one
 * drawn as often as the pictures had it.
 * @throws InvalidInputError
 */
export function placesFor(
  columns: readonly LabelColumn[],
  labels: PictureLabels | undefined,
  count: number,
  key: Key,
): Int32Array {
  const asked = askedPlaces(columns, labels);
  const places = new Int32Array(count * columns.length);
  for (const [c, { counts }] of columns.entries()) {
    const drawn = asked[c] < 0 ? drawPlaces(counts, count, key.fold(c)) : undefined;
    for (let i = 0; i < count; i++) places[i * columns.length + c] = drawn?.[i] ?? asked[c];
  }
  return places;
}

/** The place of the class that is asked for of each column; -1 where nothing is. @throws InvalidInputError */
export function askedPlaces(
  columns: readonly LabelColumn[],
  labels: PictureLabels | undefined,
): Int32Array {
  const asked = labels ?? {};
  if (!isObject(asked)) {
    throw new InvalidInputError(
      `labels must be an object such as { label: "3" }, got ${describe(labels)}`,
    );
  }
  for (const name of Object.keys(asked)) {
    if (columns.some((one) => one.name === name)) continue;
    const known = columns.map((one) => one.name);
    throw new InvalidInputError(
      `the model does not know labels ${describe(name)}; it knows ${listed(known) || "none: it was created without labels"}`,
    );
  }
  return Int32Array.from(columns, ({ name, classes }) => {
    const value = Object.hasOwn(asked, name) ? (asked as PictureLabels)[name] : undefined;
    if (value === undefined) return -1;
    const place = classes.indexOf(value);
    if (place < 0) throw unknownClass(name, value, classes);
    return place;
  });
}

function drawPlaces(counts: readonly number[], count: number, key: Key): number[] {
  const total = counts.reduce((all, one) => all + one, 0);
  return key.integers(count, total).map((drawn) => {
    let left = drawn;
    return counts.findIndex((own) => {
      left -= own;
      return left < 0;
    });
  });
}

function unknownClass(name: string, value: unknown, classes: readonly string[]): InvalidInputError {
  const near = typeof value === "string" ? nearName(value.slice(0, 40), classes, []) : undefined;
  const hint =
    near === undefined ? `it knows ${listed(classes)}` : `did you mean ${describe(near)}?`;
  return new InvalidInputError(
    `labels.${name}: the model does not know ${describe(value)}; ${hint}`,
  );
}

/** Labels of pictures that were made, by name. */
export function labelsOfPlaces(columns: readonly LabelColumn[], places: Int32Array): ImageLabel[] {
  return columns.map(({ name, classes }, c) => ({
    name,
    classes,
    indices: Int32Array.from(
      { length: places.length / columns.length },
      (_, i) => places[i * columns.length + c],
    ),
  }));
}

/** Classes of each column. */
export function classCounts(columns: readonly LabelColumn[]): number[] {
  return columns.map(({ classes }) => classes.length);
}

/**
 * One-hot codes of some rows of places, (N, all classes); undefined where there are no columns.
 * @param classes of each column
 */
export function codesOf(
  tape: Tape,
  classes: readonly number[],
  places: Int32Array,
): Tensor | undefined {
  if (classes.length === 0) return undefined;
  const width = classes.reduce((all, count) => all + count, 0);
  const rows = places.length / classes.length;
  const codes = new Float32Array(rows * width);
  for (let i = 0; i < rows; i++) {
    let at = i * width;
    for (const [c, count] of classes.entries()) {
      codes[at + places[i * classes.length + c]] = 1;
      at += count;
    }
  }
  return tape.tensor(codes, [rows, width]);
}

/** The columns in a file. @throws ModelFileError */
export function columnsOfFile(json: unknown): LabelColumn[] {
  const damaged = (what: string) =>
    new ModelFileError(`the labels in the file are damaged: ${what}`);
  if (json === undefined) return [];
  if (!Array.isArray(json) || json.length > MOST_COLUMNS) throw damaged("they must be a list");
  const names = new Set<string>();
  return json.map((one: unknown) => {
    const { name, classes, counts } = Object(one) as Record<string, unknown>;
    if (typeof name !== "string" || names.has(name))
      throw damaged("columns need names that differ");
    names.add(name);
    const whole =
      Array.isArray(classes) &&
      classes.length > 1 &&
      classes.length <= MOST_CLASSES &&
      new Set(classes).size === classes.length &&
      classes.every((value) => typeof value === "string") &&
      Array.isArray(counts) &&
      counts.length === classes.length &&
      counts.every((value) => Number.isSafeInteger(value) && value >= 0) &&
      counts.some((value) => value > 0);
    if (!whole)
      throw damaged(`${describe(name)} must have two classes or more, and how often each occurs`);
    return { name, classes, counts };
  });
}
