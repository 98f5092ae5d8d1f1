// Stretches of grids, side by side as a network reads them.

import type { GridSet } from "../../data/grids/grid-set.js";
import type { Grid } from "../../data/grids/parts.js";
import type { GridFeatures } from "./features.js";
import type { GridBatch } from "./grid-network.js";
import type { GridOrder, GridPath } from "./path.js";

/** Grids with what is said of them, as a model of some features learns them. */
export interface LearnedGrids {
  readonly set: GridSet;
  /** Places of labels, (N, columns). */
  readonly places: Int32Array;
  readonly columns: number;
  readonly features: GridFeatures;
  readonly order: GridOrder;
}

/** Some lines of a grid, and what is said of it. */
export interface GridWindow {
  readonly grid: Grid;
  readonly path: GridPath;
  /** Cells of the path, from the first to below the last. */
  readonly from: number;
  readonly to: number;
  readonly labels: ArrayLike<number>;
}

/**
 * A window of so many cells at most: whole lines, from one that is drawn. The first and the last are learned about as often as
 * others: windows may begin half of their length before the grid, or end as far after it, and are then moved into it.
 */
export function windowOf(
  grid: Grid,
  path: GridPath,
  most: number,
  drawn: number,
  labels: ArrayLike<number>,
): GridWindow {
  const { lines, places } = path;
  if (path.length <= most) return { grid, path, from: 0, to: path.length, labels };
  // A line that is longer than a window is learned in parts.
  const [unit, count] = places <= most ? [places, lines] : [1, path.length];
  const held = Math.floor(most / unit);
  const over = held >> 1;
  const first = Math.floor(drawn * (count - held + 1 + 2 * over)) - over;
  const from = Math.max(0, Math.min(count - held, first)) * unit;
  return { grid, path, from, to: from + held * unit, labels };
}

/** Windows side by side, those that are shorter with nothing to learn after their end. */
export function batchOf(windows: readonly GridWindow[], features: GridFeatures): GridBatch {
  const rows = windows.length;
  const steps = windows.reduce((most, { from, to }) => Math.max(most, to - from), 0);
  const K = features.size;
  const inputs = new Int32Array(steps * rows * K);
  const targets = new Int32Array(steps * rows).fill(-1);
  for (const [b, { grid, path, from, to, labels }] of windows.entries()) {
    const reader = features.reader(grid.cells, path, labels);
    for (let t = from; t < to; t++) {
      const at = (t - from) * rows + b;
      reader.write(inputs, at * K, t);
      targets[at] = grid.cells[path.cell(t)];
    }
  }
  return { inputs, targets, steps, rows, continues: false };
}
