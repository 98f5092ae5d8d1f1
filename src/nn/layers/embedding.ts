import { normal } from "../init.js";
import { embedding } from "../ops/embedding.js";
import type { Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** A table of vectors, as torch.nn.Embedding: `weight` (V, D), standard normal. */
export class Embedding {
  readonly weight: Tensor;

  constructor(scope: Scope, classes: number, dimension: number) {
    this.weight = scope.param("weight", [classes, dimension], normal());
  }

  /** ids, as many as `shape` has places → (…shape, D) */
  forward(tape: Tape, ids: ArrayLike<number>, shape: readonly number[]): Tensor {
    return embedding(tape, this.weight, ids, shape);
  }
}
