// Grids of symbols with what is said of them: levels, maps and pictures with a palette, which models of grids learn from
// and give back. Reading and writing files is loaded when it is first asked for.

import { checkNumber, describe, InvalidInputError, listed } from "../../host/errors.js";
import { hashBytes } from "../fingerprint.js";
import { foundByName } from "../images/by-name.js";
import {
  type ImageLabel,
  type LabelRow,
  labelNamed,
  labelsAt,
  labelsOf,
  placesWhere,
  valuesOf,
} from "../images/parts.js";
import { saidOfBoth, sidesByGroup } from "../images/together.js";
import type { Split } from "../texts.js";
import {
  at,
  checkGrids,
  checkSymbols,
  type Grid,
  type GridParts,
  type TilePictures,
} from "./parts.js";
import type {
  GridPicture,
  GridPNGOptions,
  PaletteOptions,
  TileAtlas,
  TileOptions,
} from "./pictures.js";
import {
  channelOf,
  checkChannelName,
  isCharacter,
  plainSymbol,
  sorted,
  withValue,
} from "./symbols.js";
import type { LevelOptions, LevelText } from "./text.js";
import { groupsOfTwins } from "./twins.js";

/** An extra channel: a number from 0 to 255 for each cell of each grid, row by row; true is 1. */
export type ChannelMask = ArrayLike<number | boolean>;

/**
 * ```ts
 * const levels = await GridSet.fromText(await file.text());
 * const { train, validation } = levels.split({ val: 0.1 });
 * console.log(train.text(0));
 * ```
 * Grids may differ in size. They are not copied where they are used: do not change `cells` while a model learns from them.
 */
export class GridSet {
  /** N */
  readonly length: number;
  /** A character each, "#rrggbb" or "#rrggbbaa" of pixel art, or names of tiles; with channels as `withChannel` says. */
  readonly symbols: readonly string[];
  readonly grids: readonly Grid[];
  /** What is said of the grids, one a name, as of pictures. */
  readonly labels: readonly ImageLabel[];
  /** What the grids are called, where they have names. */
  readonly names: readonly string[] | undefined;
  /** Of which whole each is a part, such as a file: `split` and `fit` keep those of one on one side. */
  readonly groups: readonly string[] | undefined;
  /** What symbols look like, where it is known. */
  readonly tiles: TilePictures | undefined;

  /** @throws InvalidInputError where parts do not fit each other */
  constructor(parts: GridParts) {
    checkGrids(parts);
    this.length = parts.grids.length;
    this.symbols = parts.symbols;
    this.grids = parts.grids;
    this.labels = parts.labels ?? [];
    this.names = parts.names;
    this.groups = parts.groups;
    this.tiles = parts.tiles;
  }

  /**
   * Levels of text, each a rectangle of characters: one a file, or many separated by empty lines or by lines that begin with
   * ";", whose rest names the level after it. Files may be gzipped. Symbols are in the order of their code points.
   * @throws InvalidInputError naming file, level and line where lines differ in length and there is no `pad`
   */
  static async fromText(
    files: LevelText | readonly LevelText[],
    options?: LevelOptions,
  ): Promise<GridSet> {
    return new GridSet((await import("./text.js")).fromText(files, options));
  }

  /**
   * Pixel art: a pixel is a cell, its colour a symbol, and all pictures have one palette. What is wholly transparent is
   * "#00000000". Where there are more colours than `colors`, near ones become one, as in GIF files, and transparency is all or
   * nothing.
   * @throws InvalidInputError naming the file that cannot be used
   */
  static async fromPNG(files: readonly GridPicture[], options?: PaletteOptions): Promise<GridSet> {
    return new GridSet((await pictures()).fromPNG(files, options));
  }

  /**
   * Levels drawn with tiles of one size: each must be, pixel by pixel, a tile of the atlas, whose name is its symbol.
   *
   * ```ts
   * const levels = await GridSet.fromTiles(files, { atlas, tile: 16, names: " #$.@" });
   * ```
   *
   * @throws InvalidInputError naming file and cell of what is no tile
   */
  static async fromTiles(files: readonly GridPicture[], options: TileOptions): Promise<GridSet> {
    return new GridSet((await pictures()).fromTiles(files, options));
  }

  /** With pictures of its symbols, such as for levels of text: those that the atlas names. @throws InvalidInputError */
  async withTiles(atlas: TileAtlas): Promise<GridSet> {
    return new GridSet({ ...this, tiles: (await pictures()).tilesOf(atlas) });
  }

