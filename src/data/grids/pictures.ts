// Grids from PNG files and back: pixel art with a palette, and levels drawn with tiles. Whole numbers only: the same symbols and the
// same files in every runtime.

import { chosen } from "../../formats/gif/palette.js";
import { encode } from "../../formats/png/encode.js";
import { MAX_PIXELS } from "../../formats/png/picture.js";
import { checkKeys, checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";
import { checkSize, type ImageSize, inMode, type Raw } from "../images/colours.js";
import { LABEL, type LabelRow, labelsOf } from "../images/parts.js";
import { checkList, type PictureBytes, still } from "../images/read.js";
import {
  at,
  checkSymbols,
  type Grid,
  type GridParts,
  MOST_SYMBOLS,
  type TilePictures,
} from "./parts.js";
import { isCharacter, plainSymbol, sorted } from "./symbols.js";

/** A PNG file with its name, and what is said of it. */
export interface GridPicture {
  readonly name: string;
  readonly bytes: PictureBytes;
  readonly label?: string;
  readonly labels?: LabelRow;
}

export interface PaletteOptions {
  /** Colours of all pictures together, transparent counted as one; 32 by default. Where there are more, near ones become one. */
  readonly colors?: number;
  /** Pictures are brought to this size: each cell has the colour in its middle. Without it a pixel is a cell. */
  readonly size?: ImageSize;
}

/** A picture of many tiles. */
export interface TileAtlas {
  /** PNG of tiles side by side, row by row. */
  readonly atlas: PictureBytes;
  /** The size of a tile. */
  readonly tile: ImageSize;
  /** What tiles are called, in their order: a text of a character each, or a list. "tile 0", "tile 1", … by default. */
  readonly names?: string | readonly string[];
}

export interface TileOptions extends Omit<TileAtlas, "atlas"> {
  /** Without it the tiles are those that the pictures have, in the order in which they come. */
  readonly atlas?: PictureBytes;
}

export interface GridPNGOptions {
  /** How many times as large each pixel is; 1 by default. */
  readonly scale?: number;
}

/** RGBA of a picture, as one word a pixel: the red in the upper bits, what is wholly transparent as 0. */
interface Words {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly words: Uint32Array;
}

/** @throws InvalidInputError naming the file that cannot be used */
export function fromPNG(files: readonly GridPicture[], options: PaletteOptions = {}): GridParts {
  checkKeys("fromPNG", options, ["colors", "size"]);
  const { colors = 32, size } = options;
  checkNumber("colors", colors, { integer: true, min: 2, max: MOST_SYMBOLS });
  const whole = size === undefined ? undefined : checkSize("size", size);
  const pictures = read(files).map((picture) => (whole ? sampled(picture, whole) : picture));
  const places = palette(pictures, colors);
  const symbols = sorted(Array.from(new Set(places.values()), colourName));
  const known = new Map(symbols.map((symbol, i) => [symbol, i]));
  const place = new Map(Array.from(places, ([own, as]) => [own, known.get(colourName(as))!]));
  const grids = pictures.map(
    ({ width, height, words }): Grid => ({
      ...{ width, height },
      cells: Uint16Array.from(words, (word) => place.get(word)!),
    }),
  );
  return { symbols, grids, ...saidOf(files) };
}

/** @throws InvalidInputError naming file and cell of what is no tile */
export function fromTiles(files: readonly GridPicture[], options: TileOptions): GridParts {
  checkKeys("fromTiles", Object(options), ["atlas", "tile", "names"]);
  const { atlas, tile, names } = options;
  const { width, height } = checkSize("tile", tile);
  const pictures = read(files);
  const found = new Map<string, string>();
  const tiles = new Map<string, Uint8Array>();
  const learn = (block: Uint32Array, name: string) => {
    const key = keyOf(block);
    if (found.has(key)) return;
    found.set(key, name);
    if (!tiles.has(name)) tiles.set(name, bytesOfWords(block));
  };
  if (atlas !== undefined) {
    const all = blocksOf(wordsOf("the atlas", atlas), width, height);
    const called = namesOfTiles(names, all.blocks.length);
    for (const [n, block] of all.blocks.entries()) learn(block, called[n]);
  }
  const cut = pictures.map((picture) => blocksOf(picture, width, height));
  if (atlas === undefined) {
    const keys = new Set<string>();
    const own = cut.flatMap(({ blocks }) =>
      blocks.filter((block) => keys.size < keys.add(keyOf(block)).size),
    );
    const called = namesOfTiles(names, own.length);
    for (const [n, block] of own.entries()) learn(block, called[n]);
  }
  const used = cut.map(({ blocks, across }, i) =>
    blocks.map((block, cell) => {
      const name = found.get(keyOf(block));
      if (name !== undefined) return name;
      throw new InvalidInputError(
        `${pictures[i].name} has a tile at ${at(cell, across)} that is not in the atlas`,
      );
    }),
  );
  const symbols = sorted(used.flat());
  const places = new Map(symbols.map((symbol, i) => [symbol, i]));
  const grids = cut.map(
    ({ across, down }, i): Grid => ({
      ...{ width: across, height: down },
      cells: Uint16Array.from(used[i], (name) => places.get(name)!),
    }),
  );
  const own = new Map(symbols.map((symbol) => [symbol, tiles.get(symbol)!]));
  return { symbols, grids, ...saidOf(files), tiles: { width, height, pictures: own } };
}

/** Pictures of the symbols that an atlas has. @throws InvalidInputError */
export function tilesOf(options: TileAtlas): TilePictures {
  checkKeys("withTiles", Object(options), ["atlas", "tile", "names"]);
  const { width, height } = checkSize("tile", options.tile);
  const { blocks } = blocksOf(wordsOf("the atlas", options.atlas), width, height);
  const names = namesOfTiles(options.names, blocks.length);
  const pictures = new Map<string, Uint8Array>();
  for (const [n, block] of blocks.entries()) {
    if (!pictures.has(names[n])) pictures.set(names[n], bytesOfWords(block));
  }
  return { width, height, pictures };
}

/**
 * A grid as a PNG file: of colours a pixel a cell, else with the pictures of its symbols.
 * @throws InvalidInputError where a symbol is no colour and has no picture
 */
export function toPNG(
  { symbols, tiles }: Pick<GridParts, "symbols" | "tiles">,
  grid: Grid,
  options: GridPNGOptions = {},
): Uint8Array<ArrayBuffer> {
  checkKeys("toPNG", options, ["scale"]);
  const { scale = 1 } = options;
  checkNumber("scale", scale, { integer: true, min: 1, max: 1024 });
  const [w, h] = tiles ? [tiles.width, tiles.height] : [1, 1];
  const [width, height] = [grid.width * w * scale, grid.height * h * scale];
  if (width * height > MAX_PIXELS) {
    throw new InvalidInputError(
      `a grid of ${grid.width} × ${grid.height} cells would have ${width} × ${height} pixels, at most ` +
        `${MAX_PIXELS}; give a smaller scale`,
    );
  }
  const used = new Set(grid.cells);
  const pictures = symbols.map((symbol, i) =>
    used.has(i) ? pictureOf(plainSymbol(symbol), tiles) : new Uint8Array(),
  );
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const [row, inRow] = [Math.floor(y / (h * scale)), Math.floor(y / scale) % h];
    for (let x = 0; x < width; x++) {
      const picture = pictures[grid.cells[row * grid.width + Math.floor(x / (w * scale))]];
      const from = 4 * (inRow * w + (Math.floor(x / scale) % w));
      const to = 4 * (y * width + x);
      for (let s = 0; s < 4; s++) rgba[to + s] = picture[from + s];
    }
  }
  const opaque = rgba.every((byte, i) => (i & 3) < 3 || byte === 255);
  if (!opaque) return encode({ width, height, channels: 4, data: rgba });
  const rgb = rgba.filter((_, i) => (i & 3) < 3);
  return encode({ width, height, channels: 3, data: rgb });
}

