// A Transformer over patches of a picture as the network of a diffusion: loaded where a model has it.

import { constant, normal, uniform } from "../../nn/init.js";
import { Conv2d, ConvTranspose2d } from "../../nn/layers/convolution.js";
import { GELUFeedForward } from "../../nn/layers/feed-forward.js";
import { Linear } from "../../nn/layers/linear.js";
import { SelfAttention } from "../../nn/layers/self-attention.js";
import { columns } from "../../nn/ops/concat.js";
import { add, mul } from "../../nn/ops/elementwise.js";
import { addPositions } from "../../nn/ops/embedding.js";
import { attention } from "../../nn/ops/multi-head-attention.js";
import { layerNorm } from "../../nn/ops/norm.js";
import { addToPixels } from "../../nn/ops/vectors.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import { DEVIATION } from "../base/transformer/block.js";
import { positionsFrom } from "../base/transformer/rows.js";
import type { Memory } from "./caption-encoder.js";
import type { DiffusionBody } from "./diffusion-body.js";
import { Look } from "./diffusion-look.js";
import type { Predictor, PredictorFile, Reading } from "./diffusion-predictor.js";
import type { Shape } from "./shape.js";

type DiTBody = Extract<DiffusionBody, { network: "dit" }>;

/**
 * DiT (Peebles and Xie, "Scalable Diffusion Models with Transformers", 2023), with learned positions: a picture in patches
 * of P×P pixels, blocks whose norms are moved and scaled by what they are told, and patches back to pixels.
 */
class DiT implements Predictor {
  readonly #shape: Shape;
  readonly #input: Conv2d;
  readonly #positions: Tensor;
  readonly #blocks: readonly Block[];
  readonly #told: Linear;
  readonly #output: ConvTranspose2d;

  constructor(scope: Scope, shape: Shape, body: DiTBody, told: number, reading?: Reading) {
    const [height, side, channels] = shape;
    const { patch, hidden, layers } = body;
    this.#shape = shape;
    const patches = { kernel: patch, stride: patch };
    this.#input = new Conv2d(scope.child("input"), channels, hidden, patches);
    const places = (height / patch) * (side / patch);
    this.#positions = scope
      .child("positions")
      .param("weight", [places, hidden], normal(DEVIATION), { decayed: true });
    this.#blocks = Array.from(
      { length: layers },
      (_, i) => new Block(scope.child("blocks").child(`${i}`), body, told, reading?.width),
    );
    this.#told = new Linear(scope.child("told"), told, 2 * hidden, ZERO);
    this.#output = new ConvTranspose2d(scope.child("output"), hidden, channels, {
      ...patches,
      ...ZERO,
    });
  }

  forward(tape: Tape, x: Tensor, told: Tensor, memory?: Memory): Tensor {
    const patches = this.#input.forward(tape, x.reshaped([x.shape[0], ...this.#shape]));
    const [N, H, W, C] = patches.shape;
    const places = positionsFrom(0, H * W);
    let y = addPositions(tape, patches.reshaped([N, H * W, C]), this.#positions, places);
    for (const block of this.#blocks) y = block.forward(tape, y, told, memory);
    const [shift, scale] = parts(tape, this.#told.forward(tape, told), 2);
    y = modulated(tape, normed(tape, y), shift, scale);
    return this.#output.forward(tape, y.reshaped([N, H, W, C])).reshaped(x.shape);
  }
}

const ZERO = { init: constant(0) } as const;

/**
 * x += g₁ Attention(m₁(Norm(x))) [, x += Look(Norm(x), memory)], x += g₂ FeedForward(m₂(Norm(x))), m(y) = (1 + scale) y +
 * shift. Gates, scales and shifts are of what the block is told, and 0 at first: it begins as x (adaLN-Zero).
 */
class Block {
  readonly #told: Linear;
  readonly #attention: SelfAttention;
  readonly #look: Look | undefined;
  readonly #feedForward: GELUFeedForward;

  constructor(scope: Scope, { hidden, heads }: DiTBody, told: number, width: number | undefined) {
    const [init, outInit] = [hidden, 4 * hidden].map((inputs) => uniform(1 / Math.sqrt(inputs)));
    const own = { channels: hidden, bias: true, init };
    this.#told = new Linear(scope.child("told"), told, 6 * hidden, ZERO);
    const sizes = { ...own, heads, kvHeads: heads, joint: true, outInit: init };
    this.#attention = new SelfAttention(scope.child("attn"), sizes);
    if (width !== undefined) this.#look = new Look(scope.child("words"), hidden, heads, width);
    const inner = { ...own, inner: 4 * hidden, outInit };
    this.#feedForward = new GELUFeedForward(scope.child("mlp"), inner);
  }

  /** x (N, T, C) → the same */
  forward(tape: Tape, x: Tensor, told: Tensor, memory: Memory | undefined): Tensor {
    const all = parts(tape, this.#told.forward(tape, told), 6);
    const [shift1, scale1, gate1, shift2, scale2, gate2] = all;
    const inner = modulated(tape, normed(tape, x), shift1, scale1);
    const mixed = this.#attention.forward(tape, inner, undefined, attention);
    let y = add(tape, x, timesEach(tape, mixed, gate1));
    if (this.#look && memory) {
      y = add(tape, y, this.#look.forward(tape, normed(tape, y), memory));
    }
    const fed = this.#feedForward.forward(tape, modulated(tape, normed(tape, y), shift2, scale2));
    return add(tape, y, timesEach(tape, fed, gate2));
  }
}

/** Layer norm without weights of its own. */
function normed(tape: Tape, x: Tensor): Tensor {
  const C = x.shape[x.shape.length - 1];
  return layerNorm(tape, x, tape.tensor(new Float32Array(C).fill(1), [C]));
}

/** (1 + scale) x + shift: x (N, T, C), the others (N, C) */
function modulated(tape: Tape, x: Tensor, shift: Tensor, scale: Tensor): Tensor {
  return addToPixels(tape, add(tape, x, timesEach(tape, x, scale)), shift);
}

/** x (N, T, C) times v (N, C) at each place. */
function timesEach(tape: Tape, x: Tensor, v: Tensor): Tensor {
  const zeros = tape.empty(x.shape);
  zeros.data.fill(0);
  return mul(tape, x, addToPixels(tape, zeros, v));
}

/** (N, n C) → n times (N, C) */
function parts(tape: Tape, x: Tensor, n: number): Tensor[] {
  const C = x.shape[1] / n;
  return Array.from({ length: n }, (_, i) => columns(tape, x, i * C, (i + 1) * C));
}

/** Numbers of a block for each of its channels and places. */
const BLOCK = 35;

/** The Transformer as a diffusion's choice. */
export const network: PredictorFile<DiTBody> = {
  Network: DiT,
  numbers({ patch, hidden, layers, heads }, shape, text) {
    const places = (shape[0] * shape[1]) / patch ** 2;
    const words = text ? 7 * hidden + heads * (text.context + 1) : 0;
    const block = BLOCK * hidden + heads * places + words;
    return places * (8 * hidden + layers * block) + 12 * hidden * layers;
  },
};
