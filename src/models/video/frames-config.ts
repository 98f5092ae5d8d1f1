// What a frame predictor is made of: options of a new one, and the same from a file.

import type { ImageSet } from "../../data/images/image-set.js";
import type { ModelDescription } from "../../formats/model-file.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkChoice, checkNumber, InvalidInputError } from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import { checkFile } from "../base/stored.js";
import { type PictureBasics, storedOptions } from "../images/picture-config.js";
import { checkShape, isPicture, shapeText } from "../images/shape.js";
import { checkClips } from "./clips.js";

/** What a frame predictor makes small. */
export type FrameLoss = "squared" | "bernoulli" | "gaussian";

/** Options of `FramePredictor.create`. */
export interface FramePredictorOptions extends FrameSizes, RuntimeOption {
  /** What the model will learn: the shape of their frames is the model's, and it begins at their mean. They are not kept. */
  readonly clips?: ImageSet;
  /** The shape of a frame instead of `clips`: [height, width, channels]. */
  readonly shape?: readonly number[];
  /** Seed of all randomness in training. Default 0. */
  readonly seed?: number;
}

/** Sizes of a frame predictor, and what it learns to make small. */
export interface FrameSizes {
  /** Frames that are read before the first is predicted, at least 2. Default: half of a clip's, or 10. */
  readonly input?: number;
  /** Frames that are predicted in training. Default: a clip's others, or 10. */
  readonly output?: number;
  /** Squares of so many pixels a side are read as channels of one place. Default 4, or what divides both sides: 2, else 1. */
  readonly patch?: number;
  /** Channels of the states. Default 64. */
  readonly hidden?: number;
  /** Layers of the encoder, and of the forecaster. Default 1. */
  readonly layers?: number;
  /** Side of the convolutions' kernels, in places; an odd number. Default 5. */
  readonly kernel?: number;
  /** Whether encoder and forecaster are the same layers: half the weights, for few clips or little time. Default false. */
  readonly shared?: boolean;
  /**
   * What is made small: the `squared` error of a frame; the cross-entropy of its pixels as probabilities (`bernoulli`), for black
   * and white ones; or their negative log-likelihood under a Gaussian with one variance for all, which is learned (`gaussian`). Of the
   * latter two, frames can be drawn. Default `squared`.
   */
  readonly loss?: FrameLoss;
}

/** The network, complete: convolutional LSTMs. */
export type FramesBody = {
  readonly network: "convlstm";
  readonly patch: number;
  readonly hidden: number;
  readonly layers: number;
  readonly kernel: number;
  readonly shared: boolean;
};

/** What a frame predictor is made of; stored in its file. */
export interface FramePredictorConfig
  extends PictureBasics,
    Required<Pick<FrameSizes, "input" | "output" | "loss">> {
  readonly body: FramesBody;
}

/** What each option may be. */
export const framePredictorRules: Rules<
  FramePredictorOptions,
  "clips" | "shape" | "seed" | "runtime"
> = {
  clips: { type: "other", own: true },
  shape: { type: "other", own: true },
  input: { type: "integer", min: 2, max: 1000, value: 10, fits: true },
  output: { type: "integer", min: 1, max: 1000, value: 10, fits: true },
  patch: { type: "integer", min: 1, max: 64, value: 4, fits: true },
  hidden: { type: "integer", min: 1, max: 4096, value: 64 },
  layers: { type: "integer", min: 1, max: 16, value: 1 },
  kernel: { type: "integer", min: 1, max: 15, value: 5 },
  shared: { type: "flag", value: false },
  loss: { type: "choice", of: ["squared", "bernoulli", "gaussian"], value: "squared" },
  seed: { type: "integer", min: 0, value: 0, own: true },
  runtime: { type: "other", own: true },
};

/** @throws InvalidInputError naming the first option that cannot be used */
export function framePredictorConfig(given: FramePredictorOptions): FramePredictorConfig {
  const { clips, shape: asked, seed = 0 } = given;
  if ((clips === undefined) === (asked === undefined)) {
    throw new InvalidInputError(
      `FramePredictor.create needs clips, for their shape, or shape, such as [32, 32, 1]${clips ? "; got both" : ""}`,
    );
  }
  const set = clips === undefined ? undefined : checkClips("clips", clips);
  const shape = checkShape(asked ?? [set!.height, set!.width, set!.channels]);
  if (!isPicture(shape) || ![1, 3, 4].includes(shape[2])) {
    throw new InvalidInputError(
      `shape must be [height, width, channels] of a frame, with 1, 3 or 4 channels, got ${shapeText(shape)}`,
    );
  }
  const own = resolve(framePredictorRules, given, {
    ...cut(set, given),
    patch: suitedPatch(shape),
  });
  const { patch, hidden, layers, kernel, shared, ...others } = own;
  const { input, output } = others;
  if (shape[0] % patch !== 0 || shape[1] % patch !== 0) {
    throw new InvalidInputError(
      `patches of ${patch} pixels must divide both sides of a frame, which is ${shapeText(shape)}`,
    );
  }
  if (kernel % 2 === 0) throw new InvalidInputError(`kernel must be an odd number, got ${kernel}`);
  if (set && set.frames < input + output) {
    throw new InvalidInputError(
      `input and output are ${input} + ${output} frames, got clips of ${set.frames}`,
    );
  }
  const body = { network: "convlstm", patch, hidden, layers, kernel, shared } as const;
  return { shape, body, ...others, seed: checkNumber("seed", seed, { integer: true, min: 0 }) };
}

/** How clips are cut where nobody says so: the first half is read, the second predicted. @throws InvalidInputError */
function cut(
  set: ImageSet | undefined,
  { input, output }: FrameSizes,
): { readonly input?: number; readonly output?: number } {
  if (set === undefined) return {};
  const { frames } = set;
  if (frames < 3) {
    throw new InvalidInputError(
      `clips: a frame predictor learns clips of at least 3 frames, got ${frames === 1 ? "pictures" : "clips of 2"}`,
    );
  }
  const read = input ?? (output === undefined ? Math.ceil(frames / 2) : frames - output);
  return { input: Math.max(2, read), output: Math.max(1, frames - Math.max(2, read)) };
}

function suitedPatch([height, width]: readonly number[]): number {
  return [4, 2].find((side) => height % side === 0 && width % side === 0) ?? 1;
}

/** What a file says of its model. @throws ModelFileError */
export function storedFramePredictor(description: ModelDescription): FramePredictorConfig {
  const sizes = ["patch", "hidden", "layers", "kernel", "shared"];
  const { options } = storedOptions(description, ["input", "output", "loss"], sizes);
  const { network, ...own } = options;
  return checkFile(() => {
    checkChoice("network", network, ["convlstm"]);
    return framePredictorConfig(own as FramePredictorOptions);
  });
}
