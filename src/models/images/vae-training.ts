// How a VAE trains: its options of `fit`, its batches, and its validation.

import { InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { TrainingData } from "../../train/data.js";
import type { TrainingOptions } from "../../train/options.js";
import type { DataOptions } from "../../train/progress.js";
import { checkAdversary, measureAdversary, minded, withGuessed } from "./adversary.js";
import { type AdversaryFitOptions, adversaryFitRules } from "./adversary-config.js";
import {
  type Labelled,
  type PictureDataOptions,
  pictureDataRules,
  restored,
  stepBatch,
  suitedBatch,
} from "./batches.js";
import { binarized } from "./binarize.js";
import { pictureData } from "./data.js";
import { bodyBytes } from "./memory.js";
import type { VAEConfig } from "./vae-config.js";
import type { VAENetwork } from "./vae-network.js";
import { checkPixels, measureELBO } from "./vae-score.js";

export { begins } from "../../train/given.js";
export { withGuessed };

/** A VAE's own options of `fit`. */
export interface VAEDataOptions extends PictureDataOptions, AdversaryFitOptions {
  /**
   * Weight of the KL divergence: above 1 latent dimensions mean more and reconstructions are worse (Higgins et al.,
   * "beta-VAE", 2017). Default 1.
   */
  readonly beta?: number;
  /** Steps in which `beta` grows from 0, so that the decoder listens to the latent vector before it costs. Default 0. */
  readonly betaWarmup?: number;
  /** Nats of KL that each latent dimension has for nothing, so that it is used. Default 0. */
  readonly freeBits?: number;
  /**
   * What is made large: the evidence lower bound, or the importance-weighted one of `particles` draws, which is closer
   * to the likelihood. Default `elbo`.
   */
  readonly objective?: "elbo" | "iwae";
  /** Draws for each example, with `iwae`. Default 5. */
  readonly particles?: number;
}

/** Options of `VAE.fit`. */
export interface VAEFitOptions extends TrainingOptions, VAEDataOptions {}

/** What each option may be. */
export const vaeDataRules: Rules<VAEDataOptions> = {
  ...pictureDataRules,
  beta: { type: "number", min: 0, max: 1e6, value: 1 },
  betaWarmup: { type: "integer", min: 0, max: 1e9, value: 0 },
  freeBits: { type: "number", min: 0, max: 1e6, value: 0 },
  objective: { type: "choice", of: ["elbo", "iwae"], value: "elbo" },
  particles: { type: "integer", min: 1, max: 1000, value: 5 },
  ...adversaryFitRules,
};

/** Keys of a batch. */
const BINARIZE = 0;

/** @throws InvalidInputError */
export function vaeData(
  network: VAENetwork,
  config: VAEConfig,
  all: Labelled,
  given: VAEDataOptions,
  key: Key,
  begun: DataOptions | undefined,
): TrainingData {
  const o = resolve(vaeDataRules, given, begun ? restored(begun) : suitedBatch(all.rows.count));
  const {
    beta,
    betaWarmup,
    freeBits,
    objective,
    adversaryWeight,
    adversaryWarmup,
    adversarySteps,
  } = o;
  checkPixels(config, all);
  checkAdversary(config, given);
  if (objective === "elbo" && given.particles !== undefined && given.particles > 1) {
    throw new InvalidInputError('particles are for objective "iwae", this one is "elbo"');
  }
  if (objective === "iwae" && (freeBits > 0 || beta !== 1 || betaWarmup > 0)) {
    throw new InvalidInputError('beta, betaWarmup and freeBits are for objective "elbo"');
  }
  const particles = objective === "iwae" ? o.particles : 1;
  const opposed = config.adversary && { adversaryWeight, adversaryWarmup, adversarySteps };
  const options = { beta, betaWarmup, freeBits, objective, particles: o.particles, ...opposed };
  const task = {
    shape: config.shape,
    options,
    batch({ rows, places, guessed }: Labelled, index: number, own: Key) {
      const { values } = binarized(rows, config.binarize, own.fold(BINARIZE));
      const weight = betaWarmup > 0 ? beta * Math.min(1, (index + 1) / betaWarmup) : beta;
      const arrays = { values, places, ...(guessed && { guessed }) };
      return stepBatch(rows.count, arrays, {
        ...{ beta: weight, freeBits, particles },
        ...(opposed && minded(opposed, index)),
      });
    },
    ...(opposed && { phases: { adversary: { repeats: adversarySteps } } }),
    *measure(some: Labelled) {
      const { elbo, reconstruction, kl } = yield* measureELBO(
        network,
        config,
        some,
        key.fold(VALIDATE),
      );
      const loss = reconstruction + beta * kl;
      const measures = { elbo, reconstruction, kl };
      if (!opposed) return { loss, measures };
      const found = yield* measureAdversary(network.machine, some, (tape, { rows, places }) => {
        const x = network.read(tape, rows.values);
        return network.guesses(tape, network.encode(tape, x, network.codes(tape, places)));
      });
      return {
        loss: loss + adversaryWeight * found.information,
        measures: { ...measures, adversary: found.accuracy },
      };
    },
    activationBytes: (rows: number) => particles * bodyBytes(config, rows),
  };
  return pictureData(task, all, o, key);
}

/** Key of the draws of every validation. */
const VALIDATE = 100;
