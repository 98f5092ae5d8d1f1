// What suits grids of so many cells where nothing is said; found by experiments (docs/grids.md).

import { rowFor } from "../base/suited.js";

interface Row {
  readonly below: number;
  readonly embed: number;
  readonly hidden: number;
  readonly dropout: number;
  readonly steps: number;
  readonly lr: number;
}

const rows: readonly Row[] = [
  { below: 5_000, embed: 32, hidden: 96, dropout: 0.3, steps: 600, lr: 5e-3 },
  { below: 20_000, embed: 48, hidden: 128, dropout: 0.3, steps: 1000, lr: 5e-3 },
  { below: 200_000, embed: 64, hidden: 192, dropout: 0.3, steps: 1500, lr: 5e-3 },
  { below: Infinity, embed: 64, hidden: 192, dropout: 0, steps: 3000, lr: 3e-3 },
];

/** A recurrent network for grids of so many cells. */
export function suitedGridNetwork(cells: number): Pick<Row, "embed" | "hidden" | "dropout"> {
  const { embed, hidden, dropout } = rowFor(rows, cells);
  return { embed, hidden, dropout };
}

/** The run on so many cells. @param network its own learning rate, where it has one */
export function suitedGridRun(
  cells: number,
  network: { readonly lr?: number } = {},
): Pick<Row, "steps" | "lr"> {
  const { steps, lr } = rowFor(rows, cells);
  return { steps, lr: network.lr ?? lr };
}

/** Cells of a window by default: whole levels up to so many, and of longer ones whole lines. */
export const WINDOW = 512;
/** Cells of a batch, about. */
const BATCH_CELLS = 4096;

/** Rows of a batch of windows of so many cells. */
export function suitedGridBatch(window: number, examples: number): number {
  const rows = Math.max(4, Math.min(64, Math.round(BATCH_CELLS / window)));
  return Math.min(rows, examples);
}
