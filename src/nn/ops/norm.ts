import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { expectShape, rowsAndColumns } from "./shape.js";

/**
 * Layer norm, as in PyTorch: y = (x - mean) / √(variance + eps) · weight + bias along the last axis; the
 * variance is the mean of (x - mean)² (Ba, Kiros and Hinton, "Layer Normalization", 2016).
 *
 * @param x (…, C)
 * @param weight (C)
 * @param bias (C)
 * @param eps default 1e-5
 */
export function layerNorm(
  tape: Tape,
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  eps = 1e-5,
): Tensor {
  return norm(tape, x, weight, bias, eps, true);
}

/**
 * RMS norm: y = x / √(mean of x² + eps) · weight along the last axis (Zhang and Sennrich, "Root Mean Square
 * Layer Normalization", 2019).
 *
 * @param x (…, C)
 * @param weight (C)
 * @param eps default 1e-5, as in Llama 2 and later; 1e-6 in the first
 */
export function rmsNorm(tape: Tape, x: Tensor, weight: Tensor, eps = 1e-5): Tensor {
  return norm(tape, x, weight, undefined, eps, false);
}

function norm(
  tape: Tape,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  eps: number,
  centred: boolean,
): Tensor {
  const { kernels } = tape.machine;
  const { rows, columns: C } = rowsAndColumns(x);
  expectShape("norm: weight", weight, [C]);
  if (bias) expectShape("norm: bias", bias, [C]);
  const y = tape.empty(x.shape, x, weight, bias);
  const means = centred ? tape.machine.alloc(4 * rows) : 0;
  const scales = tape.machine.alloc(4 * rows);
  const [from, w, b] = [x.address, weight.address, bias?.address ?? 0];
  kernels.norm_forward(y.address, means, scales, from, w, b, rows, C, eps);
  tape.record([y], () => {
    const [dx, dw, db] = [tape.grad(x), tape.grad(weight), tape.grad(bias)];
    kernels.norm_backward(dx, dw, db, y.gradAddress, means, scales, from, w, rows, C);
  });
  return y;
}
