// How well examples come back from an autoencoder.

import type { Key } from "../../host/key.js";
import type { Pieces } from "../../host/pieces.js";
import { squaredError } from "../../nn/ops/pixel-losses.js";
import type { AutoencoderConfig } from "./autoencoder-config.js";
import type { AutoencoderNetwork } from "./autoencoder-network.js";
import type { Labelled } from "./batches.js";
import { type CorruptOptions, corrupt } from "./corrupt.js";
import { inBlocks } from "./made.js";
import { numbers } from "./rows.js";

/** Rows that are measured at a time. */
const ROWS = 100;

/** Squared errors, summed over the numbers of an example, means over the examples. */
export interface Errors {
  /** Of what the model makes of the examples, corrupted where asked. */
  readonly error: number;
  /** Of the corrupted examples themselves. */
  readonly before: number;
}

export function* measureErrors(
  network: AutoencoderNetwork,
  { shape }: AutoencoderConfig,
  all: Labelled,
  how: CorruptOptions,
  key: Key,
): Pieces<Errors> {
  const { count } = all.rows;
  let [error, before] = [0, 0];
  yield* inBlocks(network.machine, count, ROWS, (tape, from, to) => {
    const values = numbers(all.rows, from, to);
    const target = network.read(tape, values);
    const x = network.read(tape, corrupt(values, shape, how, key.fold(from)));
    before += squaredError(tape, x, target).data[0];
    error += squaredError(tape, network.decode(tape, network.encode(tape, x)), target).data[0];
  });
  return { error: error / count, before: before / count };
}
