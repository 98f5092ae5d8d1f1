import { describe, expect, test } from "vitest";
import {
  type GridGenerateOptions,
  GridModel,
  GridSet,
  InvalidInputError,
  ModelFileError,
  RefusedError,
} from "../../../src/entries/index.js";
import { load } from "../../../src/entries/node.js";
import { GridFeatures } from "../../../src/models/grids/features.js";
import { type GridOrder, GridPath, gridOrders } from "../../../src/models/grids/path.js";
import { windowOf } from "../../../src/models/grids/windows.js";
import { labelledRooms, rooms } from "./help.js";

const runtime = await load();
const levels = await labelledRooms(24);
const sizes = { hidden: 24, embed: 12, dropout: 0, seed: 1 } as const;

async function trained(options: object = {}, steps = 60): Promise<GridModel> {
  const model = await GridModel.create({ runtime, grids: levels, ...sizes, ...options });
  await model.fit(levels, { steps, lr: 1e-2, batch: 8 });
  return model;
}

const model = await trained();
const textsOf = (grids: GridSet) => Array.from({ length: grids.length }, (_, i) => grids.text(i));
const drawn = async (options: GridGenerateOptions) =>
  textsOf((await model.generate(options)).grids);
const count = (text: string, symbol: string) => text.split(symbol).length - 1;

describe("the path and what is known on it", () => {
  test.each(gridOrders)("%s: every cell once", (order) => {
    const path = new GridPath(order, 5, 4);
    const cells = Array.from({ length: path.length }, (_, t) => path.cell(t));
    expect(cells.slice().sort((a, b) => a - b)).toEqual(Array.from(cells.keys()));
    const first = { rows: [0, 1, 2, 3, 4, 5], columns: [0, 5, 10, 15, 1, 6] };
    expect(cells.slice(0, 6)).toEqual({ ...first, snake: [15, 10, 5, 0, 1, 6] }[order]);
  });

  test.each(gridOrders)("%s: features say what is before, and nothing of what comes", (order) => {
    const [symbols, labels] = [3, [2]];
    const features = new GridFeatures(symbols, {
      ...{ order: order as GridOrder, labels, runs: "lines", counted: [[0], [1, 2]] },
    });
    const path = new GridPath(order as GridOrder, 6, 5);
    const grid = (from: number, value: number) => {
      const cells = new Int32Array(path.length);
      for (let t = 0; t < path.length; t++) cells[path.cell(t)] = t < from ? t % symbols : value;
      return cells;
    };
    const write = (t: number, cells: Int32Array, label: number) => {
      const into = new Int32Array(features.size).fill(-1);
      features.reader(cells, path, [label]).write(into, 0, t);
      return Array.from(into);
    };
    for (let t = 0; t < path.length; t++) {
      const known = write(t, grid(t, 0), 1);
      expect(write(t, grid(t, 2), 1)).toEqual(known);
      expect(known.every((id) => id >= 0 && id < features.rows)).toBe(true);
      expect(new Set(known).size).toBe(features.size);
      if (t > 0) expect(write(t, grid(0, 2), 1)).not.toEqual(write(t, grid(0, 1), 1));
      expect(write(t, grid(t, 0), -1)).not.toEqual(known);
    }
  });

  test("runs and counts are those of the cells before", () => {
    const text = ["aab", "aab", "aba", "aab"].join("");
    const cells = Array.from(text, (symbol) => "ab".indexOf(symbol));
    const path = new GridPath("rows", 3, 4);
    const plain = new GridFeatures(2, { order: "rows", labels: [] });
    const told = new GridFeatures(2, { order: "rows", labels: [], runs: "lines", counted: [[1]] });
    expect(told.size).toBe(plain.size + 4);
    const read = (from: number, features: GridFeatures) => {
      const reader = features.reader(cells, path, []);
      const all = Array.from({ length: 12 - from }, (_, i) => {
        const into = new Int32Array(features.size);
        reader.write(into, 0, from + i);
        return Array.from(into);
      });
      return all;
    };
    const both = read(0, told);
    const own = both.map((ids) => ids.slice(plain.size).map((id, i) => id - plain.rows - 17 * i));
    // For how many lines the place's symbol has stood there, how many cells the last has come in a row, for how many
    // lines the whole line has stood, and every "b" before.
    const lines = ["0000 0100 0200", "1111 1111 1211", "2122 2122 2123", "3113 1213 1313"];
    expect(own.map((numbers) => numbers.join(""))).toEqual(lines.flatMap((one) => one.split(" ")));
    expect(both.map((ids) => ids.slice(0, plain.size))).toEqual(read(0, plain));
    expect(read(5, told)).toEqual(both.slice(5));
  });

  test("windows are whole lines inside the grid, and the ends are learned as often as the middle", () => {
    const grid = { width: 40, height: 3, cells: new Uint16Array(120) };
    const path = new GridPath("columns", 40, 3);
    const seen = new Float64Array(40);
    const draws = 4000;
    for (let i = 0; i < draws; i++) {
      const { from, to } = windowOf(grid, path, 31, i / draws, []);
      expect([from % 3, to % 3, to - from]).toEqual([0, 0, 30]);
      for (let line = from / 3; line < to / 3; line++) seen[line] += 1 / draws;
    }
    const [first, middle] = [seen.slice(0, 10), seen.slice(15, 25)].map(
      (some) => some.reduce((sum, one) => sum + one, 0) / some.length,
    );
    expect(Math.abs(first / middle - 1)).toBeLessThan(0.1);
    expect(seen[0]).toBeGreaterThan(0.4 * middle);
    const short = windowOf(grid, path, 500, 0.7, []);
    expect([short.from, short.to]).toEqual([0, 120]);
    const narrow = windowOf(grid, path, 2, 0.999, []);
    expect(narrow.to - narrow.from).toBe(2);
    expect(narrow.to).toBeLessThanOrEqual(120);
  });
});

