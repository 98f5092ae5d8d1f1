// What a diffusion is made of: options of a new one, and the same from a file.

import type { ModelDescription } from "../../formats/model-file.js";
import { InvalidInputError } from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
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
  NoisePrediction,
  NoiseSchedule,
  ProcessConfig,
} from "./diffusion-process.js";
import {
  basicRules,
  checkFile,
  type PictureBasicOptions,
  type PictureBasics,
  pictureBasics,
  storedOptions,
} from "./picture-config.js";

/** Options of `Diffusion.create`. */
export interface DiffusionOptions extends PictureBasicOptions, DiffusionBodyOptions {
  /**
   * What is learned: `flow`, the straight way from noise to an example (rectified flow); or `noise`, the noise in an example
   * (DDPM). Default `flow`.
   */
  readonly objective?: DiffusionObjective;
  /** How the noise grows. Default `cosine`. For objective `noise` only. */
  readonly noiseSchedule?: NoiseSchedule;
  /** What is predicted: the `noise`, or the `velocity` between noise and example. Default `noise`. For objective `noise` only. */
  readonly prediction?: NoisePrediction;
}

/** What a diffusion is made of; stored in its file. */
export interface DiffusionConfig extends PictureBasics {
  readonly body: DiffusionBody;
  readonly process: ProcessConfig;
}

/** What each option may be. */
export const diffusionRules: Rules<
  DiffusionOptions,
  keyof PictureBasicOptions | keyof DiffusionBodyOptions
> = {
  ...basicRules,
  ...diffusionBodyRules,
  objective: { type: "choice", of: ["flow", "noise"], value: "flow" },
  noiseSchedule: { type: "choice", of: ["cosine", "linear"], value: "cosine" },
  prediction: { type: "choice", of: ["noise", "velocity"], value: "noise" },
};

/** @throws InvalidInputError naming the first option that cannot be used */
export function diffusionConfig(given: DiffusionOptions): {
  readonly config: DiffusionConfig;
  readonly columns: readonly LabelColumn[];
} {
  const { columns, ...basics } = pictureBasics("Diffusion.create", given);
  const body = diffusionBody(given, basics.shape);
  const { objective, noiseSchedule, prediction } = resolve(diffusionRules, given);
  if (objective === "noise") {
    return {
      config: { ...basics, body, process: { objective, noiseSchedule, prediction } },
      columns,
    };
  }
  const wrong = (["noiseSchedule", "prediction"] as const).find((one) => given[one] !== undefined);
  if (wrong) throw new InvalidInputError(`${wrong} is for objective "noise", this one is "flow"`);
  return { config: { ...basics, body, process: { objective } }, columns };
}

/** What a file says of its model. @throws ModelFileError */
export function storedDiffusion(description: ModelDescription): ReturnType<typeof diffusionConfig> {
  const own = ["objective", "noiseSchedule", "prediction"];
  const { options, columns } = storedOptions(description, own, diffusionSizes);
  return { config: checkFile(() => diffusionConfig(options as DiffusionOptions)).config, columns };
}
