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
/** Distances to a border, runs and counts are told up to this one. */
const FAR = 16;
const BORDERS = 4;

/** What a network is told of runs: of cells, and of whole lines, too. */
export type GridRuns = "none" | "cells" | "lines";

export const gridRuns: readonly ["none", "cells", "lines"] = ["none", "cells", "lines"];

/** What a model's features are, beside those that all have. */
export interface FeatureOptions {
  readonly order: GridOrder;
  /** Classes of each column of labels. */
  readonly labels: readonly number[];
  /** Default none. */
  readonly runs?: GridRuns;
  /** Symbols of which it is told how many came before: places of those that are counted together, in a list each. */
  readonly counted?: readonly (readonly number[])[];
}

/** Where the features of a model stand in its table. */
export class GridFeatures {
  /** Rows of the table. */
  readonly rows: number;
  /** Features of a cell: numbers that `write` writes. */
  readonly size: number;
  /** Symbols of the model; as a symbol, what is outside. */
  readonly symbols: number;
  readonly options: FeatureOptions;

  constructor(symbols: number, options: FeatureOptions) {
    this.symbols = symbols;
    this.options = options;
    const { order, labels, runs = "none", counted = [] } = options;
    const seen = BEFORE + NEIGHBOURS.length;
    const snakes = Number(order === "snake");
    const numbers = BORDERS + { none: 0, cells: 2, lines: 3 }[runs] + counted.length;
    this.size = seen + numbers + snakes + labels.length;
    this.rows =
      seen * (symbols + 1) +
      numbers * (FAR + 1) +
      2 * snakes +
      labels.reduce((all, classes) => all + classes + 1, 0);
  }

  /**
   * Reads the cells of a grid along a path.
   * @param cells symbols, row by row, of which only those before the cell that is written are read
   * @param labels the class of each column, or -1 where it is not said
   */
  reader(cells: ArrayLike<number>, path: GridPath, labels: ArrayLike<number>): FeatureReader {
    return new FeatureReader(this, cells, path, labels);
  }
}

/** What a network is told of the cells of one grid, one after the other. */
export class FeatureReader {
  readonly #features: GridFeatures;
  readonly #cells: ArrayLike<number>;
  readonly #path: GridPath;
  readonly #labels: ArrayLike<number>;
  /** The cell up to which runs and counts are known. */
  #known = 0;
  /** Of each place of a line, for how many lines its symbol has been there. */
  readonly #lines: Int32Array;
  /** For how many cells the path has had the same symbol. */
  #along = 0;
  /** For how many lines the last one has been the same, and whether this one is so far. */
  #whole = 0;
  #same = true;
  readonly #counts: Int32Array;

  constructor(
    features: GridFeatures,
    cells: ArrayLike<number>,
    path: GridPath,
    labels: ArrayLike<number>,
  ) {
    this.#features = features;
    this.#cells = cells;
    this.#path = path;
    this.#labels = labels;
    this.#lines = new Int32Array(path.places);
    this.#counts = new Int32Array(features.options.counted?.length ?? 0);
  }

  /**
   * Features of cell `t` of the path, which is not before that of the last call: the symbols of the cells before it on the path
   * and of its neighbours on the lines before, or that they are outside; the distances to the four borders; which way a snake
   * goes; the labels of the whole; runs and counts.
   * @param into where they are written, from `at` on
   */
  write(into: Int32Array, at: number, t: number): void {
    const path = this.#path;
    const cells = this.#cells;
    const { symbols: outside, options } = this.#features;
    this.#learn(t);
    const line = Math.floor(t / path.places);
    const place = path.place(t);
    let first = 0;
    const see = (cell: number) => {
      into[at++] = first + (cell < 0 ? outside : cells[cell]);
      first += outside + 1;
    };
    for (let k = 1; k <= BEFORE; k++) see(t < k ? -1 : path.cell(t - k));
    for (const [lines, places] of NEIGHBOURS) see(path.cellOf(line - lines, place + places));
    const number = (value: number) => {
      into[at++] = first + Math.min(value, FAR);
      first += FAR + 1;
    };
    number(line);
    number(path.lines - 1 - line);
    number(place);
    number(path.places - 1 - place);
    if (options.order === "snake") {
      into[at++] = first + Number(path.back(line));
      first += 2;
    }
    for (const [c, classes] of options.labels.entries()) {
      into[at++] = first + (this.#labels[c] < 0 ? classes : this.#labels[c]);
      first += classes + 1;
    }
    const { runs = "none" } = options;
    if (runs !== "none") {
      number(this.#lines[place]);
      number(this.#along);
    }
    if (runs === "lines") number(this.#whole);
    this.#counts.forEach(number);
  }

  /** Reads the cells before `t`. */
  #learn(t: number): void {
    const { runs = "none", counted } = this.#features.options;
    if (runs === "none" && !counted) return;
    const path = this.#path;
    for (; this.#known < t; this.#known++) {
      const at = this.#known;
      const [line, place] = [Math.floor(at / path.places), path.place(at)];
      const symbol = this.#cells[path.cell(at)];
      const same = (cell: number) => cell >= 0 && this.#cells[cell] === symbol;
      const stays = same(path.cellOf(line - 1, place));
      this.#lines[place] = stays ? this.#lines[place] + 1 : 1;
      this.#same &&= stays;
      if ((at + 1) % path.places === 0) {
        this.#whole = this.#same ? this.#whole + 1 : 1;
        this.#same = true;
      }
      this.#along = at > 0 && same(path.cell(at - 1)) ? this.#along + 1 : 1;
      for (const [i, together] of counted?.entries() ?? []) {
        if (together.includes(symbol)) this.#counts[i]++;
      }
    }
  }
}
