import { constant } from "../init.js";
import { layerNorm, rmsNorm } from "../ops/norm.js";
import type { Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** What a norm is. */
export interface NormOptions {
  readonly kind: "layer" | "rms";
  /** A layer norm's bias. Default false. */
  readonly bias?: boolean;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

/** Layer norm or RMS norm over the last axis, as torch.nn.LayerNorm and RMSNorm: `weight` (C), `bias` (C). */
export class Norm {
  readonly #weight: Tensor;
  readonly #bias: Tensor | undefined;
  readonly #options: NormOptions;
  readonly #name: string;

  constructor(scope: Scope, channels: number, options: NormOptions) {
    this.#name = scope.name;
    this.#options = options;
    this.#weight = scope.param("weight", [channels], constant(1));
    this.#bias = options.bias ? scope.param("bias", [channels], constant(0)) : undefined;
  }

  /** x (…, C) → (…, C) */
  forward(tape: Tape, x: Tensor): Tensor {
    const { kind, eps } = this.#options;
    const y =
      kind === "layer"
        ? layerNorm(tape, x, this.#weight, this.#bias, eps)
        : rmsNorm(tape, x, this.#weight, eps);
    return tape.name(this.#name, y);
  }
}
