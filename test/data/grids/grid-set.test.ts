// Sets of grids: parts of them, what is said of them, sides of a split, channels, and what is refused.

import { describe, expect, test } from "vitest";
import { SYMMETRIES, underSymmetry } from "../../../src/data/grids/twins.js";
import { type GridParts, GridSet, InvalidInputError } from "../../../src/entries/index.js";
import { LightKey } from "../../../src/host/light-key.js";

const texts = (set: GridSet) => Array.from(set.grids.keys(), (i) => set.text(i));

/** Grids of 6 × 5 whose cells are drawn by keys. */
function drawn(count: number): GridSet {
  const grids = Array.from({ length: count }, (_, i) => ({
    ...{ width: 6, height: 5 },
    cells: Uint16Array.from(LightKey.fromSeed(i).integers(30, 3)),
  }));
  return new GridSet({ symbols: ["a", "b", "c"], grids });
}

describe("parts of a set", () => {
  test("subset, first, labels, names and groups go together", async () => {
    const set = (await GridSet.fromText("; x\na\n\n; y\nb\n\n; z\nc")).withLabels(
      [
        { name: "z", hard: 3 },
        { name: "x", hard: 10 },
        { name: "y", hard: 3 },
      ],
      { by: "name" },
    );
    expect(set.label("hard")).toMatchObject({
      classes: ["3", "10"],
      indices: Int32Array.of(1, 0, 0),
    });
    expect(texts(set.subset([2, 0, 2]))).toEqual(["c", "a", "c"]);
    expect(set.subset([2, 0]).names).toEqual(["z", "x"]);
    expect(texts(set.where("hard", "3"))).toEqual(["b", "c"]);
    expect(set.first(2)).toHaveLength(2);
    const grouped = set.withGroups("hard");
    expect([grouped.groups, grouped.labels]).toEqual([["10", "3", "3"], []]);
    expect(() => set.where("hard", "4")).toThrow('none has hard "4"; there are 3, 10');
    expect(() => set.label("soft")).toThrow('the grids have no label "soft"; they have hard');
    expect(() => set.withLabels([{ hard: 1 }])).toThrow(/a row of labels for each grid, 3, got 1/);
  });

  test("sets with other symbols are put together, and brought to a model's", async () => {
    const [one, other] = [await GridSet.fromText("ac"), await GridSet.fromText("bc\nab")];
    const both = one.concat(other);
    expect([both.symbols, texts(both)]).toEqual([
      ["a", "b", "c"],
      ["ac", "bc\nab"],
    ]);
    const as = other.withSymbols(["x", "c", "b", "a"]);
    expect(as.grids[0].cells).toEqual(Uint16Array.of(2, 1, 3, 2));
    expect(() => other.withSymbols(["c", "b"])).toThrow(
      'grid 0 has the symbol "a" at row 2, column 1; known are "c", "b"',
    );
    expect(one.fingerprint()).toBe((await GridSet.fromText("ac")).fingerprint());
    expect(one.fingerprint()).not.toBe(other.fingerprint());
  });
});

