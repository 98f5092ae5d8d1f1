// Pixels as 0 or 1, for models of Bernoulli pixels.

import type { Key } from "../../host/key.js";
import type { Rows } from "./rows.js";
import type { Binarize } from "./vae-config.js";

/**
 * Rows with every number 0 or 1 (255 of bytes): drawn with the number as the probability, or cut at the middle.
 * @param key of the draw
 */
export function binarized(rows: Rows, how: Binarize, key: Key): Rows {
  if (how === "none") return rows;
  const { values } = rows;
  const one = values instanceof Uint8Array ? 255 : 1;
  const binary = new (values.constructor as typeof Uint8Array)(values.length);
  const drawn = how === "stochastic" ? key.uniform(values.length) : undefined;
  for (let i = 0; i < values.length; i++) {
    const bound = drawn ? one * drawn[i] : one / 2;
    binary[i] = values[i] > bound ? one : 0;
  }
  return { ...rows, values: binary };
}