describe("GridModel", () => {
  test("learns what levels look like", async () => {
    const before = (await GridModel.create({ runtime, grids: levels, ...sizes })).score(levels);
    const after = model.score(levels);
    expect(after.nats).toBeLessThan(0.6 * before.nats);
    expect(after).toMatchObject({ cells: before.cells, examples: 24 });
    const walls = (await drawn({ samples: 8, width: 6, height: 5 })).join("");
    expect(count(walls, "#")).toBeGreaterThan(0.4 * walls.length);
  });

  test("the state is carried from piece to piece of what is measured", async () => {
    const long = "#.o@>#.o".repeat(900);
    const set = await GridSet.fromText([long, "#".repeat(5)].map((text) => `${text}`).join("\n\n"));
    const labelled = set.withLabels([{ coins: "many" }, { coins: "few" }]);
    const [both, one, two] = [[0, 1], [0], [1]].map((some) => model.score(labelled.subset(some)));
    const sum = one.nats * one.cells + two.nats * two.cells;
    expect(both.nats * both.cells).toBeCloseTo(sum, 2);
  });

  test("has a default size and path that fit the grids", async () => {
    const [grid] = (await model.generate()).grids.grids;
    expect([grid.width, grid.height]).toEqual([6, 4]);
    expect(model.config).toMatchObject({ order: "columns", width: 6, height: 4, network: "lstm" });
    const tall = await GridSet.fromText("ab\nba\nab");
    const { config } = await GridModel.create({ runtime, grids: tall });
    expect(config.order).toBe("rows");
  });

  test("runs and counts are the file's, and a model that counts draws what there is one of", async () => {
    const own = await trained({ runs: "cells", counted: "@>", seed: 2 }, 150);
    expect(own.config).toMatchObject({ runs: "cells", counted: ["@", ">"] });
    expect(own.parameterCount).toBe(model.parameterCount + 4 * 17 * sizes.embed);
    expect("runs" in model.config || "counted" in model.config).toBe(false);
    const again = await GridModel.load(own.save(), { runtime });
    expect(again.config).toEqual(own.config);
    const size = { samples: 40, width: 6, height: 5, seed: 1 };
    const other = await trained({ seed: 2 }, 150);
    const [counting, plain] = [await own.generate(size), await other.generate(size)].map(
      ({ grids }) => textsOf(grids),
    );
    expect(textsOf((await again.generate(size)).grids)).toEqual(counting);
    const right = (texts: readonly string[]) =>
      texts.filter((text) => count(text, "@") === 1 && count(text, ">") === 1).length;
    expect(right(counting)).toBeGreaterThan(right(plain));
    const [alone] = textsOf((await own.generate({ ...size, samples: 1, seed: 3 })).grids);
    expect(alone).toBe(counting[2]);
  });

  test("a seed has the same grid alone and among others, whatever the tries", async () => {
    const all = await drawn({ samples: 5, seed: 3 });
    expect(await drawn({ seed: 6 })).toEqual([all[3]]);
    const odd = { playable: (level: string) => count(level, "o") % 2 === 1, tries: 50 };
    const some = await model.generate({ ...odd, samples: 6, seed: 10 });
    expect(textsOf(some.grids).every((level) => odd.playable(level))).toBe(true);
    expect(Math.max(...some.tries)).toBeGreaterThan(1);
    const last = await model.generate({ ...odd, seed: 15 });
    expect([last.grids.text(0), last.tries]).toEqual([some.grids.text(5), [some.tries[5]]]);
    expect(await drawn({ seed: 3, temperature: 0 })).toEqual(
      await drawn({ seed: 4, temperature: 0 }),
    );
    expect(await drawn({ seed: 3, topK: 1 })).toEqual(await drawn({ seed: 4, temperature: 0 }));
  });

  test("keeps rules and what is given, at any size", async () => {
    const given = "@____\n_____\n____>";
    const rules = { counts: { o: 2, "@": 1 }, border: { right: "#>" } };
    for (const level of await drawn({ given, rules, samples: 6 })) {
      const rows = level.split("\n");
      expect(rows.map((row) => row.length)).toEqual([5, 5, 5]);
      expect([rows[0][0], rows[2][4]]).toEqual(["@", ">"]);
      expect([count(level, "o"), count(level, "@")]).toEqual([2, 1]);
      expect(rows.every((row) => "#>".includes(row[4]))).toBe(true);
    }
    const cells = new Int32Array(20 * 3).fill(-1);
    cells[7] = model.symbols.indexOf("@");
    const { grids } = await model.generate({ given: cells, width: 20, height: 3 });
    expect(grids.text(0)[7]).toBe("@");
    const [dots] = await drawn({ given: "??\n.?", free: "?" });
    expect(dots).toMatch(/^..\n\..$/);
  });

  test("repairs what fails, and nothing else", async () => {
    const width = 12;
    const before = (await model.generate({ width, height: 6, seed: 2 })).grids.text(0);
    const seen: string[] = [];
    const { grids, repairs, tries } = await model.generate({
      ...{ width, height: 6, seed: 2, tries: 1, repairs: 3 },
      playable: (level) => seen.push(level) === 3 || { x: 11, y: 5 },
    });
    expect(seen[0]).toBe(before);
    expect([repairs, tries]).toEqual([[2], [1]]);
    expect(grids.text(0)).toBe(seen[2]);
    const rows = seen.map((level) => level.split("\n"));
    const changed = rows[1].flatMap((row, y) =>
      Array.from(row).flatMap((symbol, x) => (symbol === rows[0][y][x] ? [] : [[x, y]])),
    );
    expect(changed.every(([x, y]) => x >= 9 && y >= 3)).toBe(true);
  });

  test("refuses where nothing will do, or leaves it out", async () => {
    const never = { playable: () => false, tries: 2 };
    const work = model.generate({ ...never, samples: 3, seed: 5 });
    await expect(work).rejects.toThrow(RefusedError);
    await expect(model.generate({ ...never, samples: 3, seed: 5, repairs: 1 })).rejects.toThrow(
      "3 of 3 grids were not playable after 2 tries and 1 repairs (seeds 5, 6, 7)",
    );
    let asked = 0;
    const { seeds } = await model.generate({
      ...{ samples: 3, seed: 5, tries: 1, refused: "skip" },
      playable: async () => ++asked === 2,
    });
    expect(seeds).toEqual([6]);
  });

  test("does what labels ask for, and without them", async () => {
    const own = await trained({ seed: 2 }, 150);
    const coins = async (labels: Record<string, string>) => {
      const made = await own.generate({ labels, samples: 24, width: 6, height: 5 });
      expect(made.grids.label("coins").classes).toEqual(["few", "many"]);
      return count(textsOf(made.grids).join(""), "o");
    };
    expect(await coins({ coins: "many" })).toBeGreaterThan(1.3 * (await coins({ coins: "few" })));
    expect((await own.generate({})).grids.labels).toEqual([]);
  });

  test("channels are drawn, and the check sees the plain level", async () => {
    const plain = await GridSet.fromText(rooms(6).join("\n\n"));
    const marked = plain.withChannel(
      "path",
      plain.grids.map(({ cells }) => cells.map((symbol) => Number(plain.symbols[symbol] === "."))),
    );
    const own = await GridModel.create({ runtime, grids: marked, ...sizes });
    await own.fit(marked, { steps: 10, batch: 6 });
    let seen = "";
    const { grids } = await own.generate({
      rules: { counts: { "@": 1 } },
      given: "@____\n_____",
      playable: (level) => {
        seen = level;
        return true;
      },
    });
    expect(grids.symbols).toContain(".\tpath");
    expect(seen).toBe(grids.without().text(0));
    expect(count(seen, "@")).toBe(1);
  });

  test("ends when its signal says so, and lets the event loop turn", async () => {
    const stop = new AbortController();
    const work = model.generate({ width: 300, height: 40, samples: 4, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 5);
    await expect(work).rejects.toThrow("enough");
  });

  test("a Transformer forgets what its context cannot hold", async () => {
    const own = await trained(
      { network: "transformer", hidden: 16, layers: 1, context: 16, embed: undefined },
      10,
    );
    const made = await own.generate({ width: 12, height: 9, samples: 3, seed: 1 });
    const alone = await own.generate({ width: 12, height: 9, seed: 3 });
    expect(alone.grids.text(0)).toBe(made.grids.text(2));
    expect(own.score(levels).cells).toBe(model.score(levels).cells);
  });

  test.each<[GridGenerateOptions, string]>([
    [
      { given: "@.\n." },
      "given: its lines have one length, got 2 characters in line 1 and 1 in line 2",
    ],
    [{ given: "@x" }, 'given has the unknown symbol "x" at column 2 of line 1'],
    [{ given: "@.", free: "." }, 'free is ".", which is a symbol of the model'],
    [{ given: "@_", free: "ab" }, "free must be one character"],
    [{ given: "@_", width: 3 }, "given must be of 3 × 1 cells, got 2 × 1"],
    [{ given: [0, 1], width: 3, height: 1 }, "given must be one a cell, 3, got 2"],
    [{ given: 5 as never }, "given must be text, or places of symbols"],
    [{ width: 0 }, "width must be"],
    [{ width: 65536, height: 65536 }, "width · height must be"],
    [{ labels: { size: "big" } }, 'the model does not know labels "size"'],
    [{ labels: { coins: "man" } }, 'did you mean "many"?'],
    [{ rules: { counts: { x: 1 } } }, 'unknown symbol "x"'],
    [{ playable: true as never }, "playable must be a function"],
    [{ playable: () => 3 as never }, "playable must give true, false, or { x, y } of a cell"],
    [
      { playable: () => ({ x: 99, y: 0 }) },
      "playable must give true, false, or { x, y } of a cell",
    ],
    [{ seed: 2 ** 53 - 1, samples: 2 }, "seed + samples"],
    [{ height: 4, wide: 3 } as never, "wide"],
  ])("%o is refused", async (options, message) => {
    await expect(model.generate(options)).rejects.toThrow(InvalidInputError);
    await expect(model.generate(options)).rejects.toThrow(message);
  });

  test("refuses grids, labels and files that it does not know", async () => {
    const create = (options: object) => GridModel.create({ runtime, ...options } as never);
    await expect(create({})).rejects.toThrow("grids must be a GridSet");
    await expect(create({ grids: levels, order: "zigzag" })).rejects.toThrow("order must be");
    await expect(create({ grids: levels, labels: ["size"] })).rejects.toThrow(
      'the grids have no label "size"; they have coins',
    );
    await expect(create({ grids: levels, runs: 1 })).rejects.toThrow("runs must be");
    await expect(create({ grids: levels, counted: "@x" })).rejects.toThrow(
      'counted has "x", which is no symbol of the model; known are',
    );
    await expect(create({ grids: levels, counted: "@@" })).rejects.toThrow('has "@" twice');
    await expect(create({ grids: levels, counted: 3 })).rejects.toThrow("must be symbols, got 3");
    await expect(create({ grids: levels, context: 3 })).rejects.toThrow('network "transformer"');
    const other = await GridSet.fromText("xyx");
    await expect(model.fit(other, { steps: 1 })).rejects.toThrow('the symbol "x"');
    const bare = await GridSet.fromText(rooms(3).join("\n\n"));
    expect(() => model.score(bare)).toThrow('labels "coins", and the grids have no labels');
    const fresh = await create({ grids: levels, ...sizes });
    await expect(fresh.generate()).rejects.toThrow("has not been trained");
    const bytes = model.save();
    const text = new TextDecoder("latin1").decode(bytes);
    const damaged = Uint8Array.from(
      text.replace('\\"order\\":\\"columns\\"', '\\"order\\":\\"colimns\\"'),
      (c) => c.charCodeAt(0),
    );
    await expect(GridModel.load(damaged, { runtime })).rejects.toThrow(ModelFileError);
  });
});
