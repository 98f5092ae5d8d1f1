// What suits data of some size where nothing is said. Little data are learned by heart by a large network: it is
// small then, with much dropout, and sees them often; of many data, a few passes are enough. The numbers were
// found by experiments (docs/settings.md). They depend on the data alone, so that they are the same everywhere.

import { rowFor } from "../base/suited.js";

/** What suits data of fewer characters, or tokens, than `below`. */
interface Row extends SuitedNetwork, SuitedRun {
  readonly below: number;
}

/** The network. */
export interface SuitedNetwork {
  readonly embed: number;
  readonly hidden: number;
  readonly dropout: number;
}

/** The run; `seqLen` is for data that are one text. */
export interface SuitedRun {
  readonly steps: number;
  readonly lr: number;
  readonly batch: number;
  readonly seqLen: number;
}

const rows: readonly Row[] = [
  row(1_000, [32, 64, 0.5], [300, 5e-3, 8, 16]),
  row(5_000, [32, 64, 0.5], [600, 5e-3, 16, 32]),
  row(20_000, [64, 128, 0.5], [800, 5e-3, 32, 32]),
  row(40_000, [64, 128, 0.3], [1000, 5e-3, 32, 32]),
  row(200_000, [64, 256, 0.2], [1200, 5e-3, 32, 64]),
  row(Infinity, [64, 256, 0], [3000, 2e-3, 32, 64]),
];

function row(
  below: number,
  [embed, hidden, dropout]: readonly [number, number, number],
  [steps, lr, batch, seqLen]: readonly [number, number, number, number],
): Row {
  return { below, embed, hidden, dropout, steps, lr, batch, seqLen };
}

/** A recurrent network for so many characters. */
export function suitedNetwork(characters: number): SuitedNetwork {
  const { embed, hidden, dropout } = rowFor(rows, characters);
  return { embed, hidden, dropout };
}

/**
 * The run on so many tokens.
 * @param network its own learning rate, where it has one; and its context, which are then the tokens of a row
 */
export function suitedRun(
  tokens: number,
  network: { readonly lr?: number; readonly context?: number } = {},
): SuitedRun {
  const { steps, lr, batch, seqLen } = rowFor(rows, tokens);
  return { steps, lr: network.lr ?? lr, batch, seqLen: network.context ?? seqLen };
}
