// The network of a GAN: a generator and a discriminator, and a phase of a step for each.

import type { Machine } from "../../host/machine.js";
import { BatchStatistics } from "../../nn/layers/batch-norm.js";
import { concat } from "../../nn/ops/concat.js";
import { add, scale } from "../../nn/ops/elementwise.js";
import { gaussianNoise } from "../../nn/ops/noise.js";
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
import { statisticsOf } from "./body.js";
import { codesOf } from "./conditions.js";
import { type GANView, seen } from "./gan-augment.js";
import type { GANBody } from "./gan-body.js";
import { Discriminator, type Judge } from "./gan-discriminator.js";
import { type Generator, generator } from "./gan-generator.js";
import {
  type Counts,
  differencePenalty,
  discriminatorLoss,
  type GANObjective,
  generatorLoss,
  threshold,
} from "./gan-objective.js";
import { readSigned } from "./rows.js";
import type { Shape } from "./shape.js";

/** What the network is built from. */
export interface GANNetworkConfig {
  readonly shape: Shape;
  readonly body: GANBody;
  readonly latent: number;
  readonly spectral: boolean;
  /** Classes of each column of labels. */
  readonly classes: readonly number[];
}

/** Some rows of a phase, plain data. */
export interface GANBatch extends GANView {
  readonly rows: number;
  /** Real examples: bytes, or numbers as they are; (rows, D). None in the generator's phase. */
  readonly values?: Uint8Array | Float32Array;
  /** (rows, columns); empty without labels. */
  readonly places: Int32Array;
  /** How much each row counts in the loss (rows); absent where all count the same. */
  readonly weights?: Float32Array;
  readonly objective: GANObjective;
  readonly smoothing: number;
  /** Weight of the penalty on real examples, and on generated ones; 0: none. */
  readonly r1: number;
  readonly r2: number;
  /** Deviation of what the penalty moves examples by. */
  readonly sigma: number;
}

/** Goodfellow et al., "Generative Adversarial Nets", 2014. */
export class GANNetwork implements Trainable {
  readonly machine: Machine;
  readonly config: GANNetworkConfig;
  readonly phases: readonly Phase[] = [
    { name: "discriminator", trains: ["discriminator."] },
    { name: "generator", trains: ["generator."] },
  ];
  readonly averages: readonly string[] = ["generator."];
  /** Power iterations, where there is spectral norm: otherwise nothing changes before a phase. */
  readonly advance?: (phase: string) => void;
  readonly #generator: Generator;
  readonly #discriminator: Discriminator;

  constructor(parameters: ParameterSource, { network }: NetworkDescription) {
    const config = network as GANNetworkConfig;
    this.machine = parameters.machine;
    this.config = config;
    const { shape, body, latent, spectral, classes } = config;
    const codes = classes.reduce((all, one) => all + one, 0);
    const scope = new Scope(parameters);
    this.#generator = generator(scope.child("generator"), latent + codes, shape, body);
    const place = scope.child("discriminator");
    this.#discriminator = new Discriminator(place, shape, codes, body, spectral);
    if (!spectral) return;
    this.advance = (phase) => {
      if (phase === "discriminator") this.#discriminator.advance();
    };
  }

  /** Examples (N, D): of pictures from -1 to 1. */
  read(tape: Tape, values: Uint8Array | Float32Array): Tensor {
    return readSigned(tape, values, this.config.shape);
  }

  /** Codes of labels (N, K); undefined without any. */
  codes(tape: Tape, places: Int32Array): Tensor | undefined {
    return codesOf(tape, this.config.classes, places);
  }

  /** z (N, latent), codes (N, K) → (N, D) */
  generate(tape: Tape, z: Tensor, codes?: Tensor, collected?: BatchStatistics): Tensor {
    return this.#generator.forward(tape, codes ? concat(tape, z, codes) : z, collected);
  }

  judge(tape: Tape): Judge {
    return this.#discriminator.on(tape);
  }

