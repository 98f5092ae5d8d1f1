// Stochastic gradient descent over a range of the parameters, formula and defaults as in torch.optim.

import { checkNumber } from "../../host/errors.js";
import type { ParameterRange, Parameters } from "../parameters.js";
import { type Optimizer, zeroed } from "./optimizer.js";

/** Options of `SGD`. */
export interface SGDOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** L2 penalty, default 0. */
  readonly weightDecay?: number;
  /** Default false. */
  readonly nesterov?: boolean;
}

/** Stochastic gradient descent with momentum: v = μ v + g; p -= lr v. As torch.optim.SGD. */
export class SGD implements Optimizer {
  readonly state: ReadonlyMap<string, number>;
  steps = 0;
  readonly #parameters: Parameters;
  readonly #range: ParameterRange;
  readonly #options: Required<SGDOptions>;

  /** @throws InvalidInputError for a negative or non-finite option */
  constructor(
    parameters: Parameters,
    options: SGDOptions = {},
    range: ParameterRange = parameters.range(),
  ) {
    const { momentum = 0, weightDecay = 0, nesterov = false } = options;
    checkNumber("momentum", momentum, { min: 0 });
    checkNumber("weightDecay", weightDecay, { min: 0 });
    this.#parameters = parameters;
    this.#range = range;
    this.#options = { momentum, weightDecay, nesterov };
    parameters.enableGradients();
    this.state = zeroed(parameters, momentum > 0 ? ["momentum"] : []);
  }

  step(lr: number): void {
    const { momentum, weightDecay, nesterov } = this.#options;
    const { address, grads, machine } = this.#parameters;
    const from = 4 * this.#range.offset;
    const velocity = this.state.get("momentum");
    machine.kernels.sgd_step(
      address + from,
      grads + from,
      velocity === undefined ? 0 : velocity + from,
      this.#range.length,
      lr,
      momentum,
      weightDecay,
      nesterov,
      this.steps === 0,
    );
    this.steps++;
    this.#parameters.changed();
  }
}

/** xⁿ by squaring: exact operations only, where Math.pow differs from engine to engine. */
export function power(x: number, n: number): number {
  let result = 1;
  for (let base = x; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result *= base;
    base *= base;
  }
  return result;
}
