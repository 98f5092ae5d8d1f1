// Stochastic gradient descent over a range of the parameters, formula and defaults as in torch.optim.

import { checkNumber } from "../../host/errors.js";
import type { Parameters } from "../parameters.js";
import {
  type Choice,
  type DecayedRange,
  type DecayOf,
  decayedRanges,
  type Optimizer,
  zeroed,
} from "./optimizer.js";

/** Options of `SGD`. */
export interface SGDOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** L2 penalty, default 0. */
  readonly weightDecay?: number;
  /** What it applies to. Default "matrices". */
  readonly decay?: DecayOf;
  /** Default false. */
  readonly nesterov?: boolean;
}

/** Stochastic gradient descent with momentum: v = μ v + g; p -= lr v. As torch.optim.SGD. */
export class SGD implements Optimizer {
  readonly state: ReadonlyMap<string, number>;
  steps = 0;
  readonly #parameters: Parameters;
  readonly #ranges: readonly DecayedRange[];
  readonly #options: Required<Omit<SGDOptions, "weightDecay" | "decay">>;

  /**
   * @param choice the parameters that it updates, by name; default all
   * @throws InvalidInputError for a negative or non-finite option
   */
  constructor(parameters: Parameters, options: SGDOptions = {}, choice: Choice = () => true) {
    const { momentum = 0, weightDecay = 0, nesterov = false, decay = "matrices" } = options;
    checkNumber("momentum", momentum, { min: 0 });
    checkNumber("weightDecay", weightDecay, { min: 0 });
    this.#parameters = parameters;
    this.#ranges = decayedRanges(parameters, choice, weightDecay, decay);
    this.#options = { momentum, nesterov };
    parameters.enableGradients();
    this.state = zeroed(parameters, momentum > 0 ? ["momentum"] : [], this.#ranges);
  }

  step(lr: number): void {
    const { momentum, nesterov } = this.#options;
    const { address, grads, machine } = this.#parameters;
    const velocity = this.state.get("momentum");
    for (const { offset, length, weightDecay } of this.#ranges) {
      const from = 4 * offset;
      machine.kernels.sgd_step(
        address + from,
        grads + from,
        velocity === undefined ? 0 : velocity + from,
        length,
        lr,
        momentum,
        weightDecay,
        nesterov,
        this.steps === 0,
      );
    }
    this.steps++;
    this.#parameters.changed();
  }
}
