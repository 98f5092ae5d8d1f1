// What changes the products of a network that is not its own: an adapter, in force while the machine has it set. The
// operations that multiply with a matrix ask for it here, so that every network has it with no change of its own.

import type { Matrix } from "./ops/quantized.js";
import type { Tape } from "./tape.js";
import type { Tensor } from "./tensor.js";

/** What is added to some matrices of a network. */
export interface MatrixAdapter {
  /** y = x Wᵀ + b with what is added to it, which may be in place; y itself where W has nothing added. */
  plus(tape: Tape, x: Tensor, y: Tensor, weight: Matrix): Tensor;
  /**
   * W with what is added to it, for products that are inside an operation; undefined where nothing is.
   * @throws InvalidInputError for a quantised matrix
   */
  whole(tape: Tape, weight: Matrix): Tensor | undefined;
}

/** The adapter in force. */
export function adapterOf({ machine }: Tape): MatrixAdapter | undefined {
  return machine.adapter as MatrixAdapter | undefined;
}
