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
