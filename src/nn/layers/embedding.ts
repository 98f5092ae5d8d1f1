import { normal } from "../init.js";
import { embedding } from "../ops/embedding.js";
import type { Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** A table of vectors, as torch.nn.Embedding: `weight` (V, D), standard normal. */
export class Embedding {
  readonly weight: Tensor;

  readonly #name: string;

  /** @param options.decayed whether weight decay applies: where the table is the output's too */
  constructor(
    scope: Scope,
    classes: number,
    dimension: number,
    options: { readonly decayed?: boolean } = {},
  ) {
    this.#name = scope.name;
    this.weight = scope.param("weight", [classes, dimension], normal(), options);
  }

  /** ids, as many as `shape` has places → (…shape, D) */
  forward(tape: Tape, ids: ArrayLike<number>, shape: readonly number[]): Tensor {
    return tape.name(this.#name, embedding(tape, this.weight, ids, shape));
  }
}
