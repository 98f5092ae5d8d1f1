// What `evaluate` measures of an autoencoder.

import type { Autoencoder } from "../../entries/node.js";
import type { Flags, Measures, Rows } from "../kinds/model.js";
import { number, type OptionRow } from "../options/options.js";
import { whole } from "../show/format.js";
import {
  distances,
  type MeasureFlags,
  readForMeasures,
  readRows,
  seedRow,
} from "./measure-pictures.js";

export const autoencoderEvaluationRows: readonly OptionRow[] = [
  ...readRows,
  ["--noise <x>", "deviation of noise that is added before", undefined, number],
  ["--mask <fraction>", "fraction of each picture that is masked before", undefined, number],
  seedRow,
];

/** @throws UsageError, Failure, InvalidInputError */
export async function measureAutoencoder(
  path: string,
  model: Autoencoder,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const { noise = 0, mask = 0, seed = 0 } = flags as MeasureFlags;
  const { set, all } = await readForMeasures(path, model, paths, flags);
  const score = model.score(set, { noise, mask, seed });
  const corrupted = noise > 0 || mask > 0;
  const given = corrupted ? model.corrupt(set, { noise, mask, seed }).images : set;
  const far = await distances(set, model.reconstruct(given).images, all);
  const { before } = score;
  return {
    json: { ...score, ...far.json },
    rows: [
      ["squared error", score.squaredError.toFixed(4)],
      ["psnr", `${score.psnr.toFixed(2)} dB`],
      ...(before ? ([["psnr before", `${before.psnr.toFixed(2)} dB`]] as Rows) : []),
      ...far.rows,
      ["pictures", whole(score.examples)],
    ],
  };
}
