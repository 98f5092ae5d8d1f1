// An average of the weights beside them.

import { checkNumber } from "../../host/errors.js";
import type { ParameterRange, Parameters } from "../parameters.js";
import type { Choice } from "./optimizer.js";

/**
 * An exponential moving average of the weights and buffers: a = d a + (1 - d) p. Without warm-up d is `decay`. With it d
 * is at most (1 + n) / (10 + n) after n updates, so that the initial weights are soon forgotten: with a decay of
 * 0.999 alone they would still be three quarters of the average after 300 updates.
 */
export class WeightAverage {
  /** Address of the average, with the parameters' layout. */
  readonly region: number;
  readonly #parameters: Parameters;
  readonly #decay: number;
  readonly #warmup: boolean;
  /** What is not averaged, but taken as it is. */
  readonly #others: readonly ParameterRange[];

  /**
   * @param decay from 0 to below 1, for example 0.999
   * @param choice what is averaged, by name; default all
   */
  constructor(parameters: Parameters, decay: number, warmup: boolean, choice: Choice = () => true) {
    checkNumber("ema", decay, { min: 0, max: 1 - 1e-12 });
    this.#parameters = parameters;
    this.#decay = decay;
    this.#warmup = warmup;
    this.#others = parameters.ranges((name) => !choice(name));
    this.region = parameters.region("average");
    parameters.all(this.region).set(parameters.all(parameters.address));
  }

  /**
   * @param updates how many there have been
   * @param decay of this one
   * @param times as if it had been made so often, with the same weights
   */
  update(updates: number, decay: number = this.#decay, times = 1): void {
    const { machine, address, length } = this.#parameters;
    let keep = 1;
    for (let n = updates; n < updates + times; n++) {
      keep *= Math.min(decay, this.#warmup ? (1 + n) / (10 + n) : 1);
    }
    machine.kernels.ema_step(this.region, address, length, keep);
    const [average, values] = [this.region, address].map((at) => this.#parameters.all(at));
    for (const { offset, length } of this.#others) {
      average.set(values.subarray(offset, offset + length), offset);
    }
  }
}
