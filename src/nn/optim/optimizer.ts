// What every optimizer is: regions of moments beside the parameters, and a step.

import type { ParameterRange, Parameters } from "../parameters.js";

/** An optimizer: regions of moments beside the parameters, and a step counter. */
export interface Optimizer {
  /** Names and addresses of the state regions, for checkpoints. */
  readonly state: ReadonlyMap<string, number>;
  /** Steps taken. A checkpoint restores it. */
  steps: number;
  /** Applies the gradients with learning rate `lr`. */
  step(lr: number): void;
}

/** A choice of the parameters that an optimizer updates, by name. */
export type Choice = (name: string) => boolean;

/** A range and the weight decay of what is in it. */
export interface DecayedRange extends ParameterRange {
  readonly weightDecay: number;
}

/** What weight decay applies to: matrices and tables that are one, or everything. */
export type DecayOf = "matrices" | "all";

/** The chosen parameters that are no buffers, as ranges of one decay each. */
export function decayedRanges(
  parameters: Parameters,
  choice: Choice,
  weightDecay: number,
  decay: DecayOf,
): DecayedRange[] {
  const of = (wanted: (decayed: boolean) => boolean, weightDecay: number) =>
    parameters
      .ranges((name, role) => choice(name) && !role.buffer && wanted(role.decayed))
      .map((range) => ({ ...range, weightDecay }));
  if (weightDecay === 0 || decay === "all") return of(() => true, weightDecay);
  return [...of((decayed) => decayed, weightDecay), ...of((decayed) => !decayed, 0)];
}

/** State regions by name, zero where the optimizer updates. */
export function zeroed(
  parameters: Parameters,
  names: readonly string[],
  ranges: readonly ParameterRange[],
): Map<string, number> {
  const regions = new Map(names.map((name) => [name, parameters.region(name)]));
  for (const region of regions.values()) {
    for (const { offset, length } of ranges) {
      parameters.all(region).fill(0, offset, offset + length);
    }
  }
  return regions;
}
