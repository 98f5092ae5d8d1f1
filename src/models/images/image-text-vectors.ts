// Pictures and texts as vectors of one space, and how near they are to each other.

import { atOnce, type Pieces } from "../../host/pieces.js";
import { softmax } from "../../nn/ops/cross-entropy.js";
import { padded } from "./caption-tokens.js";
import type { ImageTextNetwork } from "./image-text-network.js";
import { inRows } from "./made.js";
import { numbers, type Rows } from "./rows.js";

/** Pictures as vectors of length 1. */
export function pictureVectors(network: ImageTextNetwork, rows: Rows): Pieces<Float32Array[]> {
  const { machine, config } = network;
  return inRows(machine, rows.count, config.features, (tape, from, to) =>
    network.pictures(tape, numbers(rows, from, to)),
  );
}

/** Texts as vectors of length 1. */
export function textVectors(
  network: ImageTextNetwork,
  texts: readonly Int32Array[],
): Pieces<Float32Array[]> {
  const { machine, config } = network;
  return inRows(machine, texts.length, config.features, (tape, from, to) =>
    network.texts(tape, padded(texts.slice(from, to)), to - from),
  );
}

/** Softmax of each row of cosines, as the loss compares them. */
export function probabilities(
  { machine, scale }: ImageTextNetwork,
  cosines: readonly Float32Array[],
): Float32Array[] {
  const [{ length: width }] = cosines;
  return atOnce(
    inRows(machine, cosines.length, width, (tape, from, to) => {
      const logits = cosines
        .slice(from, to)
        .flatMap((row) => Array.from(row, (one) => scale * one));
      return softmax(tape, tape.tensor(logits, [to - from, width]));
    }),
  );
}

/** The cosine of two vectors of length 1, -1 to 1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return Math.max(-1, Math.min(1, sum));
}
