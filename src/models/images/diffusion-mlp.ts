// Dense layers as the network of a diffusion.

import { Linear } from "../../nn/layers/linear.js";
import { add } from "../../nn/ops/elementwise.js";
import { silu } from "../../nn/ops/gated.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { DiffusionBody } from "./diffusion-body.js";
import type { Predictor, PredictorFile } from "./diffusion-predictor.js";
import { numbersOf, type Shape } from "./shape.js";

type MLPBody = Extract<DiffusionBody, { network: "mlp" }>;

/** Dense layers for vectors: a Linear, residual blocks x + W silu(V silu(x) + what it is told), and a Linear. */
class MLP implements Predictor {
  readonly #input: Linear;
  readonly #blocks: readonly (readonly [Linear, Linear, Linear])[];
  readonly #output: Linear;

  constructor(scope: Scope, shape: Shape, { hidden, layers }: MLPBody, told: number) {
    const numbers = numbersOf(shape);
    this.#input = new Linear(scope.child("input"), numbers, hidden);
    this.#blocks = Array.from({ length: layers }, (_, i) => {
      const place = scope.child("blocks").child(`${i}`);
      return [
        new Linear(place.child("linear1"), hidden, hidden),
        new Linear(place.child("told"), told, hidden),
        new Linear(place.child("linear2"), hidden, hidden),
      ] as const;
    });
    this.#output = new Linear(scope.child("output"), hidden, numbers);
  }

  forward(tape: Tape, x: Tensor, told: Tensor): Tensor {
    let y = this.#input.forward(tape, x);
    for (const [first, time, second] of this.#blocks) {
      const inner = add(tape, first.forward(tape, silu(tape, y)), time.forward(tape, told));
      y = add(tape, y, second.forward(tape, silu(tape, inner)));
    }
    return this.#output.forward(tape, silu(tape, y));
  }
}

/** Dense layers as a diffusion's choice. */
export const network: PredictorFile<MLPBody> = {
  Network: MLP,
  numbers: ({ hidden, layers }) => hidden * (2 + 6 * layers),
};
