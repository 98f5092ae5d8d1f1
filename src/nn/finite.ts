import { NotFiniteError } from "../host/errors.js";
import type { Machine } from "../host/machine.js";
import type { Tensor } from "./tensor.js";

/** Whether all of `count` f32 at an address are finite: the squares of such cannot overflow an f64. */
export function allFinite(machine: Machine, address: number, count: number): boolean {
  return Number.isFinite(machine.kernels.sum_squares(address, count));
}

/** Gives back what a model computed. @throws NotFiniteError where a number of it is not finite */
export function finite(x: Tensor): Tensor {
  if (allFinite(x.machine, x.address, x.size)) return x;
  throw notFinite();
}

/** The error of outputs that are not finite. */
export function notFinite(): NotFiniteError {
  return new NotFiniteError(
    "the model's numbers are not finite: its weights are damaged, or too large for f32. " +
      "Load an earlier file, or train again with a smaller lr",
  );
}
