import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import { sizeOf, type Tensor } from "../tensor.js";
import { fourAxes, mapSize, type Pair, pair } from "./convolution-sizes.js";

/** A window, in pixels. */
export interface PoolOptions {
  readonly kernel: Pair;
  /** Default: the kernel, so that windows do not overlap. */
  readonly stride?: Pair;
  /** At most half of the kernel. Default 0. */
  readonly padding?: Pair;
}

/** The output's shape, and the block of sizes that the kernels read. */
function planned(tape: Tape, x: Tensor, { kernel, stride = kernel, padding = 0 }: PoolOptions) {
  const [N, H, W, C] = fourAxes("pool", x);
  const [size, step, pad] = [pair(kernel), pair(stride), pair(padding)];
  const [OH, OW] = [H, W].map((axis, i) => {
    const whole = [size[i], step[i], pad[i]].every(Number.isInteger);
    if (!(whole && size[i] >= 1 && step[i] >= 1 && pad[i] >= 0 && 2 * pad[i] <= size[i])) {
      throw new InvalidInputError(
        `pool: kernel and stride must be whole numbers of at least 1 and padding at most half of the kernel, got ` +
          `kernel ${size[i]}, stride ${step[i]}, padding ${pad[i]}`,
      );
    }
    const windows = mapSize(axis, size[i], step[i], pad[i], 1);
    if (windows < 1) {
      throw new InvalidInputError(`pool: a kernel of ${size[i]} is larger than ${axis} pixels`);
    }
    return windows;
  });
  const sizes = tape.indices([N, H, W, C, OH, OW, ...size, ...step, ...pad]).address;
  return { shape: [N, OH, OW, C], sizes };
}

/**
 * The largest of each window, as torch.nn.MaxPool2d; padding is never it. Its gradient goes to the first of equals.
 *
 * @param x (N, H, W, C)
 * @returns (N, ⌊(H + 2 padding - kernel) / stride⌋ + 1, …, C)
 */
export function maxPool2d(tape: Tape, x: Tensor, options: PoolOptions): Tensor {
  const { pictures } = tape.machine;
  const { shape, sizes } = planned(tape, x, options);
  const y = tape.empty(shape, x);
  const places = tape.machine.alloc(4 * sizeOf(shape));
  pictures.max_pool_forward(y.address, places, x.address, sizes);
  tape.record([y], () => pictures.max_pool_backward(tape.grad(x), y.gradAddress, places, sizes));
  return y;
}

/**
 * The mean of each window, as torch.nn.AvgPool2d: padding counts as zeros.
 *
 * @param x (N, H, W, C)
 * @returns (N, ⌊(H + 2 padding - kernel) / stride⌋ + 1, …, C)
 */
export function avgPool2d(tape: Tape, x: Tensor, options: PoolOptions): Tensor {
  const { pictures } = tape.machine;
  const { shape, sizes } = planned(tape, x, options);
  const y = tape.empty(shape, x);
  pictures.avg_pool_forward(y.address, x.address, sizes);
  tape.record([y], () => pictures.avg_pool_backward(tape.grad(x), y.gradAddress, sizes));
  return y;
}
