// What an autoencoder is made of: options of a new one, and the same from a file.

import type { ModelDescription } from "../../formats/model-file.js";
import { type Rules, resolve } from "../../host/rules.js";
import { checkFile } from "../base/stored.js";
import { type AdversaryConfig, type AdversaryOptions, adversaryRules } from "./adversary-config.js";
import type { AdversaryModule } from "./adversary-engine.js";
import type { AutoencoderLoss } from "./autoencoder-network.js";
import {
  type PictureConfig,
  type PictureModelOptions,
  pictureConfig,
  storedOptions,
  unlabelledRules,
} from "./picture-config.js";

/** Options of `Autoencoder.create`. An autoencoder learns no labels. */
export interface AutoencoderOptions extends Omit<PictureModelOptions, "labels">, AdversaryOptions {
  /** Numbers of a latent vector. Default 32. */
  readonly latent?: number;
  /**
   * What is made small, summed over an example: `squared` or `absolute` error, or the cross-entropy of numbers from 0 to
   * 1 (`bernoulli`). Default `squared`.
   */
  readonly loss?: AutoencoderLoss;
}

/** What an autoencoder is made of; stored in its file. */
export interface AutoencoderConfig extends PictureConfig {
  readonly latent: number;
  readonly loss: AutoencoderLoss;
  /** What guesses a label from the latent vector, where there is something. */
  readonly adversary?: AdversaryConfig | undefined;
}

/** What each option may be. */
export const autoencoderRules: Rules<
  AutoencoderOptions,
  Exclude<keyof PictureModelOptions, "labels">
> = {
  ...unlabelledRules,
  latent: { type: "integer", min: 1, max: 65536, value: 32 },
  loss: { type: "choice", of: ["squared", "absolute", "bernoulli"], value: "squared" },
  ...adversaryRules,
};

/** @throws InvalidInputError naming the first option that cannot be used */
export function autoencoderConfig(
  given: AutoencoderOptions,
  opposing?: AdversaryModule,
): AutoencoderConfig {
  const { columns, ...basics } = pictureConfig("Autoencoder.create", { ...given, labels: false });
  const { latent, loss, ...guessing } = resolve(autoencoderRules, given);
  const adversary = opposing?.adversaryOf(given.images, guessing);
  return { ...basics, latent, loss, ...(adversary ? { adversary } : {}) };
}

/** What a file says of its model. @throws ModelFileError */
export function storedAutoencoder(
  description: ModelDescription,
  opposing: AdversaryModule | undefined,
): AutoencoderConfig {
  const { options } = storedOptions(description, ["latent", "loss", "adversary"]);
  const { adversary: json, ...rest } = options;
  const config = checkFile(() => autoencoderConfig(rest as AutoencoderOptions));
  const adversary = opposing?.storedAdversary(json);
  return { ...config, ...(adversary ? { adversary } : {}) };
}
