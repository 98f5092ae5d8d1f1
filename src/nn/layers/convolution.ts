// Convolutions, with the names, options and initial values of torch.nn. Their kernels stand in a file as PyTorch's.

import { depthwiseLayout, kernelLayout } from "../file-layout.js";
import { uniform } from "../init.js";
import {
  conv2d,
  convTranspose2d,
  depthwiseConv2d,
  type TransposedOptions,
} from "../ops/convolution.js";
import { type ConvolutionOptions, type Pair, pair } from "../ops/convolution-sizes.js";
import type { Initializer, Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** What all three have. */
interface KernelOptions {
  readonly kernel: Pair;
  /** Default true. */
  readonly bias?: boolean;
  /** Of the weight. Default: as PyTorch's; the bias is so in any case. */
  readonly init?: Initializer;
}

interface ConvOptions extends KernelOptions, ConvolutionOptions {
  /** Name of the weight: `weight_orig` where a layer uses it normed, see spectral-norm.ts. Default `weight`. */
  readonly called?: string;
}

/** `torch.nn.Conv2d`: `weight` (O, I, kh, kw) and `bias` (O) in a file. */
export class Conv2d {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined = undefined;
  readonly #name: string;
  readonly #options: ConvolutionOptions;

  constructor(
    scope: Scope,
    inputs: number,
    outputs: number,
    { kernel, bias = true, init, called = "weight", ...options }: ConvOptions,
  ) {
    this.#name = scope.name;
    this.#options = options;
    const shape = [outputs, ...pair(kernel), inputs];
    const usual = uniform(1 / Math.sqrt(shape[1] * shape[2] * inputs));
    this.weight = scope.matrix(called, shape, init ?? usual, {
      file: kernelLayout(shape),
    }) as Tensor;
    if (bias) this.bias = scope.param("bias", [outputs], usual);
  }

  /**
   * x (N, H, W, I) → (N, P, Q, O)
   * @param weight takes the place of its own: one that was made of it
   */
  forward(tape: Tape, x: Tensor, weight: Tensor = this.weight): Tensor {
    return tape.name(this.#name, conv2d(tape, x, weight, this.bias, this.#options));
  }
}

/** `torch.nn.ConvTranspose2d`: `weight` (I, O, kh, kw) and `bias` (O) in a file. */
export class ConvTranspose2d {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined = undefined;
  readonly #name: string;
  readonly #options: TransposedOptions;

  constructor(
    scope: Scope,
    inputs: number,
    outputs: number,
    { kernel, bias = true, init, ...options }: KernelOptions & TransposedOptions,
  ) {
    this.#name = scope.name;
    this.#options = options;
    const shape = [inputs, ...pair(kernel), outputs];
    // As PyTorch counts the inputs of a transposed kernel: its outputs.
    const usual = uniform(1 / Math.sqrt(shape[1] * shape[2] * outputs));
    const form = { file: kernelLayout(shape), across: true };
    this.weight = scope.matrix("weight", shape, init ?? usual, form) as Tensor;
    if (bias) this.bias = scope.param("bias", [outputs], usual);
  }

  /** x (N, P, Q, I) → (N, H, W, O) */
  forward(tape: Tape, x: Tensor): Tensor {
    return tape.name(this.#name, convTranspose2d(tape, x, this.weight, this.bias, this.#options));
  }
}

/** `torch.nn.Conv2d` with as many groups as channels: `weight` (C, 1, kh, kw) and `bias` (C) in a file. */
export class DepthwiseConv2d {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined = undefined;
  readonly #name: string;
  readonly #options: ConvolutionOptions;

  constructor(
    scope: Scope,
    channels: number,
    { kernel, bias = true, init, ...options }: KernelOptions & ConvolutionOptions,
  ) {
    this.#name = scope.name;
    this.#options = options;
    const shape = [...pair(kernel), channels];
    const usual = uniform(1 / Math.sqrt(shape[0] * shape[1]));
    const role = { decayed: true, file: depthwiseLayout(shape) };
    this.weight = scope.param("weight", shape, init ?? usual, role);
    if (bias) this.bias = scope.param("bias", [channels], usual);
  }

  /** x (N, H, W, C) → (N, P, Q, C) */
  forward(tape: Tape, x: Tensor): Tensor {
    return tape.name(this.#name, depthwiseConv2d(tape, x, this.weight, this.bias, this.#options));
  }
}
