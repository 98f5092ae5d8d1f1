// Draws grids, cell after cell along the path, many side by side.

import type { Key } from "../../host/key.js";
import type { Pieces } from "../../host/pieces.js";
import { choose, keysOf } from "../../sampling/choose.js";
import type { Choosing } from "../../sampling/options.js";
import type { GridFeatures } from "./features.js";
import type { GridNetwork } from "./grid-network.js";
import type { GridPath } from "./path.js";
import type { RuleRun } from "./rules.js";

/** A grid that is to be drawn. */
export interface DrawnGrid {
  readonly key: Key;
  /** What is asked of it; its own. */
  readonly rules?: RuleRun | undefined;
}

/** Grids that are drawn side by side at most. */
const SIDE_BY_SIDE = 128;

/**
 * The cells of each grid, row by row. A grid's bits depend on its key alone, not on what is drawn beside it.
 * @param labels the class of each column, or -1
 */
export function* drawGrids<State>(
  network: GridNetwork<State>,
  features: GridFeatures,
  path: GridPath,
  grids: readonly DrawnGrid[],
  labels: ArrayLike<number>,
  how: Choosing,
): Pieces<Uint16Array[]> {
  const drawn: Uint16Array[] = [];
  for (let from = 0; from < grids.length; from += SIDE_BY_SIDE) {
    const some = grids.slice(from, from + SIDE_BY_SIDE);
    drawn.push(...(yield* together(network, features, path, some, labels, how)));
  }
  return drawn;
}

function* together<State>(
  network: GridNetwork<State>,
  features: GridFeatures,
  path: GridPath,
  grids: readonly DrawnGrid[],
  labels: ArrayLike<number>,
  how: Choosing,
): Pieces<Uint16Array[]> {
  const { machine, classes: V } = network;
  const K = features.size;
  const keys = keysOf(grids);
  const cells = grids.map(() => new Uint16Array(path.length));
  const ids = new Int32Array(grids.length * K);
  const logits = new Float32Array(grids.length * V);
  const state = network.start(grids.length);
  try {
    for (let t = 0; t < path.length; t++) {
      const cell = path.cell(t);
      for (const [r, own] of cells.entries()) features.write(ids, r * K, own, path, t, labels);
      network.step(state, ids, logits);
      for (const [r, { rules }] of grids.entries()) {
        rules?.mask(cell, logits.subarray(r * V, (r + 1) * V));
      }
      const chosen = choose(machine, logits, keys, how, t);
      for (const [r, { rules }] of grids.entries()) {
        cells[r][cell] = chosen[r];
        rules?.place(cell, chosen[r]);
      }
      yield;
    }
    return cells;
  } finally {
    network.free(state);
  }
}
