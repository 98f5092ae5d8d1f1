// How a pair of encoders trains: its batches, and its validation.

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
import { type CaptionTokens, drawnCaptions, padded } from "./caption-tokens.js";
import { pictureData } from "./data.js";
import type { ImageTextConfig } from "./image-text-config.js";
import type { ImageTextNetwork } from "./image-text-network.js";
import { measureImageText } from "./image-text-score.js";
import { pairBytes } from "./memory.js";

/** Options of `ImageTextPair.fit`. */
export interface ImageTextFitOptions extends TrainingOptions, PictureDataOptions {}

/** What a run does where nothing is said. */
const RUN: TrainingOptions = { lr: 1e-3, clip: 1 };

/** Key of the draws of every validation. */
const VALIDATE = 100;

/** @throws InvalidInputError */
export function imageTextData(
  network: ImageTextNetwork,
  config: ImageTextConfig,
  all: Labelled,
  given: PictureDataOptions,
  key: Key,
  begun: DataOptions | undefined,
): TrainingData {
  const { count } = all.rows;
  const o = resolve(pictureDataRules, given, begun ? restored(begun) : suitedBatch(count));
  const task = {
    shape: config.shape,
    options: {},
    run: RUN,
    batch({ rows, captions = [] }: Labelled, _: number, own: Key) {
      const drawn = drawnCaptions(captions, own);
      const arrays = { values: rows.values, tokens: padded(drawn), ...numbered(captions, drawn) };
      return stepBatch(rows.count, arrays, {});
    },
    *measure(some: Labelled) {
      const among = Math.max(2, Math.min(o.batch, some.rows.count));
      const { loss, ...measures } = yield* measureImageText(
        network,
        some,
        among,
        key.fold(VALIDATE),
      );
      return { loss, measures };
    },
    activationBytes: (rows: number) => pairBytes(config, rows),
  };
  return pictureData(task, all, o, key);
}

/** Captions by number, so that a shard knows which are the same: the drawn one of each row, and all of it. */
function numbered(
  captions: CaptionTokens,
  drawn: readonly Int32Array[],
): { readonly drawn: Int32Array; readonly own: Int32Array } {
  const numbers = new Map<Int32Array, number>();
  for (const one of captions.flat()) if (!numbers.has(one)) numbers.set(one, numbers.size);
  const of = (some: readonly Int32Array[]) => Int32Array.from(some, (one) => numbers.get(one)!);
  return { drawn: of(drawn), own: padded(captions.map(of)) };
}
