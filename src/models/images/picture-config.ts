// What all picture models are made of: the shape of an example, the labels, the networks' sizes, a seed.

import { ImageSet } from "../../data/images/image-set.js";
import type { ModelDescription, StoredModel } from "../../formats/model-file.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys, checkNumber, InvalidInputError } from "../../host/errors.js";
import type { OwnRules } from "../../host/rules.js";
import { checkFile } from "../base/stored.js";
import { type BodyConfig, type BodyOptions, bodyConfig, bodyRules } from "./body-config.js";
import { columnsOf, columnsOfFile, type LabelColumn } from "./conditions.js";
import { type PictureData, shapeOfData } from "./rows.js";
import { checkNoClips, checkShape, type Shape } from "./shape.js";

/** Options of `create` that all picture models share. */
export interface PictureModelOptions extends PictureBasicOptions, BodyOptions {}

/** The same without the networks. */
export interface PictureBasicOptions extends RuntimeOption {
  /** What the model will learn: their shape and labels are the model's, decoders begin at their mean. They are not kept. */
  readonly images?: PictureData;
  /** The shape of an example, instead of `images`: [height, width, channels], or that of a vector. */
  readonly shape?: readonly number[];
  /**
   * Columns of the pictures' labels that the model learns; `false`: none. Default: all that have two classes or more.
   */
  readonly labels?: readonly string[] | boolean;
  /** Seed of all randomness in training. Default 0. */
  readonly seed?: number;
}

/** The same, complete; stored in a model's file, the labels in its assets. */
export interface PictureConfig extends PictureBasics {
  readonly body: BodyConfig;
}

/** The same without the networks. */
export interface PictureBasics {
  readonly shape: Shape;
  readonly seed: number;
}

const example: OwnRules<Pick<PictureBasicOptions, "images" | "shape">> = {
  images: { type: "other", own: true },
  shape: { type: "other", own: true },
};

const labels: OwnRules<Pick<PictureBasicOptions, "labels">> = {
  labels: { type: "other", own: true },
};

const rest: OwnRules<Pick<PictureBasicOptions, "seed" | "runtime">> = {
  seed: { type: "integer", min: 0, value: 0, own: true },
  runtime: { type: "other", own: true },
};

/** What each option may be of a model with networks of its own kind. */
export const basicRules: OwnRules<PictureBasicOptions> = { ...example, ...labels, ...rest };

/** What each option may be of a model that learns no labels. */
export const unlabelledRules: OwnRules<Omit<PictureModelOptions, "labels">> = {
  ...example,
  ...bodyRules,
  ...rest,
};

/** What each option may be. */
export const pictureRules: OwnRules<PictureModelOptions> = { ...unlabelledRules, ...labels };

/**
 * @param what the call is called, for errors
 * @param usual the model's own defaults of its networks
 * @throws InvalidInputError naming the first option that cannot be used
 */
export function pictureConfig(
  what: string,
  given: PictureModelOptions,
  usual: BodyOptions = {},
): PictureConfig & { readonly columns: readonly LabelColumn[] } {
  const { shape, seed, columns } = pictureBasics(what, given);
  return { shape, body: bodyConfig(given, shape, usual), seed, columns };
}

/** The same without the networks. @param clips whether the model learns them, too @throws InvalidInputError */
export function pictureBasics(
  what: string,
  given: PictureBasicOptions,
  clips = false,
): PictureBasics & { readonly columns: readonly LabelColumn[] } {
  const { images, shape: asked, labels, seed = 0 } = given;
  if ((images === undefined) === (asked === undefined)) {
    throw new InvalidInputError(
      `${what} needs images, for their shape and labels, or shape, such as [28, 28, 1]${images ? "; got both" : ""}`,
    );
  }
  const own = asked ?? shapeOfData(images);
  const shape = clips ? checkShape(own, 4) : checkShape(checkNoClips(what, own));
  const set = images instanceof ImageSet ? images : undefined;
  if (set === undefined && Array.isArray(labels) && labels.length > 0) {
    throw new InvalidInputError("labels are those of an ImageSet; give it as images");
  }
  return {
    shape,
    seed: checkNumber("seed", seed, { integer: true, min: 0 }),
    columns: columnsOf(set, labels),
  };
}

/** What a file's description says of all of it, as options; the rest of its configuration is the model's. */
export function storedOptions(
  { network, config, assets }: ModelDescription,
  keys: readonly string[],
  sizesOf: readonly string[] = Object.keys(bodyRules),
): { readonly options: Record<string, unknown>; readonly columns: readonly LabelColumn[] } {
  const { kind, ...sizes } = network;
  checkFile(() => {
    checkKeys("the network", sizes, sizesOf);
    checkKeys("the configuration", config, ["shape", "seed", ...keys]);
  });
  const options = { ...config, ...sizes, network: kind };
  return { options, columns: columnsOfFile(assets.labels) };
}

/** The same as it goes into a file. */
export function described(
  { shape, body, seed }: PictureBasics & { readonly body: { readonly network: string } },
  own: object,
  columns: readonly LabelColumn[],
): Omit<StoredModel, "model"> {
  const { network: kind, ...sizes } = body;
  return {
    network: { kind, ...sizes },
    config: { shape, ...own, seed },
    assets: columns.length > 0 ? { labels: columns } : {},
  };
}
