// Keys and values of the positions that a sample has read. They are stored in blocks of positions, all
// layers of them together; samples that begin alike share blocks, and copy one before they write to it.

import { InvalidInputError } from "../../../host/errors.js";
import type { Machine } from "../../../host/machine.js";
import { Blocks } from "../../../nn/blocks.js";
import type { Attend } from "../../../nn/layers/self-attention.js";
import {
  cacheBytes,
  cachedAttention,
  type KeyValueCache,
  writeCache,
} from "../../../nn/ops/cached-attention.js";
import type { Tape } from "../../../nn/tape.js";
import type { Indices } from "../../../nn/tensor.js";
import type { TransformerConfig } from "./config.js";
import type { TransformerDetails } from "./details.js";

/** Positions of a block: a multiple of what the products' tiles take at a time. */
const POSITIONS = 48;

/** What some rows have read; all have read equally many tokens. */
export interface CacheState {
  /** Positions in the cache. */
  length: number;
  /** Addresses of each row's blocks. */
  rows: number[][];
  /** Tokens of the positions in the cache, a row each, where the oldest are forgotten once it is full. */
  readonly tokens: number[][] | undefined;
}

/** Sizes of a cache. */
type CacheConfig = Pick<TransformerConfig, "hidden" | "heads" | "kvHeads" | "layers" | "context"> &
  Partial<Pick<TransformerConfig, "window">> &
  Pick<TransformerDetails, "headSize">;

/** The cache of all samples of one network. */
export class AttentionCache {
  protected readonly machine: Machine;
  readonly #context: number;
  readonly #sizes: Pick<KeyValueCache, "groups" | "head" | "size" | "window">;
  readonly #blocks: Blocks;

  constructor(machine: Machine, sizes: CacheConfig) {
    this.machine = machine;
    this.#context = sizes.context;
    const { hidden, heads, kvHeads, layers, window = 0, headSize = hidden / heads } = sizes;
    this.#sizes = { groups: kvHeads, head: headSize, size: POSITIONS, window };
    this.#blocks = new Blocks(machine, layers * cacheBytes(this.#sizes));
  }

  /** Blocks in use, and the bytes of all. */
  get memory(): { readonly used: number; readonly bytes: number } {
    return { used: this.#blocks.used, bytes: this.#blocks.bytes };
  }

  /** @param slides whether the older half is forgotten where the context is full */
  start(rows: number, slides: boolean): CacheState {
    const empty = () => Array.from({ length: rows }, () => []);
    return { length: 0, rows: empty(), tokens: slides ? empty() : undefined };
  }

  /** A row that has read `tokens`, which the first row of another state began with. */
  begin({ rows }: CacheState, tokens: Int32Array, slides: boolean): CacheState {
    const blocks = rows[0].slice(0, Math.ceil(tokens.length / POSITIONS));
    return {
      length: tokens.length,
      rows: [blocks.map((block) => this.#blocks.share(block))],
      tokens: slides ? [Array.from(tokens)] : undefined,
    };
  }

  /** What the blocks of a state take. */
  bytesOf({ rows }: CacheState): number {
    return rows.flat().length * this.#blocks.size;
  }

  /**
   * Makes room for tokens (B, T) and lets `read` read them, or what is left of them and those before.
   * @throws InvalidInputError where they are more than the context holds
   */
  advance(
    state: CacheState,
    tokens: Int32Array,
    steps: number,
    read: (tokens: Int32Array, steps: number) => void,
  ): void {
    const context = this.#context;
    if (!state.tokens && state.length + steps > context) {
      throw new InvalidInputError(
        `the model's context holds ${context} tokens, got ${state.length + steps}: ask for fewer, or let ` +
          'it forget the oldest with overflow: "slide"',
      );
    }
    let [some, count] = [tokens, steps];
    if (state.tokens) {
      for (const [r, row] of state.tokens.entries()) {
        row.push(...tokens.subarray(r * steps, (r + 1) * steps));
      }
      if (state.length + steps > context) [some, count] = this.#forget(state, state.tokens);
    }
    this.#make(state, count);
    read(some, count);
    state.length += count;
  }

  select(state: CacheState, rows: ArrayLike<number>): CacheState {
    const chosen = Array.from(rows);
    return {
      length: state.length,
      rows: chosen.map((r) => state.rows[r].map((block) => this.#blocks.share(block))),
      tokens: state.tokens && chosen.map((r) => state.tokens![r].slice()),
    };
  }

  free(state: CacheState): void {
    for (const blocks of state.rows) for (const block of blocks) this.#blocks.release(block);
    state.rows = [];
    state.length = 0;
  }

  /** Blocks of one's own for the next positions of every row. */
  #make(state: CacheState, count: number): void {
    const from = Math.floor(state.length / POSITIONS);
    const to = Math.ceil((state.length + count) / POSITIONS);
    for (const blocks of state.rows) {
      for (let i = from; i < to; i++) {
        if (i < blocks.length) blocks[i] = this.#blocks.own(blocks[i]);
        else blocks.push(this.#blocks.take());
      }
    }
  }

  /**
   * Empties the cache, and gives the tokens that it then holds: of those that the rows have read, the newest
   * half and what came since it was last full. However many come at a time, the same ones are left.
   */
  #forget(state: CacheState, tokens: number[][]): [Int32Array, number] {
    const half = Math.ceil(this.#context / 2);
    const dropped = half * Math.ceil((tokens[0].length - this.#context) / half);
    this.free(state);
    state.rows = tokens.map(() => []);
    for (const row of tokens) row.splice(0, dropped);
    return [Int32Array.from(tokens.flat()), tokens[0].length];
  }

  /** Attention of each layer to what is in the cache and T more positions, which are written to it. */
  enter(tape: Tape, state: CacheState, T: number): (layer: number) => Attend {
    const own = this.next(tape, state, T);
    return (layer) => (tape, q, k, v) => {
      const cache = own(layer);
      writeCache(this.machine, k, v, cache);
      return cachedAttention(tape, q, cache);
    };
  }

  /** The cache with room for T more positions. */
  protected next(
    tape: Tape,
    { rows, length }: CacheState,
    T: number,
  ): (layer: number) => KeyValueCache {
    const lengths = new Int32Array(rows.length).fill(length + T);
    return this.own(tape.indices(tableOf(rows)), tape.indices(lengths));
  }

  /** What the ops need of each layer. */
  protected own(table: Indices, lengths: Indices): (layer: number) => KeyValueCache {
    const bytes = cacheBytes(this.#sizes);
    return (layer) => ({ ...this.#sizes, table, lengths, offset: layer * bytes });
  }
}

/** Addresses of the rows' blocks, (rows, blocks). */
export function tableOf(rows: readonly (readonly number[])[]): Int32Array {
  const blocks = rows.reduce((most, { length }) => Math.max(most, length), 0);
  const table = new Int32Array(rows.length * blocks);
  for (const [r, own] of rows.entries()) table.set(own, r * blocks);
  return table;
}
