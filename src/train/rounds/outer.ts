// The step between rounds: the shards' differences are averaged in their order, and the weights take a step of Nesterov's
// momentum along the mean.

import type { ParameterRange, Parameters } from "../../nn/parameters.js";
import type { ResolvedRounds } from "../options.js";
import { lengthOf, unpackRanges } from "../shards.js";
import type { Trainable } from "../trainable.js";
import { addEightBits } from "./eight-bits.js";
import { bufferRanges, trainedRangesOfAll } from "./round.js";
import type { Difference, RoundResult } from "./task.js";

/** The region of v. */
export const OUTER = "outer";

/** Brings the shards of one round together. */
export class OuterStep {
  readonly #parameters: Parameters;
  readonly #trained: readonly ParameterRange[];
  readonly #buffers: readonly ParameterRange[];
  readonly #sum: Float32Array;
  readonly #bufferSum: Float64Array;
  #shards = 0;

  constructor(parameters: Parameters, network: Trainable) {
    this.#parameters = parameters;
    this.#trained = trainedRangesOfAll(parameters, network);
    this.#buffers = bufferRanges(parameters);
    this.#sum = new Float32Array(lengthOf(this.#trained));
    this.#bufferSum = new Float64Array(lengthOf(this.#buffers));
  }

  /** Adds the next shard, in their order. */
  add({ difference, buffers }: Pick<RoundResult, "difference" | "buffers">): void {
    addDifference(this.#sum, difference);
    for (let i = 0; i < buffers.length; i++) this.#bufferSum[i] += buffers[i];
    this.#shards++;
  }

  /** Takes the step: v ← μ v + Δ; θ ← θ − lr (Δ + μ v). Buffers become the shards' mean. */
  take({ lr, momentum }: ResolvedRounds): void {
    const parameters = this.#parameters;
    const { address, grads, machine } = parameters;
    for (let i = 0; i < this.#sum.length; i++) this.#sum[i] /= this.#shards;
    unpackRanges(parameters, grads, this.#trained, this.#sum);
    const velocity = momentum > 0 ? parameters.region(OUTER) : undefined;
    for (const { offset, length } of this.#trained) {
      const at = 4 * offset;
      const v = velocity === undefined ? 0 : velocity + at;
      machine.kernels.sgd_step(address + at, grads + at, v, length, lr, momentum, 0, true, false);
    }
    const means = Float32Array.from(this.#bufferSum, (sum) => sum / this.#shards);
    unpackRanges(parameters, address, this.#buffers, means);
    parameters.changed();
  }
}

function addDifference(sum: Float32Array, difference: Difference): void {
  if ("numbers" in difference) addEightBits(sum, difference);
  else for (let i = 0; i < sum.length; i++) sum[i] += difference[i];
}
