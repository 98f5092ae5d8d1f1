// Adam and AdamW over a range of the parameters, formulas and defaults as in torch.optim.

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

/** Options of `Adam`. */
export interface AdamOptions {
  /** Decay of the two moments, default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Default 1e-8. */
  readonly eps?: number;
  /** Default 0. */
  readonly weightDecay?: number;
  /** What it applies to. Default "matrices". */
  readonly decay?: DecayOf;
  /** Decay the weights themselves (AdamW) instead of adding to the gradient (Adam). Default true. */
  readonly decoupled?: boolean;
}

/**
 * Adam (Kingma and Ba 2015) and, decoupled, AdamW (Loshchilov and Hutter 2019):
 * m = β1 m + (1 - β1) g; v = β2 v + (1 - β2) g²; p -= lr m̂ / (√v̂ + ε).
 */
export class Adam implements Optimizer {
  readonly state: ReadonlyMap<string, number>;
  steps = 0;
  readonly #parameters: Parameters;
  readonly #ranges: readonly DecayedRange[];
  readonly #options: Required<Omit<AdamOptions, "weightDecay" | "decay">>;

  /**
   * @param choice the parameters that it updates, by name; default all
   * @throws InvalidInputError for an option out of its range
   */
  constructor(parameters: Parameters, options: AdamOptions = {}, choice: Choice = () => true) {
    const { betas = [0.9, 0.999], eps = 1e-8, decoupled = true } = options;
    const { weightDecay = 0, decay = "matrices" } = options;
    for (const beta of betas) checkNumber("betas", beta, { min: 0, max: 1 - 1e-12 });
    checkNumber("eps", eps, { min: 0 });
    checkNumber("weightDecay", weightDecay, { min: 0 });
    this.#parameters = parameters;
    this.#ranges = decayedRanges(parameters, choice, weightDecay, decay);
    this.#options = { betas, eps, decoupled };
    parameters.enableGradients();
    this.state = zeroed(parameters, ["exp_avg", "exp_avg_sq"], this.#ranges);
  }

  step(lr: number): void {
    const { betas, eps, decoupled } = this.#options;
    const { address, grads, machine } = this.#parameters;
    const t = this.steps + 1;
    for (const { offset, length, weightDecay } of this.#ranges) {
      const from = 4 * offset;
      machine.kernels.adam_step(
        address + from,
        grads + from,
        this.state.get("exp_avg")! + from,
        this.state.get("exp_avg_sq")! + from,
        length,
        lr,
        betas[0],
        betas[1],
        eps,
        weightDecay,
        decoupled,
        1 - power(betas[0], t),
        1 - power(betas[1], t),
      );
    }
    this.steps = t;
    this.#parameters.changed();
  }
}

/** xⁿ by squaring: exact operations only, where Math.pow differs from engine to engine. */
function power(x: number, n: number): number {
  let result = 1;
  for (let base = x; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result *= base;
    base *= base;
  }
  return result;
}
