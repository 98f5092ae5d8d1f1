// The networks that read a picture, and that make one.

import { afterPictures, beforePictures } from "../../nn/file-layout.js";
import type { BatchStatistics } from "../../nn/layers/batch-norm.js";
import { Conv2d, ConvTranspose2d } from "../../nn/layers/convolution.js";
import { Linear, type LinearOptions } from "../../nn/layers/linear.js";
import { concat } from "../../nn/ops/concat.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { LossOf, Statistics } from "../../train/trainable.js";
import { type BodyConfig, type Kernel, sidesOf } from "./body-config.js";
import { activate, type ChannelNorm, channelNorm } from "./layers.js";
import { numbersOf, type Shape } from "./shape.js";

type Dense = Extract<BodyConfig, { network: "dense" }>;
type Conv = Extract<BodyConfig, { network: "conv" }>;

/** Reads examples; the codes of labels, where there are any, are read beside them. */
export interface Reader {
  /** Numbers that it gives for an example. */
  readonly features: number;
  /** How a Linear that reads them is stored: PyTorch has the channels of a picture first. */
  stored(outputs: number): LinearOptions;
  readonly norms: readonly ChannelNorm[];
  /**
   * x (N, D), codes (N, K) → (N, features)
   * @param collected is given the statistics of batch norms, in training
   */
  forward(tape: Tape, x: Tensor, codes?: Tensor, collected?: BatchStatistics): Tensor;
  /** Of pictures (N, H, W, C) of any size, what each convolution gives after its activation; no convolutions, no maps. */
  maps(tape: Tape, x: Tensor, collected?: BatchStatistics): Tensor[];
}

/** Makes examples of vectors. */
export interface Maker {
  /** Of the last layer: (D), or (C) where that is a convolution. */
  readonly outputBias: Tensor;
  readonly norms: readonly ChannelNorm[];
  /** z (N, inputs) → (N, D) */
  forward(tape: Tape, z: Tensor, collected?: BatchStatistics): Tensor;
}

/**
 * @param codes width of the codes of labels; 0 where there are none
 * @param kernel of convolutions
 */
export function reader(
  scope: Scope,
  shape: Shape,
  config: BodyConfig,
  codes: number = 0,
  kernel: Kernel = 4,
): Reader {
  return config.network === "dense"
    ? new DenseReader(scope, shape, config, codes)
    : new ConvReader(scope, shape, config, codes, kernel);
}

export function maker(scope: Scope, inputs: number, shape: Shape, config: BodyConfig): Maker {
  return config.network === "dense"
    ? new DenseMaker(scope, inputs, shape, config)
    : new ConvMaker(scope, inputs, shape, config);
}

/** (Linear, activation) × layers, after Kingma and Welling 2014. */
class DenseReader implements Reader {
  readonly features: number;
  readonly norms: readonly ChannelNorm[] = [];
  readonly #layers: readonly Linear[];
  readonly #config: Dense;

  constructor(scope: Scope, shape: Shape, config: Dense, codes: number) {
    this.#config = config;
    this.features = config.hidden;
    this.#layers = denseLayers(scope, numbersOf(shape) + codes, config);
  }

  stored(): LinearOptions {
    return {};
  }

  forward(tape: Tape, x: Tensor, codes?: Tensor): Tensor {
    return stacked(tape, this.#layers, this.#config, codes ? concat(tape, x, codes) : x);
  }

  maps(): Tensor[] {
    return [];
  }
}

/** (Linear, activation) × layers, and a Linear to the numbers of an example. */
class DenseMaker implements Maker {
  readonly norms: readonly ChannelNorm[] = [];
  readonly #layers: readonly Linear[];
  readonly #output: Linear;
  readonly #config: Dense;

  constructor(scope: Scope, inputs: number, shape: Shape, config: Dense) {
    this.#config = config;
    this.#layers = denseLayers(scope, inputs, config);
    this.#output = new Linear(scope.child("output"), config.hidden, numbersOf(shape));
  }

  get outputBias(): Tensor {
    return this.#output.bias!;
  }

  forward(tape: Tape, z: Tensor): Tensor {
    return this.#output.forward(tape, stacked(tape, this.#layers, this.#config, z));
  }
}

function denseLayers(scope: Scope, inputs: number, { hidden, layers }: Dense): Linear[] {
  return Array.from(
    { length: layers },
    (_, i) => new Linear(scope.child("layers").child(`${i}`), i === 0 ? inputs : hidden, hidden),
  );
}

function stacked(tape: Tape, layers: readonly Linear[], config: Dense, x: Tensor): Tensor {
  return layers.reduce((y, layer) => activate(tape, config.activation, layer.forward(tape, y)), x);
}

/** (Conv2d 4×4 or 3×3 with stride 2, norm, activation) × layers; channels double. */
class ConvReader implements Reader {
  readonly features: number;
  readonly #small: Shape;
  readonly #shape: Shape;
  readonly #config: Conv;
  readonly #layers: Conv2d[] = [];
  readonly norms: ChannelNorm[] = [];

