// What the two sides of a GAN make small. None needs a gradient of a gradient.

import { add, mul, relu, scale, sub } from "../../nn/ops/elementwise.js";
import { binaryCrossEntropy, squaredError } from "../../nn/ops/pixel-losses.js";
import { weighted, weightedSum } from "../../nn/ops/reduce.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";

/**
 * What is made small, for logits r of real examples and f of generated ones, s the label smoothing.
 *
 *   non-saturating  -(1 - s) ln σ(r) - s ln(1 - σ(r)) - ln(1 - σ(f));   -ln σ(f)        (Goodfellow et al. 2014)
 *   hinge           max(0, 1 - r) + max(0, 1 + f);                      -f              (Lim and Ye 2017)
 *   least-squares   ((r - 1 + s)² + f²) / 2;                            (f - 1)² / 2    (Mao et al. 2017)
 */
export type GANObjective = "non-saturating" | "hinge" | "least-squares";

/** How much each row counts; all of them the same where it is undefined. */
export type Counts = Float32Array | undefined;

/**
 * The discriminator's loss, a sum over the rows.
 * @param smoothing not for hinge
 * @param counts of real examples, and of generated ones
 */
export function discriminatorLoss(
  tape: Tape,
  objective: GANObjective,
  real: Tensor,
  generated: Tensor,
  smoothing: number,
  [reals, fakes]: readonly [Counts, Counts] = [undefined, undefined],
): Tensor {
  if (objective === "hinge") {
    const below = relu(tape, sub(tape, filled(tape, real, 1), real));
    const above = relu(tape, add(tape, filled(tape, generated, 1), generated));
    return add(tape, weightedSum(tape, below, reals), weightedSum(tape, above, fakes));
  }
  const [one, zero] = [filled(tape, real, 1 - smoothing), filled(tape, generated, 0)];
  const compare = comparison(objective);
  return add(tape, compare(tape, real, one, reals), compare(tape, generated, zero, fakes));
}

/** The generator's loss, a sum over the rows. */
export function generatorLoss(
  tape: Tape,
  objective: GANObjective,
  generated: Tensor,
  counts?: Counts,
): Tensor {
  if (objective === "hinge") return scale(tape, weightedSum(tape, generated, counts), -1);
  return comparison(objective)(tape, generated, filled(tape, generated, 1), counts);
}

/**
 * The penalty R1 without second derivatives: γ / 2 Σ ((D(x + σ u) - D(x)) / σ)², u ~ N(0, 1) for each number. The quotient
 * is u · ∇D(x) up to terms of σ, and the mean of its square over u is |∇D(x)|² (Mescheder et al., "Which Training Methods
 * for GANs do actually Converge?", 2018).
 *
 * @param moved D(x + σ u)
 * @param logits D(x)
 */
export function differencePenalty(
  tape: Tape,
  moved: Tensor,
  logits: Tensor,
  gamma: number,
  sigma: number,
  counts?: Counts,
): Tensor {
  const rise = sub(tape, moved, logits);
  return scale(tape, weightedSum(tape, mul(tape, rise, rise), counts), gamma / (2 * sigma * sigma));
}

/** The discriminator's loss where it guesses. */
export const losses: Readonly<Record<GANObjective, number>> = {
  "non-saturating": 2 * Math.LN2,
  hinge: 2,
  "least-squares": 0.25,
};

/** Which logits the discriminator takes for real examples' are above this. */
export function threshold(objective: GANObjective): number {
  return objective === "least-squares" ? 0.5 : 0;
}

type Compare = (tape: Tape, x: Tensor, target: Tensor, counts?: Counts) => Tensor;

function comparison(objective: GANObjective): Compare {
  const error = objective === "least-squares" ? halfSquares : binaryCrossEntropy;
  return (tape, x, target, counts) =>
    weighted(tape, counts, (perRow) => error(tape, x, target, perRow));
}

function halfSquares(tape: Tape, x: Tensor, target: Tensor, perRow: boolean): Tensor {
  return scale(tape, squaredError(tape, x, target, perRow), 0.5);
}

function filled(tape: Tape, { shape, size }: Tensor, value: number): Tensor {
  return tape.tensor(new Float32Array(size).fill(value), shape);
}
