import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { expectAxes, expectShape } from "./shape.js";

/** y = f(x); `backward(dx, dy)` adds to dx. */
export function unary(
  tape: Tape,
  x: Tensor,
  forward: (y: number, x: number, n: number) => void,
  backward: (dx: number, dy: number, y: number) => void,
): Tensor {
  expectAxes("an operation", x, 0);
  const y = tape.empty(x.shape, x);
  forward(y.address, x.address, x.size);
  tape.record([y], () => backward(tape.grad(x), y.gradAddress, y.address));
  return y;
}

/** y = f(a, b) of the same shape; `backward(da, db, dy)` adds to those that are not 0. */
export function binary(
  what: string,
  tape: Tape,
  a: Tensor,
  b: Tensor,
  forward: (y: number, a: number, b: number, n: number) => void,
  backward: (da: number, db: number, dy: number, y: number) => void,
): Tensor {
  expectAxes(`${what}: first operand`, a, 0);
  expectShape(`${what}: second operand`, b, a.shape);
  const y = tape.empty(a.shape, a, b);
  forward(y.address, a.address, b.address, a.size);
  tape.record([y], () => backward(tape.grad(a), tape.grad(b), y.gradAddress, y.address));
  return y;
}

/** a + b */
export function add(tape: Tape, a: Tensor, b: Tensor): Tensor {
  const { kernels } = tape.machine;
  return binary("add", tape, a, b, kernels.add_forward, (da, db, dy) =>
    kernels.add_backward(da, db, dy, a.size),
  );
}

/** a - b */
export function sub(tape: Tape, a: Tensor, b: Tensor): Tensor {
  const { kernels } = tape.machine;
  return binary("sub", tape, a, b, kernels.sub_forward, (da, db, dy) =>
    kernels.sub_backward(da, db, dy, a.size),
  );
}

/** a b, element by element */
export function mul(tape: Tape, a: Tensor, b: Tensor): Tensor {
  const { kernels } = tape.machine;
  return binary("mul", tape, a, b, kernels.mul_forward, (da, db, dy) =>
    kernels.mul_backward(da, db, dy, a.address, b.address, a.size),
  );
}

/** a / b, element by element */
export function div(tape: Tape, a: Tensor, b: Tensor): Tensor {
  const { kernels } = tape.machine;
  return binary("div", tape, a, b, kernels.div_forward, (da, db, dy, y) =>
    kernels.div_backward(da, db, dy, y, b.address, a.size),
  );
}

/** factor x */
export function scale(tape: Tape, x: Tensor, factor: number): Tensor {
  const { kernels } = tape.machine;
  return unary(
    tape,
    x,
    (y, from, n) => kernels.scale_forward(y, from, factor, n),
    (dx, dy) => kernels.scale_backward(dx, dy, factor, x.size),
  );
}

/** eˣ */
export function exp(tape: Tape, x: Tensor): Tensor {
  const { kernels } = tape.machine;
  return unary(tape, x, kernels.exp_forward, (dx, dy, y) =>
    kernels.exp_backward(dx, dy, y, x.size),
  );
}

/** ln x */
export function log(tape: Tape, x: Tensor): Tensor {
  const { kernels } = tape.machine;
  return unary(tape, x, kernels.log_forward, (dx, dy) =>
    kernels.log_backward(dx, dy, x.address, x.size),
  );
}

/** sin x, x in radians */
export function sin(tape: Tape, x: Tensor): Tensor {
  const { kernels } = tape.machine;
  return unary(tape, x, kernels.sin_forward, (dx, dy) =>
    kernels.sin_backward(dx, dy, x.address, x.size),
  );
}

/** cos x, x in radians */
export function cos(tape: Tape, x: Tensor): Tensor {
  const { kernels } = tape.machine;
  return unary(tape, x, kernels.cos_forward, (dx, dy) =>
    kernels.cos_backward(dx, dy, x.address, x.size),
  );
}

/** tanh x */
export function tanh(tape: Tape, x: Tensor): Tensor {
  const { kernels } = tape.machine;
  return unary(tape, x, kernels.tanh_forward, (dx, dy, y) =>
    kernels.tanh_backward(dx, dy, y, x.size),
  );
}

/** 1 / (1 + e⁻ˣ) */
export function sigmoid(tape: Tape, x: Tensor): Tensor {
  const { kernels } = tape.machine;
  return unary(tape, x, kernels.sigmoid_forward, (dx, dy, y) =>
    kernels.sigmoid_backward(dx, dy, y, x.size),
  );
}

/** max(x, 0) */
export function relu(tape: Tape, x: Tensor): Tensor {
  const { kernels } = tape.machine;
  return unary(tape, x, kernels.relu_forward, (dx, dy, y) =>
    kernels.relu_backward(dx, dy, y, x.size),
  );
}
