// How an autoencoder trains: its options of `fit`, its batches, and its validation.

import type { Key } from "../../host/key.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { TrainingData } from "../../train/data.js";
import type { TrainingOptions } from "../../train/options.js";
import type { DataOptions } from "../../train/progress.js";
import { checkAdversary, measureAdversary, minded, withGuessed } from "./adversary.js";
import { type AdversaryFitOptions, adversaryFitRules } from "./adversary-config.js";
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
export interface AutoencoderDataOptions
  extends PictureDataOptions,
    CorruptOptions,
    AdversaryFitOptions {}

/** Options of `Autoencoder.fit`. */
export interface AutoencoderFitOptions extends TrainingOptions, AutoencoderDataOptions {}

export const autoencoderDataRules: Rules<AutoencoderDataOptions> = {
  ...pictureDataRules,
  ...corruptRules,
  ...adversaryFitRules,
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
  const { noise, mask, adversaryWeight, adversaryWarmup, adversarySteps } = o;
  checkAdversary(config, given);
  const opposed = config.adversary && { adversaryWeight, adversaryWarmup, adversarySteps };
  const { shape } = config;
  const task = {
    shape,
    options: { noise, mask, ...opposed },
    batch({ rows, guessed }: Labelled, index: number, own: Key) {
      const { count, values } = rows;
      const arrays = { values, ...(guessed && { guessed }) };
      const rest = opposed ? minded(opposed, index) : {};
      if (noise === 0 && mask === 0) return stepBatch(count, arrays, rest);
      const inputs = corrupt(numbers(rows, 0, count), shape, o, own);
      return stepBatch(count, { ...arrays, inputs }, rest);
    },
    ...(opposed && { phases: { adversary: { repeats: adversarySteps } } }),
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
