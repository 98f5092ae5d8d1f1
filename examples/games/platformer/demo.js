// The program that plays, in a page: it thinks between frames.

import { platformerPath } from "simdream/game";
import { botSearch } from "./bot.js";
import { way } from "./rules.js";

/** Milliseconds of a frame that it may think. */
const THINKING = 6;

/** @returns a promise of inputs, one a step; none where it finds no way */
export async function botInputs(world) {
  const { reached, path } = way(world.level, platformerPath);
  if (!reached) return [];
  const search = botSearch(world, path);
  for (;;) {
    const begin = performance.now();
    while (performance.now() - begin < THINKING) {
      const { value, done } = search.next();
      if (done) return value ?? [];
    }
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
}
