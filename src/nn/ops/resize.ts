import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { fourAxes } from "./convolution-sizes.js";

/**
 * Pictures of another size, as PyTorch's `interpolate` with align_corners=False and without antialiasing.
 *
 * @param x (N, H, W, C)
 * @returns (N, height, width, C)
 */
export function resize2d(
  tape: Tape,
  x: Tensor,
  height: number,
  width: number,
  mode: "nearest" | "bilinear",
): Tensor {
  const [N, H, W, C] = fourAxes("resize2d", x);
  for (const size of [height, width]) {
    if (!(Number.isInteger(size) && size >= 1)) {
      throw new InvalidInputError(`resize2d: expected whole sizes from 1 on, got ${size}`);
    }
  }
  const { pictures } = tape.machine;
  const y = tape.empty([N, height, width, C], x);
  pictures[`${mode}_forward`](y.address, x.address, N, H, W, C, height, width);
  tape.record([y], () =>
    pictures[`${mode}_backward`](tape.grad(x), y.gradAddress, N, H, W, C, height, width),
  );
  return y;
}
