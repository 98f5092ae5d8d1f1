// How likely pixels are, given what the decoder says: Bernoulli, Gaussian, or discretised logistic.

import { scalar } from "../../host/scalar.js";
import { constant } from "../../nn/init.js";
import { sigmoid } from "../../nn/ops/elementwise.js";
import {
  binaryCrossEntropy,
  discretizedLogisticNll,
  gaussianNll,
} from "../../nn/ops/pixel-losses.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";

export type PixelKind = "bernoulli" | "gaussian" | "logistic";

/** The distribution of an example's numbers around what the decoder gives. */
export interface Likelihood {
  /**
   * -ln p(x | z), summed over the numbers of all rows, or of each row.
   * @param out (N, D) of the decoder
   * @param x (N, D), of pictures from 0 to 1
   */
  nll(tape: Tape, out: Tensor, x: Tensor, perRow?: boolean): Tensor;
  /** Means of the numbers (N, D); of pictures from 0 to 1, as far as the model keeps to it. */
  mean(tape: Tape, out: Tensor): Tensor;
  /** Deviation of a number from its mean; undefined for Bernoulli, which draws 0 or 1. */
  deviation(): number | undefined;
}

/**
 * Bernoulli: the decoder's outputs are logits, the numbers from 0 to 1 (Kingma and Welling 2014). Gaussian: the
 * outputs are means, and one variance is learned for all numbers (Rybkin et al., "Simple and Effective VAE Training
 * with Calibrated Decoders", 2021). Logistic: of the 256 values of a byte, each has the probability of its interval under a
 * logistic distribution with a learned scale (Salimans et al., "PixelCNN++", 2017).
 */
export function likelihood(scope: Scope, kind: PixelKind): Likelihood {
  switch (kind) {
    case "bernoulli":
      return {
        nll: (tape, out, x, perRow) => binaryCrossEntropy(tape, out, x, perRow),
        mean: sigmoid,
        deviation: () => undefined,
      };
    case "gaussian": {
      const logVariance = scope.param("log_variance", [1], constant(0));
      return {
        nll: (tape, out, x, perRow) => gaussianNll(tape, out, logVariance, x, perRow),
        mean: (_, out) => out,
        deviation: () => expOf(logVariance, 0.5),
      };
    }
    case "logistic": {
      const logScale = scope.param("log_scale", [1], constant(-2));
      return {
        nll: (tape, out, x, perRow) =>
          discretizedLogisticNll(tape, out, logScale, mapped(tape, x, 2, -1), perRow),
        mean: (tape, out) => mapped(tape, out, 0.5, 0.5),
        // Of a logistic distribution it is π/√3 of its scale; that is of numbers from -1 to 1, twice as far apart.
        deviation: () => 0.9068997 * expOf(logScale, 1),
      };
    }
  }
}

/** a x + b, without gradient. */
function mapped(tape: Tape, x: Tensor, a: number, b: number): Tensor {
  const y = tape.empty(x.shape);
  const [from, to] = [x.data, y.data];
  for (let i = 0; i < to.length; i++) to[i] = a * from[i] + b;
  return y;
}

/** exp(factor · p) of a parameter with one number. */
function expOf({ machine, data }: Tensor, factor: number): number {
  return scalar(machine, "exp_forward", factor * data[0]);
}
