// A U-Net as the network of a diffusion.

import { uniform } from "../../nn/init.js";
import { Conv2d, ConvTranspose2d } from "../../nn/layers/convolution.js";
import { GroupNorm } from "../../nn/layers/group-norm.js";
import { Linear } from "../../nn/layers/linear.js";
import { SelfAttention } from "../../nn/layers/self-attention.js";
import { concat } from "../../nn/ops/concat.js";
import { add } from "../../nn/ops/elementwise.js";
import { silu } from "../../nn/ops/gated.js";
import { attention } from "../../nn/ops/multi-head-attention.js";
import { addToPixels } from "../../nn/ops/vectors.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Memory } from "./caption-encoder.js";
import type { DiffusionBody } from "./diffusion-body.js";
import type {
  First,
  Predictor,
  PredictorFile,
  Reading,
  Reads,
  Timing,
} from "./diffusion-predictor.js";
import { frameOf, numbersOf, type Shape } from "./shape.js";

/** Groups of channels, as far as they divide them. Each has two or more: of one, the norm takes away what it is told. */
const GROUPS = 8;

type UNetBody = Extract<DiffusionBody, { network: "unet" }>;

/**
 * A U-Net (Ronneberger et al. 2015, as Ho et al. 2020 use it): on the way down a residual block for each level, and a
 * convolution 3×3 with stride 2 to the next; on the way up a transposed convolution 4×4 with stride 2, and a residual
 * block that reads what the level gave on the way down beside it. Of clips convolutions see frames, norms whole clips, and
 * after the blocks of the smallest sizes each pixel looks at itself in other frames.
 */
class UNet implements Predictor {
  readonly #shape: Shape;
  readonly #input: Conv2d;
  readonly #down: readonly Block[];
  readonly #halve: readonly Conv2d[];
  readonly #mixer: Mixer | undefined;
  readonly #double: readonly ConvTranspose2d[];
  readonly #up: readonly Block[];
  readonly #norm: GroupNorm;
  readonly #output: Conv2d;
  readonly #reads: readonly (readonly (Reads | undefined)[])[];
  readonly #timing: Timing | undefined;
  readonly #times: readonly (readonly (ReturnType<Timing["mixer"]> | undefined)[])[];

