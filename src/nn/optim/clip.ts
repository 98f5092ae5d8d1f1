// The gradient's norm, and its bound.

import type { ParameterRange, Parameters } from "../parameters.js";

/**
 * Scales the gradients so that their norm is at most `maxNorm`, as
 * torch.nn.utils.clip_grad_norm_: g *= min(1, maxNorm / (‖g‖ + 1e-6)).
 *
 * @param ranges whose gradients are meant, all together; default those of all parameters
 * @returns the norm before; where it is not finite the gradients are left as they are
 */
export function clipGradNorm(
  parameters: Parameters,
  maxNorm: number,
  ranges: readonly ParameterRange[] = parameters.ranges((_, { buffer }) => !buffer),
): number {
  const { kernels } = parameters.machine;
  const { grads } = parameters;
  let squares = 0;
  for (const { offset, length } of ranges) {
    squares += kernels.sum_squares(grads + 4 * offset, length);
  }
  const norm = Math.sqrt(squares);
  const factor = maxNorm / (norm + 1e-6);
  if (Number.isFinite(norm) && factor < 1) {
    for (const { offset, length } of ranges) {
      const address = grads + 4 * offset;
      kernels.scale_forward(address, address, factor, length);
    }
  }
  return norm;
}
