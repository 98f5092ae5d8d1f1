// What a training step of a diffusion needs of memory, about: the numbers of all layers, forward and backward.

import type { DiffusionConfig } from "./diffusion-config.js";
import { numbersOf } from "./shape.js";

/** Numbers of a block for each of its channels and pixels: on the way down, and on the way up with what it reads. */
const [DOWN, UP] = [8, 15];

/** Bytes of so many rows. */
export function diffusionBytes(config: DiffusionConfig, rows: number): number {
  return 4 * 2 * rows * (numbersOf(config.shape) * 3 + layerNumbers(config));
}

function layerNumbers({ shape, body }: DiffusionConfig): number {
  if (body.network === "mlp") return body.hidden * (2 + 6 * body.layers);
  let numbers = 0;
  for (let level = 0; level < body.levels; level++) {
    const pixels = (shape[0] * shape[1]) / 4 ** level;
    const both = level === body.levels - 1 ? DOWN + (body.attention ? 8 : 0) : DOWN + UP + 2;
    numbers += pixels * body.channels * 2 ** level * both;
    if (level === body.levels - 1 && body.attention) numbers += 4 * pixels * pixels;
  }
  return numbers;
}
