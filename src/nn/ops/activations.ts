// Activations of the second module, that of pictures.

import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { unary } from "./elementwise.js";

/** x where x > 0, else slope x, as torch.nn.functional.leaky_relu. */
export function leakyRelu(tape: Tape, x: Tensor, slope = 0.01): Tensor {
  const { pictures } = tape.machine;
  return unary(
    tape,
    x,
    (y, from, n) => pictures.leaky_relu_forward(y, from, slope, n),
    (dx, dy) => {
      if (dx !== 0) pictures.leaky_relu_backward(dx, dy, x.address, slope, x.size);
    },
  );
}
