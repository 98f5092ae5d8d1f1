import { NotFiniteError } from "../host/errors.js";
import type { Tensor } from "./tensor.js";

/** Whether all numbers are finite: the squares of finite f32 cannot overflow an f64. */
export function allFinite({ machine, address, size }: Tensor): boolean {
  return Number.isFinite(machine.kernels.sum_squares(address, size));
}

/** Gives back what a model computed. @throws NotFiniteError where a number of it is not finite */
export function finite(x: Tensor): Tensor {
  return allFinite(x) ? x : notFinite();
}

/** @throws NotFiniteError always: outputs are not finite */
export function notFinite(): never {
  throw new NotFiniteError(
    "the model's numbers are not finite: its weights are damaged, or too large",
  );
}
