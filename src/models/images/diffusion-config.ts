// What a diffusion is made of: options of a new one, and the same from a file.

import { ImageSet } from "../../data/images/image-set.js";
import { LEAST_FPS, MOST_FPS, USUAL_FPS } from "../../data/images/parts.js";
import type { ModelDescription, StoredModel } from "../../formats/model-file.js";
import { checkFlag, InvalidInputError } from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import { checkFile } from "../base/stored.js";
import type { LabelColumn } from "./conditions.js";
import {
  type DiffusionBody,
  type DiffusionBodyOptions,
  diffusionBody,
  diffusionBodyRules,
  diffusionSizes,
} from "./diffusion-body.js";
import type {
  DiffusionObjective,
  DiffusionPrediction,
  NoiseSchedule,
  ProcessConfig,
} from "./diffusion-process.js";
import {
  type DiffusionTextOptions,
  type DiffusionTextSizes,
  diffusionTextRules,
  ofText,
} from "./diffusion-text.js";
import type { DiffusionWords } from "./diffusion-words.js";
import {
  basicRules,
  described,
  type PictureBasicOptions,
  type PictureBasics,
  pictureBasics,
  storedOptions,
} from "./picture-config.js";
import { isClip, shapeText } from "./shape.js";

/** Options of `Diffusion.create`. */
export interface DiffusionOptions
  extends PictureBasicOptions,
    DiffusionBodyOptions,
    DiffusionTextOptions {
  /**
   * What is learned: `flow`, the straight way from noise to an example (rectified flow); or `noise`, the noise in an example
   * (DDPM). Default `flow`.
   */
  readonly objective?: DiffusionObjective;
  /** How the noise grows. Default `cosine`. For objective `noise` only. */
  readonly noiseSchedule?: NoiseSchedule;
  /**
   * What the network gives: with objective `flow` the `velocity` between noise and example, or the `example`, from which the
   * velocity follows; with objective `noise` the `noise`, or the `velocity`. Default: the first of each. Take `example` for
   * pictures of flat colours, such as sprites: planes stay plain.
   */
  readonly prediction?: DiffusionPrediction;
  /** Frames a second of the clips that the model makes. Default: as of `images`, else 10. For clips only. */
  readonly fps?: number;
}

/** What a diffusion is made of; stored in its file. */
export interface DiffusionConfig extends PictureBasics {
  readonly body: DiffusionBody;
  readonly process: ProcessConfig;
  /** What reads captions, where the model learns them. */
  readonly text?: DiffusionTextSizes;
  /** Frames a second, of clips. */
  readonly fps?: number;
}

/** What a diffusion is made of, and what it knows. */
export interface DiffusionParts {
  readonly config: DiffusionConfig;
  readonly columns: readonly LabelColumn[];
  readonly words?: DiffusionWords | undefined;
}

/** What each option may be. */
export const diffusionRules: Rules<
  DiffusionOptions,
  keyof PictureBasicOptions | keyof DiffusionBodyOptions | keyof DiffusionTextOptions
> = {
  ...basicRules,
  ...diffusionBodyRules,
  ...diffusionTextRules,
  objective: { type: "choice", of: ["flow", "noise"], value: "flow" },
  noiseSchedule: { type: "choice", of: ["cosine", "linear"], value: "cosine" },
  prediction: {
    type: "choice",
    of: ["velocity", "noise", "example"],
    value: "velocity",
    fits: true,
  },
  fps: { type: "number", min: LEAST_FPS, max: MOST_FPS, value: USUAL_FPS, fits: "kind" },
};

/** @throws InvalidInputError naming the first option that cannot be used */
export async function newDiffusion(given: DiffusionOptions): Promise<DiffusionParts> {
  const parts = plainParts(given);
  const { images } = given;
  const said = images instanceof ImageSet && images.captions !== undefined;
  if (checkFlag("captions", given.captions ?? said)) {
    const { newDiffusionWords } = await import("./diffusion-words.js");
    return withWords(parts, await newDiffusionWords(given, images, parts.config.body));
  }
  const wrong = ofText.find((name) => given[name as keyof DiffusionTextOptions] !== undefined);
  if (wrong === undefined) return parts;
  throw new InvalidInputError(
    `${wrong} is for a model that learns captions: give images with captions, see withCaptions`,
  );
}

/** What a file says of its model. @throws ModelFileError */
export async function storedDiffusion(description: ModelDescription): Promise<DiffusionParts> {
  const own = ["objective", "noiseSchedule", "prediction", "fps"];
  const sizes = [...diffusionSizes, ...ofText];
  const { options, columns } = storedOptions(description, own, sizes);
  const { config } = checkFile(() => plainParts(options as DiffusionOptions));
  const { tokenizer } = description.assets;
  if (tokenizer === undefined) return { config, columns };
  const { storedDiffusionWords } = await import("./diffusion-words.js");
  const words = checkFile(() =>
    storedDiffusionWords(options as DiffusionOptions, tokenizer, config.body),
  );
  return withWords({ config, columns }, words);
}

/** The same as it goes into a file. */
export function describedDiffusion({
  config,
  columns,
  words,
}: DiffusionParts): Omit<StoredModel, "model"> {
  const { fps } = config;
  const plain = described(config, { ...config.process, ...(fps && { fps }) }, columns);
  return words ? words.describedIn(plain) : plain;
}

function withWords({ config, columns }: DiffusionParts, words: DiffusionWords): DiffusionParts {
  return { config: { ...config, text: words.sizes }, columns, words };
}

/** @throws InvalidInputError for what does not go together */
function processConfig(
  objective: DiffusionObjective,
  prediction: DiffusionPrediction,
  noiseSchedule: NoiseSchedule,
  given: DiffusionOptions,
): ProcessConfig {
  if (objective === "noise" && prediction !== "example") {
    return { objective, noiseSchedule, prediction };
  }
  if (objective === "flow" && prediction !== "noise") {
    if (given.noiseSchedule !== undefined) {
      throw new InvalidInputError(`noiseSchedule is for objective "noise", this one is "flow"`);
    }
    // A velocity is not said: as in files from before there was anything else.
    return { objective, ...(prediction === "example" && { prediction }) };
  }
  const fit = objective === "flow" ? '"velocity" or "example"' : '"noise" or "velocity"';
  throw new InvalidInputError(
    `prediction must be ${fit} for objective "${objective}", got "${prediction}"`,
  );
}

/** All of it but words. */
function plainParts(given: DiffusionOptions): DiffusionParts {
  const { columns, ...own } = pictureBasics("Diffusion.create", given, true);
  const body = diffusionBody(given, own.shape);
  const { images } = given;
  const { objective, noiseSchedule, prediction, fps } = resolve(diffusionRules, given, {
    ...(images instanceof ImageSet && { fps: images.fps }),
    ...(given.objective === "noise" && { prediction: "noise" }),
  });
  if (given.fps !== undefined && !isClip(own.shape)) {
    throw new InvalidInputError(`fps is for clips, this shape is ${shapeText(own.shape)}`);
  }
  const basics = isClip(own.shape) ? { ...own, fps } : own;
  const process = processConfig(objective, prediction, noiseSchedule, given);
  return { config: { ...basics, body, process }, columns };
}
