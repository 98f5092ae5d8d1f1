import { constant } from "../init.js";
import { groupNorm } from "../ops/channel-norm.js";
import type { Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** Group norm, as torch.nn.GroupNorm: `weight` (C), `bias` (C). Prefer it to batch norm: no picture depends on others. */
export class GroupNorm {
  readonly #weight: Tensor;
  readonly #bias: Tensor;
  readonly #groups: number;
  readonly #eps: number;
  readonly #name: string;

  /** @param groups divides the channels */
  constructor(
    scope: Scope,
    groups: number,
    channels: number,
    { eps = 1e-5 }: { eps?: number } = {},
  ) {
    this.#name = scope.name;
    this.#groups = groups;
    this.#eps = eps;
    this.#weight = scope.param("weight", [channels], constant(1));
    this.#bias = scope.param("bias", [channels], constant(0));
  }

  /** x (N, …, C) → (N, …, C) */
  forward(tape: Tape, x: Tensor): Tensor {
    const y = groupNorm(tape, x, this.#groups, this.#weight, this.#bias, this.#eps);
    return tape.name(this.#name, y);
  }
}
