// Rules against a search through all grids: what a mask lets through is what can be completed, and no grid breaks a rule.

import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../../src/host/errors.js";
import { LightKey } from "../../../src/host/light-key.js";
import { startRules } from "../../../src/models/grids/rule-run.js";
import type { GridRules, RuleRun } from "../../../src/models/grids/rules.js";

/** Whether a whole grid keeps rules, written anew and plainly. */
function keeps(rules: GridRules, symbols: string[], width: number, cells: number[]): boolean {
  const height = cells.length / width;
  const at = (x: number, y: number) => symbols[cells[y * width + x]];
  const count = (of: string) => cells.filter((cell) => of.includes(symbols[cell])).length;
  for (const [key, given] of Object.entries(rules.counts ?? {})) {
    const [min, max] = Array.isArray(given) ? given : [given, given];
    if (count(key) < min || count(key) > max) return false;
  }
  for (const [a, b] of rules.equal ?? [])
    if (count(a as string) !== count(b as string)) return false;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const own = at(x, y);
      const edge = x === 0 || y === 0 || x === width - 1 || y === height - 1;
      if (typeof rules.border === "string" && edge && !rules.border.includes(own)) return false;
      for (const { rows, columns, symbols: only } of rules.areas ?? []) {
        const inside = (range: readonly [number, number] | undefined, i: number, n: number) =>
          !range || (i >= (range[0] + n) % n && i <= (range[1] + n) % n);
        if (inside(rows, y, height) && inside(columns, x, width) && !only.includes(own))
          return false;
      }
      for (const { of, right, left, above, below } of rules.adjacent ?? []) {
        if (!of.includes(own)) continue;
        if (right !== undefined && x < width - 1 && !right.includes(at(x + 1, y))) return false;
        if (left !== undefined && x > 0 && !left.includes(at(x - 1, y))) return false;
        if (above !== undefined && y > 0 && !above.includes(at(x, y - 1))) return false;
        if (below !== undefined && y < height - 1 && !below.includes(at(x, y + 1))) return false;
      }
    }
  }
  return true;
}

/** All grids that keep rules. */
function solutions(
  rules: GridRules,
  symbols: string[],
  width: number,
  height: number,
  given: number[],
): number[][] {
  const found: number[][] = [];
  const cells = new Array<number>(width * height).fill(0);
  const go = (cell: number) => {
    if (cell === cells.length) {
      if (keeps(rules, symbols, width, cells)) found.push(cells.slice());
      return;
    }
    for (let s = 0; s < symbols.length; s++) {
      if (given[cell] >= 0 && given[cell] !== s) continue;
      cells[cell] = s;
      go(cell + 1);
    }
  };
  go(0);
  return found;
}

function allowed(run: RuleRun, cell: number, symbols: number): number[] {
  const logits = new Float32Array(symbols);
  run.mask(cell, logits);
  return Array.from(logits.keys()).filter((s) => logits[s] === 0);
}

/** Rules drawn by a key. */
function randomRules(key: LightKey, symbols: string[], cells: number): GridRules {
  const words = key.integers(64, 1 << 16);
  let at = 0;
  const below = (n: number) => words[at++] % n;
  const some = () => {
    const picked = symbols.filter(() => below(2) === 0);
    return (picked.length > 0 ? picked : [symbols[below(symbols.length)]]).join("");
  };
  const counts: Record<string, number | [number, number]> = {};
  for (let n = below(3); n > 0; n--) {
    const min = below(Math.min(4, cells));
    counts[some()] = below(2) === 0 ? min : [min, Math.min(cells, min + below(4))];
  }
  const sides = ["right", "left", "above", "below"] as const;
  return {
    counts,
    ...(below(2) === 0 ? { equal: [[some(), some()]] } : {}),
    ...(below(4) === 0 ? { border: some() } : {}),
    ...(below(3) === 0 ? { areas: [{ rows: [-1, -1], symbols: some() }] } : {}),
    adjacent: Array.from({ length: below(4) }, () => ({ of: some(), [sides[below(4)]]: some() })),
  };
}

