// The network of a VAE: an encoder that gives a Gaussian of latent vectors for an example, and a decoder that gives a
// distribution of examples for a latent vector.

import type { Machine } from "../../host/machine.js";
import { BatchStatistics } from "../../nn/layers/batch-norm.js";
import { Linear } from "../../nn/layers/linear.js";
import { concat } from "../../nn/ops/concat.js";
import { add, mul, scale } from "../../nn/ops/elementwise.js";
import { gaussianNoise, reparameterize } from "../../nn/ops/noise.js";
import { gaussianKl } from "../../nn/ops/pixel-losses.js";
import { sum, weighted } from "../../nn/ops/reduce.js";
import { sumFirst } from "../../nn/ops/rows.js";
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
import { codesOf } from "./conditions.js";
import { importanceLoss, type Posterior } from "./importance.js";
import { type Likelihood, likelihood, type PixelKind } from "./likelihood.js";
import { type Rows, readNumbers } from "./rows.js";
import type { Shape } from "./shape.js";

/** What the network is built from. */
export interface VAENetworkConfig {
  readonly shape: Shape;
  readonly body: BodyConfig;
  readonly latent: number;
  readonly pixels: PixelKind;
  /** Classes of each column of labels. */
  readonly classes: readonly number[];
  readonly adversary?: AdversaryNetworkConfig | undefined;
}

/** Some rows of a step, plain data. */
export interface VAEBatch extends AdversaryBatch {
  /** Bytes for 0 to 1, or numbers as they are; (rows, D). */
  readonly values: Uint8Array | Float32Array;
  /** (rows, columns); empty without labels. */
  readonly places: Int32Array;
  /** Weight of the KL divergence. */
  readonly beta: number;
  /** Nats of KL a latent dimension that cost nothing. */
  readonly freeBits: number;
  /** Draws of a latent vector; with the importance-weighted objective where there are several. */
  readonly particles: number;
}

/** Kingma and Welling, "Auto-Encoding Variational Bayes", 2014. */
export class VAENetwork implements Trainable {
  readonly machine: Machine;
  readonly config: VAENetworkConfig;
  readonly likelihood: Likelihood;
  /** With an adversary: its own, and the rest's. */
  readonly phases?: readonly Phase[];
  readonly #encoder: Reader;
  readonly #mean: Linear;
  readonly #logVariance: Linear;
  readonly #decoder: Maker;
  readonly #adversary: Adversary | undefined;

  /** @param opposing what is loaded for an adversary, where it has one */
  constructor(
    parameters: ParameterSource,
    { network }: NetworkDescription,
    opposing?: AdversaryModule,
  ) {
    const config = network as VAENetworkConfig;
    this.machine = parameters.machine;
    this.config = config;
    const { shape, body, latent, pixels, classes, adversary } = config;
    const codes = classes.reduce((all, one) => all + one, 0);
    const scope = new Scope(parameters);
    const encoder = scope.child("encoder");
    // What the latent vector shall not say, the encoder is not told.
    const told = adversary?.column === undefined ? codes : codes - classes[adversary.column];
    this.#encoder = reader(encoder, shape, body, told);
    const { features } = this.#encoder;
    const stored = this.#encoder.stored(latent);
    this.#mean = new Linear(encoder.child("mean"), features, latent, stored);
    this.#logVariance = new Linear(encoder.child("log_variance"), features, latent, stored);
    this.#decoder = maker(scope.child("decoder"), latent + codes, shape, body);
    this.likelihood = likelihood(scope.child("decoder"), pixels);
    if (!adversary) return;
    this.#adversary = new opposing!.Adversary(scope.child("adversary"), 2 * latent, adversary);
    this.phases = opposing!.phases;
  }

  /** Lets the decoder begin at the mean of these. */
  beginAt(rows: Rows): void {
    const means = { bernoulli: "odds", gaussian: "unit", logistic: "signed" } as const;
    beginAtMean(this.#decoder.outputBias, rows, means[this.config.pixels]);
  }

  /** x (N, D) as a tensor. */
  read(tape: Tape, values: Uint8Array | Float32Array): Tensor {
    return readNumbers(tape, values, this.config.shape);
  }

  /** Codes of labels (N, K); undefined without any. */
  codes(tape: Tape, places: Int32Array): Tensor | undefined {
    return codesOf(tape, this.config.classes, places);
  }

  /** q(z | x): x (N, D), codes (N, K) */
  encode(tape: Tape, x: Tensor, codes?: Tensor, collected?: BatchStatistics): Posterior {
    const features = this.#encoder.forward(tape, x, this.#told(tape, codes), collected);
    return {
      mean: this.#mean.forward(tape, features),
      logVariance: this.#logVariance.forward(tape, features),
    };
  }

  /** Codes without those of the label that an adversary guesses. */
  #told(tape: Tape, codes: Tensor | undefined): Tensor | undefined {
    const { classes, adversary } = this.config;
    const column = adversary?.column;
    if (!codes || column === undefined) return codes;
    const from = classes.slice(0, column).reduce((sum, one) => sum + one, 0);
    const [rows, width] = codes.shape;
    const kept = codes.data.filter((_, i) => {
      const place = (i % width) - from;
      return place < 0 || place >= classes[column];
    });
    return kept.length > 0 ? tape.tensor(kept, [rows, kept.length / rows]) : undefined;
  }