describe("a split", () => {
  test("never cuts equal, turned, mirrored or nearly equal grids, or those of one group", () => {
    const own = drawn(12);
    const grids = own.grids.flatMap((grid, i) => {
      const near = grid.cells.slice();
      near[7] = (near[7] + 1) % 3;
      return [grid, underSymmetry(grid, i % SYMMETRIES), { ...grid, cells: near }];
    });
    const set = new GridSet({ symbols: own.symbols, grids, names: grids.map((_, i) => String(i)) });
    for (let seed = 0; seed < 10; seed++) {
      const { train, validation } = set.split({ val: 0.3, seed });
      expect(train.length + validation.length).toBe(36);
      const side = new Set(validation.names!.map((name) => Math.floor(Number(name) / 3)));
      expect(train.names!.some((name) => side.has(Math.floor(Number(name) / 3)))).toBe(false);
    }
    const apart = Array.from({ length: 10 }, (_, seed) => set.split({ val: 0.3, seed, alike: 1 }));
    const cut = apart.filter(({ train, validation }) =>
      validation.names!.some((name) => {
        const first = 3 * Math.floor(Number(name) / 3);
        return train.names!.includes(String(first)) || train.names!.includes(String(first + 2));
      }),
    );
    expect(cut.length).toBeGreaterThan(0);
    const groups = grids.map((_, i) => String(Math.floor(i / 18)));
    expect(set.withGroups(groups).split({ val: 0.5 }).validation).toHaveLength(18);
    expect(() => set.withGroups(grids.map(() => "one")).split()).toThrow(
      /cuts 36 grids \(1 different/,
    );
  });

  test("finds all pairs that are nearly equal, as comparing each with each does", () => {
    const own = drawn(60).grids.map((grid, i, all) => {
      const cells = (i % 2 === 0 ? grid : all[i - 1]).cells.slice();
      for (const at of LightKey.fromSeed(i).integers(i % 7, 30, 1)) cells[at] = 2 - cells[at];
      return { ...grid, cells };
    });
    const set = new GridSet({
      symbols: ["a", "b", "c"],
      grids: own,
      names: own.map((_, i) => String(i)),
    });
    for (let seed = 0; seed < 5; seed++) {
      const { train, validation } = set.split({ val: 0.3, seed, alike: 0.9 });
      for (const a of train.grids) {
        for (const b of validation.grids) {
          const differ = a.cells.reduce((sum, cell, i) => sum + (cell === b.cells[i] ? 0 : 1), 0);
          expect(differ).toBeGreaterThan(3);
        }
      }
    }
  });

  test("the eight symmetries are eight, and those of mirrors are their own inverses", () => {
    const grid = { width: 3, height: 2, cells: Uint16Array.of(0, 1, 2, 3, 4, 5) };
    const all = Array.from({ length: SYMMETRIES }, (_, s) => underSymmetry(grid, s));
    expect(new Set(all.map(({ width, cells }) => `${width}:${cells}`)).size).toBe(8);
    for (const s of [0, 1, 2, 3, 4, 7]) expect(underSymmetry(all[s], s)).toEqual(grid);
    expect(underSymmetry(all[5], 6)).toEqual(grid);
    expect(underSymmetry(all[6], 5)).toEqual(grid);
  });
});

describe("channels", () => {
  test("a path is written into the symbols, and out of them again", async () => {
    const set = await GridSet.fromText("--X\n-XX");
    const path = [Uint8Array.of(1, 1, 0, 1, 0, 0)];
    const with1 = set.withChannel("path", path);
    expect(with1.symbols).toEqual(["-\tpath", "X"]);
    expect(with1.channel("path")).toEqual(path);
    const both = with1.withChannel("depth", [[0, 2, 0, 0, 0, 2]]);
    expect(both.symbols).toContain("-\tpath\tdepth=2");
    expect(both.channel("depth")).toEqual([Uint8Array.of(0, 2, 0, 0, 0, 2)]);
    expect(both.channel("path")).toEqual(path);
    expect(both.without("depth").fingerprint()).toBe(with1.fingerprint());
    expect(both.without().fingerprint()).toBe(set.fingerprint());
    expect(with1.without("path").text(0)).toBe("--X\n-XX");
    expect(() => with1.text(0)).toThrow(/without\(\) leaves out a channel/);
    expect(() => set.withChannel("a b", path)).toThrow(/the name of a channel/);
    expect(() => set.withChannel("path", [[1]])).toThrow(/a number a cell, 6, got 1/);
    expect(() => set.withChannel("path", [])).toThrow(/a mask for each grid, 1, got 0/);
    expect(() => set.withChannel("path", [[0, 0, 0, 0, 0, 256]])).toThrow(/grid 0, cell 5/);
  });
});

test.each<[string, object, RegExp]>([
  ["no grids", { grids: [] }, /grids must be a list/],
  ["no symbols", { symbols: [] }, /1 to 4096, got 0/],
  ["a symbol twice", { symbols: ["a", "a"] }, /"a" twice/],
  ["an empty symbol", { symbols: ["a", ""] }, /got ""/],
  [
    "cells of another kind",
    { grids: [{ width: 1, height: 1, cells: [0] }] },
    /a Uint16Array of 1 × 1/,
  ],
  ["too few cells", { grids: [{ width: 2, height: 1, cells: new Uint16Array(1) }] }, /of 1$/],
  ["a width of 0", { grids: [{ width: 0, height: 1, cells: new Uint16Array(0) }] }, /width/],
  [
    "a symbol that is not there",
    { grids: [{ width: 1, height: 2, cells: Uint16Array.of(0, 2) }] },
    /symbol 2 at row 2, column 1, of 2/,
  ],
  ["too few names", { names: [] }, /names must be one a grid, 1, got 0/],
])("%s: refused", (_, parts, message) => {
  const grids = [{ width: 1, height: 1, cells: new Uint16Array(1) }];
  const make = () => new GridSet({ symbols: ["a", "b"], grids, ...parts } as GridParts);
  expect(make).toThrow(message);
  expect(make).toThrow(InvalidInputError);
});
