// What recurrent networks have in common: an embedding, layers that carry a state, and a linear output.

import { type Rules, resolve } from "../../host/rules.js";
import type { CausalFile, CorpusFacts } from "./causal-network.js";
import { suitedNetwork } from "./defaults.js";

/** Sizes of a recurrent network, as options. */
export interface RecurrentSizes {
  /** LSTM, GRU: size of the embedding. Default 64, or 32 for a small corpus where `hidden` follows from it, too. */
  readonly embed?: number;
  /** LSTM, GRU: units of a layer. Default 256, or less for a small corpus. */
  readonly hidden?: number;
  /** LSTM, GRU: layers. Default 1. */
  readonly layers?: number;
  /**
   * LSTM, GRU: dropout of everything that is not recurrent: embedding, between layers, output (Zaremba et al. 2014).
   * Default 0, or up to 0.5 for a small corpus where `hidden` follows from it, too.
   */
  readonly dropout?: number;
}

/** The same, complete. */
export type RecurrentConfig = { readonly [K in keyof RecurrentSizes]-?: number };

const rules: Rules<RecurrentSizes> = {
  embed: { type: "integer", min: 1, max: 1e6, value: 64, fits: true },
  hidden: { type: "integer", min: 1, max: 1e6, value: 256, fits: true },
  layers: { type: "integer", min: 1, max: 1000, value: 1, fits: true },
  dropout: { type: "number", min: 0, max: 0.99, value: 0, fits: true },
};

/** What a recurrent network's file says of its sizes. */
export const recurrentSizes: Pick<
  CausalFile<RecurrentSizes, RecurrentConfig>,
  "rules" | "suited" | "complete"
> = {
  rules,
  suited({ characters }: CorpusFacts, { hidden }: RecurrentSizes): RecurrentSizes {
    return hidden === undefined ? suitedNetwork(characters) : {};
  },
  complete(given: RecurrentSizes, suited: object): RecurrentConfig {
    return resolve(rules, given, suited);
  },
};
