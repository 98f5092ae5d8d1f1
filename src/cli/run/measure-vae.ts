// What `evaluate` measures of a variational autoencoder.

import type { VAE } from "../../entries/node.js";
import type { Flags, Measures } from "../kinds/model.js";
import { type OptionRow, wholeNumber } from "../options/options.js";
import { whole } from "../show/format.js";
import {
  distances,
  GENERATED,
  generatedRow,
  type MeasureFlags,
  nearestRow,
  readForMeasures,
  readRows,
  seedRow,
} from "./measure-pictures.js";

export const vaeEvaluationRows: readonly OptionRow[] = [
  ...readRows,
  generatedRow,
  nearestRow,
  [
    "--importance <n>",
    "draws of a picture for its likelihood (default: 0, none)",
    undefined,
    wholeNumber,
  ],
  seedRow,
];

/** @throws UsageError, Failure, InvalidInputError */
export async function measureVAE(
  path: string,
  model: VAE,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const { importance = 0, seed = 0, generated = GENERATED } = flags as MeasureFlags;
  const { set, all } = await readForMeasures(path, model, paths, flags);
  const score = model.score(set, { importance, seed });
  const { elbo, reconstruction, kl, nll, examples } = score;
  const far = await distances(
    set,
    model.generate({ samples: generated, seed }).images,
    all,
    flags.nearest as string | undefined,
  );
  return {
    json: { ...score, ...far.json },
    rows: [
      ["elbo", `${elbo.toFixed(4)} nats`],
      ["reconstruction", `${reconstruction.toFixed(4)} nats`],
      ["kl", `${kl.toFixed(4)} nats`],
      ...(nll === undefined ? [] : [["nll", `${nll.toFixed(4)} nats`] as const]),
      ...far.rows,
      ["pictures", `${whole(examples)}, ${whole(generated)} generated`],
    ],
  };
}
