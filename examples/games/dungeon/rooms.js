// Makes rooms. The page's worker, the training's look at what it made, and a server all make them with this, so they are
// the same everywhere.

import { difficultyOf, GRADES, gradeOf, ROOMS, SIZE } from "./grades.js";

/** Positions at which the solver gives up: what it cannot solve with them is not played. */
const POSITIONS = 15_000;
/** Rooms that are drawn side by side, and how often, until one is of the grade that is asked for. */
const [DRAWN, TRIES] = [8, 12];
const TEMPERATURE = 0.9;
/** Pushes that a room needs at least. */
const LEAST = 2;
/** Seeds of a room's tries follow one another: those of two rooms must not meet. */
const SEEDS = 2 ** 32;

/** What every room of a grade keeps. */
export function rulesOf(grade) {
  const { crates } = GRADES[grade - 1];
  return {
    counts: { "@": 1, "+": 0, "$*": [Math.min(...crates), Math.max(...crates)], " ": [6, 50] },
    equal: [["$*", ".*+"]],
    border: "#",
  };
}

/** What a link to a room says beside its seed. */
export const optionsOf = (grade) => ({
  width: SIZE,
  height: SIZE,
  labels: { grade: String(grade) },
});

/** Seed and grade of a link that was read. @throws Error where it is none of this game's */
export function placeOf({ seed, options }) {
  const grade = Number(Object(options.labels).grade);
  const known = seed < SEEDS && Number.isInteger(grade) && grade >= 1 && grade <= ROOMS;
  if (known && JSON.stringify(sorted(options)) === JSON.stringify(sorted(optionsOf(grade)))) {
    return { seed, grade };
  }
  throw new Error("this link is to a level of another game");
}

const sorted = (object) => Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));

/** Seed and grade of the rooms of a day. @param dailySeed of simdream/game */
export function placesOf(date, dailySeed) {
  return Array.from({ length: ROOMS }, (_, i) => {
    return { seed: dailySeed(date, `dungeon ${i + 1}`), grade: i + 1 };
  });
}

/**
 * The room of a seed and a grade, the same on every machine: the first of those drawn that the solver finds to be of this
 * grade; where there is none, the nearest.
 * @param model a GridModel
 * @param solveSokoban of simdream/game
 * @returns `{ text, solution, grade, drawn, solvable }`: how many were drawn, and how many of them could be solved
 */
export async function makeRoom(model, solveSokoban, { seed, grade }) {
  let nearest;
  let solvable = 0;
  for (let i = 0; i < TRIES; i++) {
    const { grids } = await model.generate({
      ...{ width: SIZE, height: SIZE, temperature: TEMPERATURE, samples: DRAWN },
      ...{ rules: rulesOf(grade), labels: { grade: String(grade) } },
      seed: seed * TRIES * DRAWN + i * DRAWN,
    });
    for (let k = 0; k < DRAWN; k++) {
      const text = grids.text(k);
      if (!whole(text)) continue;
      const solution = solveSokoban(text, { maxStates: POSITIONS });
      // One push is no riddle.
      if (!solution.solved || solution.pushes < LEAST) continue;
      solvable++;
      const off = Math.abs(gradeOf(difficultyOf(solution)) - grade);
      if (!nearest || off < nearest.off) nearest = { off, text, solution: solution.moves };
      if (off > 0) continue;
      return { text, solution: solution.moves, grade, drawn: i * DRAWN + k + 1, solvable };
    }
  }
  if (!nearest) throw new Error(`no room of seed ${seed} can be solved`);
  const { text, solution } = nearest;
  return { text, solution, grade, drawn: TRIES * DRAWN, solvable };
}

/** Whether all that is no wall hangs together. */
function whole(text) {
  const rows = text.split("\n");
  const floor = new Set();
  for (const [y, row] of rows.entries()) {
    for (const [x, symbol] of [...row].entries()) if (symbol !== "#") floor.add(y * SIZE + x);
  }
  const [first] = floor;
  floor.delete(first);
  const queue = [first];
  for (const cell of queue) {
    for (const next of [cell - 1, cell + 1, cell - SIZE, cell + SIZE]) {
      if (floor.delete(next)) queue.push(next);
    }
  }
  return floor.size === 0;
}
