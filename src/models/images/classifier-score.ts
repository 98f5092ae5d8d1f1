// How well a classifier knows examples.

import type { Pieces } from "../../host/pieces.js";
import { crossEntropy } from "../../nn/ops/cross-entropy.js";
import { likeliest } from "../base/likeliest.js";
import type { Labelled } from "./batches.js";
import { type ClassifierNetwork, placesOfColumn } from "./classifier-network.js";
import type { LabelColumn } from "./conditions.js";
import { inBlocks, ROWS } from "./made.js";
import { numbers } from "./rows.js";

/** Cross-entropy summed over the columns, mean over the examples; and the share of right classes of each column. */
export function* measureClasses(
  network: ClassifierNetwork,
  columns: readonly LabelColumn[],
  { rows, places }: Labelled,
): Pieces<{ loss: number; accuracy: Record<string, number> }> {
  const width = columns.length;
  const right = columns.map(() => 0);
  let loss = 0;
  yield* inBlocks(network.machine, rows.count, ROWS, (tape, from, to) => {
    const own = places.subarray(from * width, to * width);
    const all = network.logits(tape, network.read(tape, numbers(rows, from, to)));
    for (const [c, logits] of all.entries()) {
      const targets = placesOfColumn(own, c, width);
      loss += crossEntropy(tape, logits, targets, { denominator: 1 }).loss.data[0];
      const count = columns[c].classes.length;
      const values = logits.data;
      for (const [i, target] of targets.entries()) {
        if (likeliest(values.subarray(i * count, (i + 1) * count)) === target) right[c]++;
      }
    }
  });
  const shares = columns.map(({ name }, c) => [name, right[c] / rows.count]);
  return { loss: loss / rows.count, accuracy: Object.fromEntries(shares) };
}
