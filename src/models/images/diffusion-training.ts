// How a diffusion trains: its options of `fit`, its batches, and its validation.

import { InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { type Rules, resolve } from "../../host/rules.js";
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
import { drawnCaptions, padded } from "./caption-tokens.js";
import { pictureData } from "./data.js";
import {
  checkTeacher,
  type Learner,
  pairRows,
  type ReflowOptions,
  ReflowPairs,
  type Teacher,
} from "./diffusion-reflow.js";
import { measureDiffusion } from "./diffusion-score.js";
import { checkFractions } from "./rows.js";
import { isClip } from "./shape.js";
import { fingerprintOf } from "./split.js";

/** A diffusion's own options of `fit`. */
export interface DiffusionDataOptions extends PictureDataOptions, ReflowOptions {
  /**
   * Fraction of the examples whose labels are left out, so that the model also knows examples without them, as guidance and
   * inpainting need it. Default 0.1 where the model learns labels.
   */
  readonly labelDropout?: number;
  /** The same of captions, half of the time together with the labels. Default 0.1 where the model learns captions. */
  readonly captionDropout?: number;
  /**
   * Fraction of the clips whose first frame the model is not told, so that it also makes clips without one. Default 0.2 where
   * the model learns first frames.
   */
  readonly firstDropout?: number;
}

/** Pairs of a reflow. */
const PAIRS = 20_000;
/** Of first frames. */
const FIRST = 0.2;

const reflowKeys = ["pairs", "pairSteps", "pairGuidance"] as const;

/** What each option may be. */
export const diffusionDataRules: Rules<DiffusionDataOptions> = {
  ...pictureDataRules,
  labelDropout: { type: "number", min: 0, max: 1, value: 0.1, fits: "kind" },
  captionDropout: { type: "number", min: 0, max: 1, value: 0.1, fits: "kind" },
  firstDropout: { type: "number", min: 0, max: 1, value: FIRST, fits: "kind" },
  pairs: { type: "integer", min: 1, max: 1e7, value: PAIRS },
  pairSteps: { type: "integer", min: 1, max: 1000, value: 20 },
  pairGuidance: { type: "number", min: 0, max: 100, value: 1 },
};

/** What a run does where nothing is said. */
const RUN: TrainingOptions = { lr: 1e-3, clip: 1, ema: 0.998 };
const VECTORS: TrainingOptions = { ...RUN, steps: 4000 };
/** The same of a flow with a teacher: one pass over the pairs. */
const REFLOW: TrainingOptions = { ...RUN, lr: 3e-4 };

/** Batches, as far as they are at most an eighth of the data; clips have as many pictures as 8 of them. */
const [PICTURES_BATCH, CLIPS_BATCH, VECTORS_BATCH] = [64, 8, 256];

/**
 * @param given the own options of `fit`, as they were given
 * @param teacher whose ways are learned, in place of the straight ones from any noise
 * @throws InvalidInputError
 */
export function diffusionData(
  learner: Learner,
  all: Labelled,
  given: DiffusionDataOptions,
  key: Key,
  begun: DataOptions | undefined,
  teacher: Teacher | undefined,
): TrainingData {
  const { network, config, words } = learner;
  const { pictures } = network;
  const most = isClip(config.shape) ? CLIPS_BATCH : pictures ? PICTURES_BATCH : VECTORS_BATCH;
  const learns = all.places.length > 0;
  const begins = config.body.network === "unet" && config.body.first === true;
  const dropouts = {
    labelDropout: learns ? 0.1 : 0,
    captionDropout: words ? 0.1 : 0,
    firstDropout: begins ? FIRST : 0,
  };
  const count = teacher ? PAIRS : all.rows.count;
  const suited = { ...suitedBatch(count, most), ...dropouts, ...(begun && restored(begun)) };
  const o = resolve(diffusionDataRules, given, suited);
  if (!learns && o.labelDropout > 0) {
    throw new InvalidInputError(
      "labelDropout is for a model that learns labels, this one has none",
    );
  }
  if (!words && o.captionDropout > 0) {
    throw new InvalidInputError(
      "captionDropout is for a model that learns captions, this one learns none",
    );
  }
  if (!begins && o.firstDropout > 0) {
    throw new InvalidInputError(
      "firstDropout is for a model of clips that learns their first frames, this one learns none",
    );
  }
  checkFractions(config.shape, all.rows);
  checkReflow(teacher, given, o, begun);
  const { labelDropout, captionDropout, firstDropout, pairs, pairSteps, pairGuidance } = o;
  const ofClips = begins && { firstDropout };
  const task = {
    shape: config.shape,
    options: { labelDropout, ...(words && { captionDropout }), ...ofClips },
    run: pictures ? RUN : VECTORS,
    batch({ rows, places, captions }: Labelled, _: number, own: Key) {
      const arrays = { values: rows.values, places };
      const rest = { dropout: labelDropout, ...ofClips };
      if (!words) return stepBatch(rows.count, arrays, rest);
      const tokens = padded(drawnCaptions(captions!, own));
      return stepBatch(rows.count, { ...arrays, tokens }, { ...rest, captionDropout });
    },
    *measure(some: Labelled) {
      return { loss: yield* measureDiffusion(learner, some, key.fold(VALIDATE)) };
    },
    activationBytes: (rows: number) => network.activationBytes(rows),
  };
  if (!teacher) return pictureData(task, all, o, key);
  checkTeacher(teacher, learner);
  const made = new ReflowPairs(teacher.network, o, key.fold(PAIR));
  const steps = Math.ceil(pairs / Math.min(o.batch, pairs));
  const taught = {
    ...{ ...task, run: { ...REFLOW, steps }, batch: (some: Labelled) => made.batch(some) },
    options: { labelDropout, pairs, pairSteps, pairGuidance },
  };
  // What it learns is no example of the data, so none of them can have a weight.
  const { examples: _, ...data } = pictureData(taught, pairRows(pairs, all), o, key);
  return { ...data, fingerprint: `${fingerprintOf(all)}-${teacher.fingerprint}` };
}

/** Keys of the draws of every validation, and of pairs. */
const [VALIDATE, PAIR] = [100, 101];

/** Refuses what does not go with a teacher, or without one. @throws InvalidInputError */
function checkReflow(
  teacher: Teacher | undefined,
  given: DiffusionDataOptions,
  { val, flip, shift }: Pick<Required<DiffusionDataOptions>, "val" | "flip" | "shift">,
  begun: DataOptions | undefined,
): void {
  if (!teacher) {
    if (begun?.pairs !== undefined) {
      throw new InvalidInputError(
        "the run in progress learns from another model: give it as reflow again, or begin a new run with resume: false",
      );
    }
    const alone = reflowKeys.find((name) => given[name] !== undefined);
    if (alone) throw new InvalidInputError(`${alone} goes with reflow: the model to learn from`);
    return;
  }
  if (begun && begun.pairs === undefined) {
    throw new InvalidInputError(
      "the run in progress learns from data: continue it without reflow, or begin a new run with resume: false",
    );
  }
  if (val === 0 && !flip && shift === 0) return;
  throw new InvalidInputError(
    "val, flip and shift are not for reflow: a flow with a teacher learns what that makes, not the pictures",
  );
}
