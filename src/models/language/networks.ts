// The networks that a language model can have. A further one is a line in the table.

import type { ConfigOf, SizesOf } from "../base/network-choice.js";
import { network as lstm } from "./lstm.js";

/** By kind, imported where it is not the LSTM. */
export const networks = {
  lstm: async (): Promise<{ readonly network: typeof lstm }> => ({ network: lstm }),
  transformer: (): Promise<typeof import("./transformer.js")> => import("./transformer.js"),
  gru: (): Promise<typeof import("./gru.js")> => import("./gru.js"),
};

export type NetworkKind = keyof typeof networks;

/** Sizes of the networks, as options. */
export type CausalSizes = SizesOf<typeof networks>;

/** Sizes of a network, by its kind. */
export type CausalConfig = ConfigOf<typeof networks>;
