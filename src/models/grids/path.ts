// The order in which the cells of a grid are read and drawn, and what is known at each of them.

import { checkNumber } from "../../host/errors.js";

/**
 * How a path goes over a grid: `rows`, each from left to right; `columns`, each from top to bottom; `snake`: columns, the
 * first from bottom to top, the next from top to bottom, and so on (Summerville and Mateas, "Super Mario as a String", 2016).
 */
export type GridOrder = "rows" | "columns" | "snake";

export const gridOrders: readonly ["rows", "columns", "snake"] = ["rows", "columns", "snake"];

/** Cells of a grid at most. */
const MOST_CELLS: number = 2 ** 22;
/** Cells of a side at most. */
const MOST_GRID_SIDE: number = 2 ** 16;

/** @throws InvalidInputError */
export function checkSize(width: number, height: number): void {
  checkNumber("width", width, { integer: true, min: 1, max: MOST_GRID_SIDE });
  checkNumber("height", height, { integer: true, min: 1, max: MOST_GRID_SIDE });
  checkNumber("width · height", width * height, { max: MOST_CELLS });
}

/** A path over grids of one size: lines of places, one line after the other. */
export class GridPath {
  readonly order: GridOrder;
  readonly width: number;
  readonly height: number;
  /** Rows, or columns. */
  readonly lines: number;
  /** Cells of a line. */
  readonly places: number;

  constructor(order: GridOrder, width: number, height: number) {
    const across = order === "rows";
    this.order = order;
    this.width = width;
    this.height = height;
    this.lines = across ? height : width;
    this.places = across ? width : height;
  }

  get length(): number {
    return this.width * this.height;
  }

  /** Whether a line is walked from its last place to its first. */
  back(line: number): boolean {
    return this.order === "snake" && line % 2 === 0;
  }

  /** The place of cell `t` of the path in its line. */
  place(t: number): number {
    const at = t % this.places;
    return this.back(Math.floor(t / this.places)) ? this.places - 1 - at : at;
  }

  /** The cell, counted row by row, at a place of a line; -1 outside. */
  cellOf(line: number, place: number): number {
    if (line < 0 || line >= this.lines || place < 0 || place >= this.places) return -1;
    return this.order === "rows" ? line * this.width + place : place * this.width + line;
  }

  /** The cell, counted row by row, that comes at `t`. */
  cell(t: number): number {
    return this.cellOf(Math.floor(t / this.places), this.place(t));
  }
}
