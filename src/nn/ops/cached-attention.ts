import type { Machine } from "../../host/machine.js";
import type { Tape } from "../tape.js";
import type { Indices, Tensor } from "../tensor.js";
import { checkHeads, checkLengths } from "./heads.js";
import { expectShape } from "./shape.js";

/** One layer's keys and values of some streams, in blocks of equal size. */
export interface KeyValueCache {
  /** Groups of heads that have keys and values of their own, G; their size, d, at most 256. */
  readonly groups: number;
  readonly head: number;
  /** Positions of a block. */
  readonly size: number;
  /** Addresses of the streams' blocks in order, (N, blocks); what a stream does not need yet may be 0. */
  readonly table: Indices;
  /** Positions of each stream (N), the newest included. */
  readonly lengths: Indices;
  /** Where in a block this layer's `cacheBytes` begin. Default 0. */
  readonly offset?: number;
  /** Keys that a query sees, its own included. Default: all. */
  readonly window?: number;
}

/** Bytes of one layer in a block. */
export function cacheBytes({
  groups,
  head,
  size,
}: Pick<KeyValueCache, "groups" | "head" | "size">): number {
  return 8 * groups * head * size;
}

/**
 * Writes the keys and values of each stream's newest T positions.
 *
 * @param k (N, T, G, d)
 * @param v (N, T, G, d)
 */
export function writeCache(machine: Machine, k: Tensor, v: Tensor, cache: KeyValueCache): void {
  const { groups: G, head: d, table, lengths, offset = 0 } = cache;
  const N = lengths.length;
  const T = k.shape[1];
  expectShape("writeCache: k", k, [N, T, G, d]);
  expectShape("writeCache: v", v, [N, T, G, d]);
  machine.scoped(() => {
    const sizes = sizeBlock(machine, cache, { T, H: G });
    const { kernels } = machine;
    kernels.cache_write(k.address, v.address, table.address, lengths.address, offset, sizes);
  });
}

/**
 * Attention of each stream's newest T positions, whose keys and values have been written, to all of its
 * positions up to their own: the bits that `attention` gives with `causal`, however a text is cut.
 *
 * @param q (N, T, H, d), H a multiple of G
 * @returns (N, T, H, d), without gradient
 * @throws InvalidInputError for sizes that do not fit each other
 */
export function cachedAttention(tape: Tape, q: Tensor, cache: KeyValueCache): Tensor {
  if (tape.recording) throw new Error("attention to a cache has no gradient");
  const { machine } = tape;
  const { groups: G, head: d, size, table, lengths, offset = 0 } = cache;
  const N = lengths.length;
  const [, T, H] = q.shape;
  expectShape("cachedAttention: q", q, [N, T, H, d]);
  checkHeads("cachedAttention", H, G, d);
  const y = tape.empty(q.shape);
  const bytes = machine.kernels.cached_attention_work((table.length / N) * size, size, d);
  tape.scratch(bytes, (work) => {
    const sizes = sizeBlock(machine, cache, { T, H });
    const [to, from] = [y.address, q.address];
    const { kernels } = machine;
    kernels.cached_attention(to, from, table.address, lengths.address, offset, sizes, work);
  });
  return y;
}

/** What the kernels take one pointer to: see assembly/ops/cached_attention.ts. */
function sizeBlock(
  machine: Machine,
  { groups: G, head: d, size, table, lengths, window = 0 }: KeyValueCache,
  { T, H }: { readonly T: number; readonly H: number },
): number {
  const N = lengths.length;
  const blocks = table.length / N;
  checkLengths(machine, "cache", lengths, N, T, blocks * size);
  const address = machine.alloc(36);
  machine.i32(address, 8).set([N, T, H, G, d, size, blocks, window]);
  machine.f32(address + 32, 1)[0] = 1 / Math.sqrt(d);
  return address;
}
