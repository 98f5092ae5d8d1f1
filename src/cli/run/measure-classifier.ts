// What `evaluate` measures of a classifier of pictures.

import type { Classifier } from "../../entries/node.js";
import type { Flags, Measures } from "../kinds/model.js";
import type { OptionRow } from "../options/options.js";
import { percent, whole } from "../show/format.js";
import { readForMeasures, readRows } from "./measure-pictures.js";

export const classifierEvaluationRows: readonly OptionRow[] = readRows;

/** @throws UsageError, Failure, InvalidInputError */
export async function measureClassifier(
  path: string,
  model: Classifier,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const score = model.score((await readForMeasures(path, model, paths, flags)).set);
  const each = Object.entries(score.accuracy);
  return {
    json: score,
    rows: [
      ["loss", `${score.loss.toFixed(4)} nats`],
      ...each.map(([name, fraction]) => [`accuracy ${name}`, percent(fraction)] as const),
      ["pictures", whole(score.examples)],
    ],
  };
}
