// Where levels come from. The place of a level says all of it: a seed, how hard, which theme, how wide.

import { drawLevel } from "./generator.js";
import { DIFFICULTIES, THEMES } from "./rules.js";

const [NARROW, WIDE, WIDER] = [100, 160, 12];

/** The place of the first level of a seed. */
export function firstPlace(seed) {
  return { seed, difficulty: 1, theme: THEMES[0], width: NARROW };
}

/** The place after a place: another theme, wider, and every other time harder. */
export function nextPlace({ seed, difficulty, theme, width }) {
  const wide = NARROW + WIDER * difficulty;
  const harder = width >= wide;
  return {
    seed: (seed + 1) % 2 ** 32,
    difficulty: harder ? Math.min(DIFFICULTIES.length, difficulty + 1) : difficulty,
    theme: THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length],
    width: harder ? width : Math.min(WIDE, width + WIDER),
  };
}

/** @param address of the model's file */
export function openLevels(address) {
  void address;
  return {
    /** @returns `{ text, theme, place, link }` */
    async next(place) {
      const { seed, theme, difficulty, width } = place;
      return { text: drawLevel({ seed, theme, difficulty, wide: width }), theme, place };
    },
    async of(link) {
      throw new Error(link);
    },
  };
}
