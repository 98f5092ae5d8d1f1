// What suits pairs of some number where nothing is said, as for language models: few pairs are seen often, by a
// network with much dropout. The numbers were found by experiments (docs/settings.md) and depend on the data alone.

import type { Pair } from "../../data/pairs.js";
import { rowFor } from "../base/suited.js";

/** What suits pairs of fewer characters, of both sides, than `below`. */
interface Row {
  readonly below: number;
  readonly hidden: number;
  readonly dropout: number;
  readonly steps: number;
  readonly lr: number;
  readonly batch: number;
}

const rows: readonly Row[] = [
  { below: 30_000, hidden: 128, dropout: 0.2, steps: 1000, lr: 5e-3, batch: 8 },
  { below: 200_000, hidden: 256, dropout: 0.2, steps: 1500, lr: 3e-3, batch: 32 },
  { below: Infinity, hidden: 256, dropout: 0, steps: 3000, lr: 2e-3, batch: 64 },
];

function suited(pairs: readonly Pair[]): Row {
  const size = pairs.reduce((all, { source, target }) => all + source.length + target.length, 0);
  return rowFor(rows, size);
}

/** A recurrent network for these pairs. */
export function suitedNetwork(pairs: readonly Pair[]): {
  readonly hidden: number;
  readonly dropout: number;
} {
  const { hidden, dropout } = suited(pairs);
  return { hidden, dropout };
}

/** The most tokens of a side that a Transformer for these pairs sees, its marker among them: half as many again. */
export function suitedContext(longest: number): number {
  return 16 * Math.ceil((1.5 * (longest + 1)) / 16);
}

/**
 * The run on these pairs.
 * @param network its own learning rate, where it has one
 */
export function suitedRun(
  pairs: readonly Pair[],
  network: { readonly lr?: number } = {},
): Pick<Row, "steps" | "lr" | "batch"> {
  const { steps, lr, batch } = suited(pairs);
  return { steps, lr: network.lr ?? lr, batch };
}
