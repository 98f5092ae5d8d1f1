import { normal } from "../init.js";
import { embedding } from "../ops/embedding.js";
import type { Matrix } from "../ops/quantized.js";
import type { Initializer, Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** What differs from torch.nn.Embedding. */
interface EmbeddingOptions {
  /** The table is the output's weight, too: `matrix`, and decayed as one. Default false. */
  readonly tied?: boolean;
  /** Default standard normal. */
  readonly init?: Initializer;
}

/** A table of vectors, as torch.nn.Embedding: `weight` (V, D). */
export class Embedding {
  readonly weight: Tensor;
  /** The same to multiply with, where it is `tied`. */
  readonly matrix: Matrix | undefined;
  readonly #name: string;

  constructor(scope: Scope, classes: number, dimension: number, options: EmbeddingOptions = {}) {
    this.#name = scope.name;
    const { tied = false, init = normal() } = options;
    if (tied) {
      const { table, matrix } = scope.tied("weight", [classes, dimension], init);
      this.weight = table;
      this.matrix = matrix;
    } else this.weight = scope.param("weight", [classes, dimension], init);
  }

  /** ids, as many as `shape` has places → (…shape, D) */
  forward(tape: Tape, ids: ArrayLike<number>, shape: readonly number[]): Tensor {
    return tape.name(this.#name, embedding(tape, this.weight, ids, shape));
  }
}
