// How well a VAE knows examples: the evidence lower bound, and an estimate of ln p(x) by importance weights.

import { checkKeys, checkNumber, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import type { Pieces } from "../../host/pieces.js";
import { gaussianNoise, reparameterize } from "../../nn/ops/noise.js";
import { gaussianKl } from "../../nn/ops/pixel-losses.js";
import { Tape } from "../../nn/tape.js";
import { type Labelled, rowsBetween } from "./batches.js";
import { binarized } from "./binarize.js";
import { logMeanExp, logRatio } from "./importance.js";
import { inBlocks, repeated } from "./made.js";
import type { VAEConfig } from "./vae-config.js";
import type { VAENetwork } from "./vae-network.js";

/** Options of `VAE.score`. */
export interface VAEScoreOptions {
  /** Draws of a latent vector for each example, for an estimate of its likelihood; 0: none. Default 0. */
  readonly importance?: number;
  /** Of the draws, and of stochastic binarisation. Default 0. */
  readonly seed?: number;
}

/** How well a VAE knows examples; means over them, in nats. */
export interface VAEScore {
  /** Evidence lower bound of ln p(x), one draw an example. */
  readonly elbo: number;
  /** Its parts: -ln p(x | z), and KL(q(z | x) || p(z)). `elbo` = -reconstruction - kl. */
  readonly reconstruction: number;
  readonly kl: number;
  /** -ln p(x), estimated with `importance` draws (Burda et al. 2016): an upper bound in expectation. */
  readonly nll?: number;
  /** Examples. */
  readonly examples: number;
}

const keys = ["importance", "seed"];

/** Rows that are measured at a time. */
const ROWS = 100;
/** Draws that are decoded at a time. */
const DRAWS = 500;
/** Keys: of binarisation, of the bound's draws, of importance draws. */
const [BINARIZE, BOUND, IMPORTANCE] = [0, 1, 2];

/** @throws InvalidInputError */
export function* scoreVAE(
  network: VAENetwork,
  config: VAEConfig,
  all: Labelled,
  key: (seed: number) => Key,
  options: VAEScoreOptions,
): Pieces<VAEScore> {
  checkKeys("score", options, keys);
  const { importance = 0, seed = 0 } = options;
  checkNumber("importance", importance, { integer: true, min: 0, max: 1e6 });
  const own = key(seed);
  const bound = yield* measureELBO(network, config, all, own);
  if (importance === 0) return bound;
  let nll = 0;
  for (let i = 0; i < all.rows.count; i++) {
    const one = drawn(config, rowsBetween(all, i, i + 1), own, i);
    nll -= yield* importanceWeighted(network, one, importance, own.fold(IMPORTANCE).fold(i));
  }
  return { ...bound, nll: nll / all.rows.count };
}

/** The bound with one draw of each example. */
export function* measureELBO(
  network: VAENetwork,
  config: VAEConfig,
  all: Labelled,
  key: Key,
): Pieces<VAEScore> {
  const { count } = all.rows;
  const sums = { reconstruction: 0, kl: 0 };
  yield* inBlocks(network.machine, count, ROWS, (tape, from, to) => {
    const some = drawn(config, rowsBetween(all, from, to), key, from);
    const x = network.read(tape, some.rows.values);
    const codes = network.codes(tape, some.places);
    const { mean, logVariance } = network.encode(tape, x, codes);
    const noise = gaussianNoise(tape, mean.shape, key.fold(BOUND).fold(from));
    const z = reparameterize(tape, mean, logVariance, noise);
    const out = network.decode(tape, z, codes);
    sums.reconstruction += network.likelihood.nll(tape, out, x).data[0];
    sums.kl += gaussianKl(tape, mean, logVariance).data[0];
  });
  const reconstruction = sums.reconstruction / count;
  const kl = sums.kl / count;
  return { elbo: -reconstruction - kl, reconstruction, kl, examples: count };
}

/** Rows as the model sees them; row by row the same however they are cut. */
function drawn({ binarize }: VAEConfig, some: Labelled, key: Key, from: number): Labelled {
  if (binarize === "none") return some;
  const { width, count, values } = some.rows;
  const binary = new (values.constructor as typeof Uint8Array)(values.length);
  for (let i = 0; i < count; i++) {
    const row = { count: 1, width, values: values.subarray(i * width, (i + 1) * width) };
    const own = binarized(row, binarize, key.fold(BINARIZE).fold(from + i));
    binary.set(own.values, i * width);
  }
  return { ...some, rows: { ...some.rows, values: binary } };
}

/** ln 1/k Σ p(x, z) / q(z | x) of one example. */
function* importanceWeighted(
  network: VAENetwork,
  { rows, places }: Labelled,
  draws: number,
  key: Key,
): Pieces<number> {
  const { machine } = network;
  const logs = new Float32Array(draws);
  const { mean, spread } = machine.scoped(() => {
    const tape = new Tape(machine);
    const x = network.read(tape, rows.values);
    const posterior = network.encode(tape, x, network.codes(tape, places));
    return { mean: posterior.mean.data.slice(), spread: posterior.logVariance.data.slice() };
  });
  const latent = mean.length;
  yield* inBlocks(machine, draws, DRAWS, (tape, from, to) => {
    const some = to - from;
    const means = tape.tensor(repeated(mean, some), [some, latent]);
    const logVariance = tape.tensor(repeated(spread, some), [some, latent]);
    const noise = gaussianNoise(tape, [some, latent], key.fold(from));
    const z = reparameterize(tape, means, logVariance, noise);
    const codes = network.codes(tape, repeated(places, some));
    const x = network.read(tape, repeated(rows.values, some));
    const nll = network.likelihood.nll(tape, network.decode(tape, z, codes), x, true);
    const ratio = logRatio(tape, z, logVariance, noise);
    for (let k = 0; k < some; k++) logs[from + k] = -nll.data[k] - ratio.data[k];
  });
  return logMeanExp(machine, logs).value;
}

/** Bernoulli pixels are from 0 to 1. @throws InvalidInputError */
export function checkPixels({ pixels }: VAEConfig, { rows: { values } }: Labelled): void {
  if (pixels !== "bernoulli" || values instanceof Uint8Array) return;
  const wrong = values.findIndex((value) => value < 0 || value > 1);
  if (wrong < 0) return;
  throw new InvalidInputError(
    `pixels "bernoulli" are numbers from 0 to 1, got ${values[wrong]}; use pixels: "gaussian"`,
  );
}