  /**
   * A grid as a PNG file, the same bytes in every runtime: with tiles where it has them, else a pixel a cell.
   * @throws InvalidInputError where a symbol is no colour and has no tile
   */
  async toPNG(i: number, options?: GridPNGOptions): Promise<Uint8Array<ArrayBuffer>> {
    return (await pictures()).toPNG(this, this.#grid(i), options);
  }

  /**
   * Rows joined by "\n", a character a cell.
   * @throws InvalidInputError where a symbol is not one character
   */
  text(i: number): string {
    const { width, cells } = this.#grid(i);
    const long = this.symbols.find((symbol) => !isCharacter(symbol));
    if (long !== undefined) {
      const hint = long.includes("\t") ? "; without() leaves out a channel" : "";
      throw new InvalidInputError(
        `a level of text has a character a cell, but ${describe(long)} is a symbol${hint}`,
      );
    }
    const rows: string[] = [];
    for (let from = 0; from < cells.length; from += width) {
      rows.push(
        Array.from(cells.subarray(from, from + width), (cell) => this.symbols[cell]).join(""),
      );
    }
    return rows.join("\n");
  }

  /** The label of a name, or the first. @throws InvalidInputError where there is none */
  label(name?: string): ImageLabel {
    return labelNamed(this.labels, name, "grids");
  }

  /** The classes of a label, or of the first. */
  classes(name?: string): readonly string[] {
    return this.label(name).classes;
  }

  /** With what rows say, one a grid, instead of labels of the same names; by order, or by name with `by`. */
  withLabels(rows: readonly LabelRow[], { by }: { readonly by?: string } = {}): GridSet {
    const own = by === undefined ? rows : this.#byName(rows, by);
    if (own.length !== this.length) {
      throw new InvalidInputError(
        `there must be a row of labels for each grid, ${this.length}, got ${own.length}`,
      );
    }
    const added = labelsOf(own, (i) => `the row of ${this.#called(i)}`, "grid");
    const kept = this.labels.filter(({ name }) => !added.some((one) => one.name === name));
    return new GridSet({ ...this, labels: [...kept, ...added] });
  }

  #byName(rows: readonly LabelRow[], by: string): LabelRow[] {
    if (!this.names) throw new InvalidInputError("by: the grids have no names");
    const given = rows.map((row) => {
      const { [by]: name, ...rest } = row;
      return [String(name), rest] as const;
    });
    return foundByName(this.names, given, `row of labels (by ${by})`);
  }

  /** These grids, in this order, each as often as it is named. */
  subset(indices: ArrayLike<number>): GridSet {
    const order = Int32Array.from(indices, (index) =>
      checkNumber("indices", index, { integer: true, min: 0, max: this.length - 1 }),
    );
    return new GridSet({
      ...this,
      grids: Array.from(order, (i) => this.grids[i]),
      labels: labelsAt(this.labels, order),
      names: this.names && Array.from(order, (i) => this.names![i]),
      groups: this.groups && Array.from(order, (i) => this.groups![i]),
    });
  }

  /** The first grids, at most `count`. */
  first(count: number): GridSet {
    checkNumber("count", count, { integer: true, min: 1 });
    return this.subset(Array.from({ length: Math.min(count, this.length) }, (_, i) => i));
  }

  /** The grids whose label has this class. @throws InvalidInputError where there are none */
  where(name: string, value: string): GridSet {
    return this.subset(placesWhere(this.label(name), value));
  }

  /**
   * Two sets, the second about a fraction `val` of the grids, drawn by the seed. Those of one group, those that are equal,
   * also turned or mirrored, and those of one size with at least a fraction `alike` of their cells equal are in one of them.
   * @param options.by a label: grids of one class of it are in one of the sets, too
   * @throws InvalidInputError where one would be empty
   */
  split({
    val = 0.1,
    seed = 0,
    by,
    alike = 0.95,
  }: {
    val?: number;
    seed?: number;
    by?: string;
    alike?: number;
  } = {}): Split<GridSet> {
    checkNumber("alike", alike, { min: 0, above: true, max: 1 });
    const further = by === undefined ? undefined : valuesOf(this.label(by));
    const names = groupsOfTwins(this, alike, further);
    const { train, validation } = sidesByGroup("grids", names, val, seed);
    return { train: this.subset(train), validation: this.subset(validation) };
  }

  /** With groups: a text for each grid, or a label, whose classes become groups and which then is no label any more. */
  withGroups(by: string | readonly string[]): GridSet {
    if (typeof by !== "string") return new GridSet({ ...this, groups: by });
    const labels = this.labels.filter(({ name }) => name !== by);
    return new GridSet({ ...this, labels, groups: valuesOf(this.label(by)) });
  }

