// What a set of grids consists of, and its checks.

import { checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";
import { checkSaid, type ImageLabel } from "../images/parts.js";

/** A level, a map, a picture with a palette: a rectangle of symbols. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  /** (height · width): the place of each cell's symbol among `symbols`, row by row. */
  readonly cells: Uint16Array;
}

/** Pictures of symbols, all of one size. */
export interface TilePictures {
  readonly width: number;
  readonly height: number;
  /** RGBA of (height · width · 4) bytes, by symbol. */
  readonly pictures: ReadonlyMap<string, Uint8Array>;
}

export interface GridParts {
  /** A character each; "#rrggbb" or "#rrggbbaa" of pixel art; names of tiles. */
  readonly symbols: readonly string[];
  readonly grids: readonly Grid[];
  readonly labels?: readonly ImageLabel[];
  /** (N): what the grids are called. */
  readonly names?: readonly string[] | undefined;
  /** (N): of which whole each is a part, such as a file: those of one are never split. */
  readonly groups?: readonly string[] | undefined;
  /** What symbols look like. */
  readonly tiles?: TilePictures | undefined;
}

/** Symbols of a set. */
export const MOST_SYMBOLS = 4096;
/** Cells of a grid. */
const MOST_CELLS = 2 ** 24;
const MOST_SIDE = 2 ** 16;

/** @throws InvalidInputError naming the first part that does not fit */
export function checkGrids({ symbols, grids, ...said }: GridParts): void {
  checkSymbols(symbols);
  if (!Array.isArray(grids) || grids.length === 0) {
    throw new InvalidInputError(`grids must be a list of at least one, got ${describe(grids)}`);
  }
  for (const [i, grid] of grids.entries()) {
    const { width, height, cells } = Object(grid) as Grid;
    checkNumber(`grids[${i}].width`, width, { integer: true, min: 1, max: MOST_SIDE });
    checkNumber(`grids[${i}].height`, height, { integer: true, min: 1, max: MOST_SIDE });
    if (width * height > MOST_CELLS) {
      throw new InvalidInputError(
        `grids[${i}] has ${width} × ${height} cells, a grid has at most ${MOST_CELLS}`,
      );
    }
    if (!isKind(cells, "Uint16Array") || cells.length !== width * height) {
      throw new InvalidInputError(
        `grids[${i}].cells must be a Uint16Array of ${width} × ${height} numbers, got ` +
          describe(cells) +
          (cells?.length === undefined ? "" : ` of ${cells.length}`),
      );
    }
    const wrong = cells.findIndex((cell) => cell >= symbols.length);
    if (wrong < 0) continue;
    throw new InvalidInputError(
      `grids[${i}] has symbol ${cells[wrong]} at ${at(wrong, width)}, of ${symbols.length} ` +
        `(0 to ${symbols.length - 1})`,
    );
  }
  checkSaid("grid", grids.length, said);
}

/** @throws InvalidInputError where they are not texts that differ */
export function checkSymbols(symbols: readonly string[]): void {
  if (!Array.isArray(symbols) || symbols.length === 0 || symbols.length > MOST_SYMBOLS) {
    const got = Array.isArray(symbols) ? `${symbols.length}` : describe(symbols);
    throw new InvalidInputError(`symbols must be a list of 1 to ${MOST_SYMBOLS}, got ${got}`);
  }
  const before = new Set<string>();
  for (const symbol of symbols) {
    if (typeof symbol !== "string" || symbol === "" || before.has(symbol)) {
      const twice = before.has(symbol) ? " twice" : "";
      throw new InvalidInputError(
        `symbols must be texts that differ and are not empty, got ${describe(symbol)}${twice}`,
      );
    }
    before.add(symbol);
  }
}

/** Where a cell is, for errors: counted from 1, as editors do. */
export function at(cell: number, width: number): string {
  return `row ${Math.floor(cell / width) + 1}, column ${(cell % width) + 1}`;
}
