// A function of one number by the kernels: those of engines differ.

import type { Machine } from "./machine.js";

/** f(x) in f32. */
export function scalar(
  machine: Machine,
  kernel: "exp_forward" | "log_forward" | "sin_forward",
  x: number,
): number {
  return machine.scoped(() => {
    const at = machine.alloc(4);
    machine.f32(at, 1)[0] = x;
    machine.kernels[kernel](at, at, 1);
    return machine.f32(at, 1)[0];
  });
}
