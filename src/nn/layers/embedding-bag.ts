import { normal } from "../init.js";
import { embeddingBag } from "../ops/embedding.js";
import type { Initializer, Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** Sums of vectors of a table, as torch.nn.EmbeddingBag with mode "sum": `weight` (V, D). */
export class EmbeddingBag {
  readonly weight: Tensor;
  readonly #name: string;

  /** @param init default standard normal */
  constructor(scope: Scope, classes: number, dimension: number, init: Initializer = normal()) {
    this.#name = scope.name;
    this.weight = scope.param("weight", [classes, dimension], init);
  }

  /** ids (…shape, K) → (…shape, D) */
  forward(tape: Tape, ids: ArrayLike<number>, shape: readonly number[]): Tensor {
    return tape.name(this.#name, embeddingBag(tape, this.weight, ids, shape));
  }
}
