import { describe, expect, test } from "vitest";
import { checkSokoban, solveSokoban } from "../../src/entries/game.js";
import { InvalidInputError } from "../../src/host/errors.js";
import { randomLevel, strewn } from "./random.js";

const level = (...rows: string[]) => rows.join("\n");

const corridor = level("######", "#@$ .#", "######");
/** Both boxes go to the goals below them; the player walks around. */
const room = level("#######", "#  @  #", "# $ $ #", "#     #", "# . . #", "#######");
/** The goal is on the wall's row: the box has to be brought there from below. */
const around = level(
  "########",
  "#   .  #",
  "#      #",
  "#  $#  #",
  "#   @  #",
  "#      #",
  "########",
);

describe("solveSokoban", () => {
  test("known levels", () => {
    expect(solveSokoban(corridor)).toMatchObject({ solved: true, moves: "RR", pushes: 2 });
    expect(solveSokoban(room)).toMatchObject({ solved: true, pushes: 4 });
    expect(solveSokoban(around)).toMatchObject({ solved: true, pushes: 3 });
    for (const one of [corridor, room, around])
      expect(replay(one, solveSokoban(one).moves!)).toBe(true);
  });

  test("a level that is solved needs no move", () => {
    expect(solveSokoban(level("####", "#@*#", "####"))).toEqual({
      solved: true,
      moves: "",
      pushes: 0,
      states: 1,
    });
  });

  test("a box in a corner, and boxes that hold each other", () => {
    const corner = level("#####", "#$  #", "# @.#", "#####");
    expect(solveSokoban(corner)).toMatchObject({ solved: false, reason: "impossible", pushes: 0 });
    const pair = level("######", "#    #", "# $$ #", "#@ ..#", "######", "######");
    expect(solveSokoban(pair).solved).toBe(brute(pair) >= 0);
    const square = level(
      "########",
      "#......#",
      "#      #",
      "#  $$  #",
      "#  $$  #",
      "# @$$  #",
      "########",
    );
    expect(solveSokoban(square)).toMatchObject({ solved: false, reason: "impossible" });
  });

  test("a level without player, or with goals that are too few, is not solved, and says so", () => {
    for (const bad of [
      level("####", "#$.#", "####"),
      level("#####", "#@@$#", "#.  #", "#####"),
      level("#####", "#@$$#", "#.  #", "#####"),
      level("####", "#@ #", "####"),
    ]) {
      expect(solveSokoban(bad)).toEqual({
        solved: false,
        pushes: 0,
        states: 0,
        reason: "problems",
      });
      expect(checkSokoban(bad)).not.toEqual([]);
    }
  });

  test("what brute force finds, on random levels: solved or not, and as few pushes", () => {
    let solved = 0;
    for (let seed = 0; seed < 120; seed++) {
      const boxes = seed % 10 === 0 ? 3 : 1 + (seed % 2);
      const size = 6;
      const walls = randomLevel(seed, size + 1, size, "         #", "#");
      const one = strewn(seed, walls, `@${"$".repeat(boxes)}${".".repeat(boxes)}`);
      const found = solveSokoban(one);
      const pushes = brute(one);
      expect([one, found.solved && found.pushes]).toEqual([one, pushes >= 0 && pushes]);
      if (!found.solved) expect(found.reason).toBe("impossible");
      else {
        solved++;
        expect(replay(one, found.moves!)).toBe(true);
        expect(found.moves!.replace(/[a-z]/g, "")).toHaveLength(found.pushes);
      }
    }
    expect(solved).toBeGreaterThan(18);
  });

  test("many boxes, by the estimate that does not match them", () => {
    const wide = level(
      "###############",
      "#             #",
      "# $$$$$$$$$$$ #",
      "#@            #",
      "# ........... #",
      "###############",
    );
    const found = solveSokoban(wide);
    expect(found).toMatchObject({ solved: true, pushes: 22 });
    expect(replay(wide, found.moves!)).toBe(true);
  });

  test("the bound is kept", () => {
    const found = solveSokoban(room, { maxStates: 5 });
    expect(found).toEqual({ solved: false, pushes: 0, states: 5, reason: "bound" });
    expect(solveSokoban(room, { maxStates: solveSokoban(room).states }).solved).toBe(true);
  });

  test("by default it is of a hundred thousand positions of a hundred cells", () => {
    // 40 × 40 cells, and boxes enough that no search comes to an end.
    const rows = Array.from({ length: 40 }, (_, y) => {
      const inner = y === 0 || y === 39 ? "#".repeat(38) : " ".repeat(38);
      const boxes =
        y >= 2 && y < 38 && y % 3 === 2 ? "$".padStart(3 + (y % 7) * 5).padEnd(38) : inner;
      return `#${y >= 2 && y < 38 && y % 3 === 0 ? ".".padStart(30 - (y % 5) * 6).padEnd(38) : boxes}#`;
    });
    const one = rows.join("\n").replace("#  ", "#@ ");
    expect(checkSokoban(one)).toEqual([]);
    expect(solveSokoban(one)).toMatchObject({ reason: "bound", states: 6250 });
  });

  test("mirrored and turned, it takes as many pushes", () => {
    for (const one of [corridor, room, around]) {
      const rows = one.split("\n");
      const mirrored = rows.map((row) => [...row].reverse().join("")).join("\n");
      const turned = [...rows[0]].map((_, x) => rows.map((row) => row[x]).join("")).join("\n");
      expect(solveSokoban(mirrored).pushes).toBe(solveSokoban(one).pushes);
      expect(solveSokoban(turned).pushes).toBe(solveSokoban(one).pushes);
    }
  });
});

