// What levels have in common with others: copied pieces, novelty, diversity. All counts are of whole numbers.

import {
  checkChoice,
  checkKeys,
  checkNumber,
  describe,
  InvalidInputError,
} from "../host/errors.js";
import { type Level, readLevel } from "./level.js";

const symmetryNames = ["none", "mirror", "all"] as const;

/** How levels are laid beside others. */
export interface LikenessOptions {
  /** Columns of a window; a narrower level is one window. Default 10. */
  readonly window?: number;
  /**
   * As what the others count too: "none", "mirror" left to right, or "all" eight symmetries of the square, with rows as well as
   * columns. Default "none".
   */
  readonly symmetries?: (typeof symmetryNames)[number];
}

/** What levels share with training levels. */
export interface Copied {
  /** Fraction of windows that stand in a training level as they are, 0 to 1. */
  readonly share: number;
  /** Windows that were looked at. */
  readonly windows: number;
  /** Columns of the longest piece that stands in a training level as it is. */
  readonly longest: number;
  /** The level that has it. */
  readonly level: number;
  /** Levels that are training levels as a whole. */
  readonly same: readonly number[];
}

/**
 * What levels have copied from training levels: windows of whole columns, the longest such piece, and whole levels.
 * @throws InvalidInputError where a text is no level, a list is empty, and for other options
 */
export function copied(
  levels: string | readonly string[],
  training: string | readonly string[],
  options: LikenessOptions = {},
): Copied {
  const { window, symmetries } = checkLikeness("copied", options);
  const own = readAll("levels", levels);
  const pool = new Columns(readAll("training", training).flatMap((one) => turned(one, symmetries)));
  const same: number[] = [];
  let [windows, found, longest, best] = [0, 0, 0, 0];
  for (const [i, level] of own.entries()) {
    const ways = symmetries === "all" ? [level, transposed(level)] : [level];
    if (pool.hasWhole(level)) same.push(i);
    for (const way of ways) {
      const length = Math.min(window, way.width);
      for (const piece of pool.pieces(way, length)) {
        windows++;
        found += Number(pool.has(piece, length));
      }
      // What has a long piece has all that is shorter.
      let [low, high] = [longest, way.width];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        const shared = pool.pieces(way, middle).some((piece) => pool.has(piece, middle));
        if (shared) low = middle;
        else high = middle - 1;
      }
      if (low > longest) [longest, best] = [low, i];
    }
  }
  return { share: found / windows, windows, longest, level: best, same };
}

/**
 * How new a level is: the fraction of its cells that differ from the nearest window of a training level, on average over its windows,
 * which lie side by side. 0: it is put together from pieces of them; 1: nothing is as there. Training levels of another
 * height, or narrower than a window, do not count.
 * @throws InvalidInputError as `copied` does
 */
export function novelty(
  level: string,
  training: string | readonly string[],
  options: LikenessOptions = {},
): number {
  const { window, symmetries } = checkLikeness("novelty", options);
  const own = readLevel(level);
  const length = Math.min(window, own.width);
  const { height } = own;
  const ids = new Map<string, number>();
  const others = readAll("training", training)
    .flatMap((one) => turned(one, symmetries))
    .filter((one) => one.height === height && one.width >= length)
    .map((one) => byColumns(one, ids));
  const cells = byColumns(own, ids);
  const size = length * height;
  let [sum, count] = [0, 0];
  for (let x = 0; x < own.width; x += length) {
    const at = Math.min(x, own.width - length) * height;
    let least = size;
    for (const other of others) {
      for (let from = 0; from + size <= other.length; from += height) {
        let differ = 0;
        for (let i = 0; i < size && differ < least; i++) {
          if (cells[at + i] !== other[from + i]) differ++;
        }
        least = Math.min(least, differ);
      }
    }
    sum += least;
    count++;
  }
  return sum / (count * size);
}

/**
 * How much levels differ from one another: the fraction of cells that differ, over all pairs. Where one is wider or higher, its further
 * cells differ. 0: all are the same.
 * @throws InvalidInputError where a text is no level, or there are fewer than two
 */
