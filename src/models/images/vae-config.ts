// What a VAE is made of: options of a new one, and the same from a file.

import type { ModelDescription } from "../../formats/model-file.js";
import { InvalidInputError } from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import { checkFile } from "../base/stored.js";
import { type AdversaryConfig, type AdversaryOptions, adversaryRules } from "./adversary-config.js";
import type { AdversaryModule } from "./adversary-engine.js";
import type { LabelColumn } from "./conditions.js";
import type { PixelKind } from "./likelihood.js";
import {
  type PictureConfig,
  type PictureModelOptions,
  pictureConfig,
  pictureRules,
  storedOptions,
} from "./picture-config.js";
import { isPicture } from "./shape.js";

/** Options of `VAE.create`. */
export interface VAEOptions extends PictureModelOptions, AdversaryOptions {
  /** Numbers of a latent vector. Default 16. */
  readonly latent?: number;
  /**
   * What a pixel is, given the latent vector: `bernoulli`, 0 or 1 with a probability (drawings, writing);
   * `gaussian`, a mean and a learned deviation (photographs, vectors); `logistic`, one of 256 values. Default
   * `bernoulli` for grey pictures, else `gaussian`.
   */
  readonly pixels?: PixelKind;
  /**
   * Pixels as 0 or 1: `stochastic`, drawn with their brightness as the probability, others each time (Salakhutdinov
   * and Murray 2008); `threshold`, 1 from the middle grey on. For pixels `bernoulli`. Default `none`.
   */
  readonly binarize?: Binarize;
}

export type Binarize = "none" | "stochastic" | "threshold";

/** What a VAE is made of; stored in its file. */
export interface VAEConfig extends PictureConfig {
  readonly latent: number;
  readonly pixels: PixelKind;
  readonly binarize: Binarize;
  /** What guesses a label from the latent vector, where there is something. */
  readonly adversary?: AdversaryConfig | undefined;
}

/** What each option may be. */
export const vaeRules: Rules<VAEOptions, keyof PictureModelOptions> = {
  ...pictureRules,
  latent: { type: "integer", min: 1, max: 65536, value: 16 },
  pixels: {
    type: "choice",
    of: ["bernoulli", "gaussian", "logistic"],
    value: "gaussian",
    fits: true,
  } as never,
  binarize: { type: "choice", of: ["none", "stochastic", "threshold"], value: "none" },
  ...adversaryRules,
};

/** @throws InvalidInputError naming the first option that cannot be used */
export function vaeConfig(
  given: VAEOptions,
  opposing?: AdversaryModule,
): {
  readonly config: VAEConfig;
  readonly columns: readonly LabelColumn[];
} {
  const { columns, ...basics } = pictureConfig("VAE.create", given);
  const grey = isPicture(basics.shape) && basics.shape[2] === 1;
  const suited = { pixels: grey ? "bernoulli" : "gaussian" };
  const { latent, pixels, binarize, ...guessing } = resolve(vaeRules, given, suited);
  if (binarize !== "none" && pixels !== "bernoulli") {
    throw new InvalidInputError(`binarize is for pixels "bernoulli", these are "${pixels}"`);
  }
  if (pixels === "logistic" && !isPicture(basics.shape)) {
    throw new InvalidInputError(
      'pixels "logistic" are bytes of pictures; use "gaussian" for vectors',
    );
  }
  const adversary = opposing?.adversaryOf(given.images, guessing);
  const config = { ...basics, latent, pixels, binarize, ...(adversary ? { adversary } : {}) };
  return { config, columns };
}

/** What a file says of its model. @throws ModelFileError */
export function storedVAE(
  description: ModelDescription,
  opposing: AdversaryModule | undefined,
): ReturnType<typeof vaeConfig> {
  const { options, columns } = storedOptions(description, [
    ...["latent", "pixels", "binarize", "adversary"],
  ]);
  const { adversary: json, ...rest } = options;
  const { config } = checkFile(() => vaeConfig(rest as VAEOptions));
  const adversary = opposing?.storedAdversary(json);
  return { config: { ...config, ...(adversary ? { adversary } : {}) }, columns };
}
