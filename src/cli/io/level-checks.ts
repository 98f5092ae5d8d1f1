// Whether a level can be played, by the name of a game.

import type { GridSet, Playable } from "../../entries/node.js";

export const checkNames = ["sokoban", "platformer", "reachable"] as const;

/** How levels are checked. */
export type CheckName = (typeof checkNames)[number];

/** The check of this name, which says of platformers where they fail. It is loaded when it is first used. */
export function playableBy(name: CheckName): (level: string) => Promise<Playable> {
  return async (level) => {
    const game = await import("../../entries/game.js");
    if (name === "sokoban") {
      return game.checkSokoban(level).length === 0 && game.solveSokoban(level).solved;
    }
    if (name === "platformer") {
      const { reached, column } = game.platformerPath(level);
      return reached || { x: Math.max(0, column), y: level.split("\n").length - 1 };
    }
    return game.reachable(level, { from: "@", to: ">", passable: " ." }).reached;
  };
}

/** Levels as text, without channels; undefined where they are none. */
export function textsOf(grids: GridSet): string[] | undefined {
  const plain = grids.symbols.some((symbol) => symbol.includes("\t")) ? grids.without() : grids;
  if (plain.symbols.some((symbol) => Array.from(symbol).length > 1)) return undefined;
  return Array.from({ length: plain.length }, (_, i) => plain.text(i));
}
