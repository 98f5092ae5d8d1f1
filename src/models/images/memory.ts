// What a training step of a picture model needs of memory, about: the numbers of all layers, forward and backward.

import { type BodyConfig, sidesOf } from "./body-config.js";
import type { TextSizes } from "./caption-options.js";
import { numbersOf, type Shape } from "./shape.js";

/** Bytes of a reader and a maker of so many rows. */
export function bodyBytes(
  {
    shape,
    body,
    latent = 0,
  }: { readonly shape: Shape; readonly body: BodyConfig; readonly latent?: number },
  rows: number,
): number {
  const once = numbersOf(shape) * 3 + readerNumbers(shape, body) * 2 + latent * 6;
  return 4 * 2 * rows * once;
}

/** Numbers that the layers of one body give for an example, before and after each activation. */
function readerNumbers(shape: Shape, body: BodyConfig): number {
  if (body.network === "dense") return 2 * body.layers * body.hidden;
  const { layers, channels, norm } = body;
  const sides = sidesOf(shape, layers);
  const copies = norm === "none" ? 2 : 3;
  return sides.slice(1).reduce((all, [h, w], i) => all + copies * h * w * channels * 2 ** i, 0);
}

/** Numbers of a block for each of its channels and places. */
const TEXT = 20;

/** Numbers of a Transformer that reads captions of the most tokens. */
export function textNumbers({ width, layers, heads, context }: TextSizes): number {
  const places = context + 1;
  return places * (4 * width + layers * (TEXT * width + heads * places));
}

/** Bytes of a pair of encoders of so many rows: both readers, and what compares each row with each. */
export function pairBytes(
  {
    shape,
    body,
    features,
    text,
  }: {
    readonly shape: Shape;
    readonly body: BodyConfig;
    readonly features: number;
    readonly text: TextSizes;
  },
  rows: number,
): number {
  const read = numbersOf(shape) + readerNumbers(shape, body) + textNumbers(text);
  return 4 * 2 * rows * (read + 6 * features + 4 * rows);
}