  /** z (N, latent), codes (N, K) → what `likelihood` takes, (N, D) */
  decode(tape: Tape, z: Tensor, codes?: Tensor, collected?: BatchStatistics): Tensor {
    return this.#decoder.forward(tape, codes ? concat(tape, z, codes) : z, collected);
  }

  observe(_: string, statistics: Statistics): void {
    for (const { norms } of [this.#encoder, this.#decoder]) {
      for (const norm of norms) norm.observe?.(statistics);
    }
  }

  /** -ELBO, or the importance-weighted bound, mean over the rows of the step; with an adversary what its phase makes small. */
  loss(
    tape: Tape,
    batch: VAEBatch,
    _: Float32Array[] | undefined,
    { rows }: StepTotals,
    phase = "",
  ): LossOf {
    const x = this.read(tape, batch.values);
    const codes = this.codes(tape, batch.places);
    const collected = new BatchStatistics();
    const posterior = this.encode(tape, x, codes, collected);
    const own = () => this.#bound(tape, batch, rows, x, codes, posterior, collected);
    if (!this.#adversary) return { ...own(), ...statisticsOf(collected.values) };
    const said = heard(tape, posterior);
    const opposed = this.#adversary.loss(tape, said, batch, rows, phase, own);
    return this.phases![0].name === phase
      ? opposed
      : { ...opposed, ...statisticsOf(collected.values) };
  }

  #bound(
    tape: Tape,
    batch: VAEBatch,
    rows: number,
    x: Tensor,
    codes: Tensor | undefined,
    posterior: Posterior,
    collected: BatchStatistics,
  ): Pick<LossOf, "loss" | "parts"> {
    if (batch.particles > 1) {
      const decode = (z: Tensor) => this.decode(tape, z, codes, collected);
      const nll = (z: Tensor) => this.likelihood.nll(tape, decode(z), x, true);
      const bound = importanceLoss(tape, posterior, batch.particles, nll, batch.weights);
      return { loss: scale(tape, bound, 1 / rows) };
    }
    const { mean, logVariance } = posterior;
    const noise = gaussianNoise(tape, mean.shape, tape.nextNoiseKey()!);
    const z = reparameterize(tape, mean, logVariance, noise);
    const made = this.decode(tape, z, codes, collected);
    const error = weighted(tape, batch.weights, (perRow) =>
      this.likelihood.nll(tape, made, x, perRow),
    );
    const reconstruction = scale(tape, error, 1 / rows);
    const kl = scale(tape, this.#kl(tape, posterior, batch), 1 / rows);
    const loss = add(tape, reconstruction, scale(tape, kl, batch.beta));
    return { loss, parts: { reconstruction, kl } };
  }

  /** The adversary's guesses, from all that the encoder says of z (N, classes). */
  guesses(tape: Tape, posterior: Posterior): Tensor {
    return this.#adversary!.logits(tape, heard(tape, posterior));
  }

  /**
   * KL(q(z | x) || N(0, I)), summed over the rows. With free bits it is at least so many nats a dimension, on average over
   * the rows: max(λ, KL) (Kingma et al., "Improved Variational Inference with Inverse Autoregressive Flow", 2016).
   */
  #kl(tape: Tape, { mean, logVariance }: Posterior, { freeBits, weights }: VAEBatch): Tensor {
    if (freeBits === 0) {
      return weighted(tape, weights, (perRow) => gaussianKl(tape, mean, logVariance, perRow));
    }
    const [rows, latent] = mean.shape;
    const each = weights
      ? weightedKl(tape, mean, logVariance, weights)
      : gaussianKl(tape, mean, logVariance, "perDimension");
    const values = each.data;
    const paid = Float32Array.from(values, (kl) => (kl > freeBits * rows ? 1 : 0));
    const free = paid.reduce((count, one) => count + 1 - one, 0) * freeBits * rows;
    const counted = sum(tape, mul(tape, each, tape.tensor(paid, [latent])));
    return add(tape, counted, tape.tensor([free], []));
  }
}

/** Mean and variance, side by side: z is drawn from them, and knows nothing that they do not. */
function heard(tape: Tape, { mean, logVariance }: Posterior): Tensor {
  return concat(tape, mean, logVariance);
}

/** The KL divergence of each dimension, summed over rows as they count. */
function weightedKl(tape: Tape, mean: Tensor, logVariance: Tensor, weights: Float32Array): Tensor {
  const [rows, latent] = mean.shape;
  const [m, v] = [mean, logVariance].map((x) => x.reshaped([rows * latent, 1]));
  const each = gaussianKl(tape, m, v, true).reshaped([rows, latent]);
  const counts = Float32Array.from(
    { length: each.size },
    (_, i) => weights[Math.floor(i / latent)],
  );
  return sumFirst(tape, mul(tape, each, tape.tensor(counts, each.shape)));
}
