// How a classifier trains: its batches, and its validation.

import type { Key } from "../../host/key.js";
import { resolve } from "../../host/rules.js";
import type { TrainingData } from "../../train/data.js";
import type { TrainingOptions } from "../../train/options.js";
import type { DataOptions } from "../../train/progress.js";
import {
  type Labelled,
  type PictureDataOptions,
  pictureDataRules,
  restored,
  stepBatch,
  suitedBatch,
} from "./batches.js";
import type { ClassifierConfig } from "./classifier-config.js";
import type { ClassifierNetwork } from "./classifier-network.js";
import { measureClasses } from "./classifier-score.js";
import type { LabelColumn } from "./conditions.js";
import { pictureData } from "./data.js";
import { bodyBytes } from "./memory.js";

export { pictureDataRules };

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
