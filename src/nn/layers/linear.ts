import { constant, uniform } from "../init.js";
import { linear } from "../ops/linear.js";
import type { Matrix } from "../ops/quantized.js";
import type { Initializer, MatrixForm, Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** What differs from torch.nn.Linear. */
export interface LinearOptions {
  /** Of another layer, (O, I): an embedding's, where it is tied to the output. The bias is then 0. */
  readonly weight?: Matrix;
  /** Default true. */
  readonly bias?: boolean;
  /** Of the weight; the bias is then 0. Default: both uniform within 1 / √I. */
  readonly init?: Initializer;
  /** Name of the weight: `weight_orig` where a layer uses it normed, see spectral-norm.ts. Default `weight`. */
  readonly called?: string;
  /** Whether it gives logits, which 4-bit copies make in 8 bits. Default false. */
  readonly logits?: boolean;
  /** How both stand in a file beside pictures, see file-layout.ts. */
  readonly stored?: { readonly weight: MatrixForm; readonly bias?: Pick<MatrixForm, "file"> };
}

/** y = x Wᵀ + b, as torch.nn.Linear: `weight` (O, I) and `bias` (O). */
export class Linear {
  readonly weight: Matrix;
  readonly bias: Tensor | undefined = undefined;
  readonly #name: string;

  constructor(scope: Scope, inputs: number, outputs: number, options: LinearOptions = {}) {
    this.#name = scope.name;
    const { init = uniform(1 / Math.sqrt(inputs)), weight, stored, logits } = options;
    const form = { ...stored?.weight, logits };
    this.weight = weight ?? scope.matrix(options.called ?? "weight", [outputs, inputs], init, form);
    if (options.bias === false) return;
    const first = options.init || weight ? constant(0) : init;
    this.bias = scope.param("bias", [outputs], first, stored?.bias);
  }

  /**
   * x (…, I) → (…, O)
   * @param weight takes the place of its own: one that was made of it
   */
  forward(tape: Tape, x: Tensor, weight: Matrix = this.weight): Tensor {
    return tape.name(this.#name, linear(tape, x, weight, this.bias));
  }
}
