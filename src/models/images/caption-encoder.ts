// What reads captions: loaded where a model learns words.

import type { Machine } from "../../host/machine.js";
import { Embedding } from "../../nn/layers/embedding.js";
import { Linear } from "../../nn/layers/linear.js";
import { attention } from "../../nn/ops/multi-head-attention.js";
import type { Scope } from "../../nn/parameters.js";
import { Tape } from "../../nn/tape.js";
import type { Indices, Tensor } from "../../nn/tensor.js";
import { positionsFrom } from "../base/transformer/rows.js";
import { TransformerStack } from "../base/transformer/stack.js";
import type { TextSizes } from "./caption-options.js";

/** What was read of captions, one a row. */
export interface Memory {
  /** (N, T, W) */
  readonly x: Tensor;
  /** Places of each row that count, (N). */
  readonly lengths: Indices;
}

/** What was read once of the captions of many rows. */
export interface Phrases {
  /** Whether all of them are empty. */
  readonly empty: boolean;
  /** That of rows from one number to below another. */
  memory(tape: Tape, from: number, to: number): Memory;
}

/**
 * A Transformer whose positions see all others (Vaswani et al., "Attention Is All You Need", 2017), over the tokens of a
 * caption after one of its own, which alone stands for an empty caption.
 */
export class CaptionEncoder {
  readonly #machine: Machine;
  readonly #sizes: TextSizes;
  readonly #tokens: number;
  readonly #embedding: Embedding;
  readonly #stack: TransformerStack;
  readonly #mean: Linear;

  /**
   * @param sizes with the tokens of the vocabulary; the table has one more, the beginning of each caption
   * @param outputs numbers that `said` gives
   */
  constructor(
    machine: Machine,
    scope: Scope,
    sizes: TextSizes & { readonly tokens: number },
    outputs: number,
  ) {
    const { width: hidden, layers, heads, context, tokens } = sizes;
    this.#machine = machine;
    this.#sizes = sizes;
    this.#tokens = tokens;
    // Of deviation 1: what a caption says is heard from the first step, as labels are. Rotary positions tell neighbours
    // from the first step, too: whose colour a word is. Learned ones, which begin near 0, say so later.
    this.#embedding = new Embedding(scope.child("embedding"), tokens + 1, hidden);
    const inner = 8 * Math.ceil(hidden / 3);
    this.#stack = new TransformerStack(scope, {
      ...{ style: "llama", hidden, layers, heads, kvHeads: heads, inner },
      ...{ context: context + 1, dropout: 0, bias: false, theta: 10_000 },
    });
    this.#mean = new Linear(scope.child("mean"), hidden, outputs);
  }

  /** @param tokens (rows, T), -1 after the end of each */
  encode(tape: Tape, tokens: Int32Array, rows: number): Memory {
    const T = tokens.length / rows;
    const ids = new Int32Array(rows * (T + 1)).fill(this.#tokens);
    const counts = new Int32Array(rows).fill(1);
    for (let i = 0; i < tokens.length; i++) {
      if (tokens[i] < 0) continue;
      const row = Math.floor(i / T);
      ids[i + row + 1] = tokens[i];
      counts[row]++;
    }
    const lengths = tape.indices(counts);
    const x = this.#stack.forward(
      tape,
      this.#embedding.forward(tape, ids, [rows, T + 1]),
      positionsFrom(0, T + 1),
      () => ({ attend: (tape, q, k, v) => attention(tape, q, k, v, { lengths }) }),
    );
    return { x, lengths };
  }

  /** A linear layer of the mean over each caption: (N, outputs). A query of zeros sees all places alike. */
  said(tape: Tape, { x, lengths }: Memory): Tensor {
    const [N, T, W] = x.shape;
    const { heads } = this.#sizes;
    const split = x.reshaped([N, T, heads, W / heads]);
    const zeros = tape.tensor(new Float32Array(N * W), [N, 1, heads, W / heads]);
    const mean = attention(tape, zeros, split, split, { lengths }).reshaped([N, W]);
    return this.#mean.forward(tape, mean);
  }

  /** Reads captions once, the same one of several rows once for all of them. */
  read(captions: readonly Int32Array[]): Phrases {
    const places = new Map<Int32Array, number>();
    for (const one of captions) if (!places.has(one)) places.set(one, places.size);
    const { width: W } = this.#sizes;
    const read = Array.from(places.keys(), (one) => this.#values(one));
    const of = captions.map((one) => read[places.get(one)!]);
    return {
      empty: captions.every(({ length }) => length === 0),
      memory(tape, from, to) {
        const some = of.slice(from, to);
        const counts = some.map(({ length }) => length / W);
        const T = Math.max(...counts);
        const x = tape.empty([some.length, T, W]);
        const { data } = x;
        data.fill(0);
        for (const [i, values] of some.entries()) data.set(values, i * T * W);
        return { x, lengths: tape.indices(counts) };
      },
    };
  }

  #values(caption: Int32Array): Float32Array {
    return this.#machine.scoped(() =>
      this.encode(new Tape(this.#machine), caption, 1).x.data.slice(),
    );
  }
}
