// What numbers of a latent vector do, and how pictures come out of noise.

import { checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { Key, purposes } from "../host/key.js";
import type { Autoencoder } from "../models/images/autoencoder.js";
import type { Diffusion } from "../models/images/diffusion.js";
import type { Emerging } from "../models/images/diffusion-maker.js";
import type { DiffusionStreamOptions } from "../models/images/diffusion-options.js";
import type { GAN } from "../models/images/gan.js";
import type { Made } from "../models/images/made.js";
import type { VAE } from "../models/images/vae.js";
import { insideOf, kindOf } from "./inside.js";

/** Options of `traverse`. */
export interface TraverseOptions {
  /** Where the ways cross: default a vector that is drawn by the seed; of a diffusion, the noise of the seed. */
  readonly latent?: Float32Array;
  /** Numbers of the vector that are changed, a way each. Default: the 8 that change most. Of a diffusion: how many ways, 8. */
  readonly dimensions?: readonly number[] | number;
  /** A number goes from -range to range. Default 3. */
  readonly range?: number;
  /** Examples of a way. Default 9. */
  readonly steps?: number;
  /** Default 0. */
  readonly seed?: number;
  /** What they are decoded as, where the model knows labels. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Examples along one number of a latent vector. */
export interface Traversal {
  /** The number; of a diffusion, the seed of the noise at the other end. */
  readonly dimension: number;
  /** What it was for each example. */
  readonly values: readonly number[];
  readonly made: Made;
  /** How much examples change: the mean absolute difference of the ends' numbers. */
  readonly change: number;
}

/**
 * What each number of a latent vector does: examples of vectors in which that one alone is changed, those that change most first
 * (Higgins et al., "beta-VAE", 2017). A diffusion has no vector of few numbers: ways lead from the noise of one seed to those of
 * others.
 * @param model a VAE, an Autoencoder, a GAN, or a Diffusion
 * @throws InvalidInputError
 */
export function traverse(
  model: VAE | Autoencoder | GAN | Diffusion,
  options: TraverseOptions = {},
): Traversal[] {
  checkKeys("traverse", options, [...["latent", "dimensions", "range", "steps", "seed", "labels"]]);
  const { range = 3, steps = 9, seed = 0, labels } = options;
  checkNumber("range", range, { min: 0, above: true, max: 1e6 });
  checkNumber("steps", steps, { integer: true, min: 2, max: 1000 });
  const kind = kindOf(model);
  if (kind === "Diffusion") return overNoise(model as Diffusion, options, steps, seed);
  if (!["VAE", "Autoencoder", "GAN"].includes(kind)) {
    throw new InvalidInputError(
      `traverse is for a VAE, an Autoencoder, a GAN or a Diffusion, got a ${kind}`,
    );
  }
  const own = model as VAE;
  const { latent: length } = own.config;
  const { machine } = insideOf(model);
  const drawn = () => Key.fromSeed(machine, seed).fold(purposes.sample).normal(length);
  const start = options.latent ?? drawn();
  const decode = (latents: Float32Array[]) =>
    kind === "Autoencoder" ? own.decode(latents) : own.decode(latents, { labels });
  const values = Array.from({ length: steps }, (_, i) => range * ((2 * i) / (steps - 1) - 1));
  const moved = (dimension: number, value: number) => {
    const vector = start.slice();
    vector[dimension] = value;
    return vector;
  };
  const { dimensions = 8 } = options;
  const wanted = typeof dimensions === "number" ? countOf(dimensions, length) : undefined;
  const list = wanted ? Array.from({ length }, (_, i) => i) : (dimensions as readonly number[]);
  for (const one of list)
    checkNumber("dimensions", one, { integer: true, min: 0, max: length - 1 });
  const changes = list.map((dimension) => {
    const { rows } = decode([moved(dimension, -range), moved(dimension, range)]);
    return { dimension, change: difference(rows[0], rows[1]) };
  });
  changes.sort((a, b) => b.change - a.change || a.dimension - b.dimension);
  return changes.slice(0, wanted ?? changes.length).map(({ dimension, change }) => ({
    ...{ dimension, change, values },
    made: decode(values.map((value) => moved(dimension, value))),
  }));
}

function overNoise(
  model: Diffusion,
  { dimensions = 8, labels, latent }: TraverseOptions,
  steps: number,
  seed: number,
): Traversal[] {
  if (latent)
    throw new InvalidInputError(
      "a Diffusion is traversed from the noise of a seed, give no latent",
    );
  const others =
    typeof dimensions === "number"
      ? Array.from({ length: countOf(dimensions, 1000) }, (_, i) => seed + 1 + i)
      : dimensions;
  const values = Array.from({ length: steps }, (_, i) => i / (steps - 1));
  return others.map((other) => {
    const made = model.interpolate(seed, other, { samples: steps, ...(labels && { labels }) });
    const change = difference(made.rows[0], made.rows[steps - 1]);
    return { dimension: other, values, made, change };
  });
}

function countOf(count: number, most: number): number {
  return Math.min(most, checkNumber("dimensions", count, { integer: true, min: 1, max: 1e5 }));
}

function difference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}

/** Options of `denoisingPath`: those of `stream`, and how many moments are kept. */
export interface DenoisingOptions extends DiffusionStreamOptions {
  /** Moments, the last one included. Default 8, or all where there are fewer. */
  readonly moments?: number;
}

/**
 * How examples come out of noise: some of the steps of `generate`, with what the model thought they will be. The last is what
 * `generate` gives.
 * @throws InvalidInputError, also for what is no Diffusion
 */
export async function denoisingPath(
  model: Diffusion,
  options: DenoisingOptions = {},
): Promise<Emerging[]> {
  const { moments = 8, ...rest } = options;
  checkNumber("moments", moments, { integer: true, min: 1, max: 1000 });
  if (kindOf(model) !== "Diffusion") {
    throw new InvalidInputError(`denoisingPath is for a Diffusion, got ${describe(model)}`);
  }
  const kept: Emerging[] = [];
  for await (const one of model.stream(rest)) {
    const count = Math.min(moments, one.steps);
    const place = Math.ceil((one.step * count) / one.steps);
    // Of steps that fall to one moment, the last.
    if (Math.ceil(((one.step + 1) * count) / one.steps) > place) kept.push(one);
  }
  return kept;
}
