// All that a diffusion computes with, loaded when the first one is made: a page that imports everything does not carry it.

import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { LabelColumn } from "./conditions.js";
import type { DiffusionConfig } from "./diffusion-config.js";
import { DiffusionNetwork, type DiffusionNetworkConfig } from "./diffusion-network.js";

export { diffusionConfig, diffusionRules, storedDiffusion } from "./diffusion-config.js";
export { DiffusionMaker } from "./diffusion-maker.js";
export { checkScore, scoreDiffusion } from "./diffusion-score.js";
export { checkNumbers, diffusionData, diffusionDataRules } from "./diffusion-training.js";

export const build: NetworkBuilder<DiffusionNetwork> = (parameters, description) =>
  new DiffusionNetwork(parameters, description);

export function networkOf(
  { shape, body, process }: DiffusionConfig,
  columns: readonly LabelColumn[],
): NetworkDescription {
  const classes = columns.map((column) => column.classes.length);
  const network: DiffusionNetworkConfig = { shape, body, process, classes };
  return { model: "Diffusion", network };
}
