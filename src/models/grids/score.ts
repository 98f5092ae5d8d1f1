// The measure of grid models: negative log-likelihood of a cell.

import { measurePiece, type Pieces } from "../../host/pieces.js";
import { notFinite } from "../../nn/finite.js";
import { Tape } from "../../nn/tape.js";
import type { AnyGridNetwork } from "./grid-network.js";
import { GridPath } from "./path.js";
import { batchOf, type GridWindow, type LearnedGrids } from "./windows.js";

/** How well a model predicts grids. */
export interface GridScore {
  /** Mean negative log-likelihood of a cell, given those before it on the path, in nats. */
  readonly nats: number;
  /** Cells that were predicted. */
  readonly cells: number;
  readonly examples: number;
}

/** Grids that are measured side by side. */
const ROWS = 32;

/** Of some grids, each from its beginning: to its end with a state, or in windows of what a context holds. */
export function* measureGrids(
  network: AnyGridNetwork,
  { set, places, columns, order, features }: LearnedGrids,
  some: readonly number[],
): Pieces<GridScore> {
  let sum = 0;
  let cells = 0;
  for (let at = 0; at < some.length; at += ROWS) {
    const rows = some.slice(at, at + ROWS).map((i) => {
      const grid = set.grids[i];
      const path = new GridPath(order, grid.width, grid.height);
      return { grid, path, labels: places.subarray(i * columns, (i + 1) * columns) };
    });
    let carried: Float32Array[] | undefined;
    const longest = rows.reduce((most, { path }) => Math.max(most, path.length), 0);
    const piece = Math.max(1, Math.floor(measurePiece(network.work) / rows.length));
    for (let from = 0; from < longest; ) {
      const steps = network.carries ? piece : contextLines(network, rows[0].path);
      // Rows that have ended stay, with nothing to predict: states are of all of them.
      const windows: GridWindow[] = rows.map((row) => ({
        ...row,
        from: Math.min(from, row.path.length),
        to: Math.min(from + steps, row.path.length),
      }));
      const batch = batchOf(windows, features);
      const { machine } = network;
      const found = machine.scoped(() => {
        const own = { ...batch, continues: carried !== undefined };
        const { losses, state } = network.loss(new Tape(machine), own, carried);
        let total = 0;
        for (const loss of losses.data) total += loss;
        return { total, state: state() };
      });
      carried = network.carries ? found.state : undefined;
      sum += found.total;
      from += steps;
      yield;
    }
    cells += rows.reduce((all, { path }) => all + path.length, 0);
  }
  if (!Number.isFinite(sum)) notFinite();
  return { nats: sum / cells, cells, examples: some.length };
}

/** Cells of whole lines that a context holds. */
function contextLines(
  { context = Infinity }: AnyGridNetwork,
  { places, length }: GridPath,
): number {
  if (context >= length) return length;
  return places <= context ? places * Math.floor(context / places) : context;
}
