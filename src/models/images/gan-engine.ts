// All that a GAN computes with, loaded when the first one is made: a page that imports everything does not carry it.

import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import { classCounts, type LabelColumn } from "./conditions.js";
import type { GANConfig } from "./gan-config.js";
import { GANNetwork, type GANNetworkConfig } from "./gan-network.js";

export { ganConfig, ganRules, storedGAN } from "./gan-config.js";
export { GANMaker } from "./gan-maker.js";
export { ganData, ganDataRules } from "./gan-training.js";

export const build: NetworkBuilder<GANNetwork> = (parameters, description) =>
  new GANNetwork(parameters, description);

export function networkOf(
  { shape, body, latent, spectral }: GANConfig,
  columns: readonly LabelColumn[],
): NetworkDescription {
  const classes = classCounts(columns);
  const network: GANNetworkConfig = { shape, body, latent, spectral, classes };
  return { model: "GAN", network };
}
