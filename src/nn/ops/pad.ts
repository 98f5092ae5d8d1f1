import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { fourAxes } from "./convolution-sizes.js";
import { embedding } from "./embedding.js";

/** What is beyond the border: the picture again, its mirror image without the border itself, the border, or zeros. */
export type PadMode = "wrap" | "reflect" | "edge" | "zero";

/**
 * Pictures with a margin: `circular`, `reflect`, `replicate` and `constant` of torch.nn.functional.pad, but of any width, for
 * the picture continues as it began. The gradient goes to the pixel that was repeated.
 *
 * @param x (N, H, W, C)
 * @param margin pixels at [top, bottom, left, right]; less than 0 cuts them off
 * @returns (N, H + top + bottom, W + left + right, C)
 */
export function pad2d(
  tape: Tape,
  x: Tensor,
  margin: readonly [number, number, number, number],
  mode: PadMode,
): Tensor {
  const [N, H, W, C] = fourAxes("pad2d", x);
  const [top, bottom, left, right] = margin;
  const [height, width] = [H + top + bottom, W + left + right];
  if (!(margin.every(Number.isInteger) && height >= 1 && width >= 1)) {
    throw new InvalidInputError(
      `pad2d: expected whole margins that leave a picture of ${H} × ${W} some pixels, got [${margin}]`,
    );
  }
  if (margin.every((one) => one === 0)) return x;
  if (mode === "zero") return withZeros(tape, x, [height, width], top, left);
  const rows = places(height, -top, H, mode);
  const columns = places(width, -left, W, mode);
  const ids = new Int32Array(N * height * width);
  let at = 0;
  for (let n = 0; n < N; n++) {
    for (const row of rows) for (const column of columns) ids[at++] = (n * H + row) * W + column;
  }
  const pixels = x.reshaped([N * H * W, C]);
  return embedding(tape, pixels, ids, [N, height, width]);
}

/** Where `count` places from `from` on are taken from, on an axis of `size`. */
function places(
  count: number,
  from: number,
  size: number,
  mode: Exclude<PadMode, "zero">,
): number[] {
  return Array.from({ length: count }, (_, i) => {
    const at = from + i;
    if (mode === "edge") return Math.min(size - 1, Math.max(0, at));
    if (mode === "wrap") return remainder(at, size);
    const there = remainder(at, Math.max(1, 2 * (size - 1)));
    return there < size ? there : 2 * (size - 1) - there;
  });
}

function remainder(x: number, by: number): number {
  return ((x % by) + by) % by;
}

function withZeros(
  tape: Tape,
  x: Tensor,
  [height, width]: readonly [number, number],
  top: number,
  left: number,
): Tensor {
  const [N, H, W, C] = x.shape;
  const y = tape.empty([N, height, width, C], x);
  y.data.fill(0);
  const first = Math.max(0, -left);
  const count = (Math.min(W, width - left) - first) * C;
  /** Each row of x that is in y: where it is in both. */
  const rows = function* (): Iterable<[number, number]> {
    for (let n = 0; n < N; n++) {
      for (let row = Math.max(0, -top); row < Math.min(H, height - top); row++) {
        const to = ((n * height + row + top) * width + first + left) * C;
        yield [((n * H + row) * W + first) * C, to];
      }
    }
  };
  const [from, into] = [x.data, y.data];
  if (count > 0) for (const [a, b] of rows()) into.set(from.subarray(a, a + count), b);
  tape.record([y], () => {
    const [dx, dy] = [tape.grad(x), y.gradAddress];
    if (count <= 0) return;
    for (const [a, b] of rows()) {
      tape.machine.kernels.add_backward(dx + 4 * a, 0, dy + 4 * b, count);
    }
  });
  return y;
}
