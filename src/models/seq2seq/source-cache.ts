// Keys and values of what an encoder has read, for attention to it.

import type { Look } from "../../nn/layers/cross-attention.js";
import { cachedAttention, writeCache } from "../../nn/ops/cached-attention.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import { AttentionCache, type CacheState, tableOf } from "../base/transformer/cache.js";

/** The cache of the sources of all samples of one network. */
export class SourceCache extends AttentionCache {
  /** Writes the keys and values of the next T positions, which `advance` has made room for. */
  write(tape: Tape, state: CacheState, layers: readonly (readonly [k: Tensor, v: Tensor])[]): void {
    const own = this.next(tape, state, layers[0][0].shape[1]);
    for (const [layer, [k, v]] of layers.entries()) writeCache(this.machine, k, v, own(layer));
  }

  /** Attention of each layer to the first `lengths` positions of each row, from T queries that each see them all. */
  look(tape: Tape, state: CacheState, lengths: Int32Array, T: number): (layer: number) => Look {
    // A query that is alone stands at its stream's last position.
    const each = <R>(rows: ArrayLike<R>) =>
      Array.from({ length: rows.length * T }, (_, i) => rows[Math.floor(i / T)]);
    const table = tape.indices(tableOf(each(state.rows)));
    const own = this.own(table, tape.indices(each(lengths)));
    return (layer) => (tape, q) => {
      const [B, , H, d] = q.shape;
      return cachedAttention(tape, q.reshaped([B * T, 1, H, d]), own(layer)).reshaped(q.shape);
    };
  }
}
