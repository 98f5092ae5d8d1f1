import { describe, expect, test } from "vitest";
import { copied, difficulty, diversity, novelty } from "../../src/entries/game.js";
import { InvalidInputError } from "../../src/host/errors.js";
import { randomLevel } from "./random.js";

const mirrored = (one: string) =>
  one
    .split("\n")
    .map((row) => [...row].reverse().join(""))
    .join("\n");
const transposed = (one: string) => {
  const rows = one.split("\n");
  return [...rows[0]].map((_, x) => rows.map((row) => row[x]).join("")).join("\n");
};
const columns = (one: string, from: number, to: number) =>
  one
    .split("\n")
    .map((row) => row.slice(from, to))
    .join("\n");
const joined = (...parts: string[]) =>
  parts[0]
    .split("\n")
    .map((_, y) => parts.map((part) => part.split("\n")[y]).join(""))
    .join("\n");

describe("copied", () => {
  const training = [1, 2, 3].map((seed) => randomLevel(seed, 30, 5, "ab"));
  const fresh = randomLevel(9, 30, 5, "ab");

  test("a training level is copied, another is not", () => {
    expect(copied(training[1], training)).toEqual({
      share: 1,
      windows: 21,
      longest: 30,
      level: 0,
      same: [0],
    });
    const own = copied(fresh, training);
    expect(own.share).toBe(0);
    expect(own.longest).toBeLessThan(4);
    expect(own.same).toEqual([]);
  });

  test("the longest piece, to the column, and the level that has it", () => {
    const piece = joined(
      columns(fresh, 0, 10),
      columns(training[2], 3, 16),
      columns(fresh, 10, 17),
    );
    const { longest, level, share, windows } = copied([fresh, piece], training);
    expect(longest).toBeGreaterThanOrEqual(13);
    expect(longest).toBeLessThan(16);
    expect(level).toBe(1);
    expect(windows).toBe(42);
    expect(share).toBeCloseTo((4 + longest - 13) / 42, 10);
  });

  test("under symmetries", () => {
    expect(copied(mirrored(training[0]), training).share).toBe(0);
    expect(copied(mirrored(training[0]), training, { symmetries: "mirror" }).share).toBe(1);
    const square = randomLevel(4, 8, 8, "ab");
    let one = square;
    for (let i = 0; i < 8; i++) {
      one = i % 2 === 0 ? transposed(one) : mirrored(one);
      expect(copied(one, square, { symmetries: "all" })).toMatchObject({
        share: 1,
        longest: 8,
        same: [0],
      });
    }
    // Rows of a level count as well.
    const rows = `${square.split("\n").slice(2, 7).join("\n")}\n${randomLevel(5, 8, 3, "ab")}`;
    expect(copied(rows, square, { symmetries: "all" }).longest).toBeGreaterThanOrEqual(5);
  });

  test("as brute force counts", () => {
    for (let seed = 0; seed < 30; seed++) {
      const pool = [randomLevel(seed, 9, 2, "aab"), randomLevel(seed + 100, 5, 2, "aab")];
      const one = randomLevel(seed + 200, 8, 2, "aab");
      const window = 1 + (seed % 4);
      const all = (length: number) =>
        Array.from({ length: 9 - length }, (_, x) => columns(one, x, x + length));
      const inPool = (piece: string, length: number) =>
        pool.some((other) =>
          Array.from({ length: 10 }, (_, x) => columns(other, x, x + length)).includes(piece),
        );
      const pieces = all(window);
      const found = copied(one, pool, { window });
      expect(found.share).toBe(
        pieces.filter((piece) => inPool(piece, window)).length / pieces.length,
      );
      const lengths = [8, 7, 6, 5, 4, 3, 2, 1].filter((n) =>
        all(n).some((piece) => inPool(piece, n)),
      );
      expect(found.longest).toBe(lengths[0] ?? 0);
    }
  });

  test("a narrow level is one window, and heights must agree", () => {
    expect(copied("ab\nba", "xab\nyba")).toMatchObject({
      share: 1,
      windows: 1,
      longest: 2,
      same: [],
    });
    expect(copied("ab\nba", "ab\nba\nba")).toMatchObject({ share: 0, longest: 0 });
  });
});

