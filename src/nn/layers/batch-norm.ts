// Batch norm in training normalises by the statistics of what it is given, which is a shard of the batch. Its running
// averages are buffers, which forward never writes: a network collects the statistics of a loss, hands them on, and
// updates the averages once a step, from the mean over shards:
//
//   loss(…)                  const collected = new BatchStatistics();
//                            … norm.forward(tape, x, collected) …
//                            return { loss, statistics: () => collected.values };
//   observe(_, statistics)   for (const norm of norms) norm.observe(statistics);

import { constant } from "../init.js";
import { batchNorm, batchNormEval } from "../ops/channel-norm.js";
import type { Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** Numbers of each batch, by name: what running averages are updated from. */
export class BatchStatistics {
  /** Copies, which outlive the step. */
  readonly values: Record<string, Float32Array> = {};
}

/** What differs from torch.nn.BatchNorm2d. */
interface BatchNormOptions {
  /** Default 1e-5. */
  readonly eps?: number;
  /** The share of the newest statistics in the averages. Default 0.1. */
  readonly momentum?: number;
}

/**
 * Batch norm of each channel, as torch.nn.BatchNorm2d: `weight` (C), `bias` (C), and the buffers `running_mean` (C)
 * and `running_var` (C). PyTorch also has the number of batches, which it does not need.
 */
export class BatchNorm2d {
  readonly #weight: Tensor;
  readonly #bias: Tensor;
  readonly #mean: Tensor;
  readonly #variance: Tensor;
  readonly #eps: number;
  readonly #momentum: number;
  readonly #name: string;

  constructor(scope: Scope, channels: number, options: BatchNormOptions = {}) {
    const { eps = 1e-5, momentum = 0.1 } = options;
    this.#name = scope.name;
    this.#eps = eps;
    this.#momentum = momentum;
    this.#weight = scope.param("weight", [channels], constant(1));
    this.#bias = scope.param("bias", [channels], constant(0));
    this.#mean = scope.buffer("running_mean", [channels], constant(0));
    this.#variance = scope.buffer("running_var", [channels], constant(1));
  }

  /**
   * x (…, C) → (…, C)
   * @param collected is given the batch's statistics, in training; without it the running averages take their place
   */
  forward(tape: Tape, x: Tensor, collected?: BatchStatistics): Tensor {
    const [weight, bias, eps] = [this.#weight, this.#bias, this.#eps];
    if (!collected) {
      const y = batchNormEval(tape, x, weight, bias, this.#mean, this.#variance, eps);
      return tape.name(this.#name, y);
    }
    const { y, mean, variance } = batchNorm(tape, x, weight, bias, eps);
    const pixels = x.size / mean.size;
    const unbiased = pixels / Math.max(1, pixels - 1);
    collected.values[`${this.#name}.mean`] = mean.data.slice();
    collected.values[`${this.#name}.var`] = variance.data.map((value) => value * unbiased);
    return tape.name(this.#name, y);
  }

  /** Moves the running averages: (1 - momentum) old + momentum new, where the variance is the unbiased one. */
  observe(statistics: Readonly<Record<string, Float32Array>>): void {
    this.#move(this.#mean, statistics[`${this.#name}.mean`]);
    this.#move(this.#variance, statistics[`${this.#name}.var`]);
  }

  #move(average: Tensor, latest: Float32Array): void {
    const { data } = average;
    for (let c = 0; c < data.length; c++) {
      data[c] = (1 - this.#momentum) * data[c] + this.#momentum * latest[c];
    }
  }
}
