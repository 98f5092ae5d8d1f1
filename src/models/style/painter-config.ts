// What a StyleTransfer is made of: options of a new one, and the same from a file.

import type { ModelDescription } from "../../formats/model-file.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys } from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import { checkFile } from "../base/stored.js";
import type { PainterNetworkConfig } from "./painter-network.js";
import type { StylePicture } from "./picture.js";
import type { SqueezeNet } from "./squeezenet.js";

/** Options of `StyleTransfer.create`; `style` must be given. */
export interface StyleTransferOptions extends RuntimeOption {
  /** The picture whose style is learned. It is not kept. */
  readonly style: StylePicture;
  /**
   * What styles are compared in: random filters (the default), or a pretrained SqueezeNet, see `squeezeNet`, which is stored in
   * the model's file.
   */
  readonly features?: "random" | SqueezeNet;
  /** Channels of the first layer; there are four times as many in the middle. Default 16. */
  readonly channels?: number;
  /** Residual blocks in the middle. Default 5. */
  readonly blocks?: number;
  /** Side of the parts of photographs that it learns on. Default 128. */
  readonly window?: number;
  /** How much the content counts beside the style. Default 0.1, with SqueezeNet 1. */
  readonly content?: number;
  /** How much differences between neighbours are avoided. Default 1. */
  readonly variation?: number;
  /** Seed of all randomness in training. Default 0. */
  readonly seed?: number;
}

/** What a StyleTransfer is made of; stored in its file. */
export interface StyleTransferConfig extends PainterNetworkConfig {
  readonly window: number;
  readonly seed: number;
}

type Sizes = Required<Omit<StyleTransferOptions, "style" | "features" | "runtime">>;

const sizeRules: Rules<Sizes> = {
  channels: { type: "integer", min: 1, max: 1024, value: 16 },
  blocks: { type: "integer", min: 0, max: 64, value: 5 },
  window: { type: "integer", min: 16, max: 1024, value: 128 },
  content: { type: "number", min: 0, value: 0.1 },
  variation: { type: "number", min: 0, value: 1 },
  seed: { type: "integer", min: 0, value: 0 },
};

/** What each option may be. */
export const styleTransferRules: Rules<StyleTransferOptions, "style" | "features" | "runtime"> = {
  style: { type: "other", own: true },
  features: { type: "other", own: true },
  ...sizeRules,
  runtime: { type: "other", own: true },
};

const storedRules: Rules<StyleTransferConfig> = {
  ...sizeRules,
  form: { type: "choice", of: ["nearest", "transposed"], value: "nearest" },
  side: { type: "integer", min: 0, max: 65536, value: 0 },
  features: { type: "choice", of: ["random", "squeezenet"], value: "random" },
};

/** What a file says of its model. @throws ModelFileError */
export function storedPainter({ network, config }: ModelDescription): StyleTransferConfig {
  return checkFile(() => {
    const { kind: _, ...sizes } = network;
    checkKeys("the network", sizes, ["channels", "blocks", "form"]);
    checkKeys("the configuration", config, [
      ...["content", "variation", "side", "features", "window", "seed"],
    ]);
    const all = { ...config, ...sizes };
    return resolve(storedRules, all);
  });
}
