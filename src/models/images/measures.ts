// How near generated pictures are to real ones, by features of both.

import type { ImageSet } from "../../data/images/image-set.js";
import type { ImageLabel } from "../../data/images/parts.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys, checkNumber, InvalidInputError } from "../../host/errors.js";
import { type ClassCoverage, classCoverage } from "../../metrics/coverage.js";
import { frechetDistance } from "../../metrics/frechet.js";
import { kernelDistance } from "../../metrics/kernel-distance.js";
import { type Nearest, nearestNeighbours } from "../../metrics/neighbours.js";
import { precisionRecall } from "../../metrics/precision-recall.js";
import { checkFeatures, type FeatureKind, type PictureFeatures } from "./feature-kinds.js";
import { type FeatureStore, pictureFeatures } from "./features.js";

/** Options of `measurePictures`. */
export interface MeasureOptions extends RuntimeOption {
  /** The features to measure by. Default: those that suit `train`, or else the real pictures. */
  readonly features?: PictureFeatures;
  /** Pictures that the generator learned from: their labels make the features. */
  readonly train?: ImageSet;
  /** Neighbours of precision and recall. Default 3. */
  readonly neighbours?: number;
  /** How many of the nearest pictures of `train` are found for each generated one. Default 0: none. */
  readonly nearest?: number;
  /** Where features that are trained are kept. */
  readonly store?: FeatureStore;
}

/** How near generated pictures are to real ones. Figures compare where features and numbers of pictures are the same. */
export interface PictureMeasures {
  /** What the features are of. */
  readonly features: FeatureKind;
  /** SHA-256 of the weights of the features' network. */
  readonly featuresFingerprint: string;
  /** Fréchet distance; 0 for the same pictures. */
  readonly frechet: number;
  /** Kernel distance, an unbiased MMD²: about 0 for pictures of the same kind. */
  readonly kernel: number;
  /** Fraction of the generated pictures that look real. */
  readonly precision: number;
  /** Fraction of the real pictures that the generator could have made. */
  readonly recall: number;
  /** Neighbours of precision and recall. */
  readonly neighbours: number;
  /** Pictures of each side. */
  readonly real: number;
  readonly generated: number;
  /** How the generated pictures are spread over the classes of each label, by the classifier of the features. */
  readonly coverage?: Readonly<Record<string, ClassCoverage>>;
  /** The nearest training pictures of each generated one, where asked. */
  readonly nearest?: Nearest;
}

/**
 * Fréchet and kernel distance, precision and recall of generated pictures. `docs/distances.md` says what figures mean.
 *
 * ```ts
 * const { images } = model.generate({ samples: 2000 });
 * const { frechet, precision, recall, features } = await measurePictures(test, images, { train });
 * ```
 *
 * @throws InvalidInputError where pictures differ in size or channels, or a side has not more than `neighbours`
 */
export async function measurePictures(
  real: ImageSet,
  generated: ImageSet,
  options: MeasureOptions = {},
): Promise<PictureMeasures> {
  return (await measureAll("measurePictures", real, { generated }, options)).generated;
}

/**
 * The same of several sets, such as the pictures of several models, by the same features.
 *
 * ```ts
 * const { vae, gan } = await comparePictures(test, { vae: vaePictures, gan: ganPictures }, { train });
 * ```
 *
 * @throws InvalidInputError
 */
export async function comparePictures<Name extends string>(
  real: ImageSet,
  sets: Readonly<Record<Name, ImageSet>>,
  options: MeasureOptions = {},
): Promise<Record<Name, PictureMeasures>> {
  return measureAll("comparePictures", real, sets, options);
}

async function measureAll<Name extends string>(
  what: string,
  real: ImageSet,
  sets: Readonly<Record<Name, ImageSet>>,
  options: MeasureOptions,
): Promise<Record<Name, PictureMeasures>> {
  checkKeys(what, options, ["features", "train", "neighbours", "nearest", "store", "runtime"]);
  const { train, neighbours = 3, nearest = 0, runtime, store } = options;
  checkNumber("neighbours", neighbours, { integer: true, min: 1 });
  checkNumber("nearest", nearest, { integer: true, min: 0 });
  checkFeatures(options.features);
  if (nearest > 0 && !train) {
    throw new InvalidInputError("nearest is of training pictures; give them as train");
  }
  const all = Object.entries<ImageSet>(sets);
  for (const [name, generated] of all) checkSides(real, name, generated, neighbours);
  const own = { ...(store ? { store } : {}), ...(runtime ? { runtime } : {}) };
  const features = options.features ?? (await pictureFeatures(train ?? real, own));
  const a = features.of(real);
  const learned = nearest > 0 ? features.of(train!) : [];
  const classes = features.classes?.(real);
  const measured = all.map(([name, generated]) => {
    const b = features.of(generated);
    const measures: PictureMeasures = {
      features: features.kind,
      featuresFingerprint: features.fingerprint,
      frechet: frechetDistance(a, b),
      kernel: kernelDistance(a, b),
      ...precisionRecall(a, b, neighbours),
      neighbours,
      real: real.length,
      generated: generated.length,
      ...(classes ? { coverage: coverageOf(classes, features.classes!(generated)) } : {}),
      ...(nearest > 0 ? { nearest: nearestNeighbours(b, learned, nearest) } : {}),
    };
    return [name, measures];
  });
  return Object.fromEntries(measured);
}

function coverageOf(
  real: readonly ImageLabel[],
  generated: readonly ImageLabel[],
): Record<string, ClassCoverage> {
  const counts = ({ classes, indices }: ImageLabel) => {
    const found = new Array<number>(classes.length).fill(0);
    for (const index of indices) found[index]++;
    return Object.fromEntries(classes.map((name, k) => [name, found[k]]));
  };
  const each = generated.map((label, i) => {
    return [label.name, classCoverage(counts(label), counts(real[i]))];
  });
  return Object.fromEntries(each);
}

/** Before anything is trained. @throws InvalidInputError */
function checkSides(real: ImageSet, name: string, generated: ImageSet, neighbours: number): void {
  for (const side of ["frames", "height", "width", "channels"] as const) {
    if (real[side] === generated[side]) continue;
    throw new InvalidInputError(
      `real and ${name} pictures must have one ${side === "frames" ? "number of frames" : side}, got ${real[side]} and ${generated[side]}`,
    );
  }
  for (const [side, { length }] of Object.entries({ real, [name]: generated })) {
    if (length > neighbours) continue;
    throw new InvalidInputError(
      `there must be more than ${neighbours} ${side} pictures, for as many neighbours, got ${length}`,
    );
  }
}
