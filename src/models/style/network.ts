// A network that gives pictures one style (Johnson et al., "Perceptual Losses for Real-Time Style Transfer and
// Super-Resolution", 2016), with norms of each picture's channels (Ulyanov et al. 2016).

import { Conv2d, ConvTranspose2d } from "../../nn/layers/convolution.js";
import { GroupNorm } from "../../nn/layers/group-norm.js";
import { add, relu, scale, sigmoid, sub, tanh } from "../../nn/ops/elementwise.js";
import { type PadMode, pad2d } from "../../nn/ops/pad.js";
import { resize2d } from "../../nn/ops/resize.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";

/** Sizes of the network. */
export interface PainterConfig {
  /** Of the first layer; twice and four times as many at half and a quarter of the size. */
  readonly channels: number;
  readonly blocks: number;
  /**
   * `nearest`: enlarged by repetition, mirrored borders, 3×3 at the output, whose colours are a sigmoid. `transposed`: as
   * lengstrom/fast-style-transfer has it: transposed convolutions, zeros at borders, 9×9 and a norm at the output.
   */
  readonly form: "nearest" | "transposed";
}

/** (1, H, W, 3) → (1, H, W, 3), from 0 to 1; of `transposed` a little beyond. */
export class Painter {
  readonly #config: PainterConfig;
  readonly #down: readonly Layer[];
  readonly #blocks: readonly (readonly [Layer, Layer])[];
  readonly #up: readonly (Layer | Enlarging)[];
  readonly #out: Layer;

  constructor(scope: Scope, config: PainterConfig) {
    this.#config = config;
    const { channels: C, blocks, form } = config;
    const border = form === "nearest" ? "reflect" : "zero";
    const layer = (name: string, inputs: number, outputs: number, kernel: number, stride = 1) =>
      new Layer(scope.child(name), inputs, outputs, { kernel, stride, border, eps: EPS[form] });
    this.#down = [
      layer("conv1", 3, C, 9),
      layer("conv2", C, 2 * C, 3, 2),
      layer("conv3", 2 * C, 4 * C, 3, 2),
    ];
    this.#blocks = Array.from({ length: blocks }, (_, i) => [
      layer(`blocks.${i}.conv1`, 4 * C, 4 * C, 3),
      layer(`blocks.${i}.conv2`, 4 * C, 4 * C, 3),
    ]);
    const up = (name: string, inputs: number, outputs: number) =>
      form === "nearest"
        ? layer(name, inputs, outputs, 3)
        : new Enlarging(scope.child(name), inputs, outputs, EPS[form]);
    this.#up = [up("up1", 4 * C, 2 * C), up("up2", 2 * C, C)];
    const kernel = form === "nearest" ? 3 : 9;
    const norm = form === "transposed";
    this.#out = new Layer(scope.child("out"), C, 3, {
      kernel,
      stride: 1,
      border,
      eps: EPS[form],
      norm,
    });
  }

  forward(tape: Tape, x: Tensor): Tensor {
    const [, height, width] = x.shape;
    const plain = this.#config.form === "nearest";
    let y = plain ? x : scale(tape, x, 255);
    for (const layer of this.#down) y = relu(tape, layer.forward(tape, y));
    for (const [one, two] of this.#blocks) {
      y = add(tape, y, two.forward(tape, relu(tape, one.forward(tape, y))));
    }
    for (const layer of this.#up) {
      if (plain) y = resize2d(tape, y, 2 * y.shape[1], 2 * y.shape[2], "nearest");
      y = relu(tape, layer.forward(tape, y));
    }
    // Sides that are no multiples of four have grown.
    y = pad2d(tape, y, [0, height - y.shape[1], 0, width - y.shape[2]], "edge");
    y = this.#out.forward(tape, y);
    if (plain) return sigmoid(tape, y);
    // (150 tanh y + 127.5) / 255
    const half = tape.tensor(new Float32Array(y.size).fill(-0.5), y.shape);
    return sub(tape, scale(tape, tanh(tape, y), 150 / 255), half);
  }
}

/** What is added to variances. */
const EPS = { nearest: 1e-5, transposed: 1e-3 } as const;

interface LayerOptions {
  readonly kernel: number;
  readonly stride: number;
  readonly border: PadMode;
  readonly eps: number;
  /** Default true; a layer without has a bias. */
  readonly norm?: boolean;
}

/** A convolution that keeps the size, or halves it, and a norm of each channel. */
class Layer {
  readonly #conv: Conv2d;
  readonly #norm: GroupNorm | undefined;
  readonly #options: LayerOptions;

  constructor(scope: Scope, inputs: number, outputs: number, options: LayerOptions) {
    const { kernel, stride, norm = true, eps } = options;
    this.#options = options;
    this.#conv = new Conv2d(scope.child("conv"), inputs, outputs, { kernel, stride, bias: !norm });
    if (norm) this.#norm = new GroupNorm(scope.child("norm"), outputs, outputs, { eps });
  }

  forward(tape: Tape, x: Tensor): Tensor {
    const { kernel, stride, border } = this.#options;
    const [, height, width] = x.shape;
    const [top, bottom] = margins(height, kernel, stride, border);
    const [left, right] = margins(width, kernel, stride, border);
    const y = this.#conv.forward(tape, pad2d(tape, x, [top, bottom, left, right], border));
    return this.#norm ? this.#norm.forward(tape, y) : y;
  }
}

/** Pixels before and after, so that there are ⌈size / stride⌉; with zeros as TensorFlow's SAME has them. */
function margins(size: number, kernel: number, stride: number, border: PadMode): [number, number] {
  if (border !== "zero") return [kernel >> 1, kernel >> 1];
  const all = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  return [all >> 1, all - (all >> 1)];
}

/** A transposed convolution 3×3 that doubles the size, as TensorFlow's SAME, and a norm of each channel. */
class Enlarging {
  readonly #conv: ConvTranspose2d;
  readonly #norm: GroupNorm;

  constructor(scope: Scope, inputs: number, outputs: number, eps: number) {
    const options = { kernel: 3, stride: 2, bias: false } as const;
    this.#conv = new ConvTranspose2d(scope.child("conv"), inputs, outputs, options);
    this.#norm = new GroupNorm(scope.child("norm"), outputs, outputs, { eps });
  }

  forward(tape: Tape, x: Tensor): Tensor {
    const y = pad2d(tape, this.#conv.forward(tape, x), [0, -1, 0, -1], "edge");
    return this.#norm.forward(tape, y);
  }
}
