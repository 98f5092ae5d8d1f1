// Draws a token a row, by the logits.

import type { Key } from "../host/key.js";
import type { Machine } from "../host/machine.js";
import { filter, filters } from "./logits.js";
import type { Choosing } from "./options.js";

/** The rows' keys, two words each, as the kernel reads them. */
export function keysOf(rows: readonly { readonly key: Key }[]): Uint32Array {
  return Uint32Array.from(rows.flatMap(({ key }) => [key.k0, key.k1]));
}

/** One token a row; -1 where none is possible. `keys`: two words a row. */
export function choose(
  machine: Machine,
  logits: Float32Array,
  keys: Uint32Array,
  o: Choosing,
  position: number,
): ArrayLike<number> {
  const rows = keys.length / 2;
  const V = logits.length / rows;
  if (o.greedy) {
    return Array.from({ length: rows }, (_, r) =>
      argmax(machine, logits.subarray(r * V, (r + 1) * V)),
    );
  }
  return machine.scoped(() => {
    const at = machine.alloc(4 * logits.length);
    const logProbs = machine.alloc(4 * logits.length);
    const weights = machine.alloc(4 * logits.length);
    const words = machine.alloc(8 * rows);
    const ids = machine.alloc(4 * rows);
    machine.f32(at, logits.length).set(logits);
    machine.u32(words, keys.length).set(keys);
    machine.kernels.sample_weights(weights, logProbs, at, rows, V, o.temperature);
    if (filters(o, V)) {
      for (let r = 0; r < rows; r++) {
        const offset = 4 * r * V;
        filter(machine.f32(weights + offset, V), machine.f32(logProbs + offset, V), o);
      }
    }
    machine.kernels.random_categorical(ids, weights, rows, V, words, position);
    return machine.i32(ids, rows).slice();
  });
}

/** The first of the largest; -1 where nothing is above -inf. */
function argmax(machine: Machine, values: Float32Array): number {
  const most = machine.scoped(() => {
    const at = machine.alloc(4 * values.length);
    machine.f32(at, values.length).set(values);
    return machine.kernels.max_value(at, values.length);
  });
  return most === -Infinity ? -1 : values.indexOf(most);
}