describe("checkSokoban", () => {
  test("a level as it must be has no problems", () => {
    for (const one of [corridor, room, around, `${room}\n`, room.replaceAll("\n", "\r\n")]) {
      expect(checkSokoban(one)).toEqual([]);
    }
    expect(checkSokoban(corridor.replaceAll(" ", "-"))).toEqual([]);
  });

  test("names what is wrong", () => {
    expect(checkSokoban(level("####", "#  #", "####"))).toEqual([
      "a level has one player, this one has 0",
      "there is no box",
    ]);
    expect(checkSokoban(level("#####", "#@$$#", "#.+ #", "#####"))).toEqual([
      "a level has one player, this one has 2",
    ]);
    expect(checkSokoban(level("######", "#@$$.#", "######"))).toEqual([
      "there are 2 boxes and 1 goals",
    ]);
    expect(checkSokoban(level("#####", "#@$.#", "## ##"))).toEqual([
      "the walls are not closed: the player comes to the edge at row 3, column 3",
    ]);
    expect(checkSokoban(level("#####", "#@$.#", "#*###"))).toHaveLength(1);
  });

  test("floor outside the walls is no leak", () => {
    expect(checkSokoban(level("  ##### ", "###@$.##", "#   ####", "#####   "))).toEqual([]);
  });
});

test("a text that is no level is refused by name", () => {
  for (const check of [checkSokoban, solveSokoban]) {
    const refused = (text: string, message: RegExp) => {
      expect(() => check(text)).toThrow(InvalidInputError);
      expect(() => check(text)).toThrow(message);
    };
    refused("", /at least one cell, got an empty text/);
    refused("\n#", /at least one cell, got an empty first row/);
    refused("###\n# #\n##", /the first has 3 cells, row 3 has 2/);
    refused(
      "###\n#x#\n###",
      /row 2, column 2 of the level is "x"; its symbols may be "# -_\$\.\*@\+"/,
    );
    refused("###\n#💎#\n###", /row 2, column 2 of the level is "💎"/);
    refused(null as unknown as string, /must be a text, rows joined by line feeds, got null/);
    refused(["###"] as unknown as string, /got an array of 1/);
    refused("#".repeat(65_536), /may have 65535 cells, got 65536 × 1 = 65536/);
    refused("#".repeat(65_535), /a Sokoban level of 65535 × 1 is too large/);
  }
  expect(() => solveSokoban(corridor, { maxState: 3 } as object)).toThrow(/did you mean maxStates/);
  expect(() => solveSokoban(corridor, { maxStates: 0 })).toThrow(
    /maxStates must be a whole number/,
  );
});

/** Plays the moves by the rules of the game, on rows of letters. Whether all boxes are on goals in the end. */
function replay(text: string, moves: string): boolean {
  const rows = text.split("\n").map((row) => Array.from(row));
  let [x, y] = [0, 0];
  for (const [i, row] of rows.entries()) {
    for (const [j, symbol] of row.entries()) if ("@+".includes(symbol)) [x, y] = [j, i];
  }
  const put = (i: number, j: number, off: string, on: string) => {
    rows[i][j] = ".*+".includes(rows[i][j]) ? on : off;
  };
  for (const move of moves) {
    const [dx, dy] = { l: [-1, 0], r: [1, 0], u: [0, -1], d: [0, 1] }[move.toLowerCase()]!;
    const push = move !== move.toLowerCase();
    const there = rows[y + dy][x + dx];
    if (there === "#" || "$*".includes(there) !== push) return false;
    if (push) {
      if ("#$*".includes(rows[y + 2 * dy][x + 2 * dx])) return false;
      put(y + 2 * dy, x + 2 * dx, "$", "*");
    }
    put(y + dy, x + dx, "@", "+");
    put(y, x, " ", ".");
    [x, y] = [x + dx, y + dy];
  }
  return !rows.flat().includes("$");
}

/** Fewest pushes, by trying everything, one step at a time; -1 where nothing solves the level. */
function brute(text: string): number {
  const rows = text.split("\n");
  const at = (symbols: string) =>
    rows.flatMap((row, y) =>
      [...row].flatMap((s, x) => (symbols.includes(s) ? [`${x},${y}`] : [])),
    );
  const goals = new Set(at(".*+"));
  const wall = new Set(at("#"));
  let layer = [{ player: at("@+")[0], boxes: at("$*") }];
  const seen = new Set<string>();
  for (let pushes = 0; layer.length > 0; pushes++) {
    const next: typeof layer = [];
    for (const state of layer) {
      const key = `${state.player} ${state.boxes.slice().sort().join(" ")}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (state.boxes.every((box) => goals.has(box))) return pushes;
      const [x, y] = state.player.split(",").map(Number);
      for (const [dx, dy] of [
        [0, 1],
        [1, 0],
        [0, -1],
        [-1, 0],
      ]) {
        const to = `${x + dx},${y + dy}`;
        if (wall.has(to)) continue;
        if (!state.boxes.includes(to)) layer.push({ player: to, boxes: state.boxes });
        else {
          const beyond = `${x + 2 * dx},${y + 2 * dy}`;
          if (wall.has(beyond) || state.boxes.includes(beyond)) continue;
          next.push({ player: to, boxes: state.boxes.map((box) => (box === to ? beyond : box)) });
        }
      }
    }
    layer = next;
  }
  return -1;
}