  /** These grids and then the others, with all their symbols, the labels that both have, and names and groups where both have them. */
  concat(other: GridSet): GridSet {
    const symbols = sorted([...this.symbols, ...other.symbols]);
    const [one, two] = [this.withSymbols(symbols), other.withSymbols(symbols)];
    return new GridSet({
      ...{ symbols, ...saidOfBoth(one, two) },
      grids: [...one.grids, ...two.grids],
      tiles: this.tiles ?? other.tiles,
    });
  }

  /**
   * The same grids with their symbols in another list, such as a model's.
   * @throws InvalidInputError naming grid and cell of a symbol that is not in it
   */
  withSymbols(symbols: readonly string[]): GridSet {
    checkSymbols(symbols);
    const known = new Map(symbols.map((symbol, i) => [symbol, i]));
    const places = this.symbols.map((symbol) => known.get(symbol) ?? -1);
    const grids = this.grids.map((grid, i) => {
      const wrong = grid.cells.findIndex((cell) => places[cell] < 0);
      if (wrong < 0) return { ...grid, cells: grid.cells.map((cell) => places[cell]) };
      throw new InvalidInputError(
        `${this.#called(i)} has the symbol ${describe(this.symbols[grid.cells[wrong]])} at ` +
          `${at(wrong, grid.width)}; known are ${listed(symbols.map((one) => describe(one)))}`,
      );
    });
    return new GridSet({ ...this, symbols, grids });
  }

  /**
   * With an extra channel, such as a player's path: a cell's symbol and what the channel says become one symbol, "X" where it
   * says 0, "X\tpath" where it says 1, "X\tpath=2" where it says 2. Only those that occur are symbols.
   * @param masks one a grid, a number from 0 to 255 for each cell, row by row
   * @throws InvalidInputError where masks do not fit the grids
   */
  withChannel(name: string, masks: readonly ChannelMask[]): GridSet {
    checkChannelName(name);
    if (masks.length !== this.length) {
      throw new InvalidInputError(
        `channel ${name}: there must be a mask for each grid, ${this.length}, got ${masks.length}`,
      );
    }
    return this.#renamed((symbol, i, cell) => {
      const value = Number(masks[i][cell]);
      const what = `channel ${name}, ${this.#called(i)}, cell ${cell}`;
      return withValue(symbol, name, checkNumber(what, value, { integer: true, min: 0, max: 255 }));
    }, masks);
  }

  /** What a channel says of each cell, a mask for each grid; 0 where it says nothing. */
  channel(name: string): Uint8Array[] {
    const values = this.symbols.map((symbol) => channelOf(symbol, name));
    return this.grids.map(({ cells }) => Uint8Array.from(cells, (cell) => values[cell]));
  }

  /** Without a channel, or without any: the plain grids again. */
  without(name?: string): GridSet {
    return this.#renamed((symbol) =>
      name === undefined ? plainSymbol(symbol) : withValue(symbol, name, 0),
    );
  }

  /** Each cell with another symbol; only those that then occur, and those that no cell had before, are kept. */
  #renamed(
    rename: (symbol: string, i: number, cell: number) => string,
    masks?: readonly ChannelMask[],
  ): GridSet {
    const named = this.grids.map(({ cells }, i) => {
      if (masks && masks[i]?.length !== cells.length) {
        throw new InvalidInputError(
          `the mask of ${this.#called(i)} must have a number a cell, ${cells.length}, got ${masks[i]?.length}`,
        );
      }
      return Array.from(cells, (symbol, cell) => rename(this.symbols[symbol], i, cell));
    });
    const symbols = masks
      ? sorted(named.flat())
      : sorted(this.symbols.map((symbol) => rename(symbol, 0, 0)));
    const places = new Map(symbols.map((symbol, i) => [symbol, i]));
    const grids = this.grids.map(({ width, height }, i) => ({
      ...{ width, height },
      cells: Uint16Array.from(named[i], (symbol) => places.get(symbol)!),
    }));
    return new GridSet({ ...this, symbols, grids });
  }

  /** Tells one set from another: by symbols, grids and labels, not by names. */
  fingerprint(): string {
    const parts = this.grids.map(({ width, cells }) => {
      return `${width}:${hashBytes(new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength))}`;
    });
    const said = this.labels.map(({ name, classes, indices }) => [name, classes, [...indices]]);
    const all = JSON.stringify([this.symbols, parts, said]);
    return `${this.length}-${hashBytes(new TextEncoder().encode(all))}`;
  }

  #grid(i: number): Grid {
    return this.grids[checkNumber("i", i, { integer: true, min: 0, max: this.length - 1 })];
  }

  #called(i: number): string {
    return this.names ? describe(this.names[i]) : `grid ${i}`;
  }
}

function pictures(): Promise<typeof import("./pictures.js")> {
  return import("./pictures.js");
}
