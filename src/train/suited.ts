// The options of a run on its data.

import { InvalidInputError } from "../host/errors.js";
import type { TrainingData } from "./data.js";
import {
  keptTraining,
  type ResolvedTraining,
  resolveTraining,
  type SuitedTraining,
  type TrainingOptions,
} from "./options.js";

/**
 * The options of a run on these data: what was given, else all that the run which is resumed does, else what suits
 * the data.
 * @throws InvalidInputError
 */
export function trainingOn(
  data: Pick<TrainingData, "pass" | "own" | "defaults" | "validate">,
  { epochs, ...options }: TrainingOptions,
  resumed: ResolvedTraining | undefined,
): ResolvedTraining {
  const kept = { ...data.own, ...keptTraining(resumed) };
  const resolved = resolveTraining(options, kept);
  const { accumulate } = resolved;
  if (epochs !== undefined) {
    if (!data.pass) throw new InvalidInputError("epochs: these data have no passes; give steps");
    const steps = Math.max(1, Math.round((epochs * data.pass.batches) / accumulate));
    return resolveTraining({ ...options, steps }, kept);
  }
  if (options.steps !== undefined) return resolved;
  if (resumed) return resolved;
  return resolveTraining(options, { ...kept, ...suited(data, accumulate) });
}

/** Steps that suit the data, by default; and where there is a validation, when they are too many. */
function suited(
  { defaults = {}, validate }: Pick<TrainingData, "defaults" | "validate">,
  accumulate: number,
): SuitedTraining {
  const { steps, lr, patience } = defaults;
  return {
    lr,
    steps: steps && Math.max(1, Math.ceil(steps / accumulate)),
    patience: validate ? patience : 0,
  };
}
