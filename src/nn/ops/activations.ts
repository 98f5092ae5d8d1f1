// Activations of the second module, that of pictures.

import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { unary } from "./elementwise.js";

/** x where x > 0, else slope x (Maas, Hannun and Ng, "Rectifier Nonlinearities", 2013). */
export function leakyRelu(tape: Tape, x: Tensor, slope = 0.01): Tensor {
  const { pictures } = tape.machine;
  return unary(
    tape,
    x,
    (y, from, n) => pictures.leaky_relu_forward(y, from, slope, n),
    (dx, dy) => pictures.leaky_relu_backward(dx, dy, x.address, slope, x.size),
  );
}

/** ln(1 + eˣ) */
export function softplus(tape: Tape, x: Tensor): Tensor {
  const { pictures } = tape.machine;
  return unary(tape, x, pictures.softplus_forward, (dx, dy) =>
    pictures.softplus_backward(dx, dy, x.address, x.size),
  );
}
