// How a StyleTransfer trains: parts of photographs, another one each time.

import type { Key } from "../../host/key.js";
import type { Pieces } from "../../host/pieces.js";
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
} from "../images/batches.js";
import { pictureData } from "../images/data.js";
import { inBlocks } from "../images/made.js";
import type { StyleTransferConfig } from "./painter-config.js";
import type { PainterNetwork } from "./painter-network.js";
import { numbersOf } from "./picture.js";

/** Options of `StyleTransfer.fit`. */
export interface StyleTransferFitOptions extends TrainingOptions, PictureDataOptions {}

/** What a run does where nothing is said: some ten minutes on one thread. */
const RUN = { steps: 1000, lr: 2e-3 } as const;
const BATCH = 4;

/** Photographs, (N, H, W, 3). */
export interface Photographs {
  readonly labelled: Labelled;
  readonly height: number;
  readonly width: number;
}

/** @throws InvalidInputError */
export function painterData(
  network: PainterNetwork,
  config: StyleTransferConfig,
  { labelled, height, width }: Photographs,
  given: PictureDataOptions,
  key: Key,
  begun: DataOptions | undefined,
): TrainingData {
  const o = resolve(pictureDataRules, given, begun ? restored(begun) : { batch: BATCH });
  const [h, w] = [Math.min(config.window, height), Math.min(config.window, width)];
  const task = {
    shape: [height, width, 3],
    options: {},
    run: RUN,
    batch({ rows }: Labelled, _: number, own: Key) {
      const { count, values } = rows;
      const [tops, lefts] = [
        own.integers(count, height - h + 1, 0),
        own.integers(count, width - w + 1, 1),
      ];
      const crops = new Uint8Array(count * h * w * 3);
      for (let i = 0; i < count; i++) {
        const one = (values as Uint8Array).subarray(i * height * width * 3);
        crops.set(part(one, width, tops[i], lefts[i], h, w), i * h * w * 3);
      }
      return stepBatch(count, { values: crops }, { height: h, width: w });
    },
    *measure({ rows }: Labelled) {
      const { loss, style, content } = yield* measurePhotographs(network, {
        ...{ height, width },
        values: rows.values as Uint8Array,
      });
      return { loss, measures: { style, content } };
    },
    activationBytes: (rows: number) => rows * h * w * 4 * 2 * (20 * config.channels + 300),
  };
  return pictureData(task, labelled, o, key);
}

/** Rows and columns of a picture. */
function part(
  pixels: Uint8Array,
  width: number,
  top: number,
  left: number,
  h: number,
  w: number,
): Uint8Array {
  const own = new Uint8Array(h * w * 3);
  for (let row = 0; row < h; row++) {
    const from = 3 * ((top + row) * width + left);
    own.set(pixels.subarray(from, from + 3 * w), 3 * w * row);
  }
  return own;
}

/** Losses of whole pictures, mean over them. */
export function* measurePhotographs(
  network: PainterNetwork,
  { height, width, values }: { height: number; width: number; values: Uint8Array },
): Pieces<{ loss: number; style: number; content: number }> {
  const size = 3 * height * width;
  const count = values.length / size;
  const sums = { loss: 0, style: 0, content: 0 };
  yield* inBlocks(network.machine, count, 1, (tape, at) => {
    const numbers = numbersOf({ data: values.subarray(at * size, (at + 1) * size) });
    const found = network.losses(tape, numbers, height, width);
    for (const name of ["loss", "style", "content"] as const) {
      sums[name] += found[name].data[0] / count;
    }
  });
  return sums;
}
