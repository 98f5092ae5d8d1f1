// How hard a level may be to play, from a way to play it.

import { checkChoice } from "../host/errors.js";
import { checkText, type Place, readLevel } from "./level.js";
import { corpusLegend, type PlatformerOptions, platformerPath } from "./platformer.js";
import { type SokobanOptions, solveSokoban } from "./sokoban.js";

/** An estimate, to sort levels by. */
export interface Difficulty {
  /** 0 and up. */
  readonly score: number;
  /** What it is made of. */
  readonly parts: Readonly<Record<string, number>>;
}

/** Options of `difficulty` with "platformer". */
export interface PlatformerDifficultyOptions extends PlatformerOptions {
  /** Symbols of enemies. Default "E". */
  readonly enemies?: string;
}

/** Left, up, right, down. */
const STEPS: readonly Place[] = [
  [-1, 0],
  [0, -1],
  [1, 0],
  [0, 1],
];

/** A jump is long from this many columns on. */
const LONG = 6;

/**
 * An estimate of how hard a level is; undefined where no way to play it was found.
 *
 * - "sokoban": pushes + 3 · changes + 3 · turns of the solution with the fewest pushes, where a change is a push of another box than the
 *   one before and a turn is a push of the same box in another direction. Jarušek and Pelánek ("Difficulty rating of Sokoban puzzle", 2010) found
 *   that the length of a solution alone says little.
 * - "platformer": 100 · (jumps + long jumps + enemies) / columns along the shortest way, where a jump is long from 6 columns on.
 * @throws InvalidInputError as `solveSokoban` and `platformerPath` do
 */
export function difficulty(
  level: string,
  kind: "sokoban",
  options?: SokobanOptions,
): Difficulty | undefined;
export function difficulty(
  level: string,
  kind: "platformer",
  options?: PlatformerDifficultyOptions,
): Difficulty | undefined;
export function difficulty(
  level: string,
  kind: "sokoban" | "platformer",
  options: SokobanOptions | PlatformerDifficultyOptions = {},
): Difficulty | undefined {
  checkChoice("kind", kind, ["sokoban", "platformer"]);
  if (kind === "sokoban") return ofSokoban(level, options as SokobanOptions);
  return ofPlatformer(level, options as PlatformerDifficultyOptions);
}

function ofSokoban(level: string, options: SokobanOptions): Difficulty | undefined {
  const { solved, moves = "", pushes } = solveSokoban(level, options);
  if (!solved) return undefined;
  let [changes, turns] = [0, 0];
  // The player from where it began, and where the last box was pushed to.
  let [x, y] = [0, 0];
  let [box, way] = ["", ""];
  for (const move of moves) {
    const [dx, dy] = STEPS["lurd".indexOf(move.toLowerCase())];
    [x, y] = [x + dx, y + dy];
    if (move !== move.toUpperCase()) continue;
    if (box !== "" && box !== `${x},${y}`) changes++;
    else if (box !== "" && way !== move) turns++;
    [box, way] = [`${x + dx},${y + dy}`, move];
  }
  return { score: pushes + 3 * changes + 3 * turns, parts: { pushes, changes, turns } };
}

function ofPlatformer(
  level: string,
  { enemies: symbols = "E", ...options }: PlatformerDifficultyOptions,
): Difficulty | undefined {
  checkText("enemies", symbols);
  const { path, jumps } = platformerPath(level, options);
  if (!path) return undefined;
  const { width, cells } = readLevel(level);
  const solid = new Set((options.legend ?? corpusLegend).solid);
  const ground = path.filter(([x, y]) => solid.has(cells[(y + 1) * width + x]));
  const columns = ground.map(([x]) => x);
  const long = columns.filter((x, i) => i > 0 && Math.abs(x - columns[i - 1]) >= LONG).length;
  const [low, high] = [columns[0], columns[columns.length - 1]].sort((a, b) => a - b);
  const isEnemy = new Set(symbols);
  const on = (cell: number) => cell % width >= low && cell % width <= high;
  const enemies = cells.filter((symbol, cell) => isEnemy.has(symbol) && on(cell)).length;
  const score = (100 * (jumps + long + enemies)) / (high - low + 1);
  return { score, parts: { jumps, long, enemies, columns: high - low + 1 } };
}
