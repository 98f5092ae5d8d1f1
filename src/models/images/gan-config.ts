// What a GAN is made of: options of a new one, and the same from a file.

import type { ModelDescription } from "../../formats/model-file.js";
import { type Rules, resolve } from "../../host/rules.js";
import { checkFile } from "../base/stored.js";
import type { LabelColumn } from "./conditions.js";
import { type GANBody, type GANBodyOptions, ganBody, ganBodyRules, ganSizes } from "./gan-body.js";
import {
  basicRules,
  type PictureBasicOptions,
  type PictureBasics,
  pictureBasics,
  storedOptions,
} from "./picture-config.js";
import { isPicture, numbersOf } from "./shape.js";

/** Options of `GAN.create`. */
export interface GANOptions extends PictureBasicOptions, GANBodyOptions {
  /** Numbers of a latent vector. Default 64; of vectors as many as they have, 2 to 64. */
  readonly latent?: number;
  /**
   * Spectral norm of the discriminator's weights, in place of its batch norm (Miyato et al., "Spectral Normalization for
   * Generative Adversarial Networks", 2018). Default false.
   */
  readonly spectral?: boolean;
}

/** What a GAN is made of; stored in its file. */
export interface GANConfig extends PictureBasics {
  readonly body: GANBody;
  readonly latent: number;
  readonly spectral: boolean;
}

/** What each option may be. */
export const ganRules: Rules<GANOptions, keyof PictureBasicOptions | keyof GANBodyOptions> = {
  ...basicRules,
  ...ganBodyRules,
  latent: { type: "integer", min: 1, max: 65536, value: 64, fits: "kind" },
  spectral: { type: "flag", value: false },
};

/** @throws InvalidInputError naming the first option that cannot be used */
export function ganConfig(given: GANOptions): {
  readonly config: GANConfig;
  readonly columns: readonly LabelColumn[];
} {
  const { columns, ...basics } = pictureBasics("GAN.create", given);
  const { shape } = basics;
  const body = ganBody(given, shape);
  const suited = isPicture(shape) ? 64 : Math.max(2, Math.min(64, numbersOf(shape)));
  const { latent, spectral } = resolve(ganRules, given, { latent: suited });
  return { config: { ...basics, body, latent, spectral }, columns };
}

/** What a file says of its model. @throws ModelFileError */
export function storedGAN(description: ModelDescription): ReturnType<typeof ganConfig> {
  const { options, columns } = storedOptions(description, ["latent", "spectral"], ganSizes);
  return { config: checkFile(() => ganConfig(options as GANOptions)).config, columns };
}