  /** @param reading captions are read at so many of the smallest sizes, after the block there */
  constructor(
    scope: Scope,
    shape: Shape,
    { channels, levels, attention, timeLevels = 0 }: UNetBody,
    told: number,
    reading?: Reading,
    timing?: Timing,
  ) {
    this.#shape = frameOf(shape);
    this.#timing = timing;
    const colours = this.#shape[2];
    const widths = Array.from({ length: levels }, (_, i) => channels * 2 ** i);
    const inner = widths.slice(0, -1);
    const at = (name: string, i: number) => scope.child(name).child(`${i}`);
    this.#input = new Conv2d(scope.child("input"), timing?.inputs ?? colours, channels, SAME);
    this.#down = widths.map((width, i) => new Block(at("down", i), width, width, told));
    this.#halve = inner.map((width, i) => new Conv2d(at("halving", i), width, 2 * width, HALVING));
    if (attention) this.#mixer = new Mixer(scope.child("attention"), widths[levels - 1]);
    this.#double = inner.map(
      (width, i) => new ConvTranspose2d(at("doubling", i), 2 * width, width, DOUBLING),
    );
    this.#up = inner.map((width, i) => new Block(at("up", i), 2 * width, width, told));
    this.#norm = groupNorm(scope.child("norm"), channels);
    this.#output = new Conv2d(scope.child("output"), channels, colours, SAME);
    const read = (name: string, sizes: readonly number[]) =>
      sizes.map((width, i) =>
        reading && i >= levels - reading.levels! ? reading.reader(at(name, i), width) : undefined,
      );
    this.#reads = [read("down_words", widths), read("up_words", inner)];
    const over = (name: string, sizes: readonly number[]) =>
      sizes.map((width, i) => {
        return i >= levels - timeLevels ? timing?.mixer(at(name, i), width) : undefined;
      });
    this.#times = [over("down_time", widths), over("up_time", inner)];
  }

  forward(tape: Tape, x: Tensor, told: Tensor, memory?: Memory, first?: First): Tensor {
    const [rows] = x.shape;
    const read = (up: number, i: number, y: Tensor) => {
      const told = memory ? (this.#reads[up][i]?.forward(tape, y, memory) ?? y) : y;
      return this.#times[up][i]?.forward(tape, told) ?? told;
    };
    const seen = this.#timing?.read(tape, x, first) ?? x.reshaped([rows, ...this.#shape]);
    let y = this.#input.forward(tape, seen);
    const kept: Tensor[] = [];
    for (const [i, block] of this.#down.entries()) {
      y = read(0, i, block.forward(tape, y, told, rows));
      if (i === this.#halve.length) break;
      kept.push(y);
      y = this.#halve[i].forward(tape, y);
    }
    if (this.#mixer) y = this.#mixer.forward(tape, y, rows);
    for (let i = kept.length - 1; i >= 0; i--) {
      const larger = this.#double[i].forward(tape, y);
      const both = concat(tape, larger, kept[i]);
      y = read(1, i, this.#up[i].forward(tape, both, told, rows));
    }
    y = this.#output.forward(tape, silu(tape, normed(tape, this.#norm, y, rows)));
    return y.reshaped(x.shape);
  }
}

const SAME = { kernel: 3, padding: 1 } as const;
const HALVING = { kernel: 3, stride: 2, padding: 1 } as const;
const DOUBLING = { kernel: 4, stride: 2, padding: 1 } as const;

/** x + conv(silu(norm(conv(silu(norm(x))) + what it is told))); x by a convolution 1×1 where channels change. */
class Block {
  readonly #norms: readonly GroupNorm[];
  readonly #convolutions: readonly Conv2d[];
  readonly #told: Linear;
  readonly #skip: Conv2d | undefined;

  constructor(scope: Scope, inputs: number, outputs: number, told: number) {
    const widths = [inputs, outputs];
    this.#norms = widths.map((width, i) => groupNorm(scope.child(`norm${i + 1}`), width));
    this.#convolutions = widths.map(
      (width, i) => new Conv2d(scope.child(`conv${i + 1}`), width, outputs, SAME),
    );
    this.#told = new Linear(scope.child("told"), told, outputs);
    if (inputs !== outputs) {
      this.#skip = new Conv2d(scope.child("skip"), inputs, outputs, { kernel: 1 });
    }
  }

  /** x (N, H, W, inputs) of so many rows, told (N, T) → (N, H, W, outputs) */
  forward(tape: Tape, x: Tensor, told: Tensor, rows: number): Tensor {
    const inner = (y: Tensor, i: number) =>
      this.#convolutions[i].forward(tape, silu(tape, normed(tape, this.#norms[i], y, rows)));
    const y = inner(addToPixels(tape, inner(x, 0), this.#told.forward(tape, told)), 1);
    return add(tape, y, this.#skip?.forward(tape, x) ?? x);
  }
}

/** x + attention between the pixels of norm(x). */
class Mixer {
  readonly #norm: GroupNorm;
  readonly #attention: SelfAttention;

  constructor(scope: Scope, channels: number) {
    const heads = channels % 4 === 0 ? 4 : 1;
    const init = uniform(1 / Math.sqrt(channels));
    const own = { bias: true, joint: true, init, outInit: init };
    this.#norm = groupNorm(scope.child("norm"), channels);
    this.#attention = new SelfAttention(scope, { channels, heads, kvHeads: heads, ...own });
  }

  /** (N, H, W, C) of so many rows → the same */
  forward(tape: Tape, x: Tensor, rows: number): Tensor {
    const [N, H, W, C] = x.shape;
    const y = normed(tape, this.#norm, x, rows).reshaped([N, H * W, C]);
    const mixed = this.#attention.forward(tape, y, undefined, attention);
    return add(tape, x, mixed.reshaped(x.shape));
  }
}

/** A norm of x (N, H, W, C) over each of so many rows: a picture, or all frames of a clip. */
export function normed(tape: Tape, norm: GroupNorm, x: Tensor, rows: number): Tensor {
  const [N, H, W, C] = x.shape;
  return norm.forward(tape, x.reshaped([rows, (N / rows) * H, W, C])).reshaped(x.shape);
}

/** Of as many groups as suit the channels. */
export function groupNorm(scope: Scope, channels: number): GroupNorm {
  let groups = Math.max(1, Math.min(GROUPS, Math.floor(channels / 2)));
  while (channels % groups !== 0) groups--;
  return new GroupNorm(scope, groups, channels);
}

/** Numbers of a block for each of its channels and pixels: on the way down, and on the way up with what it reads. */
const [DOWN, UP] = [8, 15];
/** The same of attention over time. */
const OVER_TIME = 12;

/** The U-Net as a diffusion's choice. */
export const network: PredictorFile<UNetBody> = {
  Network: UNet,
  numbers({ channels, levels, attention, timeLevels = 0 }, shape, text) {
    const [height, side] = frameOf(shape);
    const frames = numbersOf(shape.slice(0, -3));
    let numbers = 0;
    for (let level = 0; level < levels; level++) {
      const smallest = level === levels - 1;
      const width = channels * 2 ** level;
      const pixels = (height * side) / 4 ** level;
      numbers += pixels * width * (smallest ? DOWN + (attention ? 8 : 0) : DOWN + UP + 2);
      if (text && level >= levels - text.levels!) {
        numbers += (smallest ? 1 : 2) * pixels * (6 * width + 4 * (text.context + 1));
      }
      if (smallest && attention) numbers += 4 * pixels * pixels;
      if (level >= levels - timeLevels) {
        numbers += (smallest ? 1 : 2) * pixels * (OVER_TIME * width + 4 * frames);
      }
    }
    return frames * numbers;
  },
};
