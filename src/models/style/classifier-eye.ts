// A classifier of one's own as what styles are compared in: what each of its convolutions gives.

import { InvalidInputError } from "../../host/errors.js";
import type { Runtime } from "../../host/runtime.js";
import { conv2d } from "../../nn/ops/convolution.js";
import { pad2d } from "../../nn/ops/pad.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Classifier } from "../images/classifier.js";
import type { Border, EyeMaker } from "./features.js";
import { LUMINANCE } from "./picture.js";

/** @throws InvalidInputError where it has no convolutions, or reads pictures with alpha */
export async function classifierEyes(model: Classifier, runtime: Runtime): Promise<EyeMaker> {
  const network = await model.frozen(runtime);
  const { machine } = network;
  const { body, shape } = network.config;
  const channels = shape[2];
  if (body.network !== "conv" || channels > 3) {
    throw new InvalidInputError(
      `features: expected a classifier of convolutions on grey or RGB pictures, got one of a ${body.network} network on shape [${shape}]`,
    );
  }
  const { layers } = body;
  const last = `layers.${layers - 1}`;
  const maps = (tape: Tape, x: Tensor, border: Border) => {
    const colours = channels === 3 ? x : brightness(tape, x);
    const margin = border === "wrap" ? 2 ** (layers + 1) : 0;
    const around = pad2d(tape, colours, [margin, margin, margin, margin], "wrap");
    return network.maps(tape, around).map((map, i) => ({ name: `layers.${i}`, map }));
  };
  return () => ({ machine, maps, content: (name) => (name === last ? 1 : 0) });
}

/** (1, H, W, 3) → (1, H, W, 1) */
function brightness(tape: Tape, x: Tensor): Tensor {
  return conv2d(tape, x, tape.tensor(LUMINANCE, [1, 1, 1, 3]));
}
