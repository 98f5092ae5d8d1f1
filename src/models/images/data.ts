// The training data of a picture model: batches of what it learns, and a validation on pictures that are held out.

import { checkAugmentation } from "../../data/images/batches.js";
import { orderOf } from "../../data/order.js";
import { InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { inTurns, type Pieces } from "../../host/pieces.js";
import type { PhaseChange, TrainingData, Validation } from "../../train/data.js";
import type { TrainingOptions } from "../../train/options.js";
import type { DataOptions } from "../../train/progress.js";
import type { StepBatch } from "../../train/shards.js";
import { PATIENCE, passesFor } from "../base/suited.js";
import { changed, gather, type Labelled, type PictureDataOptions, rowsBetween } from "./batches.js";
import type { Shape } from "./shape.js";
import { drawValidation, fingerprintOf } from "./split.js";

/** What a model makes of its rows. */
export interface PictureTask {
  readonly shape: Shape;
  /** A batch of these rows. @param index from 0, over the whole run @param key of this batch */
  batch(some: Labelled, index: number, key: Key, phase: string): StepBatch;
  /** The validation of these rows, at most, all of them the same each time. */
  measure(some: Labelled): Pieces<Validation>;
  /** Bytes that so many rows need in training, about. */
  activationBytes(rows: number): number;
  /** What of the model's own options goes into checkpoints. */
  readonly options: DataOptions;
  /** What a run of the model does where nothing is said, in place of what runs of picture models do. */
  readonly run?: TrainingOptions;
  /** Who looks at the steps. */
  readonly watch?: TrainingData["watch"];
  /** What is asked of the phases of a step. */
  readonly phases?: Readonly<Record<string, PhaseChange>>;
}

/** What a run of picture models does where nothing is said of it. */
const RUN = { lr: 1e-3, clip: 100 } as const;

/** Keys of a run's data. */
const [ORDER, SPLIT, AUGMENT, BATCH] = [0, 1, 2, 3];

/** The key of what is kept for validation, of a run's data. */
export const splitKey = (key: Key): Key => key.fold(SPLIT);

/**
 * @param o the options, complete
 * @throws InvalidInputError
 */
export function pictureData(
  task: PictureTask,
  all: Labelled,
  o: Required<PictureDataOptions>,
  key: Key,
): TrainingData {
  const { shape } = task;
  const { batch: size, val, flip, shift } = o;
  if (flip || shift > 0) {
    if (!(all.rows.values instanceof Uint8Array)) {
      throw new InvalidInputError("flip and shift are for pictures, these are vectors");
    }
    const [, width, height] = [...shape].reverse();
    checkAugmentation({ flip, shift }, Math.min(height, width));
  }
  const { train, validation, trained } = drawValidation(all, val, splitKey(key));
  const { count } = train.rows;
  const batch = Math.min(size, count);
  const order = orderOf(count, batch, key.fold(ORDER));
  const { steps, ...own } = task.run ?? {};
  return {
    fingerprint: fingerprintOf(all),
    options: { batch: size, val, flip: Number(flip), shift, ...task.options },
    rows: batch,
    examples: () => ({
      ...{ count: all.rows.count, what: "examples" },
      ...{ of: trained, rows: order.rows },
    }),
    carries: false,
    carried: [],
    own: { ...RUN, ...own },
    phases: task.phases,
    watch: task.watch,
    pass: { batches: order.epoch, targets: count },
    defaults: {
      steps: steps ?? passesFor(order.epoch) * order.epoch,
      lr: own.lr ?? RUN.lr,
      patience: PATIENCE,
    },
    validationTargets: validation?.rows.count ?? 0,
    validate:
      validation &&
      ((breathe, most) => {
        const { count } = validation.rows;
        return inTurns(task.measure(rowsBetween(validation, 0, Math.min(count, most))), breathe);
      }),
    activations: async (rows) => ({ bytes: task.activationBytes(rows), steps: 1 }),
    batch(index, phase) {
      const some = gather(train, order.rows(index));
      const how = { flip, shift };
      const rows = changed(some.rows, shape, how, key.fold(AUGMENT).fold(index));
      return task.batch({ ...some, rows }, index, key.fold(BATCH).fold(index), phase);
    },
  };
}
