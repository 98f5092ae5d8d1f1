// How much a validation measures: a tenth of what is trained on between two of them, so that it costs little
// however large the data are. It follows from options and data alone, never from time.

import type { TrainingData } from "./data.js";
import type { ResolvedTraining } from "./options.js";

/** Fewer would say little; more would say hardly more. */
const LEAST = 4096;
const MOST = 65536;

/** Targets of a validation; null where that is all of them. */
export function validationTargets(
  { pass, validationTargets: all = 0 }: TrainingData,
  { evalEvery, accumulate }: ResolvedTraining,
): number | null {
  if (!pass) return null;
  const between = (evalEvery * accumulate * pass.targets) / pass.batches;
  const most = Math.min(MOST, Math.max(LEAST, Math.floor(between / 10)));
  return all > most ? most : null;
}
