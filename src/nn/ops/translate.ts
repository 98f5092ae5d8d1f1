import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * Each picture moved by whole pixels; 0 where nothing comes from. One piece of a line is one copy.
 *
 * @param x (N, H, W, C)
 * @param shifts down and right of each picture, (N, 2)
 */
export function translate(tape: Tape, x: Tensor, shifts: ArrayLike<number>): Tensor {
  const [N, H, W, C] = x.shape;
  if (shifts.length !== 2 * N) {
    throw new InvalidInputError(`translate: ${2 * N} shifts are needed, got ${shifts.length}`);
  }
  const { kernels } = tape.machine;
  const y = tape.empty(x.shape, x);
  y.data.fill(0);
  /** Calls with the place of each piece in y and in x, and its length, all in numbers. */
  const pieces = (move: (to: number, from: number, length: number) => void) => {
    for (let n = 0; n < N; n++) {
      const [down, right] = [shifts[2 * n], shifts[2 * n + 1]];
      const length = (W - Math.abs(right)) * C;
      if (length <= 0) continue;
      for (let row = Math.max(0, down); row < Math.min(H, H + down); row++) {
        const to = ((n * H + row) * W + Math.max(0, right)) * C;
        const from = ((n * H + row - down) * W + Math.max(0, -right)) * C;
        move(to, from, length);
      }
    }
  };
  const [into, values] = [y.data, x.data];
  pieces((to, from, length) => into.set(values.subarray(from, from + length), to));
  tape.record([y], () => {
    const dx = tape.grad(x);
    if (dx === 0) return;
    const dy = y.gradAddress;
    pieces((to, from, length) => kernels.add_backward(dx + 4 * from, 0, dy + 4 * to, length));
  });
  return y;
}
