// How an autoencoder trains: its options of `fit`, its batches, and its validation.

import type { Key } from "../../host/key.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { TrainingData } from "../../train/data.js";
import type { TrainingOptions } from "../../train/options.js";
import type { DataOptions } from "../../train/progress.js";
import type { AutoencoderConfig } from "./autoencoder-config.js";
import type { AutoencoderNetwork } from "./autoencoder-network.js";
import { measureErrors } from "./autoencoder-score.js";
import {
  type Labelled,
  type PictureDataOptions,
  pictureDataRules,
  restored,
  stepBatch,
  suitedBatch,
} from "./batches.js";
import { type CorruptOptions, corrupt, corruptRules } from "./corrupt.js";
import { pictureData } from "./data.js";
import { bodyBytes } from "./memory.js";
import { numbers } from "./rows.js";

export { begins } from "../../train/given.js";

/** An autoencoder's own options of `fit`: with `noise` or `mask` it learns to take these away. */
export interface AutoencoderDataOptions extends PictureDataOptions, CorruptOptions {}

/** Options of `Autoencoder.fit`. */
export interface AutoencoderFitOptions extends TrainingOptions, AutoencoderDataOptions {}

export const autoencoderDataRules: Rules<AutoencoderDataOptions> = {
  ...pictureDataRules,
  ...corruptRules,
};

/** Key of what every validation draws. */
const VALIDATE = 100;

/** @throws InvalidInputError */
export function autoencoderData(
  network: AutoencoderNetwork,
  config: AutoencoderConfig,
  all: Labelled,
  given: AutoencoderDataOptions,
  key: Key,
  begun: DataOptions | undefined,
): TrainingData {
  const fitting = begun ? restored(begun) : suitedBatch(all.rows.count);
  const o = resolve(autoencoderDataRules, given, fitting);
  const { noise, mask } = o;
  const { shape } = config;
  const task = {
    shape,
    options: { noise, mask },
    batch({ rows }: Labelled, _: number, own: Key) {
      const { count, values } = rows;
      if (noise === 0 && mask === 0) return stepBatch(count, { values }, {});
      const inputs = corrupt(numbers(rows, 0, count), shape, o, own);
      return stepBatch(count, { values, inputs }, {});
    },
    *measure(some: Labelled) {
      const { error } = yield* measureErrors(network, config, some, o, key.fold(VALIDATE));
      return { loss: error };
    },
    activationBytes: (rows: number) => bodyBytes(config, rows),
  };
  return pictureData(task, all, o, key);
}
