// Initial values, as PyTorch's layers choose them by default.

import type { Initializer } from "./parameters.js";

/** Uniform in [-bound, bound). */
export function uniform(bound: number): Initializer {
  return (parameter, key) => {
    const { kernels } = parameter.machine;
    kernels.random_uniform(parameter.address, parameter.size, key.k0, key.k1, 0);
    const values = parameter.data;
    for (let i = 0; i < values.length; i++) values[i] = (values[i] * 2 - 1) * bound;
  };
}

/** Normal with mean 0 and deviation `std`. */
export function normal(std = 1): Initializer {
  return (parameter, key) => {
    const { kernels } = parameter.machine;
    kernels.random_normal(parameter.address, parameter.size, key.k0, key.k1, 0);
    if (std !== 1) {
      kernels.scale_forward(parameter.address, parameter.address, std, parameter.size);
    }
  };
}

/** Every number the same: 1 for the gains of norms, 0 for biases. */
export function constant(value: number): Initializer {
  return (parameter) => void parameter.data.fill(value);
}
