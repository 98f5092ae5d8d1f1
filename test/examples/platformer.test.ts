// The platformer of examples/games: its rules, its training levels, and the levels of the model that comes with it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { botRun } from "../../examples/games/platformer/bot.js";
import { FIRST } from "../../examples/games/platformer/drawn.js";
import { drawLevels } from "../../examples/games/platformer/generator.js";
import {
  firstPlace,
  makeLevel,
  nextPlace,
  optionsOf,
  placeOf,
} from "../../examples/games/platformer/levels.js";
import { DIFFICULTIES, HEIGHT, SYMBOLS, way } from "../../examples/games/platformer/rules.js";
import { JUMP, LEFT, newWorld, RIGHT, step } from "../../examples/games/platformer/world.js";
import { levelLink, modelMark, platformerPath, readLink } from "../../src/entries/game.js";
import { GridModel } from "../../src/entries/node.js";
import { root } from "../runtimes/lib/platform.js";

const LIMIT = 120_000;

/** Two grounds of these heights with a gap between them; under a ceiling that leaves so many rows, or under the sky. */
function twoGrounds(first: number, second: number, gap: number, room = HEIGHT): string {
  const roof = Math.max(0, HEIGHT - Math.max(first, second) - room);
  const column = (ground: number, flag = false) =>
    Array.from({ length: HEIGHT }, (_, row) => {
      if (row < roof || row >= HEIGHT - ground) return "X";
      return flag && row === HEIGHT - ground - 1 ? "F" : "-";
    });
  const columns = [
    ...Array.from({ length: 8 }, () => column(first)),
    ...Array.from({ length: gap }, () => column(0)),
    ...Array.from({ length: 6 }, (_, i) => column(second, i === 3)),
  ];
  return Array.from({ length: HEIGHT }, (_, row) => columns.map((one) => one[row]).join("")).join(
    "\n",
  );
}

/** Plays inputs to their end. */
function played(text: string, inputs: readonly number[]) {
  const world = newWorld(text);
  for (const input of inputs) step(world, input);
  return world;
}

/** The program's run along the checker's way. */
function runOf(text: string): number[] {
  const { reached, path } = way(text, platformerPath);
  expect(reached).toBe(true);
  const inputs = botRun(newWorld(text), path);
  expect(inputs, text).toBeDefined();
  return inputs!;
}

