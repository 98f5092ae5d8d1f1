// What the network is told at each cell: rows of one table, whose sum it reads. A feature has rows of its own in the table.

import type { GridOrder, GridPath } from "./path.js";

/** Cells of lines before, as [lines before, places further]: near ones first. */
const NEIGHBOURS: readonly (readonly [number, number])[] = [
  [1, -2],
  [1, -1],
  [1, 0],
  [1, 1],
  [1, 2],
  [2, -1],
  [2, 0],
  [2, 1],
  [3, 0],
];
/** Cells before on the path. */
const BEFORE = 3;
/** Distances to a border are told up to this one. */
const FAR = 16;
const BORDERS = 4;

/** Where the features of a model stand in its table. */
export class GridFeatures {
  /** Rows of the table. */
  readonly rows: number;
  /** Features of a cell: numbers that `write` writes. */
  readonly size: number;
  readonly #symbols: number;
  readonly #snakes: boolean;
  readonly #labels: readonly number[];

  /** @param labels classes of each column of labels */
  constructor(symbols: number, order: GridOrder, labels: readonly number[]) {
    this.#symbols = symbols;
    this.#snakes = order === "snake";
    this.#labels = labels;
    const seen = BEFORE + NEIGHBOURS.length;
    this.size = seen + BORDERS + Number(this.#snakes) + labels.length;
    this.rows =
      seen * (symbols + 1) +
      BORDERS * (FAR + 1) +
      2 * Number(this.#snakes) +
      labels.reduce((all, classes) => all + classes + 1, 0);
  }

  /**
   * Features of cell `t` of a path: the symbols of the cells before it on the path and of its neighbours on the lines before,
   * or that they are outside; the distances to the four borders; which way a snake goes; the labels of the whole.
   * @param into where they are written, from `at` on
   * @param cells symbols, row by row, of which those before `t` are read
   * @param labels the class of each column, or -1 where it is not said
   */
  write(
    into: Int32Array,
    at: number,
    cells: ArrayLike<number>,
    path: GridPath,
    t: number,
    labels: ArrayLike<number>,
  ): void {
    const outside = this.#symbols;
    const line = Math.floor(t / path.places);
    const place = path.place(t);
    let first = 0;
    const see = (cell: number) => {
      into[at++] = first + (cell < 0 ? outside : cells[cell]);
      first += outside + 1;
    };
    for (let k = 1; k <= BEFORE; k++) see(t < k ? -1 : path.cell(t - k));
    for (const [lines, places] of NEIGHBOURS) see(path.cellOf(line - lines, place + places));
    const far = (distance: number) => {
      into[at++] = first + Math.min(distance, FAR);
      first += FAR + 1;
    };
    far(line);
    far(path.lines - 1 - line);
    far(place);
    far(path.places - 1 - place);
    if (this.#snakes) {
      into[at++] = first + Number(path.back(line));
      first += 2;
    }
    for (const [c, classes] of this.#labels.entries()) {
      into[at++] = first + (labels[c] < 0 ? classes : labels[c]);
      first += classes + 1;
    }
  }
}