  /** Draws in order: z; what the discriminator sees of real ones, then of generated ones; the moves of r1, then of r2. */
  loss(
    tape: Tape,
    batch: GANBatch,
    _: Float32Array[] | undefined,
    { rows }: StepTotals,
    phase: string,
  ): LossOf {
    const codes = this.codes(tape, batch.places);
    const z = gaussianNoise(tape, [batch.rows, this.config.latent], tape.nextNoiseKey());
    const collected = new BatchStatistics();
    const generated = this.generate(tape, z, codes, collected);
    const judge = this.judge(tape);
    if (phase === "discriminator") {
      return this.#discriminatorLoss(tape, batch, rows, judge, generated, codes);
    }
    const view = seen(tape, generated, this.config.shape, batch);
    const logits = judge.logits(view, codes, new BatchStatistics());
    const counts = countsOf(batch);
    const loss = scale(tape, generatorLoss(tape, batch.objective, logits, counts[1]), 1 / rows);
    return { loss, ...statisticsOf(collected.values) };
  }

  /** Real and generated examples go through the discriminator apart: batch norm does not mix them. */
  #discriminatorLoss(
    tape: Tape,
    batch: GANBatch,
    rows: number,
    judge: Judge,
    generated: Tensor,
    codes: Tensor | undefined,
  ): LossOf {
    const { objective, smoothing, r1, r2, sigma } = batch;
    const { shape } = this.config;
    const views = [this.read(tape, batch.values!), generated].map((x) =>
      seen(tape, x, shape, batch),
    );
    const statistics = [new BatchStatistics(), new BatchStatistics()];
    const [real, fake] = views.map((x, i) => judge.logits(x, codes, statistics[i]));
    const counts = countsOf(batch);
    let loss = discriminatorLoss(tape, objective, real, fake, smoothing, counts);
    for (const [i, gamma] of [r1, r2].entries()) {
      if (gamma === 0) continue;
      const noise = gaussianNoise(tape, views[i].shape, tape.nextNoiseKey());
      const x = add(tape, views[i], scale(tape, noise, sigma));
      const moved = judge.logits(x, codes, new BatchStatistics());
      const penalty = differencePenalty(
        tape,
        moved,
        i === 0 ? real : fake,
        gamma,
        sigma,
        counts[i],
      );
      loss = add(tape, loss, penalty);
    }
    const border = threshold(objective);
    const share = (found: boolean[]) => tape.tensor([found.filter((one) => one).length / rows], []);
    const parts = {
      realAccuracy: share(Array.from(real.data, (logit) => logit > border)),
      generatedAccuracy: share(Array.from(fake.data, (logit) => logit < border)),
    };
    return {
      loss: scale(tape, loss, 1 / rows),
      parts,
      ...statisticsOf({
        ...prefixed(SIDES[0], statistics[0].values),
        ...prefixed(SIDES[1], statistics[1].values),
      }),
    };
  }

  /** Running averages: the generator's of its own phase; the discriminator's of real examples, then of generated ones. */
  observe(phase: string, statistics: Statistics): void {
    if (phase === "generator") {
      for (const norm of this.#generator.norms) norm.observe(statistics);
      return;
    }
    for (const side of SIDES) {
      const own = Object.entries(statistics).filter(([name]) => name.startsWith(side));
      const values = Object.fromEntries(own.map(([name, one]) => [name.slice(side.length), one]));
      for (const norm of this.#discriminator.norms) norm.observe(values);
    }
  }
}

/**
 * How much real examples count, and generated ones. These stand for the row whose labels they have, and count as it does;
 * without labels all count the same.
 */
function countsOf({ weights, places }: GANBatch): readonly [Counts, Counts] {
  return [weights, places.length > 0 ? weights : undefined];
}

const SIDES = ["real ", "generated "] as const;

function prefixed(prefix: string, values: Statistics): Statistics {
  return Object.fromEntries(Object.entries(values).map(([name, one]) => [prefix + name, one]));
}
