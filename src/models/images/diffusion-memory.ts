// What a training step of a diffusion needs of memory, about: the numbers of all layers, forward and backward.

import type { DiffusionConfig } from "./diffusion-config.js";
import { textNumbers } from "./memory.js";
import { numbersOf } from "./shape.js";

/** Numbers of a block for each of its channels and pixels: on the way down, and on the way up with what it reads. */
const [DOWN, UP] = [8, 15];
/** Numbers of a Transformer's block for each of its channels and places. */
const BLOCK = 35;

/** Bytes of so many rows. */
export function diffusionBytes(config: DiffusionConfig, rows: number): number {
  const text = config.text ? textNumbers(config.text) : 0;
  return 4 * 2 * rows * (numbersOf(config.shape) * 3 + layerNumbers(config) + text);
}

function layerNumbers({ shape, body, text }: DiffusionConfig): number {
  if (body.network === "mlp") return body.hidden * (2 + 6 * body.layers);
  if (body.network === "dit") {
    const { patch, hidden, layers, heads } = body;
    const places = (shape[0] * shape[1]) / patch ** 2;
    const words = text ? 7 * hidden + heads * (text.context + 1) : 0;
    const block = BLOCK * hidden + heads * places + words;
    return places * (8 * hidden + layers * block) + 12 * hidden * layers;
  }
  let numbers = 0;
  for (let level = 0; level < body.levels; level++) {
    const pixels = (shape[0] * shape[1]) / 4 ** level;
    const both = level === body.levels - 1 ? DOWN + (body.attention ? 8 : 0) : DOWN + UP + 2;
    numbers += pixels * body.channels * 2 ** level * both;
    if (text && level >= body.levels - text.levels!) {
      const times = level === body.levels - 1 ? 1 : 2;
      numbers += times * pixels * (6 * body.channels * 2 ** level + 4 * (text.context + 1));
    }
    if (level === body.levels - 1 && body.attention) numbers += 4 * pixels * pixels;
  }
  return numbers;
}
