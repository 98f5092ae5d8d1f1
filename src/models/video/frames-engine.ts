// All that a frame predictor computes with, loaded when the first one is made.

import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { FramePredictorConfig } from "./frames-config.js";
import { FramePredictorNetwork, type FramesNetworkConfig } from "./frames-network.js";

export { begins } from "../../train/given.js";
export { clipsOf } from "./clips.js";
export {
  framePredictorConfig,
  framePredictorRules,
  storedFramePredictor,
} from "./frames-config.js";
export { continued, copied, measured } from "./frames-forecast.js";
export { framesData, framesDataRules } from "./frames-training.js";

export const build: NetworkBuilder<FramePredictorNetwork> = (parameters, description) =>
  new FramePredictorNetwork(parameters, description);

export function networkOf({ seed: _, ...config }: FramePredictorConfig): NetworkDescription {
  const network: FramesNetworkConfig = config;
  return { model: "FramePredictor", network };
}
