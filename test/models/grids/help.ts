// Small levels for tests.

import { GridSet } from "../../../src/entries/index.js";

function many(n: number): boolean {
  return Math.floor(n / 6) % 2 === 1;
}

/** Rooms of walls with a player, a door, and some coins, of several sizes; each another one. */
export function rooms(count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const [width, height] = [5 + (n % 3), 4 + (n % 2)];
    const cells: string[][] = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => {
        const wall = x === 0 || y === 0 || x === width - 1 || y === height - 1;
        if (wall) return "#";
        return (x * 7 + y * 3 + n * 5) % (many(n) ? 2 : 5) === 0 ? "o" : ".";
      }),
    );
    cells[1][1 + (n % (width - 2))] = "@";
    cells[height - 1][1 + ((n * 2) % (width - 2))] = ">";
    return cells.map((row) => row.join("")).join("\n");
  });
}

/** The same with a label: whether there are many coins. Sizes say nothing of it. */
export async function labelledRooms(count: number): Promise<GridSet> {
  const texts = rooms(count);
  const set = await GridSet.fromText(texts.join("\n\n"));
  return set.withLabels(texts.map((_, n) => ({ coins: many(n) ? "many" : "few" })));
}
