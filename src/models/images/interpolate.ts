// The way between two latent vectors.

import { checkFlag, checkNumber, InvalidInputError } from "../../host/errors.js";
import type { Machine } from "../../host/machine.js";
import { scalar } from "../../host/scalar.js";
import type { PictureLabels } from "./conditions.js";

/** Options of `interpolate`. */
export interface InterpolateOptions {
  /** Examples, both ends included. Default 8. */
  readonly steps?: number;
  /** Along an arc instead of a straight line: vectors keep the length that those of the prior have. Default false. */
  readonly spherical?: boolean;
  /** The labels that all of them are decoded with; by default those of the first example. */
  readonly labels?: PictureLabels;
}

/** Options of a way. @throws InvalidInputError */
export function checkWay({
  steps = 8,
  spherical = false,
}: {
  readonly steps?: number;
  readonly spherical?: boolean;
}): { readonly steps: number; readonly spherical: boolean } {
  checkNumber("steps", steps, { integer: true, min: 2, max: 100_000 });
  return { steps, spherical: checkFlag("spherical", spherical) };
}

/** @throws InvalidInputError where an end of a way is not one example */
export function oneOnly(what: string, count: number): void {
  if (count === 1) return;
  throw new InvalidInputError(
    `${what} must be one example, got ${count}; take one: images.subset([0])`,
  );
}

/**
 * `steps` vectors from a to b, both included. On a straight line, a + t (b - a); or spherical, sin((1 - t) ω) / sin ω a +
 * sin(t ω) / sin ω b, ω the angle between them (Shoemake 1985; White, "Sampling Generative Networks", 2016), which keeps the
 * length that vectors of a Gaussian have.
 */
export function between(
  machine: Machine,
  a: Float32Array,
  b: Float32Array,
  steps: number,
  spherical: boolean,
): Float32Array[] {
  const omega = spherical ? angle(a, b) : 0;
  const sine = sin(machine, omega);
  return Array.from({ length: steps }, (_, i) => {
    const t = steps === 1 ? 0 : i / (steps - 1);
    // Ends exactly where it should.
    if (t === 0 || t === 1) return (t === 0 ? a : b).slice();
    // Vectors in one line have no arc between them.
    const curved = sine > 1e-4;
    const from = curved ? sin(machine, (1 - t) * omega) / sine : 1 - t;
    const to = curved ? sin(machine, t * omega) / sine : t;
    return a.map((value, d) => from * value + to * b[d]);
  });
}

/** Angle between two vectors in radians. */
function angle(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let d = 0; d < a.length; d++) {
    ab += a[d] * b[d];
    aa += a[d] * a[d];
    bb += b[d] * b[d];
  }
  if (aa === 0 || bb === 0) return 0;
  return arccosine(Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb))));
}

/**
 * arccos x by halving the angle until its sine is small: cos(ω / 2) = √((1 + cos ω) / 2), and then arcsin's series. Only
 * operations that are exact everywhere, so not `Math.acos`.
 */
function arccosine(x: number): number {
  let cosine = x;
  let doublings = 1;
  for (let i = 0; i < 6; i++) {
    cosine = Math.sqrt((1 + cosine) / 2);
    doublings *= 2;
  }
  const s = Math.sqrt(Math.max(0, 1 - cosine * cosine));
  const square = s * s;
  return doublings * s * (1 + square * (1 / 6 + square * (3 / 40 + square * (5 / 112))));
}

function sin(machine: Machine, x: number): number {
  return scalar(machine, "sin_forward", x);
}
