// An average of the weights beside them.

import { checkNumber } from "../../host/errors.js";
import type { Parameters } from "../parameters.js";

/** An exponential moving average of the weights: a = decay a + (1 - decay) p. */
export class WeightAverage {
  /** Address of the average, with the parameters' layout. */
  readonly region: number;
  readonly #parameters: Parameters;
  readonly #decay: number;

  /** @param decay from 0 to below 1, for example 0.999 */
  constructor(parameters: Parameters, decay: number) {
    checkNumber("ema", decay, { min: 0, max: 1 - 1e-12 });
    this.#parameters = parameters;
    this.#decay = decay;
    this.region = parameters.region("average");
    parameters.all(this.region).set(parameters.all(parameters.address));
  }

  update(): void {
    const { machine, address, length } = this.#parameters;
    machine.kernels.ema_step(this.region, address, length, this.#decay);
  }
}