describe("every mask lets through what can be completed, and nothing else", () => {
  test.each([
    [3, 2, "ab"],
    [2, 3, "abc"],
    [3, 3, "ab"],
    [3, 3, "abc"],
    [5, 1, "abcd"],
  ])("grids of %i × %i of %s under random rules", (width, height, letters) => {
    const symbols = [...letters];
    const cells = width * height;
    let [kept, contradictory] = [0, 0];
    for (let seed = 0; seed < (letters.length ** cells > 10_000 ? 40 : 150); seed++) {
      const key = LightKey.fromSeed(seed);
      const rules = randomRules(key.fold(1), symbols, cells);
      const given = Array.from({ length: cells }, () => -1);
      const [where, what, whether] = key.integers(3, 1 << 16, 5);
      if (whether % 3 === 0) given[where % cells] = what % symbols.length;
      const all = solutions(rules, symbols, width, height, given);
      if (all.length === 0) {
        contradictory++;
        expect(() => startRules(rules, symbols, width, height, given)).toThrow(InvalidInputError);
        continue;
      }
      kept++;
      const start = startRules(rules, symbols, width, height, given);
      for (let sample = 0; sample < 4; sample++) {
        const run = start.copy();
        const draw = key.fold(2 + sample);
        const order =
          sample === 0 ? Int32Array.from({ length: cells }, (_, i) => i) : draw.permutation(cells);
        const picks = draw.integers(cells, 1 << 16, 1);
        let left = all;
        for (const [n, cell] of order.entries()) {
          const may = allowed(run, cell, symbols.length);
          const can = [...new Set(left.map((grid) => grid[cell]))].sort((a, b) => a - b);
          expect(may, JSON.stringify({ seed, rules, given, cell })).toEqual(can);
          const symbol = may[picks[n] % may.length];
          run.place(cell, symbol);
          left = left.filter((grid) => grid[cell] === symbol);
        }
        expect(left).toHaveLength(1);
      }
    }
    expect(kept).toBeGreaterThan(10);
    expect(contradictory).toBeGreaterThan(5);
  });
});

/** Draws a grid, a symbol of those let through by its weight, cells in an order. */
function draw(
  start: RuleRun,
  symbols: string[],
  order: Int32Array,
  key: LightKey,
  weights: (symbol: string) => number = () => 1,
): number[] {
  const run = start.copy();
  const words = key.integers(order.length, 1 << 24);
  const cells = new Array<number>(order.length);
  for (const [n, cell] of order.entries()) {
    const may = allowed(run, cell, symbols.length);
    const all = may.reduce((sum, s) => sum + weights(symbols[s]), 0);
    let at = (words[n] / 2 ** 24) * all;
    const found = may.find((s) => {
      at -= weights(symbols[s]);
      return at < 0;
    });
    const symbol = found ?? may[may.length - 1];
    run.place(cell, symbol);
    cells[cell] = symbol;
  }
  return cells;
}

const sokoban: GridRules = {
  counts: { "@+": 1, "$*": [1, 4] },
  equal: [["$*", ".*+"]],
  border: "#",
};

