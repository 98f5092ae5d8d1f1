// What `evaluate` measures of a diffusion: of pictures by features, of rows by their numbers; and how well it predicts.

import type { Diffusion, DiffusionScore } from "../../entries/node.js";
import type { Flags, Measures } from "../kinds/model.js";
import type { OptionRow } from "../options/options.js";
import { type SamplingFlags, samplingOf, samplingRows } from "../options/sampling-options.js";
import { whole } from "../show/format.js";
import { rowMeasures, rowsToMeasure } from "./measure-gan.js";
import {
  captionsRow,
  distances,
  GENERATED,
  generatedRow,
  type MeasureFlags,
  nearestRow,
  readForMeasures,
  readRows,
  seedRow,
} from "./measure-pictures.js";

export const diffusionEvaluationRows: readonly OptionRow[] = [
  ...readRows,
  captionsRow,
  generatedRow,
  nearestRow,
  seedRow,
  ...samplingRows,
];

/** Examples of which the loss is measured, at ten times each. */
const SCORED = 2000;

/** @throws UsageError, Failure, InvalidInputError */
export async function measureDiffusion(
  path: string,
  model: Diffusion,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const { seed = 0, generated = GENERATED, nearest } = flags as MeasureFlags;
  const { labels } = model;
  const of = { title: "", stepwise: true, labels };
  const how = { samples: generated, seed, ...samplingOf(path, flags as SamplingFlags, of) };
  if (model.shape.length !== 3) {
    const real = rowsToMeasure(paths, flags);
    const score = scored(model.score(real.slice(0, SCORED), { seed }));
    return joined(score, rowMeasures(real, model.generate(how).rows));
  }
  const { set, all } = await readForMeasures(path, model, paths, flags);
  const known = labels.every(({ name }) => set.labels.some((one) => one.name === name));
  const score = known
    ? scored(model.score(set.first(Math.min(SCORED, set.length)), { seed }))
    : UNKNOWN;
  const far = await distances(set, model.generate(how).images, all, nearest);
  const count = ["pictures", `${whole(set.length)}, ${whole(generated)} generated`] as const;
  return joined(score, { json: far.json, rows: [...far.rows, count] });
}

/** Of a model that learned labels, on pictures without them. */
const UNKNOWN: Measures = {
  json: {},
  rows: [["loss", "not measured: the model learned labels, give --labels"]],
};

function scored({ loss, times, examples }: DiffusionScore): Measures {
  const each = times.map(({ time, loss }) => `${time.toFixed(2)}: ${loss.toFixed(3)}`);
  return {
    json: { loss, times, examples },
    rows: [
      ["loss", `${loss.toFixed(4)} (mean squared error of ${whole(examples)}, at ten times)`],
      ["at early times", each.slice(0, 5).join("  ")],
      ["at late times", each.slice(5).join("  ")],
    ],
  };
}

function joined(a: Measures, b: Measures): Measures {
  return { json: { ...a.json, ...b.json }, rows: [...a.rows, ...b.rows] };
}
