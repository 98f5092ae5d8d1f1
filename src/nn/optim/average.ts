// An average of the weights beside them.

import { checkNumber } from "../../host/errors.js";
import type { Parameters } from "../parameters.js";

/**
 * An exponential moving average of the weights: a = d a + (1 - d) p. Without warm-up d is `decay`. With it d
 * is at most (1 + n) / (10 + n) after n updates, so that the initial weights are soon forgotten: with a decay of
 * 0.999 alone they would still be three quarters of the average after 300 updates.
 */
export class WeightAverage {
  /** Address of the average, with the parameters' layout. */
  readonly region: number;
  readonly #parameters: Parameters;
  readonly #decay: number;
  readonly #warmup: boolean;

  /** @param decay from 0 to below 1, for example 0.999 */
  constructor(parameters: Parameters, decay: number, warmup: boolean) {
    checkNumber("ema", decay, { min: 0, max: 1 - 1e-12 });
    this.#parameters = parameters;
    this.#decay = decay;
    this.#warmup = warmup;
    this.region = parameters.region("average");
    parameters.all(this.region).set(parameters.all(parameters.address));
  }

  /** @param updates how many there have been */
  update(updates: number): void {
    const { machine, address, length } = this.#parameters;
    const most = this.#warmup ? (1 + updates) / (10 + updates) : 1;
    machine.kernels.ema_step(this.region, address, length, Math.min(this.#decay, most));
  }
}
