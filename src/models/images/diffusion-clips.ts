// How a U-Net of pictures sees clips: loaded where a model learns them.

import { constant, normal, uniform } from "../../nn/init.js";
import { Embedding } from "../../nn/layers/embedding.js";
import type { GroupNorm } from "../../nn/layers/group-norm.js";
import { SelfAttention } from "../../nn/layers/self-attention.js";
import { concat } from "../../nn/ops/concat.js";
import { add } from "../../nn/ops/elementwise.js";
import { addPositions, embedding } from "../../nn/ops/embedding.js";
import { attention } from "../../nn/ops/multi-head-attention.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import { DEVIATION } from "../base/transformer/block.js";
import { positionsFrom } from "../base/transformer/rows.js";
import type { First, Timing } from "./diffusion-predictor.js";
import { groupNorm, normed } from "./diffusion-unet.js";
import { frameOf, numbersOf, type Shape } from "./shape.js";

export { begun, knownFirst, looping } from "./diffusion-clip-samples.js";

/**
 * Clips as the U-Net's convolutions see them: frames, beside each the first one where the model learns to be told it. Blocks
 * are told which frame it is.
 */
export class ClipTiming implements Timing {
  readonly inputs: number;
  readonly #shape: Shape;
  readonly #told: boolean;
  readonly #frames: Embedding;

  /**
   * @param shape [frames, height, width, channels]
   * @param first whether the network is told first frames
   * @param told numbers of what blocks are told
   */
  constructor(scope: Scope, shape: Shape, first: boolean, told: number) {
    this.#shape = shape;
    this.#frames = new Embedding(scope.child("frames"), shape[0], told);
    this.#told = first;
    this.inputs = first ? 2 * shape[3] + 1 : shape[3];
  }

  told(tape: Tape, told: Tensor): Tensor {
    const [rows] = told.shape;
    const [frames] = this.#shape;
    const at = Array.from({ length: rows * frames }, (_, i) => [
      Math.floor(i / frames),
      i % frames,
    ]);
    const each = embedding(
      tape,
      told,
      at.map(([row]) => row),
    );
    const which = at.map(([, frame]) => frame);
    return add(tape, each, this.#frames.forward(tape, which, [which.length]));
  }

  /**
   * Frames (N F, H, W, C), or with what is told of the first ones (N F, H, W, 2 C + 1): its colours and a 1, or zeros where
   * nothing is.
   */
  read(tape: Tape, x: Tensor, first?: First): Tensor {
    const [frames, height, width, channels] = this.#shape;
    const [rows] = x.shape;
    const seen = x.reshaped([rows * frames, height, width, channels]);
    if (!this.#told) return seen;
    const pixels = height * width;
    const told = tape.tensor(new Float32Array(rows * frames * pixels * (channels + 1)), [
      ...seen.shape.slice(0, 3),
      channels + 1,
    ]);
    const { data } = told;
    for (let row = 0; first && row < rows; row++) {
      if (first.known?.[row] === false) continue;
      const own = new Float32Array(pixels * (channels + 1)).fill(1);
      for (let i = 0; i < pixels; i++) {
        const from = (row * pixels + i) * channels;
        own.set(first.values.subarray(from, from + channels), i * (channels + 1));
      }
      for (let f = 0; f < frames; f++) data.set(own, (row * frames + f) * own.length);
    }
    return concat(tape, seen, told);
  }

  firstOf(x: Float32Array, known?: readonly boolean[]): First | undefined {
    if (!this.#told) return undefined;
    const [width, numbers] = [numbersOf(frameOf(this.#shape)), numbersOf(this.#shape)];
    const rows = x.length / numbers;
    const values = new Float32Array(rows * width);
    for (let i = 0; i < rows; i++) {
      values.set(x.subarray(i * numbers, i * numbers + width), i * width);
    }
    return { values, width, ...(known && { known }) };
  }

  mixer(scope: Scope, channels: number): OverTime {
    return new OverTime(scope, this.#shape[0], channels);
  }
}

/**
 * x + attention of each pixel of norm(x) to the same one in all frames, which have learned positions (Ho et al., "Video
 * Diffusion Models", 2022, with full attention). It begins as x: its last layer is 0.
 */
export class OverTime {
  readonly #frames: number;
  readonly #norm: GroupNorm;
  readonly #positions: Tensor;
  readonly #attention: SelfAttention;

  constructor(scope: Scope, frames: number, channels: number) {
    const heads = channels % 4 === 0 ? 4 : 1;
    const own = { bias: true, joint: true, init: uniform(1 / Math.sqrt(channels)) };
    this.#frames = frames;
    this.#norm = groupNorm(scope.child("norm"), channels);
    this.#positions = scope
      .child("positions")
      .param("weight", [frames, channels], normal(DEVIATION), { decayed: true });
    const sizes = { channels, heads, kvHeads: heads, ...own, outInit: constant(0) };
    this.#attention = new SelfAttention(scope, sizes);
  }

  /** (N F, H, W, C) → the same */
  forward(tape: Tape, x: Tensor): Tensor {
    const [all, H, W, C] = x.shape;
    const F = this.#frames;
    const [N, P] = [all / F, H * W];
    const y = normed(tape, this.#norm, x, N).reshaped([all * P, C]);
    // Places of (N, P, F) in (N, F, P), and the other way round.
    const turned = turns(N, F, P);
    const over = addPositions(
      tape,
      embedding(tape, y, turned, [N * P, F]),
      this.#positions,
      positionsFrom(0, F),
    );
    const mixed = this.#attention.forward(tape, over, undefined, attention);
    const back = embedding(tape, mixed.reshaped([all * P, C]), turns(N, P, F), [all, H, W]);
    return add(tape, x, back);
  }
}

/** Of each of (N, B, A), its place in (N, A, B). */
function turns(N: number, A: number, B: number): Int32Array {
  const places = new Int32Array(N * A * B);
  for (let n = 0, i = 0; n < N; n++) {
    for (let b = 0; b < B; b++) for (let a = 0; a < A; a++) places[i++] = (n * A + a) * B + b;
  }
  return places;
}
