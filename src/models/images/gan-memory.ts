// What a training step of a GAN needs of memory, about: the numbers of all layers, forward and backward.

import { halvedSides } from "./gan-body.js";
import type { GANConfig } from "./gan-config.js";
import { numbersOf } from "./shape.js";

/** Bytes of so many rows in the larger phase: one generator and two passes of the discriminator. @param more passes of penalties */
export function ganBytes(config: GANConfig, rows: number, more: number): number {
  const once = numbersOf(config.shape) * 3 + layerNumbers(config);
  return 4 * 2 * rows * once * (3 + more);
}

/** Numbers that the layers of the larger side give for an example, before and after norms and activations. */
function layerNumbers({ shape, body }: GANConfig): number {
  if (body.network === "dense") {
    return 2 * body.layers * Math.max(body.hidden, body.generatorHidden ?? 0);
  }
  const channels = Math.max(body.channels, body.generatorChannels ?? 0);
  const sides = halvedSides(shape).slice(1);
  return sides.reduce((all, [h, w], i) => all + 3 * h * w * channels * 2 ** i, 0);
}
