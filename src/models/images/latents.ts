// Into the latent space and out of it.

import { describe, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { isKind } from "../../host/kinds.js";
import type { Pieces } from "../../host/pieces.js";
import { concat } from "../../nn/ops/concat.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Labelled } from "./batches.js";
import { binarized } from "./binarize.js";
import type { PictureLabels } from "./conditions.js";
import { inRows, joined } from "./made.js";
import { numbers } from "./rows.js";
import { numbersOf } from "./shape.js";
import type { VAENetwork } from "./vae-network.js";

/** Options of `generate` of models that make examples from latent vectors. */
export interface LatentGenerateOptions {
  /** Examples to make. Default 1. */
  readonly samples?: number;
  /** Of what is drawn. Default 0. */
  readonly seed?: number;
  /** Deviation of the latent vectors: below 1 examples are more alike and more typical. Default 1. */
  readonly temperature?: number;
  /**
   * What is asked for, such as { label: "3" }. A column of which nothing is said is drawn as often as the pictures
   * had each class.
   */
  readonly labels?: PictureLabels;
}

/** Latent Gaussians, one for each example. */
export interface Encoded {
  readonly mean: readonly Float32Array[];
  /** Natural logarithms of the variances. */
  readonly logVariance: readonly Float32Array[];
}

/** @throws InvalidInputError for what is no list of vectors of this length */
export function checkLatents(latents: unknown, length: number, what = "latents"): void {
  if (!Array.isArray(latents) || latents.length === 0) {
    throw new InvalidInputError(
      `${what} must be a list of Float32Array with ${length} numbers each, got ${describe(latents)}`,
    );
  }
  for (const [i, latent] of latents.entries()) {
    if (!isKind(latent, "Float32Array") || latent.length !== length) {
      const got = isKind(latent, "Float32Array") ? `${latent.length} numbers` : describe(latent);
      throw new InvalidInputError(`${what}[${i}] must be a Float32Array of ${length}, got ${got}`);
    }
    const wrong = latent.findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) continue;
    throw new InvalidInputError(
      `${what}[${i}][${wrong}] must be a finite number, got ${latent[wrong]}`,
    );
  }
}

/** Latent vectors of the prior, times `temperature`. */
export function drawLatents(
  count: number,
  length: number,
  temperature: number,
  key: Key,
): Float32Array[] {
  // Each example has a key of its own: the first ones are the same however many there are.
  return Array.from({ length: count }, (_, i) =>
    key
      .fold(i)
      .normal(length)
      .map((value) => value * temperature),
  );
}

/** Some latent vectors, from one number to below another, (N, length). */
export function latentRows(
  tape: Tape,
  latents: readonly Float32Array[],
  from: number,
  to: number,
): Tensor {
  const some = latents.slice(from, to);
  return tape.name("latent", tape.tensor(joined(some), [some.length, some[0].length]));
}

export function* encodeRows(network: VAENetwork, { rows, places }: Labelled): Pieces<Encoded> {
  const { latent } = network.config;
  const columns = places.length / rows.count;
  // Mean and logarithm of the variance beside each other.
  const both = yield* inRows(network.machine, rows.count, 2 * latent, (tape, from, to) => {
    const x = network.read(tape, numbers(rows, from, to));
    const codes = network.codes(tape, places.subarray(from * columns, to * columns));
    const { mean, logVariance } = network.encode(tape, x, codes);
    return concat(tape, mean, logVariance);
  });
  return {
    mean: both.map((row) => row.slice(0, latent)),
    logVariance: both.map((row) => row.slice(latent)),
  };
}

/** @param key of pixels that are drawn; without one, their means are given */
export function* decodeRows(
  network: VAENetwork,
  latents: readonly Float32Array[],
  places: Int32Array,
  key?: Key,
): Pieces<Float32Array[]> {
  const { shape } = network.config;
  const { machine, likelihood } = network;
  const columns = places.length / latents.length;
  const made = yield* inRows(machine, latents.length, numbersOf(shape), (tape, from, to) => {
    const z = latentRows(tape, latents, from, to);
    const codes = network.codes(tape, places.subarray(from * columns, to * columns));
    return likelihood.mean(tape, network.decode(tape, z, codes));
  });
  return key ? made.map((row, i) => drawn(row, likelihood.deviation(), key.fold(i))) : made;
}

/** Pixels drawn around their means. */
function drawn(row: Float32Array, deviation: number | undefined, key: Key): Float32Array {
  if (deviation === undefined) {
    const { values } = binarized({ count: 1, width: row.length, values: row }, "stochastic", key);
    return values as Float32Array;
  }
  const noise = key.normal(row.length);
  return row.map((value, i) => value + deviation * noise[i]);
}
