// What the discriminator sees instead of examples: pictures moved and with a square cut out, real and generated alike, so
// that few pictures are not learned by heart (Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training",
// 2020); and noise on them (Sønderby et al., "Amortised MAP Inference for Image Super-resolution", 2017).

import type { Key } from "../../host/key.js";
import { add, mul, scale } from "../../nn/ops/elementwise.js";
import { gaussianNoise } from "../../nn/ops/noise.js";
import { translate } from "../../nn/ops/translate.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import { numbersOf, type Shape } from "./shape.js";

/** How examples are changed; 0 is not at all. */
export interface GANView {
  /** Most of a side that pictures move, as a fraction. */
  readonly translation: number;
  /** Side of the square that is cut out, as a fraction of the picture's. */
  readonly cutout: number;
  /** Deviation of the noise. */
  readonly noise: number;
}

/** x (N, D) as the discriminator sees it; gradients flow through it. */
export function seen(tape: Tape, x: Tensor, shape: Shape, view: GANView): Tensor {
  let y = x;
  if (view.translation > 0) y = moved(tape, y, shape, view.translation, tape.nextNoiseKey());
  if (view.cutout > 0) y = cut(tape, y, shape, view.cutout, tape.nextNoiseKey());
  if (view.noise === 0) return y;
  return add(tape, y, scale(tape, gaussianNoise(tape, y.shape, tape.nextNoiseKey()), view.noise));
}

/** Moved by -m to m pixels, m = round(fraction · side); grey, 0, comes in. */
function moved(tape: Tape, x: Tensor, shape: Shape, fraction: number, key: Key): Tensor {
  const rows = x.shape[0];
  const most = [shape[0], shape[1]].map((side) => Math.round(fraction * side));
  const drawn = most.map((m, axis) => key.fold(axis).integers(rows, 2 * m + 1));
  const shifts = Int32Array.from(
    { length: 2 * rows },
    (_, i) => drawn[i % 2][i >> 1] - most[i % 2],
  );
  return translate(tape, x.reshaped([rows, ...shape]), shifts).reshaped(x.shape);
}

/** A square about a pixel of each picture becomes grey, 0, as far as it is in the picture. */
function cut(tape: Tape, x: Tensor, shape: Shape, fraction: number, key: Key): Tensor {
  const [rows, width] = [x.shape[0], numbersOf(shape)];
  const [H, W, C] = shape;
  const sides = [H, W].map((side) => Math.max(1, Math.round(fraction * side)));
  const centres = [H, W].map((side, axis) => key.fold(axis).integers(rows, side));
  const mask = new Float32Array(rows * width).fill(1);
  for (let n = 0; n < rows; n++) {
    const [top, left] = [0, 1].map((axis) => centres[axis][n] - (sides[axis] >> 1));
    const [from, to] = [Math.max(0, left), Math.min(W, left + sides[1])];
    for (let y = Math.max(0, top); y < Math.min(H, top + sides[0]); y++) {
      const line = n * width + y * W * C;
      mask.fill(0, line + from * C, line + to * C);
    }
  }
  return mul(tape, x, tape.tensor(mask, x.shape));
}