/** RGBA of a symbol's cell. */
function pictureOf(symbol: string, tiles: TilePictures | undefined): Uint8Array {
  if (tiles) {
    const picture = tiles.pictures.get(symbol);
    if (picture) return picture;
    throw new InvalidInputError(
      `the symbol ${describe(symbol)} has no tile; name one in withTiles`,
    );
  }
  const hex = /^#([0-9a-f]{6})([0-9a-f]{2})?$/.exec(symbol);
  if (hex) return bytesOfWords(Uint32Array.of(Number.parseInt(hex[1] + (hex[2] ?? "ff"), 16)));
  throw new InvalidInputError(
    `the symbol ${describe(symbol)} is no colour; withTiles gives symbols pictures`,
  );
}

function read(files: readonly GridPicture[]): Words[] {
  checkList("files", files, "{ name, bytes }");
  if (files.length === 0) throw new InvalidInputError("there is no picture");
  return files.map((file, i) => {
    if (typeof file?.name !== "string") {
      throw new InvalidInputError(`files[${i}] must have a name and bytes, got ${describe(file)}`);
    }
    return wordsOf(file.name, file.bytes);
  });
}

function wordsOf(name: string, bytes: PictureBytes): Words {
  if (!isKind(bytes, "Uint8Array", "ArrayBuffer")) {
    throw new InvalidInputError(
      `${name} must have the bytes of a PNG file, got ${describe(bytes)}`,
    );
  }
  const raw: Raw = still(name, bytes, {});
  const { width, height } = raw;
  const rgba = new Uint8Array(width * height * 4);
  inMode(raw, "rgba", [0, 0, 0], rgba);
  const words = new Uint32Array(width * height);
  for (let p = 0; p < words.length; p++) {
    const [r, g, b, a] = rgba.subarray(4 * p, 4 * p + 4);
    words[p] = a === 0 ? 0 : ((r << 24) | (g << 16) | (b << 8) | a) >>> 0;
  }
  return { name, width, height, words };
}

