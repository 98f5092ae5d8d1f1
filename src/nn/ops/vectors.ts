import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { expectShape } from "./shape.js";

/**
 * A vector for each picture, added to all of its pixels: PyTorch's x + v[:, :, None, None].
 *
 * @param x (N, …, C)
 * @param v (N, C)
 * @returns (N, …, C)
 */
export function addToPixels(tape: Tape, x: Tensor, v: Tensor): Tensor {
  const { pictures } = tape.machine;
  const N = x.shape[0];
  const C = x.shape[x.shape.length - 1];
  expectShape("addToPixels: v", v, [N, C]);
  const pixels = x.size / (N * C);
  const y = tape.empty(x.shape, x, v);
  pictures.pixels_add_forward(y.address, x.address, v.address, N, pixels, C);
  tape.record([y], () =>
    pictures.pixels_add_backward(tape.grad(x), tape.grad(v), y.gradAddress, N, pixels, C),
  );
  return y;
}
