// What `evaluate` measures of a pair of encoders.

import type { ImageTextPair } from "../../entries/node.js";
import { UsageError } from "../errors.js";
import type { Flags, Measures } from "../kinds/model.js";
import { count, type OptionRow } from "../options/options.js";
import { sayWords } from "../options/picture-options.js";
import { percent, whole } from "../show/format.js";
import {
  captionRows,
  type MeasureFlags,
  readForMeasures,
  readRows,
  seedRow,
} from "./measure-pictures.js";

export const pairEvaluationRows: readonly OptionRow[] = [
  ...readRows,
  ...captionRows,
  [
    "--among <n>",
    "captions, or pictures, that the right one is looked for among (default: 20)",
    undefined,
    count,
  ],
  seedRow,
];

/** @throws UsageError where no file says what the pictures show */
export function checkCaptions(flags: Flags): void {
  if (sayWords(flags)) return;
  throw new UsageError(
    "a pair of encoders needs --captions, a file that says what each picture shows, or --names-as-captions",
  );
}

/** @throws UsageError, Failure, InvalidInputError */
export async function measurePair(
  path: string,
  model: ImageTextPair,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  checkCaptions(flags);
  const { set } = await readForMeasures(path, model, paths, flags);
  const { among, seed } = flags as MeasureFlags & { readonly among?: number };
  const score = model.score(set, { among, seed });
  return {
    json: score,
    rows: [
      ["loss", `${score.loss.toFixed(4)} nats`],
      ["right caption", `${percent(score.captions)} among ${score.among}`],
      ["right picture", `${percent(score.pictures)} among ${score.among}`],
      ["pictures", whole(score.examples)],
    ],
  };
}
