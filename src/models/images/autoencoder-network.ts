// The network of an autoencoder: an encoder to a latent vector, a decoder back.

import type { Machine } from "../../host/machine.js";
import { BatchStatistics } from "../../nn/layers/batch-norm.js";
import { Linear } from "../../nn/layers/linear.js";
import { scale, sigmoid } from "../../nn/ops/elementwise.js";
import { absoluteError, binaryCrossEntropy, squaredError } from "../../nn/ops/pixel-losses.js";
import { weighted } from "../../nn/ops/reduce.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type {
  LossOf,
  NetworkDescription,
  Phase,
  Statistics,
  StepTotals,
  Trainable,
} from "../../train/trainable.js";
import type { Adversary, AdversaryBatch, AdversaryNetworkConfig } from "./adversary.js";
import type { AdversaryModule } from "./adversary-engine.js";
import { beginAtMean } from "./begin.js";
import { type Maker, maker, type Reader, reader, statisticsOf } from "./body.js";
import type { BodyConfig } from "./body-config.js";
import { type Rows, readNumbers } from "./rows.js";
import { isPicture, type Shape } from "./shape.js";

export type AutoencoderLoss = "squared" | "absolute" | "bernoulli";

/** What the network is built from. */
export interface AutoencoderNetworkConfig {
  readonly shape: Shape;
  readonly body: BodyConfig;
  readonly latent: number;
  readonly loss: AutoencoderLoss;
  readonly adversary?: AdversaryNetworkConfig | undefined;
}

/** Some rows of a step, plain data. */
export interface AutoencoderBatch extends AdversaryBatch {
  /** What is to be made again: bytes for 0 to 1, or numbers. */
  readonly values: Uint8Array | Float32Array;
  /** The same as it is read, corrupted; absent where it is read as it is. */
  readonly inputs?: Float32Array;
}

export class AutoencoderNetwork implements Trainable {
  readonly machine: Machine;
  readonly config: AutoencoderNetworkConfig;
  /** With an adversary: its own, and the rest's. */
  readonly phases?: readonly Phase[];
  readonly #encoder: Reader;
  readonly #latent: Linear;
  readonly #decoder: Maker;
  readonly #adversary: Adversary | undefined;

  /** @param opposing what is loaded for an adversary, where it has one */
  constructor(
    parameters: ParameterSource,
    { network }: NetworkDescription,
    opposing?: AdversaryModule,
  ) {
    const config = network as AutoencoderNetworkConfig;
    this.machine = parameters.machine;
    this.config = config;
    const { shape, body, latent, adversary } = config;
    const scope = new Scope(parameters);
    this.#encoder = reader(scope.child("encoder"), shape, body);
    const place = scope.child("encoder").child("latent");
    const stored = this.#encoder.stored(latent);
    this.#latent = new Linear(place, this.#encoder.features, latent, stored);
    this.#decoder = maker(scope.child("decoder"), latent, shape, body);
    if (!adversary) return;
    this.#adversary = new opposing!.Adversary(scope.child("adversary"), latent, adversary);
    this.phases = opposing!.phases;
  }

  /** Lets the decoder begin at the mean of these. */
  beginAt(rows: Rows): void {
    beginAtMean(this.#decoder.outputBias, rows, this.#odds ? "odds" : "unit");
  }

  /** x (N, D) as a tensor. */
  read(tape: Tape, values: Uint8Array | Float32Array): Tensor {
    return readNumbers(tape, values, this.config.shape);
  }

  /** x (N, D) → (N, latent) */
  encode(tape: Tape, x: Tensor, collected?: BatchStatistics): Tensor {
    const features = this.#encoder.forward(tape, x, undefined, collected);
    return this.#latent.forward(tape, features);
  }

  /** z (N, latent) → (N, D); of pictures from 0 to 1 */
  decode(tape: Tape, z: Tensor): Tensor {
    return this.#bounded(tape, this.#decoder.forward(tape, z));
  }

  /**
   * Error of the reconstruction, summed over the numbers of an example, mean over the rows of the step; with an adversary
   * what its phase makes small.
   */
  loss(
    tape: Tape,
    batch: AutoencoderBatch,
    _: Float32Array[] | undefined,
    { rows }: StepTotals,
    phase = "",
  ): LossOf {
    const { values, inputs, weights } = batch;
    const target = this.read(tape, values);
    const x = inputs ? this.read(tape, inputs) : target;
    const collected = new BatchStatistics();
    const z = this.encode(tape, x, collected);
    const own = () => {
      const out = this.#decoder.forward(tape, z, collected);
      const error = weighted(tape, weights, (perRow) => this.#error(tape, out, target, perRow));
      return { loss: scale(tape, error, 1 / rows) };
    };
    if (!this.#adversary) return { ...own(), ...statisticsOf(collected.values) };
    const opposed = this.#adversary.loss(tape, z, batch, rows, phase, own);
    return this.phases![0].name === phase
      ? opposed
      : { ...opposed, ...statisticsOf(collected.values) };
  }

  /** The adversary's guesses from z (N, latent) → (N, classes). */
  guesses(tape: Tape, z: Tensor): Tensor {
    return this.#adversary!.logits(tape, z);
  }

  observe(_: string, statistics: Statistics): void {
    for (const { norms } of [this.#encoder, this.#decoder]) {
      for (const norm of norms) norm.observe?.(statistics);
    }
  }

  #error(tape: Tape, out: Tensor, target: Tensor, perRow: boolean): Tensor {
    switch (this.config.loss) {
      case "bernoulli":
        return binaryCrossEntropy(tape, out, target, perRow);
      case "absolute":
        return absoluteError(tape, this.#bounded(tape, out), target, perRow);
      case "squared":
        return squaredError(tape, this.#bounded(tape, out), target, perRow);
    }
  }

  /** Whether the decoder gives log-odds: of pictures, which are from 0 to 1. Vectors may be any. */
  get #odds(): boolean {
    const { shape, loss } = this.config;
    return isPicture(shape) || loss === "bernoulli";
  }

  #bounded(tape: Tape, out: Tensor): Tensor {
    return this.#odds ? sigmoid(tape, out) : out;
  }
}