describe("the platformer", () => {
  it(
    "can be played wherever the checker finds a way",
    () => {
      let widest = 0;
      const cases = [
        [2, 2],
        [3, 6],
        [7, 2],
        [10, 1],
      ].flatMap(([first, second]) => [HEIGHT, 3, 4].map((room) => [first, second, room]));
      for (const [first, second, room] of cases) {
        for (let gap = 14; gap > 0; gap--) {
          const text = twoGrounds(first, second, gap, room);
          if (!way(text, platformerPath).reached) continue;
          expect(played(text, runOf(text)), text).toMatchObject({ won: true, hearts: 3 });
          widest = Math.max(widest, gap);
          break;
        }
      }
      expect(widest).toBeGreaterThan(10);
    },
    LIMIT,
  );

  it("gives the same run for the same inputs, and the first level can be won", () => {
    const inputs = runOf(FIRST.text);
    const [one, other] = [played(FIRST.text, inputs), played(FIRST.text, inputs)];
    expect(one).toEqual(other);
    expect(one).toMatchObject({ won: true, hearts: 3 });
    const standing = played(FIRST.text, Array(100).fill(0));
    expect(standing.player).toMatchObject({ vx: 0, vy: 0, ground: true });
  });

  it("jumps higher the longer the key is held, also a little after the edge and before the ground", () => {
    const flat = twoGrounds(2, 2, 1);
    const top = (held: number) => {
      const world = newWorld(flat);
      let least = world.player.y;
      for (let i = 0; i < 60; i++) {
        step(world, i < held ? JUMP : 0);
        least = Math.min(least, world.player.y);
      }
      return (newWorld(flat).player.y - least) / 16;
    };
    expect(top(1)).toBeLessThan(1.5);
    expect(top(60)).toBeGreaterThan(3.9);
    expect(top(12)).toBeGreaterThan(top(6));

    const world = newWorld(twoGrounds(4, 1, 9));
    while (world.player.ground) step(world, RIGHT);
    for (let i = 0; i < 3; i++) step(world, RIGHT);
    step(world, RIGHT | JUMP);
    expect(world.player.vy).toBeLessThan(-4);

    const early = newWorld(flat);
    step(early, JUMP);
    while (early.player.vy < 0 || early.player.y + 14 < 12 * 16 - 12) step(early, 0);
    expect(early.player.ground).toBe(false);
    step(early, JUMP);
    for (let i = 0; i < 6; i++) step(early, JUMP);
    expect(early.player.vy).toBeLessThan(-2);
  });

  it("has enemies to jump upon, thorns, coins, blocks, an abyss, and an end", () => {
    const level = (signs: string) =>
      [...Array(HEIGHT - 3).fill("-".repeat(30)), `------${signs}`.padEnd(25, "-").concat("F----")]
        .concat(["X".repeat(30), "X".repeat(30)])
        .join("\n");
    const names = (text: string, inputs: readonly number[]) => {
      const world = newWorld(text);
      return inputs.flatMap((input) => {
        step(world, input);
        return world.events.map(({ name }: { name: string }) => name);
      });
    };
    const right = Array(60).fill(RIGHT);
    expect(names(level("o"), right)).toContain("coin");
    expect(names(level("^"), right)).toContain("hurt");
    expect(names(level("w"), right)).toContain("hurt");
    const stomping = names(level("-w"), [...Array(8).fill(RIGHT), ...Array(60).fill(RIGHT | JUMP)]);
    const spiked = names(level("-k"), [...Array(8).fill(RIGHT), ...Array(60).fill(RIGHT | JUMP)]);
    expect([...stomping, ...spiked].filter((name) => name === "stomped").length).toBeLessThan(2);
    const fallen = played(twoGrounds(2, 2, 9), Array(600).fill(RIGHT));
    expect(fallen).toMatchObject({ lost: true, won: false, hearts: 0 });
    expect(played(level(""), Array(400).fill(LEFT))).toMatchObject({ won: false, hearts: 3 });
  });

  it(
    "learns from levels that are all possible, of its own signs",
    () => {
      const possible = (text: string) => way(text, platformerPath).reached;
      const levels = drawLevels(15, 1, possible);
      expect(levels).toEqual(drawLevels(15, 1, possible));
      for (const { text } of levels) {
        const rows = text.split("\n");
        expect(rows.length).toBe(HEIGHT);
        expect(new Set(rows.map(({ length }) => length)).size).toBe(1);
        expect(rows[0].length).toBeGreaterThanOrEqual(100);
        expect([...text].every((sign) => sign === "\n" || SYMBOLS.includes(sign))).toBe(true);
      }
      runOf(levels[1].text);
    },
    LIMIT,
  );
});

describe("the platformer's model", () => {
  const bytes = readFileSync(join(root, "examples/games/platformer/levels.safetensors"));

  it(
    "makes levels that can be played, the same again from their links",
    async () => {
      expect(bytes.length).toBeLessThan(300_000);
      const model = await GridModel.load(bytes);
      let place = firstPlace(7);
      for (let i = 0; i < 3; i++) {
        const { text } = await makeLevel(model, place, platformerPath);
        expect(played(text, runOf(text))).toMatchObject({ won: true });
        const link = levelLink({
          model: modelMark(bytes),
          seed: place.seed,
          options: optionsOf(place),
        });
        const again = placeOf(readLink(link));
        expect(again).toEqual(place);
        expect((await makeLevel(model, again, platformerPath)).text).toBe(text);
        place = nextPlace(place);
      }
    },
    LIMIT,
  );

  it("gets harder, and refuses what is no place of its", () => {
    let place = firstPlace(0);
    const seen = [place];
    for (let i = 0; i < 12; i++) {
      place = nextPlace(place);
      seen.push(place);
    }
    expect(seen.map(({ difficulty }) => difficulty)).toEqual(
      seen.map(({ difficulty }) => difficulty).sort(),
    );
    expect(new Set(seen.map(({ difficulty }) => difficulty)).size).toBe(DIFFICULTIES.length);
    const options = optionsOf(place);
    expect(
      placeOf({
        seed: 3,
        options: readLink(levelLink({ model: bytes, seed: 3, options })).options,
      }),
    ).toMatchObject({ seed: 3 });
    for (const wrong of [
      { ...options, width: 1e6 },
      { ...options, width: 100.5 },
      { ...options, more: 1 },
      { ...options, labels: { theme: "sea", difficulty: 1 } },
      { ...options, labels: { theme: "cave", difficulty: 9 } },
      { ...options, labels: 3 },
      {},
    ]) {
      expect(() => placeOf({ seed: 3, options: wrong })).toThrow("another game");
    }
    expect(() => placeOf({ seed: 2 ** 40, options })).toThrow("another game");
  });
});
