// How near a GAN's examples are to real ones, by their numbers: of few numbers by all, of more by their coordinates
// along the directions in which the real ones spread most.

import { checkKeys, checkNumber, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import type { Pieces } from "../../host/pieces.js";
import {
  type PrincipalComponents,
  principalComponents,
  projectRows,
} from "../../metrics/components.js";
import { frechetDistance } from "../../metrics/frechet.js";
import { precisionRecall } from "../../metrics/precision-recall.js";
import type { FeatureRows } from "../../metrics/rows.js";
import type { Labelled } from "./batches.js";
import type { GANNetwork } from "./gan-network.js";
import { makeRows } from "./gan-samples.js";
import { drawLatents } from "./latents.js";
import { numbers } from "./rows.js";

/** Options of `GAN.score`. */
export interface GANScoreOptions {
  /** Of the examples that are made. Default 0. */
  readonly seed?: number;
  /** Neighbours of precision and recall. Default 3. */
  readonly neighbours?: number;
}

/** How near examples are that the model makes, as many as there are real ones, with the same labels. */
export interface GANScore {
  /** Fréchet distance of their numbers; 0 for the same examples. */
  readonly frechet: number;
  /** Fraction of what is made that lies among the real examples. */
  readonly precision: number;
  /** Fraction of the real examples that lie among what is made. */
  readonly recall: number;
}

/** Directions that are measured along, at most. */
const DIRECTIONS = 32;
/** Examples that directions are found with, at most. */
const LOOKED_AT = 1000;

/** Real examples as they are measured. */
export interface Reference {
  readonly real: FeatureRows;
  measured(rows: readonly Float32Array[]): FeatureRows;
}

/** Real examples are looked at once. */
export function reference(): (some: Labelled) => Reference {
  let known: Reference | undefined;
  return ({ rows }) => {
    if (known) return known;
    const { count, width } = rows;
    const real = Array.from({ length: count }, (_, i) => numbers(rows, i, i + 1));
    const few = width <= DIRECTIONS;
    const directions: PrincipalComponents | undefined = few
      ? undefined
      : principalComponents(real.slice(0, LOOKED_AT), DIRECTIONS);
    const measured = (some: readonly Float32Array[]) =>
      directions ? projectRows(some, directions) : some;
    known = { real: measured(real), measured };
    return known;
  };
}

export function* measureGAN(
  network: GANNetwork,
  { real, measured }: Reference,
  { rows, places }: Labelled,
  key: Key,
  neighbours = 3,
): Pieces<GANScore> {
  const count = rows.count;
  const latents = drawLatents(count, network.config.latent, 1, key);
  const made = yield* makeRows(network, latents, places);
  const generated = measured(made);
  const k = Math.max(1, Math.min(neighbours, count - 1));
  const { precision, recall } = precisionRecall(real, generated, k);
  return { frechet: frechetDistance(real, generated), precision, recall };
}

/** @throws InvalidInputError */
export function checkScore(
  { rows }: Labelled,
  options: GANScoreOptions,
): { readonly seed: number; readonly neighbours: number } {
  checkKeys("score", options, ["seed", "neighbours"]);
  const { seed = 0, neighbours = 3 } = options;
  checkNumber("seed", seed, { integer: true, min: 0 });
  checkNumber("neighbours", neighbours, { integer: true, min: 1 });
  if (rows.count <= neighbours) {
    throw new InvalidInputError(
      `score needs more than ${neighbours} examples, for as many neighbours, got ${rows.count}`,
    );
  }
  return { seed, neighbours };
}
