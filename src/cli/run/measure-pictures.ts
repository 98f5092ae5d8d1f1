// What `evaluate` measures of models of pictures.

import {
  type Autoencoder,
  type Classifier,
  type ImageSet,
  measurePictures,
  type PictureMeasures,
  type VAE,
} from "../../entries/node.js";
import { type PictureFlags, readPictures } from "../io/pictures.js";
import type { Flags, Measures, Rows } from "../kinds/model.js";
import { shapeOf } from "../kinds/pictures.js";
import { count, number, type OptionRow, wholeNumber } from "../options/options.js";
import { readTable } from "../options/picture-options.js";
import { rowsOf } from "../options/tables.js";
import { percent, whole } from "../show/format.js";
import { featureStore } from "./feature-store.js";

const readRows: readonly OptionRow[] = [
  ...rowsOf(readTable),
  ["--limit <n>", "measure the first n pictures only", undefined, count],
];
const seedRow: OptionRow = ["--seed <n>", "of what is drawn (default: 0)", undefined, wholeNumber];
const generatedRow: OptionRow = [
  "--generated <n>",
  "pictures to generate for distances (default: 2000)",
  undefined,
  count,
];

export const vaeEvaluationRows: readonly OptionRow[] = [
  ...readRows,
  generatedRow,
  [
    "--importance <n>",
    "draws of a picture for its likelihood (default: 0, none)",
    undefined,
    wholeNumber,
  ],
  seedRow,
];
export const autoencoderEvaluationRows: readonly OptionRow[] = [
  ...readRows,
  ["--noise <x>", "deviation of noise that is added before", undefined, number],
  ["--mask <fraction>", "fraction of each picture that is masked before", undefined, number],
  seedRow,
];
export const classifierEvaluationRows: readonly OptionRow[] = readRows;

interface MeasureFlags extends PictureFlags {
  readonly limit?: number;
  readonly generated?: number;
  readonly importance?: number;
  readonly noise?: number;
  readonly mask?: number;
  readonly seed?: number;
}

async function read(
  path: string,
  model: VAE | Autoencoder | Classifier,
  paths: readonly string[],
  flags: MeasureFlags,
) {
  const all = await readPictures(paths, flags, shapeOf(path, model));
  return { all, set: flags.limit === undefined ? all : all.first(flags.limit) };
}

/** Distances of generated pictures from real ones, by features that suit all pictures of the files. */
async function distances(
  real: ImageSet,
  generated: ImageSet,
  all: ImageSet,
): Promise<{ readonly json: PictureMeasures; readonly rows: Rows }> {
  const json = await measurePictures(real, generated, { train: all, store: featureStore() });
  const { frechet, kernel, precision, recall, features } = json;
  return {
    json,
    rows: [
      ["frechet distance", frechet.toFixed(3)],
      ["kernel distance", kernel.toFixed(4)],
      ["precision", precision.toFixed(3)],
      ["recall", recall.toFixed(3)],
      ["features", features === "random" ? "of random weights" : "of a classifier of the labels"],
    ],
  };
}

/** Pictures that are generated for distances. */
const GENERATED = 2000;

/** @throws UsageError, Failure, InvalidInputError */
export async function measureVAE(
  path: string,
  model: VAE,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const { importance = 0, seed = 0, generated = GENERATED } = flags as MeasureFlags;
  const { set, all } = await read(path, model, paths, flags);
  const score = model.score(set, { importance, seed });
  const { elbo, reconstruction, kl, nll, examples } = score;
  const far = await distances(set, model.generate({ samples: generated, seed }).images, all);
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

/** @throws UsageError, Failure, InvalidInputError */
export async function measureAutoencoder(
  path: string,
  model: Autoencoder,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const { noise = 0, mask = 0, seed = 0 } = flags as MeasureFlags;
  const { set, all } = await read(path, model, paths, flags);
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

/** @throws UsageError, Failure, InvalidInputError */
export async function measureClassifier(
  path: string,
  model: Classifier,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const score = model.score((await read(path, model, paths, flags)).set);
  const each = Object.entries(score.accuracy);
  return {
    json: score,
    rows: [
      ["loss", `${score.loss.toFixed(4)} nats`],
      ...each.map(
        ([name, part]) => [`accuracy ${name}`, percent(part, (text) => text) ?? "0 %"] as const,
      ),
      ["pictures", whole(score.examples)],
    ],
  };
}