  constructor(scope: Scope, shape: Shape, config: Conv, codes: number, kernel: Kernel) {
    this.#shape = shape;
    this.#config = config;
    const widths = widthsOf(shape, config);
    for (let i = 0; i < config.layers; i++) {
      const place = scope.child("layers").child(`${i}`);
      this.#layers.push(new Conv2d(place, widths[i], widths[i + 1], halving(kernel)));
      const norm = scope.child("norms").child(`${i}`);
      this.norms.push(channelNorm(norm, widths[i + 1], config.norm));
    }
    const [height, width] = sidesOf(shape, config.layers, kernel)[config.layers];
    this.#small = [height, width, widths[config.layers]];
    this.features = numbersOf(this.#small) + codes;
  }

  stored(outputs: number): LinearOptions {
    const others = this.features - numbersOf(this.#small);
    return { stored: afterPictures(this.#small, outputs, others) };
  }

  forward(tape: Tape, x: Tensor, codes?: Tensor, collected?: BatchStatistics): Tensor {
    const maps = this.maps(tape, x.reshaped([x.shape[0], ...this.#shape]), collected);
    const y = maps[maps.length - 1];
    const flat = y.reshaped([y.shape[0], numbersOf(this.#small)]);
    return codes ? concat(tape, flat, codes) : flat;
  }

  maps(tape: Tape, x: Tensor, collected?: BatchStatistics): Tensor[] {
    let y = x;
    return this.#layers.map((layer, i) => {
      y = this.norms[i].forward(tape, layer.forward(tape, y), collected);
      y = activate(tape, this.#config.activation, y);
      return y;
    });
  }
}

/** A Linear to the smallest picture, (activation, ConvTranspose2d with stride 2, norm) × layers; channels halve. */
class ConvMaker implements Maker {
  readonly #config: Conv;
  readonly #input: Linear;
  readonly #layers: ConvTranspose2d[] = [];
  readonly norms: ChannelNorm[] = [];
  readonly #small: readonly number[];

  constructor(scope: Scope, inputs: number, shape: Shape, config: Conv) {
    const { layers } = config;
    this.#config = config;
    const widths = widthsOf(shape, config);
    const sides = sidesOf(shape, layers);
    const [height, width] = sides[layers];
    this.#small = [height, width, widths[layers]];
    const stored = beforePictures(this.#small, inputs);
    this.#input = new Linear(scope.child("input"), inputs, numbersOf(this.#small), { stored });
    for (let i = layers; i > 0; i--) {
      const last = i === 1;
      const place = last ? scope.child("output") : scope.child("layers").child(`${layers - i}`);
      const outputPadding = [0, 1].map((axis) => sides[i - 1][axis] - 2 * sides[i][axis]) as [
        number,
        number,
      ];
      const options = { ...halving(4), outputPadding };
      this.#layers.push(new ConvTranspose2d(place, widths[i], widths[i - 1], options));
      const norm = scope.child("norms").child(`${layers - i}`);
      this.norms.push(channelNorm(norm, widths[i - 1], last ? "none" : config.norm));
    }
  }

  get outputBias(): Tensor {
    return this.#layers[this.#layers.length - 1].bias!;
  }

  forward(tape: Tape, z: Tensor, collected?: BatchStatistics): Tensor {
    const { activation } = this.#config;
    let y = this.#input.forward(tape, z).reshaped([z.shape[0], ...this.#small]);
    for (const [i, layer] of this.#layers.entries()) {
      y = layer.forward(tape, activate(tape, activation, y));
      y = this.norms[i].forward(tape, y, collected);
    }
    return y.reshaped([z.shape[0], y.size / z.shape[0]]);
  }
}

/** As PyTorch's Conv2d(…, kernel_size=4, stride=2, padding=1). */
function halving(kernel: Kernel): { kernel: Kernel; stride: 2; padding: 1 } {
  return { kernel, stride: 2, padding: 1 };
}

/** Channels before the first and after each layer. */
function widthsOf(shape: Shape, { channels, layers }: Conv): number[] {
  return [shape[2], ...Array.from({ length: layers }, (_, i) => channels * 2 ** i)];
}

/** A loss's statistics of batch norms, as the loop takes them. */
export function statisticsOf(values: Statistics): Pick<LossOf, "statistics"> {
  return Object.keys(values).length > 0 ? { statistics: () => values } : {};
}
