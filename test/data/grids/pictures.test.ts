// Pixel art and levels drawn with tiles: to grids and back to the same pixels.

import { describe, expect, test } from "vitest";
import { decodePNG, GridSet, InvalidInputError } from "../../../src/entries/index.js";
import { encode } from "../../../src/formats/png/encode.js";

type Colour = readonly [number, number, number, number?];
const [RED, BLUE, CLEAR, HALF]: Colour[] = [
  [255, 0, 0],
  [0, 0, 255],
  [9, 9, 9, 0],
  [0, 255, 0, 128],
];

/** A PNG of pixels, four samples each. */
function png(width: number, ...pixels: Colour[]) {
  const data = Uint8Array.from(pixels.flatMap(([r, g, b, a = 255]) => [r, g, b, a]));
  return encode({ width, height: pixels.length / width, channels: 4, data });
}

describe("pixel art", () => {
  test("colours are symbols, what is transparent is one, sizes may differ", async () => {
    const set = await GridSet.fromPNG([
      { name: "a.png", bytes: png(2, RED, CLEAR, [1, 2, 3, 0], HALF), label: "x" },
      { name: "b.png", bytes: png(1, BLUE, RED, RED), label: "y" },
    ]);
    expect(set.symbols).toEqual(["#00000000", "#0000ff", "#00ff0080", "#ff0000"]);
    expect(set.grids[0]).toEqual({ width: 2, height: 2, cells: Uint16Array.of(3, 0, 0, 2) });
    expect(set.grids[1]).toEqual({ width: 1, height: 3, cells: Uint16Array.of(1, 3, 3) });
    expect([set.names, set.classes()]).toEqual([
      ["a.png", "b.png"],
      ["x", "y"],
    ]);
    const back = await decodePNG(await set.toPNG(0));
    expect(Array.from(back.data)).toEqual([255, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 0, 128]);
    const large = await decodePNG(await set.toPNG(1, { scale: 2 }));
    expect(large).toMatchObject({ width: 2, height: 6, channels: 3 });
    expect(() => set.text(0)).toThrow(/"#00000000" is a symbol/);
  });

  test("too many colours become few, near ones one; transparency is all or nothing then", async () => {
    const colours = Array.from(
      { length: 40 },
      (_, i): Colour => [i < 20 ? i : 235 + (i % 20), 0, 0],
    );
    const files = [{ name: "a.png", bytes: png(7, ...colours, CLEAR, HALF) }];
    expect((await GridSet.fromPNG(files, { colors: 42 })).symbols).toHaveLength(42);
    const few = await GridSet.fromPNG(files, { colors: 4 });
    expect(few.symbols).toHaveLength(4);
    expect(few.symbols[0]).toBe("#00000000");
    const { cells } = few.grids[0];
    expect(cells[0]).not.toBe(cells[39]);
    expect(new Set(cells.subarray(0, 20)).has(cells[39])).toBe(false);
    expect((await GridSet.fromPNG(files)).symbols.length).toBeLessThanOrEqual(32);
  });

  test("a size takes the colour in the middle of each cell", async () => {
    const bytes = png(4, ...[RED, RED, BLUE, BLUE, RED, RED, BLUE, BLUE]);
    const set = await GridSet.fromPNG([{ name: "a.png", bytes }], {
      size: { width: 2, height: 1 },
    });
    expect(set.grids[0]).toEqual({ width: 2, height: 1, cells: Uint16Array.of(1, 0) });
  });
});

describe("tiles", () => {
  const tile = (colour: Colour, other: Colour) => [colour, other, other, colour];
  const [floor, wall, odd] = [tile(RED, BLUE), tile(BLUE, RED), tile(RED, RED)];
  /** Tiles of 2 × 2 side by side. */
  const row = (...tiles: Colour[][]) =>
    png(
      2 * tiles.length,
      ...tiles.flatMap((one) => one.slice(0, 2)),
      ...tiles.flatMap((one) => one.slice(2)),
    );
  const atlas = row(floor, wall);

  test("levels drawn with an atlas have its names, and are drawn again alike", async () => {
    const bytes = row(wall, floor, wall);
    const set = await GridSet.fromTiles([{ name: "l.png", bytes }], {
      atlas,
      tile: 2,
      names: ".#",
    });
    expect(set.text(0)).toBe("#.#");
    expect(await set.toPNG(0)).toEqual(
      await (
        await (await GridSet.fromText("#.#")).withTiles({ atlas, tile: 2, names: ".#" })
      ).toPNG(0),
    );
    expect((await decodePNG(await set.toPNG(0))).data).toEqual(
      (await decodePNG(bytes)).data.filter((_, i) => (i & 3) < 3),
    );
    const named = { atlas, tile: 2, names: ["floor", "wall"] };
    expect((await GridSet.fromTiles([{ name: "l.png", bytes }], named)).symbols).toEqual([
      "floor",
      "wall",
    ]);
  });

  test("without an atlas the tiles are those of the pictures", async () => {
    const set = await GridSet.fromTiles([{ name: "l.png", bytes: row(wall, floor, wall, odd) }], {
      tile: 2,
    });
    expect(set.symbols).toEqual(["tile 0", "tile 1", "tile 2"]);
    expect(set.grids[0].cells).toEqual(Uint16Array.of(0, 1, 0, 2));
  });

  test("what is no tile, and what fits none, is refused", async () => {
    const from = (bytes: Uint8Array, options: object) =>
      GridSet.fromTiles([{ name: "l.png", bytes }], options as { tile: number });
    await expect(from(row(floor, odd), { atlas, tile: 2 })).rejects.toThrow(
      "l.png has a tile at row 1, column 2 that is not in the atlas",
    );
    await expect(from(row(floor), { atlas, tile: 3 })).rejects.toThrow(/the atlas of 4 × 2 pixels/);
    await expect(from(row(floor), { atlas, tile: 2, names: "." })).rejects.toThrow(
      /one a tile, 2, got 1/,
    );
    await expect(from(row(floor), { atlas, tile: 2, names: ["a", "\t"] })).rejects.toThrow(
      /cannot be called/,
    );
    await expect(from(row(floor), { tile: 2, name: "." })).rejects.toThrow(/did you mean names/);
    await expect(from(Uint8Array.of(1, 2), { tile: 2 })).rejects.toBeInstanceOf(InvalidInputError);
    await expect(GridSet.fromPNG([])).rejects.toThrow("there is no picture");
    await expect(GridSet.fromPNG([{ name: "a", bytes: "b" as never }])).rejects.toThrow(
      /bytes of a PNG/,
    );
    await expect(GridSet.fromPNG([{ name: "a", bytes: atlas }], { colors: 1 })).rejects.toThrow(
      /colors/,
    );
    await expect((await GridSet.fromText("a")).toPNG(0)).rejects.toThrow(/"a" is no colour/);
    const tiled = await (await GridSet.fromText("a")).withTiles({ atlas, tile: 2, names: ".#" });
    await expect(tiled.toPNG(0)).rejects.toThrow(/"a" has no tile/);
  });
});
