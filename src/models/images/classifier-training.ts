// How a classifier trains: its batches, and its validation.

import type { Key } from "../../host/key.js";
import type { Pieces } from "../../host/pieces.js";
import { resolve } from "../../host/rules.js";
import { crossEntropy } from "../../nn/ops/cross-entropy.js";
import type { TrainingData } from "../../train/data.js";
import type { TrainingOptions } from "../../train/options.js";
import type { DataOptions } from "../../train/progress.js";
import { likeliest } from "../base/likeliest.js";
import {
  type Labelled,
  type PictureDataOptions,
  pictureDataRules,
  restored,
  stepBatch,
  suitedBatch,
} from "./batches.js";
import type { ClassifierConfig } from "./classifier-config.js";
import { type ClassifierNetwork, placesOfColumn } from "./classifier-network.js";
import type { LabelColumn } from "./conditions.js";
import { pictureData } from "./data.js";
import { inBlocks, ROWS } from "./made.js";
import { bodyBytes } from "./memory.js";
import { numbers } from "./rows.js";

/** Options of `Classifier.fit`. */
export interface ClassifierFitOptions extends TrainingOptions, PictureDataOptions {}

/** @throws InvalidInputError */
export function classifierData(
  network: ClassifierNetwork,
  config: ClassifierConfig,
  columns: readonly LabelColumn[],
  all: Labelled,
  given: PictureDataOptions,
  key: Key,
  begun: DataOptions | undefined,
): TrainingData {
  const o = resolve(pictureDataRules, given, begun ? restored(begun) : suitedBatch(all.rows.count));
  const task = {
    shape: config.shape,
    options: {},
    batch({ rows, places }: Labelled) {
      return stepBatch(rows.count, { values: rows.values, places }, {});
    },
    *measure(some: Labelled) {
      const { loss, accuracy } = yield* measureClasses(network, columns, some);
      return { loss, measures: accuracy };
    },
    activationBytes: (rows: number) => bodyBytes(config, rows),
  };
  return pictureData(task, all, o, key);
}

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