describe("novelty and diversity", () => {
  const one = randomLevel(1, 40, 4, "abc");
  const other = randomLevel(2, 40, 4, "abc");

  test("nothing is new of what is put together, everything of other symbols", () => {
    expect(novelty(one, [other, one])).toBe(0);
    expect(novelty(joined(columns(one, 3, 13), columns(other, 20, 30)), [one, other])).toBe(0);
    expect(novelty(one.replaceAll(/[abc]/g, "x"), [one])).toBe(1);
    expect(novelty(mirrored(one), [one])).toBeGreaterThan(0.2);
    expect(novelty(mirrored(one), [one], { symmetries: "mirror" })).toBe(0);
    expect(novelty(one, ["aa\nbb"])).toBe(1);
  });

  test("one cell of a window", () => {
    const changed = `x${one.slice(1)}`;
    expect(novelty(changed, [one])).toBe(1 / 160);
    expect(novelty(changed, [one], { window: 4 })).toBe(1 / 160);
  });

  test("diversity is the mean difference of pairs", () => {
    expect(diversity([one, one])).toBe(0);
    expect(diversity(["aa", "ab", "bb"])).toBe((1 + 1 + 2) / 6);
    expect(diversity(["a", "ab"])).toBe(1 / 2);
    expect(diversity(["a", "a\nb"])).toBe(1 / 2);
    expect(() => diversity([one])).toThrow(/at least two levels, got 1/);
  });
});

describe("difficulty", () => {
  test("Sokoban: pushes, changes of box and of direction", () => {
    const corridor = ["######", "#@$ .#", "######"].join("\n");
    expect(difficulty(corridor, "sokoban")).toEqual({
      score: 2,
      parts: { pushes: 2, changes: 0, turns: 0 },
    });
    const bend = ["######", "#    #", "#@$  #", "#  . #", "#    #", "######"].join("\n");
    expect(difficulty(bend, "sokoban")?.parts).toEqual({ pushes: 2, changes: 0, turns: 1 });
    const two = ["#######", "#  @  #", "# $ $ #", "# . . #", "#     #", "#######"].join("\n");
    expect(difficulty(two, "sokoban")?.parts).toEqual({ pushes: 2, changes: 1, turns: 0 });
    expect(difficulty(two, "sokoban")?.score).toBe(5);
    expect(difficulty(["#####", "#$@.#", "#####"].join("\n"), "sokoban")).toBeUndefined();
  });

  test("platformers: jumps, long ones, enemies", () => {
    const air = "-".repeat(20);
    const flat = [air, air, "X".repeat(20)].join("\n");
    expect(difficulty(flat, "platformer")).toEqual({
      score: 0,
      parts: { jumps: 0, long: 0, enemies: 0, columns: 20 },
    });
    const gap = [
      ...Array(6).fill(air),
      `----E${"-".repeat(15)}`,
      `${"X".repeat(8)}------${"X".repeat(6)}`,
    ].join("\n");
    expect(difficulty(gap, "platformer")).toEqual({
      score: 15,
      parts: { jumps: 1, long: 1, enemies: 1, columns: 20 },
    });
    expect(
      difficulty("-----\nX---X", "platformer", { jump: { height: 1, hang: 0 } }),
    ).toBeUndefined();
  });
});

test("bad input is refused by name", () => {
  const refused = (call: () => unknown, message: RegExp) => {
    expect(call).toThrow(InvalidInputError);
    expect(call).toThrow(message);
  };
  refused(
    () => copied([], ["a"]),
    /levels must be a level or a list of at least one, got an array of 0/,
  );
  refused(
    () => copied("a", 3 as never),
    /training must be a level or a list of at least one, got 3/,
  );
  refused(() => copied("a\nbb", "a"), /row 2 has 2/);
  refused(() => copied("a", "a", { window: 0 }), /window must be a whole number of at least 1/);
  refused(
    () => novelty("a", "a", { symmetries: "both" as never }),
    /symmetries must be one of none, mirror, all/,
  );
  refused(() => difficulty("a", "chess" as never), /kind must be one of sokoban, platformer/);
});
