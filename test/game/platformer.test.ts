import { describe, expect, test } from "vitest";
import { type Place, type PlatformerOptions, platformerPath } from "../../src/entries/game.js";
import { InvalidInputError } from "../../src/host/errors.js";
import { randomLevel } from "./random.js";

/** Ground with a gap, under much air. */
const gap = (before: number, columns: number, after = 3) => {
  const row = "X".repeat(before) + "-".repeat(columns) + "X".repeat(after);
  return [...Array(9).fill("-".repeat(row.length)), row].join("\n");
};

/** A wall of so many rows in the middle of level ground. */
const wall = (rows: number) =>
  Array.from({ length: 9 }, (_, y) =>
    y === 8 ? "XXXXXXXXX" : 8 - y <= rows ? "----X----" : "---------",
  ).join("\n");

describe("platformerPath", () => {
  test("walks on level ground", () => {
    const { reached, path, jumps } = platformerPath("-----\nXXXXX");
    expect(reached).toBe(true);
    expect(path).toEqual([0, 1, 2, 3, 4].map((x) => [x, 0]));
    expect(jumps).toBe(0);
  });

  test("gaps: 7 columns by a jump, 9 with a run, 10 never", () => {
    expect(platformerPath(gap(1, 7)).reached).toBe(true);
    expect(platformerPath(gap(1, 8))).toMatchObject({ reached: false, reason: "impossible" });
    expect(platformerPath(gap(3, 9)).reached).toBe(false);
    expect(platformerPath(gap(4, 9))).toMatchObject({ reached: true, jumps: 1 });
    expect(platformerPath(gap(20, 10))).toMatchObject({ reached: false, column: 29 });
    expect(platformerPath(gap(4, 10), { jump: { hang: 3 } }).reached).toBe(true);
    expect(platformerPath(gap(1, 9), { jump: { runUp: 0 } }).reached).toBe(true);
  });

  test("a run up stairs", () => {
    const stairs = gap(7, 9, 4).split("\n");
    for (let i = 1; i <= 3; i++) {
      const row = stairs[9 - i];
      stairs[9 - i] = ["-".repeat(3 + i), "X".repeat(4 - i), row.slice(7, 16), "XXXX"].join("");
    }
    expect(stairs[8]).toBe("----XXX---------XXXX");
    expect(platformerPath(stairs.join("\n")).reached).toBe(true);
    expect(platformerPath(stairs.join("\n"), { jump: { runUp: 8 } }).reached).toBe(false);
  });

  test("walls: 4 rows, not 5", () => {
    expect(platformerPath(wall(4))).toMatchObject({ reached: true, jumps: 1 });
    expect(platformerPath(wall(5)).reached).toBe(false);
    expect(platformerPath(wall(5), { jump: { height: 5 } }).reached).toBe(true);
    expect(platformerPath(wall(1), { jump: { height: 0, hang: 0 } }).reached).toBe(false);
    expect(platformerPath(wall(0), { jump: { height: 0, hang: 0 } }).reached).toBe(true);
  });

  test("nobody walks over a gap in the lowest row, nor under the level", () => {
    expect(platformerPath("XX--XX").reached).toBe(false);
    const pit = ["----------", "XXXXXXXXXX", "----------", "XX-----XXX"].join("\n");
    expect(platformerPath(pit, { start: [0, 2], goal: [9, 2] }).reached).toBe(false);
  });

  test("what is deadly is not touched", () => {
    const legend = { solid: "X", passable: "-", deadly: "^" };
    const spikes = (n: number) =>
      [
        "-".repeat(20),
        "-".repeat(20),
        "-".repeat(20),
        "-".repeat(20),
        "-".repeat(20),
        `${"-".repeat(5)}${"^".repeat(n)}${"-".repeat(15 - n)}`,
        "X".repeat(20),
      ].join("\n");
    expect(platformerPath(spikes(3), { legend }).reached).toBe(true);
    expect(platformerPath(spikes(12), { legend }).reached).toBe(false);
  });

  test("start and goal by themselves: the ground, not the ceiling", () => {
    const cave = ["---------", "SSSSSSSS-", "---------", "S-------S", "XXXXXXXXX"].join("\n");
    const { path } = platformerPath(cave);
    expect(path?.[0]).toEqual([1, 3]);
    expect(path?.at(-1)).toEqual([8, 2]);
    expect(platformerPath("---\n---")).toEqual({
      reached: false,
      jumps: 0,
      column: 0,
      states: 0,
      reason: "impossible",
    });
    expect(platformerPath("----\nXX--").path).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  test("as an independent simulator: reached or not, as many steps, every step allowed", () => {
    let reached = 0;
    for (let seed = 0; seed < 300; seed++) {
      const symbols = ["X---", "X-----", "X-------^"][seed % 3];
      const one = randomLevel(seed, 14, 7, symbols);
      const legend = { solid: "X", passable: "-", deadly: "^" };
      const jump = { height: 1 + (seed % 4), hang: seed % 3, runUp: seed % 4 };
      const rows = one.split("\n");
      const ground = [...one.replaceAll("\n", "")].flatMap((symbol, i) => {
        const [x, y] = [i % 14, Math.floor(i / 14)];
        return symbol === "-" && rows[y + 1]?.[x] === "X" ? [[x, y] as const] : [];
      });
      ground.sort(([a], [b]) => a - b);
      const [start, goal] = [ground[0], ground[ground.length - 1 - (seed % 5)]];
      const found = platformerPath(one, { legend, jump, start, goal });
      const steps = simulate(one, jump, start, goal);
      expect([one, found.path ? found.path.length - 1 : -1]).toEqual([one, steps]);
      if (!found.reached) {
        expect(found.reason).toBe("impossible");
        continue;
      }
      reached++;
      expect(found.path![0]).toEqual(start);
      expect(found.path!.at(-1)).toEqual(goal);
      expect(follows(one, jump, found.path!)).toBe(true);
    }
    expect(reached).toBeGreaterThan(60);
  });

  test("the bound is kept", () => {
    const { states } = platformerPath(gap(4, 9));
    expect(platformerPath(gap(4, 9), { maxStates: states }).reached).toBe(true);
    const given = platformerPath(gap(4, 9), { maxStates: 20 });
    expect(given).toMatchObject({ reached: false, reason: "bound" });
    expect(given.states).toBeLessThan(40);
  });

  test("bad input is refused by name", () => {
    const refused = (text: string, options: unknown, message: RegExp) => {
      const call = () => platformerPath(text, options as PlatformerOptions);
      expect(call).toThrow(InvalidInputError);
      expect(call).toThrow(message);
    };
    refused("", {}, /at least one cell/);
    refused("--\nX", {}, /the first has 2 cells, row 2 has 1/);
    refused("--\nX#", {}, /row 2, column 2 of the level is "#"; its symbols may be "XS/);
    refused("--\nXX", { start: [2, 0] }, /the column of start must be .* at most 1, got 2/);
    refused(
      "--\nXX",
      { start: [0, 1] },
      /start must be where the player can be, "X" is at column 0, row 1/,
    );
    refused("--\nXX", { goal: "end" }, /goal must be a place, \[column, row\], got "end"/);
    refused("--\nXX", { jump: { height: 1.5 } }, /jump.height must be a whole number/);
    refused("--\nXX", { jump: { heigth: 1 } }, /did you mean height/);
    refused("--\nXX", { legend: { solid: "X", passable: "-X" } }, /legend has "X" twice/);
    refused(
      "--\nXX",
      { legend: { solid: "X" } },
      /legend.passable must be a text of symbols, got undefined/,
    );
    refused("--\nXX", { goals: [1, 0] }, /did you mean goal/);
  });
});

interface Rules {
  readonly height: number;
  readonly hang: number;
  readonly runUp: number;
}

/** Where one is, and how: on foot or in the air, with rows to rise and steps to hang, in a direction or any (0). */
interface At {
  readonly x: number;
  readonly y: number;
  readonly rise: number;
  readonly hang: number;
  readonly way: number;
}

/** All that can come after, from what the page of games says about a player, without regard to speed. */
function stepsFrom(text: string, { height, hang, runUp }: Rules, { x, y, ...air }: At): At[] {
  const rows = text.split("\n");
  const free = (i: number, j: number) => rows[j]?.[i] === "-";
  const solid = (i: number, j: number) => rows[j]?.[i] === "X";
  const still = { rise: 0, hang: 0, way: 0 };
  const flies = air.rise + air.hang > 0;
  const next: At[] = [];
  const jump = (from: Omit<At, "x" | "y">) => {
    for (const dx of from.way === 0 ? [-1, 0, 1] : [0, from.way]) {
      const row = from.rise > 0 ? y - 1 : y;
      if (!free(x, row) || !free(x + dx, row)) continue;
      const left =
        from.rise > 0 ? { rise: from.rise - 1, hang: from.hang } : { rise: 0, hang: from.hang - 1 };
      const way = left.rise + left.hang > 0 ? from.way : 0;
      next.push({ x: x + dx, y: row, ...left, way });
    }
  };
  if (flies) jump({ ...air });
  if (!flies && solid(x, y + 1)) {
    if (height > 0) jump({ rise: height, hang: 0, way: 0 });
    for (const way of [-1, 1]) {
      let at: number | undefined = y;
      for (let i = 1; i <= runUp && at !== undefined; i++) {
        const behind: number = at;
        at = [0, 1, -1]
          .map((d) => behind + d)
          .find((j) => free(x - i * way, j) && solid(x - i * way, j + 1));
      }
      const ground = at !== undefined;
      if (ground && height + hang > 0) jump({ rise: height, hang, way });
      if (free(x + way, y)) next.push({ x: x + way, y, ...still });
    }
    return next;
  }
  for (const dx of [-1, 0, 1]) {
    const corner = free(x, y + 1) || free(x + dx, y);
    if (free(x + dx, y + 1) && corner) next.push({ x: x + dx, y: y + 1, ...still });
  }
  return next;
}

/** The same, with landing where there is ground, which takes no time. */
function after(text: string, rules: Rules, at: At): At[] {
  const rows = text.split("\n");
  const land = (one: At) =>
    rows[one.y + 1]?.[one.x] === "X" ? [one, { ...one, rise: 0, hang: 0, way: 0 }] : [one];
  return stepsFrom(text, rules, at).flatMap(land);
}

/** Fewest steps to where one stands at the goal; -1 where there are none. */
function simulate(text: string, rules: Rules, [x, y]: Place, goal: Place): number {
  let layer: At[] = [{ x, y, rise: 0, hang: 0, way: 0 }];
  const seen = new Set<string>();
  const stands = text.split("\n")[goal[1] + 1]?.[goal[0]] === "X";
  for (let steps = 0; layer.length > 0; steps++) {
    const fresh = layer.filter(
      (at) => !seen.has(JSON.stringify(at)) && seen.add(JSON.stringify(at)),
    );
    const there = (at: At) => at.x === goal[0] && at.y === goal[1] && at.rise + at.hang === 0;
    if (stands && fresh.some(there)) return steps;
    layer = fresh.flatMap((at) => after(text, rules, at));
  }
  return -1;
}

/** Whether every cell of a path can come after those before it. */
function follows(text: string, rules: Rules, [[x, y], ...rest]: readonly Place[]): boolean {
  let now: At[] = [{ x, y, rise: 0, hang: 0, way: 0 }];
  for (const [i, j] of rest) {
    now = now.flatMap((at) => after(text, rules, at)).filter((at) => at.x === i && at.y === j);
  }
  return now.length > 0;
}
