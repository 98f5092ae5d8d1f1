import { describe, InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Dropout: each element is zero with probability p, the others are scaled by 1 / (1 - p). On a tape
 * without a dropout key (evaluation) it returns x.
 *
 * @param p 0 ≤ p < 1
 * @throws InvalidInputError for another p
 */
export function dropout(tape: Tape, x: Tensor, p: number): Tensor {
  if (!(p >= 0 && p < 1)) {
    throw new InvalidInputError(
      `dropout: p must be a number from 0 to below 1, got ${describe(p)}`,
    );
  }
  const rate = tape.dropped(p);
  const key = rate > 0 ? tape.nextDropoutKey() : undefined;
  if (!key) return x;
  const { kernels } = tape.machine;
  const y = tape.empty(x.shape, x);
  kernels.dropout_forward(y.address, x.address, x.size, rate, key.k0, key.k1, 0);
  tape.record([y], () =>
    kernels.dropout_backward(tape.grad(x), y.gradAddress, x.size, rate, key.k0, key.k1, 0),
  );
  return y;
}
