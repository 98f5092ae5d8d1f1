// What `evaluate` measures of all models of pictures: options, the pictures, and distances between sets of them.

import {
  type FeatureKind,
  type ImageSet,
  measurePictures,
  type Nearest,
  type PictureFeatures,
  type PictureMeasures,
  pictureFeatures,
} from "../../entries/node.js";
import { UsageError } from "../errors.js";
import { writeWhole } from "../io/atomic.js";
import { limited, type PictureFlags, type PictureShape, readPictures } from "../io/pictures.js";
import type { Rows } from "../kinds/model.js";
import { type PictureModel, shapeOf } from "../kinds/pictures.js";
import { count, type OptionRow, wholeNumber } from "../options/options.js";
import { captionNames, clipTable, plainReadTable, readTable } from "../options/picture-options.js";
import { rowsOf } from "../options/tables.js";
import { percent } from "../show/format.js";
import { scaleFor } from "../show/scale.js";
import { featureStore } from "./feature-store.js";
import { besides } from "./picture-files.js";

export const readRows: readonly OptionRow[] = [
  ...rowsOf(plainReadTable),
  ...rowsOf(clipTable),
  ["--limit <n>", "measure the first n pictures only", undefined, count],
];
/** For models that learn captions. */
export const captionRows: readonly OptionRow[] = rowsOf(readTable, captionNames);
export const seedRow: OptionRow = [
  "--seed <n>",
  "seed of what is generated (default: 0)",
  undefined,
  wholeNumber,
];
/** Pictures that are generated for distances. */
export const GENERATED = 2000;
export const generatedRow: OptionRow = [
  "--generated <n>",
  "pictures to generate for distances (default: 2000)",
  undefined,
  count,
];

export const nearestRow: OptionRow = [
  "--nearest <file>",
  "a PNG of generated pictures, and below each the nearest of these files",
];

export interface MeasureFlags extends PictureFlags {
  readonly limit?: number;
  readonly generated?: number;
  readonly nearest?: string;
  readonly importance?: number;
  readonly noise?: number;
  readonly mask?: number;
  readonly seed?: number;
}

export async function readForMeasures(
  path: string,
  model: PictureModel,
  paths: readonly string[],
  flags: MeasureFlags,
  shape: PictureShape = shapeOf(path, model),
): Promise<{ readonly all: ImageSet; readonly set: ImageSet }> {
  const all = await readPictures(paths, flags, shape);
  return { all, set: limited(all, flags.limit) };
}

/**
 * Distances of generated pictures from real ones, by features that suit all pictures of the files.
 * @param beside a PNG of generated pictures, and below each the nearest of the files
 */
export async function distances(
  real: ImageSet,
  generated: ImageSet,
  all: ImageSet,
  beside?: string,
): Promise<{ readonly json: object; readonly rows: Rows }> {
  checkEnough("--generated must be", generated.length);
  checkEnough("the real pictures must be", real.length);
  const near = beside === undefined ? 0 : 1;
  const suited = await pictureFeatures(all, { store: featureStore() });
  const how = { features: suited, train: all, nearest: near };
  const { nearest, ...measures } = await measurePictures(real, generated, how);
  const json = { ...measures, ...recognised(generated, suited) };
  if (nearest) await writeNearest(beside!, generated, all.subset([...nearest.indices]));
  const { frechet, kernel, precision, recall, features } = json;
  return {
    json: nearest ? { ...json, nearest: { out: beside, copies: copiesOf(nearest) } } : json,
    rows: [
      ["frechet distance", frechet.toFixed(3)],
      ["kernel distance", kernel.toFixed(4)],
      ["precision", precision.toFixed(3)],
      ["recall", recall.toFixed(3)],
      ...coverageRows(json),
      ...Object.entries(json.recognised ?? {}).map(([name, fraction]) => {
        return [`recognised ${name}`, percent(fraction)] as const;
      }),
      ["features", featureWords(features)],
      ...(nearest ? [["nearest", `${copiesOf(nearest)} copies; see ${beside}`] as const] : []),
    ],
  };
}

/** Neighbours of precision and recall. */
export const NEIGHBOURS = 3;

/** Refuses sets too small for precision and recall, before features are learned. @throws UsageError */
function checkEnough(what: string, pictures: number): void {
  if (pictures > NEIGHBOURS) return;
  throw new UsageError(
    `${what} at least ${NEIGHBOURS + 1}, because distances look at ${NEIGHBOURS} neighbours of each; got ${pictures}`,
  );
}

/** Words for the features that distances are measured by. */
export function featureWords(kind: FeatureKind): string {
  return kind === "random" ? "of random weights" : "of a classifier of the labels";
}

/** Fractions of pictures made for a class that the features' classifier takes for one of it. */
function recognised(
  generated: ImageSet,
  features: PictureFeatures,
): { readonly recognised?: Readonly<Record<string, number>> } {
  const seen = features.classes?.(generated) ?? [];
  const each = generated.labels.flatMap(({ name, classes, indices }) => {
    const own = seen.find((one) => one.name === name);
    if (!own) return [];
    const right = indices.filter((place, i) => classes[place] === own.classes[own.indices[i]]);
    return [[name, right.length / indices.length] as const];
  });
  return each.length > 0 ? { recognised: Object.fromEntries(each) } : {};
}

/** Classes of each label that appear among the generated pictures. */
function coverageRows({ coverage = {} }: Pick<PictureMeasures, "coverage">): Rows {
  return Object.entries(coverage).map(([name, { classes, covered, entropy, realCounts }]) => {
    const real = Object.values(realCounts).filter((count) => count > 0).length;
    // Fewer than there are: a part of the files, or a classifier that learned too little to measure by.
    const seen = real < classes ? ` (of the real pictures ${real})` : "";
    return [
      `classes of ${name}`,
      `${covered} of ${classes}${seen}, entropy ${entropy.toFixed(3)} of uniform`,
    ];
  });
}

/** Generated pictures that are one of the files, as far as the features tell. */
function copiesOf({ distances }: Nearest): number {
  return distances.filter((one) => one === 0).length;
}

/** Pictures of a row, and rows of pairs, that show what is nearest. */
const [ACROSS, PAIRS] = [16, 4];

async function writeNearest(path: string, made: ImageSet, near: ImageSet): Promise<void> {
  const shown = Math.min(made.length, ACROSS * PAIRS);
  const pairs = besides([made.first(shown), near.first(shown)], ACROSS);
  const columns = Math.min(ACROSS, shown);
  writeWhole(path, await pairs.grid({ columns, scale: scaleFor(made) }));
}
