// The networks that a grid model can have. A further one is a line in the table.

import type { ConfigOf, SizesOf } from "../base/network-choice.js";
import { network as lstm } from "./lstm.js";

/** By kind, imported where it is not the LSTM. */
export const networks = {
  lstm: async (): Promise<{ readonly network: typeof lstm }> => ({ network: lstm }),
  transformer: (): Promise<typeof import("./transformer.js")> => import("./transformer.js"),
};

export type GridNetworkKind = keyof typeof networks;

/** Sizes of the networks, as options. */
export type GridSizes = SizesOf<typeof networks>;

/** Sizes of a network, by its kind. */
export type GridNetworkConfig = ConfigOf<typeof networks>;