export function diversity(levels: readonly string[]): number {
  const all = readAll("levels", levels);
  if (all.length < 2) {
    throw new InvalidInputError(`diversity needs at least two levels, got ${all.length}`);
  }
  const [width, height] = [
    all.reduce((most, one) => Math.max(most, one.width), 0),
    all.reduce((most, one) => Math.max(most, one.height), 0),
  ];
  const ids = new Map<string, number>();
  const grids = all.map((one) => {
    const grid = new Int32Array(width * height).fill(-1);
    for (const [i, symbol] of one.cells.entries()) {
      grid[Math.floor(i / one.width) * width + (i % one.width)] = idOf(symbol, ids);
    }
    return grid;
  });
  let [differ, cells] = [0, 0];
  for (const [i, a] of grids.entries()) {
    for (const b of grids.slice(0, i)) {
      for (const [at, id] of a.entries()) {
        if (id < 0 && b[at] < 0) continue;
        cells++;
        if (id !== b[at]) differ++;
      }
    }
  }
  return differ / cells;
}

function checkLikeness(what: string, options: LikenessOptions): Required<LikenessOptions> {
  checkKeys(what, options, ["window", "symmetries"]);
  const { window = 10, symmetries = "none" } = options;
  checkNumber("window", window, { integer: true, min: 1 });
  checkChoice("symmetries", symmetries, symmetryNames);
  return { window, symmetries };
}

function readAll(name: string, levels: string | readonly string[]): Level[] {
  const list = typeof levels === "string" ? [levels] : levels;
  if (!Array.isArray(list) || list.length === 0) {
    throw new InvalidInputError(
      `${name} must be a level or a list of at least one, got ${describe(levels)}`,
    );
  }
  return list.map((one) => readLevel(one));
}

/** The level as it is, and as its symmetries make it. */
function turned(level: Level, symmetries: LikenessOptions["symmetries"]): Level[] {
  if (symmetries === "none") return [level];
  if (symmetries === "mirror") return [level, mirrored(level)];
  const upright = [level, mirrored(level)];
  const upside = upright.map((one) => ({ ...mirrored(one), cells: one.cells.slice().reverse() }));
  return [...upright, ...upside].flatMap((one) => [one, transposed(one)]);
}

function mirrored(level: Level): Level {
  const { width } = level;
  const cells = level.cells.map((_, i) => level.cells[i - (i % width) + width - 1 - (i % width)]);
  return { ...level, cells };
}

function transposed({ width, height, cells }: Level): Level {
  const turned = cells.map((_, i) => cells[(i % height) * width + Math.floor(i / height)]);
  return { width: height, height: width, cells: turned };
}

function idOf(name: string, ids: Map<string, number>): number {
  const known = ids.get(name);
  if (known !== undefined) return known;
  ids.set(name, ids.size);
  return ids.size - 1;
}

/** Numbers of cells, column by column. */
function byColumns(level: Level, ids: Map<string, number>): Int32Array {
  return Int32Array.from(transposed(level).cells, (symbol) => idOf(symbol, ids));
}

/** Levels as texts of two letters a column, so that a piece is a piece of text. */
class Columns {
  readonly #ids = new Map<string, number>();
  readonly #texts: readonly string[];
  readonly #whole: ReadonlySet<string>;
  /** Pieces of each length, made when it is asked for. */
  readonly #pieces = new Map<number, ReadonlySet<string>>();

  constructor(levels: readonly Level[]) {
    this.#texts = levels.map((level) => this.#text(level));
    this.#whole = new Set(this.#texts);
  }

  hasWhole(level: Level): boolean {
    return this.#whole.has(this.#text(level));
  }

  has(piece: string, length: number): boolean {
    let all = this.#pieces.get(length);
    if (!all) {
      all = new Set(this.#texts.flatMap((text) => cutting(text, length)));
      this.#pieces.set(length, all);
    }
    return all.has(piece);
  }

  /** All pieces of so many columns. */
  pieces(level: Level, length: number): string[] {
    return cutting(this.#text(level), length);
  }

  #text({ width, height, cells }: Level): string {
    let text = "";
    for (let x = 0; x < width; x++) {
      let column = "";
      for (let y = 0; y < height; y++) column += cells[y * width + x];
      const id = idOf(column, this.#ids);
      text += String.fromCharCode(id & 0xffff, id >>> 16);
    }
    return text;
  }
}

function cutting(text: string, length: number): string[] {
  const count = text.length / 2 - length + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => text.slice(2 * i, 2 * (i + length)));
}
