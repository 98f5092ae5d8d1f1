// A Transformer's blocks between an embedding and what reads the result (Vaswani et al. 2017):
//
//   x [+= positions];  x = Block(x) for each;  Norm(x)

import { normal } from "../../../nn/init.js";
import type { CrossAttention } from "../../../nn/layers/cross-attention.js";
import { Norm } from "../../../nn/layers/norm.js";
import { dropout } from "../../../nn/ops/dropout.js";
import { addPositions } from "../../../nn/ops/embedding.js";
import { rotaryTable } from "../../../nn/ops/rotary.js";
import type { Scope } from "../../../nn/parameters.js";
import type { Tape } from "../../../nn/tape.js";
import type { Tensor } from "../../../nn/tensor.js";
import { type Attention, Block, DEVIATION, type StackConfig } from "./block.js";
import { scaledFrequencies } from "./frequencies.js";

/** Positions, blocks and the norm after them. */
export class TransformerStack {
  readonly blocks: readonly Block[];
  /** Multiplications a position, about, but for those of the scores. */
  readonly work: number;
  readonly #dropout: number;
  readonly #positions: Tensor | undefined;
  readonly #frequencies: Float64Array | undefined;
  readonly #norm: Norm;

  /** @param looks what each block attends to a source with, where it does: only who needs the class imports it */
  constructor(scope: Scope, config: StackConfig, looks?: typeof CrossAttention) {
    const { style, hidden: C, layers, heads, kvHeads, inner, bias, context, theta } = config;
    const { headSize: d = C / heads, ropeScaling, normEps: eps } = config;
    const gpt = style === "gpt2";
    const attention = 2 * C * heads * d + 2 * C * kvHeads * d;
    this.work = layers * (attention * (looks ? 2 : 1) + (gpt ? 2 : 3) * C * inner);
    this.#dropout = config.dropout;
    if (gpt) {
      const init = normal(DEVIATION);
      const positions = scope.child("wpe");
      this.#positions = positions.param("weight", [context, C], init, { decayed: true });
    } else this.#frequencies = scaledFrequencies(d, theta, ropeScaling);
    const places = scope.child(gpt ? "h" : "layers");
    this.blocks = Array.from(
      { length: layers },
      (_, i) => new Block(places.child(String(i)), config, looks),
    );
    this.#norm = new Norm(scope.child(gpt ? "ln_f" : "norm"), C, {
      kind: gpt ? "layer" : "rms",
      bias,
      eps,
    });
  }

  /** Embedded tokens (B, T, C) → what the first block reads. */
  enter(tape: Tape, x: Tensor, positions: Int32Array): Tensor {
    const placed = this.#positions ? addPositions(tape, x, this.#positions, positions) : x;
    return dropout(tape, placed, this.#dropout);
  }

  /** Angles of positions, made once for all blocks; undefined where they are learned. */
  angles(tape: Tape, positions: Int32Array): Tensor | undefined {
    return this.#frequencies && rotaryTable(tape, this.#frequencies, positions);
  }

  /** The norm after the last block. */
  leave(tape: Tape, x: Tensor): Tensor {
    return this.#norm.forward(tape, x);
  }

  /** All of it: embedded tokens (B, T, C) → (B, T, C) */
  forward(
    tape: Tape,
    embedded: Tensor,
    positions: Int32Array,
    attention: (layer: number) => Attention,
  ): Tensor {
    const angles = this.angles(tape, positions);
    let x = this.enter(tape, embedded, positions);
    for (const [i, block] of this.blocks.entries()) {
      const own = attention(i);
      x = tape.checkpoint(x, (tape, x) => block.forward(tape, x, angles, own), own.reads);
    }
    return this.leave(tape, x);
  }
}
