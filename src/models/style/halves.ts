import { pad2d } from "../../nn/ops/pad.js";
import { avgPool2d } from "../../nn/ops/pool.js";
import { resize2d } from "../../nn/ops/resize.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Border } from "./features.js";

/**
 * A picture (1, H, W, C) at half the size. Of a tile nothing is left out: after its last row and column, where they are odd,
 * come the first again.
 */
export function halved(tape: Tape, x: Tensor, border: Border): Tensor {
  const [, height, width] = x.shape;
  const whole = border === "wrap" ? pad2d(tape, x, [0, height % 2, 0, width % 2], "wrap") : x;
  return avgPool2d(tape, whole, { kernel: 2 });
}

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
  const [below, right] = [2 * h - height, 2 * w - width];
  const halves = [below, right].every((one) => one === 0 || one === 1);
  if (border !== "wrap" || !halves) {
    return resize2d(tape, x, height, width, "bilinear");
  }
  const around = pad2d(tape, x, [1, 1, 1, 1], "wrap");
  const large = resize2d(tape, around, 2 * h + 4, 2 * w + 4, "bilinear");
  return pad2d(tape, large, [-2, -2 - below, -2, -2 - right], "edge");
}