describe("grids that are too large to be searched through keep the rules", () => {
  const orders = (width: number, height: number, key: LightKey) => [
    Int32Array.from({ length: width * height }, (_, i) => i),
    Int32Array.from(
      { length: width * height },
      (_, i) => (i % height) * width + Math.floor(i / height),
    ),
    key.permutation(width * height),
  ];

  test("Sokoban's, with everything left to the last cells too", () => {
    const symbols = [..." #$*+.@"];
    const start = startRules(sokoban, symbols, 10, 10);
    for (let seed = 0; seed < 12; seed++) {
      const key = LightKey.fromSeed(seed);
      const order = orders(10, 10, key.fold(1))[seed % 3];
      // Nothing but walls and floor, as long as rules do not force more; or boxes wherever they may be.
      const weigh = [
        () => 1,
        (s: string) => (" #".includes(s) ? 1e6 : 1),
        (s: string) => (s === "$" ? 9 : 1),
      ];
      const cells = draw(start, symbols, order, key, weigh[Math.floor(seed / 3) % 3]);
      expect(keeps(sokoban, symbols, 10, cells)).toBe(true);
    }
  });

  test("a platformer's, with pipes of two columns on the ground, and counts", () => {
    const symbols = [..."-<>?BEX[]bo"];
    const rules: GridRules = {
      adjacent: [
        { of: "<", right: ">", below: "[" },
        { of: ">", left: "<", below: "]" },
        { of: "[", right: "]", above: "<[", below: "[X" },
        { of: "]", left: "[", above: ">]", below: "]X" },
        { of: "B", below: "b" },
        { of: "b", above: "Bb", below: "bX" },
      ],
      areas: [
        { rows: [0, 1], symbols: "-" },
        { rows: [-1, -1], symbols: "X-" },
        { rows: [-1, -1], columns: [0, 2], symbols: "X" },
      ],
      counts: { E: [3, 5], "<": [2, 3], "?o": 7 },
    };
    const start = startRules(rules, symbols, 40, 10);
    for (let seed = 0; seed < 6; seed++) {
      const key = LightKey.fromSeed(seed);
      const order = orders(40, 10, key.fold(1))[seed % 3];
      const weigh = seed < 3 ? () => 1 : (s: string) => (s === "-" ? 50 : 1);
      const cells = draw(start, symbols, order, key, weigh);
      expect(keeps(rules, symbols, 40, cells)).toBe(true);
    }
  });

  test("more than 32 symbols, named in lists", () => {
    const symbols = Array.from({ length: 70 }, (_, i) => `tile ${i}`);
    const rules: GridRules = {
      counts: { '["tile 3","tile 69"]': [2, 4], "tile 33": 1 },
      border: "tile 40",
      adjacent: [{ of: ["tile 33"], right: ["tile 69"], below: ["tile 3", "tile 69"] }],
    };
    const start = startRules(rules, symbols, 8, 6);
    for (let seed = 0; seed < 4; seed++) {
      const key = LightKey.fromSeed(seed);
      const cells = draw(start, symbols, orders(8, 6, key)[seed % 3], key.fold(2));
      const at = (x: number, y: number) => cells[8 * y + x];
      const where = cells.indexOf(33);
      expect(cells.filter((cell) => cell === 33)).toHaveLength(1);
      expect(cells[where + 1]).toBe(69);
      expect([3, 69]).toContain(cells[where + 8]);
      const some = cells.filter((cell) => cell === 3 || cell === 69).length;
      expect(some).toBeGreaterThanOrEqual(2);
      expect(some).toBeLessThanOrEqual(4);
      for (let x = 0; x < 8; x++) expect([at(x, 0), at(x, 5)]).toEqual([40, 40]);
    }
  });
});

test("runs are their own: a copy goes on by itself, and what is asked of a mask changes nothing", () => {
  const symbols = [..." #$*+.@"];
  const start = startRules(sokoban, symbols, 6, 6);
  const order = Int32Array.from({ length: 36 }, (_, i) => i);
  const first = draw(start, symbols, order, LightKey.fromSeed(1));
  const asked = start.copy();
  for (let cell = 35; cell >= 0; cell--) allowed(asked, cell, symbols.length);
  draw(asked, symbols, order, LightKey.fromSeed(2));
  expect(draw(asked, symbols, order, LightKey.fromSeed(1))).toEqual(first);
  expect(draw(start, symbols, order, LightKey.fromSeed(1))).toEqual(first);
  const run = start.copy();
  expect(() => run.place(0, symbols.indexOf("@"))).toThrow('"@" may not stand at row 1, column 1');
  run.place(0, symbols.indexOf("#"));
  expect(allowed(run, 7, symbols.length)).toHaveLength(symbols.length);
});

test("symbols with a channel are meant where the plain one is named", () => {
  const symbols = ["-", "-\tpath", "X", "X\tpath"];
  const start = startRules({ border: "X", counts: { "-\tpath": 2 } }, symbols, 4, 4);
  expect(allowed(start, 0, 4)).toEqual([2, 3]);
  const cells = draw(start, symbols, LightKey.fromSeed(0).permutation(16), LightKey.fromSeed(1));
  expect(cells.filter((cell) => cell === 1)).toHaveLength(2);
});

test("given cells are fixed, or one of several", () => {
  const given = [0, -1, [1, 2], -1];
  const start = startRules({ counts: { a: 2 } }, ["a", "b", "c"], 4, 1, given);
  expect(allowed(start, 0, 3)).toEqual([0]);
  expect(allowed(start, 2, 3)).toEqual([1, 2]);
  const run = start.copy();
  run.place(1, 1);
  expect(allowed(run, 3, 3)).toEqual([0]);
});

