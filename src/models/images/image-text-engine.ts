// All that a pair of encoders computes with, loaded when the first one is made.

import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { ImageTextParts } from "./image-text-config.js";
import { ImageTextNetwork, type ImageTextNetworkConfig } from "./image-text-network.js";

export { likeliest } from "../base/likeliest.js";
export { pictureDataRules } from "./batches.js";
export {
  describedImageText,
  imageTextRules,
  newImageText,
  storedImageText,
} from "./image-text-config.js";
export { checkScore, measureImageText } from "./image-text-score.js";
export { imageTextData } from "./image-text-training.js";
export { cosine, pictureVectors, probabilities, textVectors } from "./image-text-vectors.js";

export const build: NetworkBuilder<ImageTextNetwork> = (parameters, description) =>
  new ImageTextNetwork(parameters, description);

export function networkOf({ config, words }: ImageTextParts): NetworkDescription {
  const { shape, body, features, temperature } = config;
  const text = { ...words.sizes, tokens: words.tokenizer.size };
  const network: ImageTextNetworkConfig = { shape, body, features, temperature, text };
  return { model: "ImageTextPair", network };
}
