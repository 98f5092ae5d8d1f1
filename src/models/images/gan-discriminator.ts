// The discriminator of a GAN: a number for each example, larger for real ones than for generated ones.

import { BatchNorm2d, type BatchStatistics } from "../../nn/layers/batch-norm.js";
import { Conv2d } from "../../nn/layers/convolution.js";
import { Linear } from "../../nn/layers/linear.js";
import { SpectralNorm } from "../../nn/layers/spectral-norm.js";
import { leakyRelu } from "../../nn/ops/activations.js";
import { add, mul } from "../../nn/ops/elementwise.js";
import { matmul } from "../../nn/ops/matmul.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import { type GANBody, halvedSides } from "./gan-body.js";
import { SLOPES, weights } from "./gan-generator.js";
import { numbersOf, type Shape } from "./shape.js";

type Layer = Linear | Conv2d;

/** Weights as a loss uses them: each is normed once. */
type Normed = ReadonlyMap<Layer, Tensor>;

/** What judges examples, for the passes of one loss. */
export interface Judge {
  /** x (N, D) → what each hidden layer gives, (N, units) or (N, H, W, C) */
  hidden(x: Tensor): readonly Tensor[];
  /** x (N, D), codes (N, K) → (N, 1). @param collected is given batch norms' statistics, in training */
  logits(x: Tensor, codes?: Tensor, collected?: BatchStatistics): Tensor;
}

/** How the two kinds differ. */
interface Trunk {
  readonly layers: readonly Layer[];
  /** By the number of their layer. */
  readonly norms: ReadonlyMap<number, BatchNorm2d>;
  readonly output: Layer;
  /** What the codes of labels are compared with, (N, K). */
  readonly projection: Layer | undefined;
  readonly shape: readonly number[];
  /** Of leaky ReLU. */
  readonly slope: number;
}

/**
 * (Linear or Conv2d, batch norm, leaky ReLU) × layers, and a last layer. With labels the features' inner product with a
 * vector of each class is added (Miyato and Koyama, "cGANs with Projection Discriminator", 2018): one layer that gives
 * a number for each class, of which the codes choose.
 */
export class Discriminator {
  readonly norms: readonly BatchNorm2d[];
  readonly #trunk: Trunk;
  readonly #spectral = new Map<Layer, SpectralNorm>();

  constructor(scope: Scope, shape: Shape, codes: number, body: GANBody, spectral: boolean) {
    const places = new Map<Layer, Scope>();
    const made = <L extends Layer>(place: Scope, layer: L): L => {
      places.set(layer, place);
      return layer;
    };
    const called = spectral ? { called: "weight_orig" } : {};
    this.#trunk =
      body.network === "dense"
        ? denseTrunk(scope, shape, codes, body, called, made)
        : convTrunk(scope, shape, codes, body, called, made);
    this.norms = [...this.#trunk.norms.values()];
    if (!spectral) return;
    for (const [layer, place] of places) {
      this.#spectral.set(layer, new SpectralNorm(place, layer.weight as Tensor));
    }
  }

  /** One more power iteration of each weight, where it has spectral norm. */
  advance(): void {
    for (const norm of this.#spectral.values()) norm.advance();
  }

  on(tape: Tape): Judge {
    const normed: Normed = new Map(
      Array.from(this.#spectral, ([layer, norm]) => [layer, norm.weight(tape)] as const),
    );
    const { output, projection } = this.#trunk;
    const last = (layer: Layer, features: Tensor) => {
      const y = layer.forward(tape, features, normed.get(layer));
      return y.reshaped([y.shape[0], y.size / y.shape[0]]);
    };
    const through = (x: Tensor, collected?: BatchStatistics) =>
      this.#through(tape, x, normed, collected);
    return {
      hidden: (x) => through(x),
      logits(x, codes, collected) {
        const features = through(x, collected).at(-1)!;
        const logits = last(output, features);
        if (!codes || !projection) return logits;
        const own = mul(tape, last(projection, features), codes);
        const ones = tape.tensor(new Float32Array(codes.shape[1]).fill(1), [codes.shape[1], 1]);
        return add(tape, logits, matmul(tape, own, ones));
      },
    };
  }

  #through(tape: Tape, x: Tensor, normed: Normed, collected?: BatchStatistics): Tensor[] {
    const { layers, norms, shape, slope } = this.#trunk;
    let y = x.reshaped([x.shape[0], ...shape]);
    return layers.map((layer, i) => {
      y = layer.forward(tape, y, normed.get(layer));
      y = norms.get(i)?.forward(tape, y, collected) ?? y;
      y = leakyRelu(tape, y, slope);
      return y;
    });
  }
}

type Made = <L extends Layer>(place: Scope, layer: L) => L;

function denseTrunk(
  scope: Scope,
  shape: Shape,
  codes: number,
  { hidden, layers }: Extract<GANBody, { network: "dense" }>,
  called: { readonly called?: string },
  made: Made,
): Trunk {
  const linear = (name: Scope, inputs: number, outputs: number, options: object = {}) =>
    made(name, new Linear(name, inputs, outputs, { ...called, ...options }));
  const inputs = numbersOf(shape);
  return {
    layers: Array.from({ length: layers }, (_, i) =>
      linear(scope.child("layers").child(`${i}`), i === 0 ? inputs : hidden, hidden),
    ),
    norms: new Map(),
    output: linear(scope.child("output"), hidden, 1),
    projection:
      codes > 0 ? linear(scope.child("projection"), hidden, codes, { bias: false }) : undefined,
    shape: [inputs],
    slope: SLOPES.dense,
  };
}

function convTrunk(
  scope: Scope,
  shape: Shape,
  codes: number,
  { channels }: Extract<GANBody, { network: "dcgan" }>,
  called: { readonly called?: string },
  made: Made,
): Trunk {
  const conv = (
    name: Scope,
    inputs: number,
    outputs: number,
    options: ConstructorParameters<typeof Conv2d>[3],
  ) => made(name, new Conv2d(name, inputs, outputs, { ...called, init: weights, ...options }));
  const sides = halvedSides(shape);
  const layers: Conv2d[] = [];
  const norms = new Map<number, BatchNorm2d>();
  let width = shape[2];
  for (let i = 0; i + 1 < sides.length; i++) {
    const next = channels * 2 ** i;
    const normed = i > 0 && called.called === undefined;
    const options = { kernel: 4, stride: 2, padding: 1, bias: !normed };
    layers.push(conv(scope.child("layers").child(`${i}`), width, next, options));
    const place = scope.child("norms").child(`${i}`);
    if (normed) norms.set(i, new BatchNorm2d(place, next));
    width = next;
  }
  const kernel = sides[sides.length - 1];
  const all = { kernel, bias: false };
  return {
    layers,
    norms,
    output: conv(scope.child("output"), width, 1, { kernel }),
    projection: codes > 0 ? conv(scope.child("projection"), width, codes, all) : undefined,
    shape,
    slope: SLOPES.dcgan,
  };
}
