// The generator of a GAN: examples of latent vectors.

import { normal } from "../../nn/init.js";
import { BatchNorm2d, type BatchStatistics } from "../../nn/layers/batch-norm.js";
import { ConvTranspose2d } from "../../nn/layers/convolution.js";
import { Linear } from "../../nn/layers/linear.js";
import { leakyRelu } from "../../nn/ops/activations.js";
import { relu, tanh } from "../../nn/ops/elementwise.js";
import type { Initializer, Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import { type GANBody, halvedSides } from "./gan-body.js";
import { isPicture, numbersOf, type Shape } from "./shape.js";

/** Radford's initial weights of convolutions; biases are PyTorch's: without them discriminators win more often. */
export const weights: Initializer = normal(0.02);

/** Slopes of leaky ReLU: PyTorch's default and Radford's. With 0.2 dense networks find 25 Gaussians more slowly. */
export const SLOPES = { dense: 0.01, dcgan: 0.2 } as const;

/** Makes examples: of pictures from -1 to 1, of vectors any numbers. */
export interface Generator {
  readonly norms: readonly BatchNorm2d[];
  /**
   * z (N, inputs) → (N, D)
   * @param collected is given the statistics of batch norms, in training
   */
  forward(tape: Tape, z: Tensor, collected?: BatchStatistics): Tensor;
}

/** @param inputs numbers of a latent vector and of the codes beside it */
export function generator(scope: Scope, inputs: number, shape: Shape, body: GANBody): Generator {
  return body.network === "dense"
    ? new DenseGenerator(scope, inputs, shape, body)
    : new ConvGenerator(scope, inputs, shape, body);
}

/** (Linear, leaky ReLU) × layers, Linear; tanh for pictures. */
class DenseGenerator implements Generator {
  readonly norms: readonly BatchNorm2d[] = [];
  readonly #layers: readonly Linear[];
  readonly #output: Linear;
  readonly #picture: boolean;

  constructor(
    scope: Scope,
    inputs: number,
    shape: Shape,
    {
      hidden: both,
      layers,
      generatorHidden: hidden = both,
    }: Extract<GANBody, { network: "dense" }>,
  ) {
    this.#layers = Array.from({ length: layers }, (_, i) => {
      return new Linear(scope.child("layers").child(`${i}`), i === 0 ? inputs : hidden, hidden);
    });
    this.#output = new Linear(scope.child("output"), hidden, numbersOf(shape));
    this.#picture = isPicture(shape);
  }

  forward(tape: Tape, z: Tensor): Tensor {
    const hidden = this.#layers.reduce(
      (x, layer) => leakyRelu(tape, layer.forward(tape, x), SLOPES.dense),
      z,
    );
    const y = this.#output.forward(tape, hidden);
    return this.#picture ? tanh(tape, y) : y;
  }
}

/** ConvTranspose2d to the smallest picture, then 4×4 with stride 2; batch norm and ReLU between them; tanh. */
class ConvGenerator implements Generator {
  readonly norms: BatchNorm2d[] = [];
  readonly #layers: ConvTranspose2d[] = [];
  readonly #output: ConvTranspose2d;

  constructor(
    scope: Scope,
    inputs: number,
    shape: Shape,
    { channels: both, generatorChannels: channels = both }: Extract<GANBody, { network: "dcgan" }>,
  ) {
    const sides = halvedSides(shape);
    const halvings = sides.length - 1;
    let width = inputs;
    for (let i = 0; i < halvings; i++) {
      const next = channels * 2 ** (halvings - 1 - i);
      const form = i === 0 ? { kernel: sides[halvings] } : { kernel: 4, stride: 2, padding: 1 };
      const place = scope.child("layers").child(`${i}`);
      const options = { ...form, bias: false, init: weights };
      this.#layers.push(new ConvTranspose2d(place, width, next, options));
      this.norms.push(new BatchNorm2d(scope.child("norms").child(`${i}`), next));
      width = next;
    }
    const doubling = { kernel: 4, stride: 2, padding: 1, init: weights };
    this.#output = new ConvTranspose2d(scope.child("output"), width, shape[2], doubling);
  }

  forward(tape: Tape, z: Tensor, collected?: BatchStatistics): Tensor {
    const [rows, inputs] = z.shape;
    let x = z.reshaped([rows, 1, 1, inputs]);
    for (const [i, layer] of this.#layers.entries()) {
      x = relu(tape, this.norms[i].forward(tape, layer.forward(tape, x), collected));
    }
    const y = tanh(tape, this.#output.forward(tape, x));
    return y.reshaped([rows, y.size / rows]);
  }
}
