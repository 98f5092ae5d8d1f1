// Optimizers over a range of the parameters, formulas and defaults as in torch.optim.

import { checkNumber } from "../host/errors.js";
import type { ParameterRange, Parameters } from "./parameters.js";

/** An optimizer: regions of moments beside the parameters, and a step counter. */
export interface Optimizer {
  /** Names and addresses of the state regions, for checkpoints. */
  readonly state: ReadonlyMap<string, number>;
  /** Steps taken. A checkpoint restores it. */
  steps: number;
  /** Applies the gradients with learning rate `lr`. */
  step(lr: number): void;
}

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

/** Options of `Adam`. */
export interface AdamOptions {
  /** Decay of the two moments, default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Default 1e-8. */
  readonly eps?: number;
  /** Default 0. */
  readonly weightDecay?: number;
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
  readonly #range: ParameterRange;
  readonly #options: Required<AdamOptions>;

  /** @throws InvalidInputError for an option out of its range */
  constructor(
    parameters: Parameters,
    options: AdamOptions = {},
    range: ParameterRange = parameters.range(),
  ) {
    const { betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0, decoupled = true } = options;
    for (const beta of betas) checkNumber("betas", beta, { min: 0, max: 1 - 1e-12 });
    checkNumber("eps", eps, { min: 0 });
    checkNumber("weightDecay", weightDecay, { min: 0 });
    this.#parameters = parameters;
    this.#range = range;
    this.#options = { betas, eps, weightDecay, decoupled };
    parameters.enableGradients();
    this.state = zeroed(parameters, ["exp_avg", "exp_avg_sq"]);
  }

  step(lr: number): void {
    const { betas, eps, weightDecay, decoupled } = this.#options;
    const { address, grads, machine } = this.#parameters;
    const from = 4 * this.#range.offset;
    const t = this.steps + 1;
    machine.kernels.adam_step(
      address + from,
      grads + from,
      this.state.get("exp_avg")! + from,
      this.state.get("exp_avg_sq")! + from,
      this.#range.length,
      lr,
      betas[0],
      betas[1],
      eps,
      weightDecay,
      decoupled,
      1 - power(betas[0], t),
      1 - power(betas[1], t),
    );
    this.steps = t;
    this.#parameters.changed();
  }
}

function zeroed(parameters: Parameters, names: readonly string[]): Map<string, number> {
  const regions = new Map(names.map((name) => [name, parameters.region(name)]));
  for (const region of regions.values()) parameters.all(region).fill(0);
  return regions;
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

/**
 * Scales the gradients so that their norm is at most `maxNorm`, as
 * torch.nn.utils.clip_grad_norm_: g *= min(1, maxNorm / (‖g‖ + 1e-6)).
 *
 * @returns the norm before; where it is not finite the gradients are left as they are
 */
export function clipGradNorm(
  parameters: Parameters,
  maxNorm: number,
  range: ParameterRange = parameters.range(),
): number {
  const { kernels } = parameters.machine;
  const address = parameters.grads + 4 * range.offset;
  const norm = Math.sqrt(kernels.sum_squares(address, range.length));
  const factor = maxNorm / (norm + 1e-6);
  if (Number.isFinite(norm) && factor < 1) {
    kernels.scale_forward(address, address, factor, range.length);
  }
  return norm;
}

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
