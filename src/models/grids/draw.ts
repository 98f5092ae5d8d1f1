// Draws grids, cell after cell along the path, many side by side.

import type { Key } from "../../host/key.js";
import { measurePiece, type Pieces } from "../../host/pieces.js";
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
  /** The symbols of cells that are known, row by row, -1 of others: what is known before the first other is read at once. */
  readonly known?: ArrayLike<number> | undefined;
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
  // What is known of grids is not the same of all: each then has another beginning and end.
  const most = grids.some(({ known }) => known) ? 1 : SIDE_BY_SIDE;
  for (let from = 0; from < grids.length; from += most) {
    const some = grids.slice(from, from + most);
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
  const [{ known }] = grids;
  const free = (t: number) => !known || known[path.cell(t)] < 0;
  let [first, end] = [0, path.length];
  while (first < end && !free(first)) first++;
  while (end > first && !free(end - 1)) end--;
  const keep = (from: number, to: number) => {
    for (let t = from; t < to; t++) {
      const cell = path.cell(t);
      cells[0][cell] = known![cell];
      grids[0].rules?.place(cell, known![cell]);
    }
  };
  const readers = cells.map((own) => features.reader(own, path, labels));
  try {
    keep(0, first);
    const piece = measurePiece(network.work);
    for (let from = 0; from < first; from += piece) {
      const steps = Math.min(piece, first - from);
      const read = new Int32Array(steps * K);
      for (let t = 0; t < steps; t++) {
        readers[0].write(read, t * K, from + t);
      }
      network.step(state, read, undefined, steps);
      yield;
    }
    for (let t = first; t < end; t++) {
      const cell = path.cell(t);
      for (const [r, reader] of readers.entries()) reader.write(ids, r * K, t);
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
    keep(end, path.length);
    return cells;
  } finally {
    network.free(state);
  }
}
