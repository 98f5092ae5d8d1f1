// What the measures of features share: rows of numbers, checked once.

import { describe, InvalidInputError } from "../host/errors.js";
import { isKind } from "../host/kinds.js";

/** Vectors of one width: features of pictures, latents, pixels. A list of them, or all in one array. */
export type FeatureRows = readonly Float32Array[] | JoinedRows;

/** Vectors one after the other. */
export interface JoinedRows {
  /** (N, width), row after row. */
  readonly values: Float32Array | Float64Array;
  /** Numbers in a row. */
  readonly width: number;
}

/** Rows as the measures compute with them. */
export interface Matrix {
  /** (rows, width) in doubles. */
  readonly values: Float64Array;
  readonly rows: number;
  readonly width: number;
}

/** A number of rows in words. */
const counted = (count: number) => (count === 1 ? "1 row" : `${count} rows`);

/**
 * Rows in doubles.
 *
 * @param name what an error calls them
 * @param least how many rows the measure needs
 * @throws InvalidInputError where they are no rows, too few, or hold what is not a finite number
 */
export function matrixOf(name: string, given: FeatureRows, least = 1): Matrix {
  const { values, width } = Array.isArray(given)
    ? joined(name, given)
    : ((given as JoinedRows) ?? {});
  if (!isKind(values, "Float32Array", "Float64Array")) {
    throw new InvalidInputError(
      `${name} must be a list of Float32Array, or { values: Float32Array or Float64Array, width }, got ` +
        (values === undefined ? describe(given) : `values of ${describe(values)}`),
    );
  }
  if (!Number.isSafeInteger(width) || width < 1 || values.length % width !== 0) {
    throw new InvalidInputError(
      `${name}.width must divide its ${values.length} values into whole rows, got ${describe(width)}`,
    );
  }
  const rows = values.length / width;
  if (rows < least) {
    throw new InvalidInputError(
      `${name} must have at least ${counted(least)}, got ${counted(rows)}`,
    );
  }
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    throw new InvalidInputError(
      `${name} must hold finite numbers, got ${values[broken]} in row ${Math.floor(broken / width)}, ` +
        `column ${broken % width}`,
    );
  }
  return {
    values: isKind(values, "Float64Array") ? values : Float64Array.from(values),
    rows,
    width,
  };
}

/** A list of rows as one array. @throws InvalidInputError */
function joined(name: string, list: readonly Float32Array[]): JoinedRows {
  const width = list[0]?.length ?? 1;
  const values = new Float32Array(list.length * width);
  for (const [i, row] of list.entries()) {
    if (!isKind(row, "Float32Array") || row.length !== width) {
      const got = isKind(row, "Float32Array") ? `${row.length} numbers` : describe(row);
      throw new InvalidInputError(`${name}[${i}] must be a Float32Array of ${width}, got ${got}`);
    }
    values.set(row, i * width);
  }
  return { values, width };
}

/** Two sets of rows of one width. @throws InvalidInputError as `matrixOf`, or where widths differ */
export function matricesOf(
  [nameA, a]: readonly [string, FeatureRows],
  [nameB, b]: readonly [string, FeatureRows],
  least = 1,
): [Matrix, Matrix] {
  const left = matrixOf(nameA, a, least);
  const right = matrixOf(nameB, b, least);
  if (left.width !== right.width) {
    throw new InvalidInputError(
      `${nameA} and ${nameB} must have rows of one width, got ${left.width} and ${right.width}`,
    );
  }
  return [left, right];
}
