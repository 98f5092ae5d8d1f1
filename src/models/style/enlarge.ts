import { pad2d } from "../../nn/ops/pad.js";
import { resize2d } from "../../nn/ops/resize.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Border } from "./features.js";

/**
 * A picture (1, h, w, C) at a larger size, bilinear. A tile of half the size is enlarged with what is beyond its border, so
 * that it stays one.
 */
export function enlarged(
  tape: Tape,
  x: Tensor,
  height: number,
  width: number,
  border: Border,
): Tensor {
  const [, h, w] = x.shape;
  if (border !== "wrap" || height !== 2 * h || width !== 2 * w) {
    return resize2d(tape, x, height, width, "bilinear");
  }
  const around = pad2d(tape, x, [1, 1, 1, 1], "wrap");
  const large = resize2d(tape, around, height + 4, width + 4, "bilinear");
  return pad2d(tape, large, [-2, -2, -2, -2], "edge");
}
