// How an autoencoder trains: its options of `fit`, its batches, and its validation.

import type { Key } from "../../host/key.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { TrainingData } from "../../train/data.js";
import type { TrainingOptions } from "../../train/options.js";
import type { DataOptions } from "../../train/progress.js";
import { checkAdversary, measureAdversary, withGuessed } from "./adversary.js";
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
export { withGuessed };

/** An autoencoder's own options of `fit`: with `noise` or `mask` it learns to take these away. */
export interface AutoencoderDataOptions extends PictureDataOptions, CorruptOptions {
  /**
   * How much the encoder minds what the adversary finds, where the model has one: nats of the loss for a nat that its guesses
   * are from how often each class is. Default 10.
   */
  readonly adversaryWeight?: number;
}

/** Options of `Autoencoder.fit`. */
export interface AutoencoderFitOptions extends TrainingOptions, AutoencoderDataOptions {}

export const autoencoderDataRules: Rules<AutoencoderDataOptions> = {
  ...pictureDataRules,
  ...corruptRules,
  adversaryWeight: { type: "number", min: 0, max: 1e6, value: 10 },
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
  const { noise, mask, adversaryWeight } = o;
  checkAdversary(config, given);
  const opposed = config.adversary && { adversaryWeight };
  const { shape } = config;
  const task = {
    shape,
    options: { noise, mask, ...opposed },
    batch({ rows, guessed }: Labelled, _: number, own: Key) {
      const { count, values } = rows;
      const arrays = { values, ...(guessed && { guessed }) };
      if (noise === 0 && mask === 0) return stepBatch(count, arrays, { ...opposed });
      const inputs = corrupt(numbers(rows, 0, count), shape, o, own);
      return stepBatch(count, { ...arrays, inputs }, { ...opposed });
    },
    *measure(some: Labelled) {
      const { error } = yield* measureErrors(network, config, some, o, key.fold(VALIDATE));
      if (!opposed) return { loss: error };
      const found = yield* measureAdversary(network.machine, some, (tape, { rows }) =>
        network.guesses(tape, network.encode(tape, network.read(tape, rows.values))),
      );
      return {
        loss: error + adversaryWeight * found.information,
        measures: { reconstruction: error, adversary: found.accuracy },
      };
    },
    activationBytes: (rows: number) => bodyBytes(config, rows),
  };
  return pictureData(task, all, o, key);
}
