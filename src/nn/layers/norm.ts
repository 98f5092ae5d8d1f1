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
  /** What the variance has added before its root is taken. Default 1e-5. */
  readonly eps?: number;
}

/** Layer norm or RMS norm over the last axis, as torch.nn.LayerNorm and RMSNorm: `weight` (C), `bias` (C). */
export class Norm {
  readonly #weight: Tensor;
  readonly #bias: Tensor | undefined;
  readonly #kind: NormOptions["kind"];
  readonly #eps: number | undefined;
  readonly #name: string;

  constructor(scope: Scope, channels: number, { kind, bias, eps }: NormOptions) {
    this.#name = scope.name;
    this.#kind = kind;
    this.#eps = eps;
    this.#weight = scope.param("weight", [channels], constant(1));
    this.#bias = bias ? scope.param("bias", [channels], constant(0)) : undefined;
  }

  /** x (…, C) → (…, C) */
  forward(tape: Tape, x: Tensor): Tensor {
    const y =
      this.#kind === "layer"
        ? layerNorm(tape, x, this.#weight, this.#bias, this.#eps)
        : rmsNorm(tape, x, this.#weight, this.#eps);
    return tape.name(this.#name, y);
  }
}
