// How far a network's likeliest tokens are those of a text that is known: no token is generated, because the likeliest
// continuation equals a text exactly where every token of the text is the likeliest after those before it.

import type { Pieces } from "../host/pieces.js";
import type { Backbone } from "./backbone.js";

/**
 * For each row the tokens of its continuation, from the first, that are the likeliest ones. The state is freed.
 * @param logits (B, V) after what has been read
 */
export function* leading<State>(
  network: Backbone<State>,
  state: State,
  logits: Float32Array,
  continuations: readonly Int32Array[],
): Pieces<Int32Array> {
  const { classes } = network;
  const right = new Int32Array(continuations.length);
  let rows = Array.from(continuations.keys());
  let present = state;
  try {
    for (let t = 0; rows.length > 0; t++) {
      const stay: number[] = [];
      for (const [row, index] of rows.entries()) {
        const own = continuations[index];
        if (t >= own.length) continue;
        if (!likeliest(logits, row * classes, classes, own[t])) continue;
        right[index] = t + 1;
        if (t + 1 < own.length) stay.push(row);
      }
      if (stay.length === 0) break;
      if (stay.length < rows.length) {
        const fewer = network.select(present, stay);
        network.free(present);
        present = fewer;
        rows = stay.map((row) => rows[row]);
      }
      const tokens = rows.map((index) => continuations[index][t]);
      network.step(present, tokens, logits.subarray(0, rows.length * classes));
      yield;
    }
  } finally {
    network.free(present);
  }
  return right;
}

/** Whether a token is the likeliest; of equally likely ones the first is. */
function likeliest(logits: Float32Array, from: number, classes: number, token: number): boolean {
  const own = logits[from + token];
  for (let i = 0; i < classes; i++) {
    const other = logits[from + i];
    if (other > own || (other === own && i < token)) return false;
  }
  return true;
}