function bytesOfWords(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  for (const [p, word] of words.entries()) {
    bytes.set([word >>> 24, (word >> 16) & 255, (word >> 8) & 255, word & 255], 4 * p);
  }
  return bytes;
}

/** At each cell of a size the pixel in its middle. */
function sampled(
  { name, ...from }: Words,
  { width, height }: { width: number; height: number },
): Words {
  const words = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((2 * y + 1) * from.height) / (2 * height)) * from.width;
    for (let x = 0; x < width; x++) {
      words[y * width + x] = from.words[row + Math.floor(((2 * x + 1) * from.width) / (2 * width))];
    }
  }
  return { name, width, height, words };
}

/** Which colour stands for each that there is. Where colours are too many, they are opaque or transparent, and near ones are one. */
function palette(pictures: readonly Words[], most: number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { words } of pictures) {
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  if (counts.size <= most) return new Map(Array.from(counts.keys(), (word) => [word, word]));
  const opaque = new Map<number, number>();
  for (const [word, count] of counts) {
    const colour = word >>> 8;
    if ((word & 255) >= 128) opaque.set(colour, (opaque.get(colour) ?? 0) + count);
  }
  const clear = [...counts.keys()].some((word) => (word & 255) < 128);
  const { palette: rgb, places } = chosen(opaque, clear ? most - 1 : most);
  return new Map(
    Array.from(counts.keys(), (word) => {
      if ((word & 255) < 128) return [word, 0];
      const [r, g, b] = rgb.subarray(3 * places.get(word >>> 8)!);
      return [word, ((r << 24) | (g << 16) | (b << 8) | 255) >>> 0];
    }),
  );
}

/** "#rrggbb", or "#rrggbbaa" where it is not opaque. */
function colourName(word: number): string {
  const hex = word.toString(16).padStart(8, "0");
  return `#${hex.endsWith("ff") ? hex.slice(0, 6) : hex}`;
}

/** A picture in pieces, row by row. @throws InvalidInputError where it is not made of whole ones */
function blocksOf(
  { name, width, height, words }: Words,
  w: number,
  h: number,
): { readonly blocks: Uint32Array[]; readonly across: number; readonly down: number } {
  const [across, down] = [Math.floor(width / w), Math.floor(height / h)];
  if (across * w !== width || down * h !== height) {
    throw new InvalidInputError(
      `${name} of ${width} × ${height} pixels is not made of tiles of ${w} × ${h}`,
    );
  }
  const blocks = Array.from({ length: across * down }, (_, n) => {
    const block = new Uint32Array(w * h);
    const from = Math.floor(n / across) * h * width + (n % across) * w;
    for (let y = 0; y < h; y++) {
      block.set(words.subarray(from + y * width, from + y * width + w), y * w);
    }
    return block;
  });
  return { blocks, across, down };
}

function keyOf(block: Uint32Array): string {
  return block.join();
}

/** @throws InvalidInputError where there are too few names */
function namesOfTiles(given: TileAtlas["names"], count: number): string[] {
  if (given === undefined) return Array.from({ length: count }, (_, n) => `tile ${n}`);
  const names: string[] = Array.from(given);
  checkSymbols([...new Set(names)]);
  const wrong = names.find((name) => Array.from(name).some((one) => one < " "));
  if (wrong !== undefined) {
    throw new InvalidInputError(`names: a tile cannot be called ${describe(wrong)}`);
  }
  if (names.length >= count) return names;
  const by = typeof given === "string" && names.every(isCharacter) ? "characters" : "names";
  throw new InvalidInputError(`names must be one a tile, ${count}, got ${names.length} ${by}`);
}

function saidOf(files: readonly GridPicture[]): Pick<GridParts, "names" | "labels"> {
  const rows = files.map(({ label, labels }) => ({
    ...(label === undefined ? {} : { [LABEL]: label }),
    ...labels,
  }));
  const some = rows.some((row) => Object.keys(row).length > 0);
  return {
    names: files.map(({ name }) => name),
    labels: some ? labelsOf(rows, (i) => files[i].name) : [],
  };
}
