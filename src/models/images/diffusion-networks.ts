// The networks that a diffusion can have. A further one is a file, a line in the table, and its sizes in diffusion-body.ts.

import type { DiffusionBody } from "./diffusion-body.js";
import { network as mlp } from "./diffusion-mlp.js";
import type { AnyPredictorFile } from "./diffusion-predictor.js";
import { network as unet } from "./diffusion-unet.js";

type Networks = Readonly<
  Record<DiffusionBody["network"], () => Promise<{ readonly network: AnyPredictorFile }>>
>;

/** By kind, imported when it is asked for where only some models have it. */
export const networks: Networks = {
  unet: async () => ({ network: unet }),
  dit: () => import("./diffusion-dit.js"),
  mlp: async () => ({ network: mlp }),
};
