// What a run needs of memory, known before it is begun.

import { amount } from "../host/machine.js";
import type { Parameters } from "../nn/parameters.js";
import type { TrainingData } from "./data.js";
import type { ResolvedTraining } from "./options.js";
import { OUTER } from "./rounds/outer.js";

/**
 * Refuses a run that does not fit, before anything of it is begun; and makes room for one that does.
 * @returns what a step needs beside the weights, in bytes, about; undefined where nobody can tell
 * @throws OutOfMemoryError saying what is needed, what there is, and what would need less
 */
export async function checkMemory(
  parameters: Parameters,
  { rows, activations }: TrainingData,
  { shards, recompute = false, optimizer, momentum, ema, rounds }: ResolvedTraining,
): Promise<number | undefined> {
  if (!activations) return undefined;
  const regions = ["grads"];
  if (optimizer !== "sgd") regions.push("exp_avg", "exp_avg_sq");
  else if (momentum > 0) regions.push("momentum");
  if (ema > 0) regions.push("average");
  if (rounds && rounds.momentum > 0) regions.push(OUTER);
  const missing = regions.filter((name) => !parameters.hasRegion(name)).length;
  const state = 4 * parameters.length * missing;
  const most = Math.ceil(rows / shards);
  const { bytes, steps } = await activations(most, recompute);
  const less = (await activations(most, true)).bytes;
  parameters.machine.ensure(
    state + bytes,
    `training needs ${amount(state)} for gradients and moments, and about ${amount(bytes)} for activations ` +
      `of ${most} rows of ${steps} tokens: make batch (accumulate adds batches up), the rows or the model smaller` +
      (less < 0.75 * bytes ? `, or set recompute: true (then about ${amount(less)})` : ""),
  );
  return 4 * parameters.length * regions.length + bytes;
}
