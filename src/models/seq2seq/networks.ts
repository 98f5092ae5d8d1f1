// The networks that an encoder-decoder can have.

import type { ParameterSource } from "../../nn/parameters.js";
import type { NetworkBuilder } from "../../train/trainable.js";
import { Seq2SeqLSTM, type Seq2SeqLSTMConfig } from "./lstm.js";
import type { PairNetwork } from "./pair-network.js";
import type { Seq2SeqTransformerConfig } from "./transformer.js";

/** Sizes of a network, by its kind. */
export type PairNetworkConfig =
  | ({ readonly kind: "lstm" } & Seq2SeqLSTMConfig)
  | ({ readonly kind: "transformer" } & Seq2SeqTransformerConfig);

/** A network whose state is its own affair. */
// biome-ignore lint/suspicious/noExplicitAny: whoever uses it hands back the state that it was given
export type AnyPairNetwork = PairNetwork<any>;

/** What adds a network's parameters, imported where it is not an LSTM. A further kind is one more line here. */
export async function pairNetwork(
  kind: PairNetworkConfig["kind"],
): Promise<NetworkBuilder<AnyPairNetwork>> {
  if (kind === "transformer") {
    const { Seq2SeqTransformer } = await import("./transformer.js");
    return builderOf(Seq2SeqTransformer);
  }
  return builderOf(Seq2SeqLSTM);
}

function builderOf<Config>(
  Network: new (parameters: ParameterSource, classes: number, config: Config) => AnyPairNetwork,
): NetworkBuilder<AnyPairNetwork> {
  return (parameters, { classes, config }) =>
    new Network(parameters, classes as number, config as Config);
}
