// Features of pictures: what distances between generated and real pictures are measured on. Two kinds, and a distance on
// one says nothing beside a distance on the other: every report names its kind.

import { ImageSet } from "../../data/images/image-set.js";
import type { ImageLabel } from "../../data/images/parts.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys, describe, InvalidInputError, ModelFileError } from "../../host/errors.js";
import { numerics } from "../../host/version.js";
import { Classifier } from "./classifier.js";
import type { FeatureKind, PictureFeatures } from "./feature-kinds.js";

/** Where trained networks are kept, such as a `Map`: a key of letters, digits and hyphens, and the bytes of a file. */
export interface FeatureStore {
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  set(key: string, file: Uint8Array): unknown;
}

/** Options of `pictureFeatures`. */
export interface FeatureOptions extends RuntimeOption {
  /** Default: `classifier` where the pictures have labels of two classes or more, else `random`. */
  readonly kind?: FeatureKind;
  /** Columns of labels that the classifier learns. Default: all. */
  readonly labels?: readonly string[];
  /** Keeps trained networks by the hash of their pictures: they are trained once. */
  readonly store?: FeatureStore;
}

/** The network, fixed for good: another one gives other distances. 3×3 convolutions of stride 2, and a dense layer. */
const NETWORK = { layers: 2, channels: 16, activation: "relu", norm: "none" } as const;
const [WIDTH, SEED] = [64, 0];
/** What random features are multiplied by: a unit in which distances are not all 0.00…, about that of a classifier's. */
const UNIT = 100;
const RUN = { epochs: 2, lr: 2e-3, batch: 128, optimizer: "adam", val: 0 } as const;
/** Changes when the lines above do. */
const VERSION = 1;

/** The smallest side that two convolutions can halve. */
const SMALL = 4;

/**
 * The features that suit pictures: by their labels, where they have some. Pictures to be compared with others, such as
 * test pictures, are measured by the features of the training pictures.
 *
 * ```ts
 * const features = await pictureFeatures(train);
 * await measurePictures(test, model.generate({ samples: 2000 }).images, { features });
 * ```
 *
 * @throws InvalidInputError, also where a classifier is asked for and there are no labels
 */
export async function pictureFeatures(
  images: ImageSet,
  options: FeatureOptions = {},
): Promise<PictureFeatures> {
  checkKeys("pictureFeatures", options, ["kind", "labels", "store", "runtime"]);
  const { runtime, labels, store, kind = suited(images, labels) } = options;
  const side = Math.min(images.height, images.width);
  const network =
    side < SMALL ? { network: "dense" as const } : { network: "conv" as const, ...NETWORK };
  const create = { ...network, features: WIDTH, seed: SEED, ...(runtime ? { runtime } : {}) };
  if (kind === "random")
    return featuresOf(kind, await Classifier.create({ ...create, images: halved(images) }));
  if (kind !== "classifier") {
    throw new InvalidInputError(`kind must be one of classifier, random, got ${describe(kind)}`);
  }
  const places = labels?.map((name) => images.labels.findIndex((one) => one.name === name)) ?? [];
  const key = ["features", VERSION, numerics, images.fingerprint(), ...places].join("-");
  const known = await store?.get(key);
  const kept = known && (await readable(known, runtime ? { runtime } : {}));
  if (kept) return featuresOf(kind, kept);
  const model = await Classifier.create({ ...create, images, ...(labels ? { labels } : {}) });
  await model.fit(images, RUN);
  await store?.set(key, model.save());
  return featuresOf(kind, model);
}

/** A classifier that was kept; undefined where its file is damaged: it is trained again. */
async function readable(file: Uint8Array, options: RuntimeOption): Promise<Classifier | undefined> {
  try {
    return await Classifier.load(file, options);
  } catch (error) {
    if (error instanceof ModelFileError) return undefined;
    throw error;
  }
}

function suited({ labels }: ImageSet, asked: readonly string[] | undefined): FeatureKind {
  return asked || labels.some(({ classes }) => classes.length > 1) ? "classifier" : "random";
}

/** A picture with two classes to tell apart: for a network that will not learn to. */
function halved({ height, width, channels, pixels }: ImageSet): ImageSet {
  const label = { name: "half", classes: ["0", "1"], indices: Int32Array.of(0) };
  const one = pixels.subarray(0, height * width * channels);
  return new ImageSet({ height, width, channels, pixels: one, labels: [label] });
}

function featuresOf(kind: FeatureKind, model: Classifier): PictureFeatures {
  return {
    kind,
    fingerprint: model.fingerprint(),
    of(images) {
      const rows = model.features(images);
      return kind === "random" ? rows.map((row) => row.map((value) => value * UNIT)) : rows;
    },
    ...(kind === "classifier" ? { classes: (images) => classesOf(model, images) } : {}),
  };
}

function classesOf(model: Classifier, images: ImageSet): ImageLabel[] {
  const found = model.classify(images);
  return model.labels.map(({ name, classes }) => ({
    ...{ name, classes },
    indices: Int32Array.from(found, ({ labels }) => classes.indexOf(labels[name])),
  }));
}
