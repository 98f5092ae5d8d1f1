// What a run needs of memory, known before it is begun.

import { amount } from "../host/machine.js";
import type { Parameters } from "../nn/parameters.js";
import type { TrainingData } from "./data.js";
import type { ResolvedTraining } from "./options.js";

/** Regions beside the parameters, with their layout, that a run has. */
function regionsOf({ optimizer, momentum, ema }: ResolvedTraining): string[] {
  const moments = momentum > 0 ? ["momentum"] : [];
  return [
    "grads",
    ...(optimizer === "sgd" ? moments : ["exp_avg", "exp_avg_sq"]),
    ...(ema > 0 ? ["average"] : []),
  ];
}

/**
 * Refuses a run that does not fit, before anything of it is begun; and makes room for one that does.
 * @throws OutOfMemoryError saying what is needed, what there is, and what would need less
 */
export function checkMemory(
  parameters: Parameters,
  { rows, activations }: TrainingData,
  options: ResolvedTraining,
): void {
  if (!activations) return;
  const { shards, recompute } = options;
  const missing = regionsOf(options).filter((name) => !parameters.hasRegion(name));
  const state = 4 * parameters.length * missing.length;
  const some = Math.ceil(rows / shards);
  const { bytes, steps } = activations(some, recompute);
  const less = recompute ? Infinity : activations(some, true).bytes;
  const advice =
    less < 0.75 * bytes
      ? `, or set recompute: true (then about ${amount(less)})`
      : ", or the model smaller";
  parameters.machine.ensure(
    state + bytes,
    `training needs about ${amount(state)} for gradients and moments, and ${amount(bytes)} for ` +
      `activations of ${some} rows of ${steps} tokens: make the rows fewer (batch; accumulate adds batches ` +
      `up) or shorter${advice}`,
  );
}
