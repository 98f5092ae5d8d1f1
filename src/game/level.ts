// Levels as text: rows joined by line feeds, one code point a cell. What the checkers read them with.

import { cut } from "../host/cut.js";
import { checkNumber, describe, InvalidInputError } from "../host/errors.js";

/** Cells of a level: positions fit 16 bits. */
export const MOST_CELLS = 65_535;

/** Column and row of a cell, from 0, from the top left. */
export type Place = readonly [x: number, y: number];

/** A level as it is read. */
export interface Level {
  readonly width: number;
  readonly height: number;
  /** Symbols, row by row. */
  readonly cells: readonly string[];
}

/**
 * The cells of a level. A line feed at the end is none of them, and lines may end as on Windows.
 * @param known symbols that may be there; all where not given
 * @throws InvalidInputError where the text is none, is empty or too large, has rows of several lengths or a symbol that
 * is not known
 */
export function readLevel(text: string, known?: string): Level {
  if (typeof text !== "string") {
    throw new InvalidInputError(
      `a level must be a text, rows joined by line feeds, got ${describe(text)}`,
    );
  }
  const rows = plainText(text)
    .split("\n")
    .map((row) => Array.from(row));
  const width = rows[0].length;
  if (width === 0) {
    const what = rows.length === 1 ? "an empty text" : "an empty first row";
    throw new InvalidInputError(`a level needs at least one cell, got ${what}`);
  }
  const ragged = rows.findIndex((row) => row.length !== width);
  if (ragged >= 0) {
    const cells = rows[ragged].length;
    throw new InvalidInputError(
      `the rows of a level must be equally long: the first has ${width} cells, row ${ragged + 1} has ${cells}`,
    );
  }
  if (width * rows.length > MOST_CELLS) {
    throw new InvalidInputError(
      `a level may have ${MOST_CELLS} cells, got ${width} × ${rows.length} = ${width * rows.length}`,
    );
  }
  const cells = rows.flat();
  if (known !== undefined) checkSymbols(cells, width, known);
  return { width, height: rows.length, cells };
}

function checkSymbols(cells: readonly string[], width: number, known: string): void {
  const symbols = new Set(known);
  const at = cells.findIndex((symbol) => !symbols.has(symbol));
  if (at < 0) return;
  const [x, y] = placeOf(at, width);
  throw new InvalidInputError(
    `row ${y + 1}, column ${x + 1} of the level is ${describe(cells[at])}; its symbols may be ${cut(JSON.stringify(known), 100)}`,
  );
}

/** Lines end with line feeds, and none ends the text. */
export function plainText(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(/\n$/, "");
}

/** Column and row of a cell. */
export function placeOf(cell: number, width: number): Place {
  return [cell % width, Math.floor(cell / width)];
}

/** The cell at a place that was given as `name`. @throws InvalidInputError where there is none */
export function cellOf({ width, height }: Level, place: Place, name: string): number {
  if (!Array.isArray(place) || place.length !== 2) {
    throw new InvalidInputError(`${name} must be a place, [column, row], got ${describe(place)}`);
  }
  const x = checkNumber(`the column of ${name}`, place[0], {
    integer: true,
    min: 0,
    max: width - 1,
  });
  const y = checkNumber(`the row of ${name}`, place[1], { integer: true, min: 0, max: height - 1 });
  return y * width + x;
}

/** Symbols that were given as `name`. @throws InvalidInputError where they are no text */
export function checkText(name: string, symbols: string): string {
  if (typeof symbols === "string") return symbols;
  throw new InvalidInputError(`${name} must be a text of symbols, got ${describe(symbols)}`);
}
