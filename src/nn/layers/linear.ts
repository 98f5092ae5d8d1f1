import { uniform } from "../init.js";
import { linear } from "../ops/linear.js";
import type { Matrix } from "../ops/quantized.js";
import type { Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** y = x Wᵀ + b, as torch.nn.Linear: `weight` (O, I) and `bias` (O), uniform within 1 / √I. */
export class Linear {
  readonly weight: Matrix;
  readonly bias: Tensor | undefined;
  readonly #name: string;

  constructor(scope: Scope, inputs: number, outputs: number, options: { bias?: boolean } = {}) {
    this.#name = scope.name;
    const init = uniform(1 / Math.sqrt(inputs));
    this.weight = scope.matrix("weight", [outputs, inputs], init);
    this.bias = options.bias === false ? undefined : scope.param("bias", [outputs], init);
  }

  /** x (…, I) → (…, O) */
  forward(tape: Tape, x: Tensor): Tensor {
    return tape.name(this.#name, linear(tape, x, this.weight, this.bias));
  }
}
