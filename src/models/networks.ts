// Networks by description: plain data from which a worker, on this machine or another, builds the same.

import type { Parameters } from "../nn/parameters.js";
import type { Tape } from "../nn/tape.js";
import type { Tensor } from "../nn/tensor.js";
import { LanguageNetwork, type LanguageNetworkConfig } from "./language-network.js";

/** What network a gradient is of. A model adds a line here and one in `buildNetwork`. */
export type NetworkDescription = {
  readonly model: "LanguageModel";
  readonly classes: number;
  readonly config: LanguageNetworkConfig;
};

/** What a network needs to be trained on batches of its kind. */
export interface Trainable {
  /**
   * Loss of some rows, a sum over `denominator`, and the state behind them. A batch that continues
   * none leaves `carried` alone.
   */
  loss(
    tape: Tape,
    batch: unknown,
    carried: Float32Array[] | undefined,
    denominator: number,
  ): { readonly loss: Tensor; state(): Float32Array[] };
}

/** Adds the network's parameters. What batches it takes is known to whoever describes it. */
export function buildNetwork(parameters: Parameters, network: NetworkDescription): Trainable {
  const { classes, config } = network;
  return new LanguageNetwork(parameters, classes, config);
}
