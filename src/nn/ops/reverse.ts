// What learns the opposite of what comes after it.

import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * x as it is; the gradient that flows back through it is multiplied by -factor, so that what made x learns to make large
 * what the rest makes small (Ganin et al., "Domain-Adversarial Training of Neural Networks", 2016).
 */
export function reverseGradient(tape: Tape, x: Tensor, factor: number): Tensor {
  const { kernels } = tape.machine;
  const y = tape.empty(x.shape, x);
  y.data.set(x.data);
  tape.record([y], () => kernels.scale_backward(tape.grad(x), y.gradAddress, -factor, x.size));
  return y;
}
