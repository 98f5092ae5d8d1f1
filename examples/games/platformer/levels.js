// Where levels come from. The place of a level says all of it: a seed, how hard, which theme, how wide.

import { DIFFICULTIES, HEIGHT, rulesOf, THEMES, trapOf, way } from "./rules.js";

const [NARROW, WIDE, WIDER] = [100, 160, 12];
/** How often a level is drawn, at most, until the checker finds a way through it. */
export const TRIES = 64;
const TEMPERATURE = 0.95;
/** Columns before the farthest that can be reached which are drawn again with the rest. */
const BACK = 4;
/** Columns that may be all the same, and tries after which one is content with more. */
const [DULL, CONTENT] = [13, 24];
const SEEDS = 2 ** 32;

/** The place of the first level of a seed. */
export function firstPlace(seed) {
  return { seed: seed % SEEDS, difficulty: 1, theme: THEMES[0], width: NARROW };
}

/** The place after a place: another theme, wider, and every other time harder. */
export function nextPlace({ seed, difficulty, theme, width }) {
  const harder = width >= Math.min(WIDE, NARROW + WIDER * difficulty);
  return {
    seed: (seed + 1) % SEEDS,
    difficulty: harder ? Math.min(DIFFICULTIES.length, difficulty + 1) : difficulty,
    theme: THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length],
    width: harder ? width : Math.min(WIDE, width + WIDER),
  };
}

/** The options of a link to a place. */
export function optionsOf({ difficulty, theme, width }) {
  return { width, labels: { difficulty, theme } };
}

/** The place of a link that was read. @throws Error where it is none of this game's */
export function placeOf({ seed, options }) {
  const { difficulty, theme } = Object(options.labels);
  const place = { seed, difficulty, theme, width: options.width };
  const known =
    seed < SEEDS &&
    DIFFICULTIES.includes(difficulty) &&
    THEMES.includes(theme) &&
    Number.isInteger(place.width) &&
    place.width >= NARROW &&
    place.width <= WIDE;
  if (known && JSON.stringify(options) === JSON.stringify(sorted(optionsOf(place)))) return place;
  throw new Error("this link is to a level of another game");
}

const sorted = (object) =>
  Object.fromEntries(
    Object.entries(object)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, typeof value === "object" ? sorted(value) : value]),
  );

/** One try at a level, which may be impossible. @param given columns that are kept */
export async function drawOnce(model, { seed, difficulty, theme, width }, tries = 0, given) {
  const { grids } = await model.generate({
    ...{ width, height: HEIGHT, rules: rulesOf(theme), temperature: TEMPERATURE, given },
    labels: { theme, difficulty: String(difficulty) },
    seed: seed * TRIES + tries,
  });
  return grids.text(0);
}

/**
 * Makes the level of a place: the same on every machine. As far as the checker comes, and as long as it is neither dull nor a
 * trap, it is kept; what is after that is drawn again, by the next seed, until there is a way to the flag. Where this does not
 * help, a little less is kept each time.
 * @param model a GridModel, here or in a worker
 * @param platformerPath of simdream/game
 * @returns the level's text, and how often it was drawn
 */
export async function makeLevel(model, place, platformerPath) {
  const { width } = place;
  let given;
  let [farthest, failed] = [0, 0];
  for (let tries = 1; tries <= TRIES; tries++) {
    const text = await drawOnce(model, place, tries - 1, given);
    const { reached, column: last } = way(text, platformerPath);
    const dull = tries < CONTENT ? dullFrom(text) : undefined;
    const trap = reached ? trapOf(text, platformerPath) : undefined;
    if (reached && dull === undefined && trap === undefined) return { text, tries };
    const column = Math.min(reached ? width : last, dull ?? width, trap ?? width);
    failed = column > farthest ? 0 : failed + 1;
    farthest = Math.max(farthest, column);
    const kept = Math.max(0, column - BACK * (1 + failed));
    given = kept > 0 ? onlyBefore(text, kept) : undefined;
  }
  throw new Error(`no level of seed ${place.seed} can be played`);
}

/** From where on nothing happens for too long, before the flag; or nothing. */
function dullFrom(text) {
  const rows = text.split("\n");
  const column = (x) => rows.map((row) => row[x]).join("");
  let from = 0;
  for (let x = 1; x < rows[0].length - 2 * DULL; x++) {
    if (column(x) !== column(from)) from = x;
    else if (x - from >= DULL) return x;
  }
  return undefined;
}

/** A level of which only so many columns are given. */
function onlyBefore(text, columns) {
  return text.replace(/.+/g, (row) => row.slice(0, columns).padEnd(row.length, "_"));
}