describe("rules that cannot be read or kept are refused before anything is drawn", () => {
  test.each<[string, unknown, RegExp]>([
    ["no object", "#", /rules needs an object/],
    ["a rule that is not known", { count: { "@": 1 } }, /did you mean counts/],
    ["an unknown symbol", { border: "%" }, /border has the unknown symbol "%"; known are " ", "#"/],
    [
      "an unknown symbol of a count",
      { counts: { "@x": 1 } },
      /counts\["@x"\] has the unknown symbol "x"/,
    ],
    ["an unknown symbol of a list", { counts: { '["wall"]': 1 } }, /unknown symbol "wall"/],
    ["symbols of another kind", { border: 7 }, /rules.border needs an object/],
    [
      "an unknown side",
      { border: { up: "#" } },
      /rules.border does not know the option up; it knows top/,
    ],
    ["no symbols of a side", { border: { top: 3 } }, /border.top must be symbols/],
    ["a count that is negative", { counts: { "@": -1 } }, /counts\["@"\] must be a whole number/],
    ["a count of halves", { counts: { "@": 1.5 } }, /a whole number/],
    [
      "a minimum above the maximum",
      { counts: { "@": [3, 2] } },
      /minimum 3 is above the maximum 2/,
    ],
    ["three numbers", { counts: { "@": [1, 2, 3] } }, /a number or a minimum and a maximum/],
    ["a list of counts", { counts: [1] }, /counts must be an object/],
    ["a count of nothing", { counts: { "": 1 } }, /names no symbol/],
    ["more than there are cells", { counts: { "@": 26 } }, /at least 26 of 25 cells cannot be/],
    ["an odd pair", { equal: [["@"]] }, /equal\[0\] must be two texts/],
    ["no list", { equal: "@." }, /equal must be a list/],
    ["a neighbour of nothing", { adjacent: [{ of: "@" }] }, /adjacent\[0\] must have one of right/],
    [
      "an unknown neighbour",
      { adjacent: [{ of: "@", under: "#" }] },
      /adjacent\[0\] does not know/,
    ],
    ["an area beyond the grid", { areas: [{ rows: [0, 5], symbols: "#" }] }, /at most 4, got 5/],
    [
      "an area that ends too soon",
      { areas: [{ rows: [2, 1], symbols: "#" }] },
      /ends before it begins: 2 to 1/,
    ],
    ["an area of one end", { areas: [{ columns: [2], symbols: "#" }] }, /must be two numbers/],
    ["an area of nothing", { areas: [{ rows: [0, 0] }] }, /areas\[0\].symbols must be symbols/],
    [
      "an area against the border",
      { border: "#", areas: [{ rows: [0, 0], symbols: " ." }] },
      /nothing may stand at row 1, column 1: border allows "#", areas\[0\] allows " \."/,
    ],
    [
      "more than fits",
      { border: "#", counts: { $: 10 } },
      /counts\["\$"\] must be 10, but .* at most 9/,
    ],
    [
      "fewer than are forced",
      { border: "#", counts: { "#": [0, 15] } },
      /must be 0 to 15, but .* at least 16/,
    ],
    [
      "more together than fits",
      { border: "#", counts: { $: 4, ".": 3, "@": 3 } },
      /counts\["\$"\] and counts\["\."\] and counts\["@"\] contradict one another/,
    ],
    [
      "as many of one as of none",
      { equal: [["$", "."]], counts: { $: 1, ".": 0 } },
      /must be 1, but .* at most 0/,
    ],
    [
      "neighbours that end nowhere",
      { adjacent: [{ of: " #$*+.@", right: "" }] },
      /nothing may stand at/,
    ],
    [
      "neighbours that cannot be",
      {
        adjacent: [
          { of: "#", right: " " },
          { of: " ", right: "#" },
        ],
        areas: [{ symbols: "# " }],
        counts: { "#": [14, 25] },
        border: { left: "#" },
        equal: [["#", " "]],
      },
      /rules/,
    ],
  ])("%s", (_, rules, message) => {
    const start = () => startRules(rules as GridRules, [..." #$*+.@"], 5, 5);
    expect(start).toThrow(message);
    expect(start).toThrow(InvalidInputError);
  });

  test("what is given against rules", () => {
    const start = (given: number[]) => () => startRules(sokoban, [..." #$*+.@"], 3, 3, given);
    const free = [-1, -1, -1, -1, -1, -1, -1, -1];
    expect(start(free)).toThrow("given must be one a cell, 9, got 8");
    expect(start([...free, 0])).toThrow(
      'nothing may stand at row 3, column 3: border allows "#", given allows " "',
    );
    expect(start([...free, 7])).toThrow("given, row 3, column 3 must be");
    expect(start([...free, 1])).toThrow(/contradict/);
  });

  test("too many kinds that are counted apart", () => {
    const symbols = Array.from({ length: 40 }, (_, i) => `t${i}`);
    const counts = Object.fromEntries(symbols.map((symbol) => [symbol, [0, 3] as const]));
    expect(() => startRules({ counts }, symbols, 5, 5)).toThrow(/more than 31 kinds of symbols/);
  });
});
