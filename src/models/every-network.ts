// Networks by description: plain data from which a worker, on this machine or another, builds the same.

import type { ParameterSource } from "../nn/parameters.js";
import type { Trainable } from "../train/trainable.js";
import { LanguageNetwork, type LanguageNetworkConfig } from "./language/lstm.js";
import { Seq2SeqNetwork, type Seq2SeqNetworkConfig } from "./seq2seq/network.js";

/** What network a gradient is of. A model adds a line here, in `Networks` and in `buildNetwork`. */
export type NetworkDescription =
  | {
      readonly model: "LanguageModel";
      readonly classes: number;
      readonly config: LanguageNetworkConfig;
    }
  | {
      readonly model: "Seq2Seq";
      readonly classes: number;
      readonly config: Seq2SeqNetworkConfig;
    };

/** The networks by the model that they are of. */
interface Networks {
  readonly LanguageModel: LanguageNetwork;
  readonly Seq2Seq: Seq2SeqNetwork;
}

/** The network that a description is of. */
export type Network<D extends NetworkDescription> = Networks[D["model"]];

/** Adds the network's parameters. What batches it takes is known to whoever describes it. */
export function buildNetwork<D extends NetworkDescription>(
  parameters: ParameterSource,
  description: D,
): Network<D>;
export function buildNetwork(
  parameters: ParameterSource,
  { model, classes, config }: NetworkDescription,
): Trainable {
  switch (model) {
    case "LanguageModel":
      return new LanguageNetwork(parameters, classes, config);
    case "Seq2Seq":
      return new Seq2SeqNetwork(parameters, classes, config);
  }
}
