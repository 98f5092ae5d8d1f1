// The gradient's norm, and its bound.

import type { ParameterRange, Parameters } from "../parameters.js";

/**
 * Scales the gradients so that their norm is at most `maxNorm`, as
 * torch.nn.utils.clip_grad_norm_: g *= min(1, maxNorm / (‖g‖ + 1e-6)).
 *
 * @returns the norm before; where it is not finite the gradients are left as they are
 */
export function clipGradNorm(
  parameters: Parameters,
  maxNorm: number,
  range: ParameterRange = parameters.range(),
): number {
  const { kernels } = parameters.machine;
  const address = parameters.grads + 4 * range.offset;
  const norm = Math.sqrt(kernels.sum_squares(address, range.length));
  const factor = maxNorm / (norm + 1e-6);
  if (Number.isFinite(norm) && factor < 1) {
    kernels.scale_forward(address, address, factor, range.length);
  }
  return norm;
}
