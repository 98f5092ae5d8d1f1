// What every optimizer is: regions of moments beside the parameters, and a step.

import type { Parameters } from "../parameters.js";

/** An optimizer: regions of moments beside the parameters, and a step counter. */
export interface Optimizer {
  /** Names and addresses of the state regions, for checkpoints. */
  readonly state: ReadonlyMap<string, number>;
  /** Steps taken. A checkpoint restores it. */
  steps: number;
  /** Applies the gradients with learning rate `lr`. */
  step(lr: number): void;
}

export function zeroed(parameters: Parameters, names: readonly string[]): Map<string, number> {
  const regions = new Map(names.map((name) => [name, parameters.region(name)]));
  for (const region of regions.values()) parameters.all(region).fill(0);
  return regions;
}
