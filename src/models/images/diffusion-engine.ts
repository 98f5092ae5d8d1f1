// All that a diffusion computes with, loaded when the first one is made: a page that imports everything does not carry it.
// What only some have, such as what reads captions, is loaded by those.

import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import { classCounts } from "./conditions.js";
import type { DiffusionParts } from "./diffusion-config.js";
import { DiffusionNetwork, type DiffusionNetworkConfig } from "./diffusion-network.js";
import { networks } from "./diffusion-networks.js";
import { isClip } from "./shape.js";

export {
  describedDiffusion,
  diffusionRules,
  newDiffusion,
  storedDiffusion,
} from "./diffusion-config.js";
export { DiffusionMaker } from "./diffusion-maker.js";
export { scoreDiffusion } from "./diffusion-score.js";
export { diffusionData, diffusionDataRules } from "./diffusion-training.js";

/** What builds the network that a description is of. */
export async function builderOf({
  network,
}: NetworkDescription): Promise<NetworkBuilder<DiffusionNetwork>> {
  const { shape, body, text } = network as DiffusionNetworkConfig;
  const modules = {
    predictor: (await networks[body.network]()).network,
    encoder: text && (await import("./diffusion-encoder.js")),
    clips: isClip(shape) ? await import("./diffusion-clips.js") : undefined,
  };
  return (parameters, description) => new DiffusionNetwork(parameters, description, modules);
}

export function networkOf({ config, columns, words }: DiffusionParts): NetworkDescription {
  const { shape, body, process } = config;
  const classes = classCounts(columns);
  const text = words && { ...words.sizes, tokens: words.tokenizer.size };
  const network: DiffusionNetworkConfig = { shape, body, process, classes, ...(text && { text }) };
  return { model: "Diffusion", network };
}
