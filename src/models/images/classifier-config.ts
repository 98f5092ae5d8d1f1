// What a classifier is made of: options of a new one, and the same from a file.

import type { ModelDescription } from "../../formats/model-file.js";
import { InvalidInputError, ModelFileError } from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import { checkFile } from "../base/stored.js";
import type { LabelColumn } from "./conditions.js";
import {
  type PictureConfig,
  type PictureModelOptions,
  pictureConfig,
  pictureRules,
  storedOptions,
} from "./picture-config.js";

/** Options of `Classifier.create`; `images` must be given, for their labels. */
export interface ClassifierOptions extends PictureModelOptions {
  /** Width of the last hidden layer, whose numbers `features` gives. Default 64. */
  readonly features?: number;
  /** Dropout of the features in training, for few pictures. Default 0. */
  readonly dropout?: number;
}

/** What a classifier is made of; stored in its file. */
export interface ClassifierConfig extends PictureConfig {
  readonly features: number;
  readonly dropout: number;
}

/** What each option may be. */
export const classifierRules: Rules<ClassifierOptions, keyof PictureModelOptions> = {
  ...pictureRules,
  features: { type: "integer", min: 1, max: 65536, value: 64 },
  dropout: { type: "number", min: 0, max: 0.99, value: 0 },
};

/** Channels of the first convolution. */
const USUAL = { channels: 16 } as const;

/** @throws InvalidInputError naming the first option that cannot be used */
export function classifierConfig(given: ClassifierOptions): {
  readonly config: ClassifierConfig;
  readonly columns: readonly LabelColumn[];
} {
  const { columns, ...basics } = pictureConfig("Classifier.create", given, USUAL);
  return { config: { ...basics, ...resolve(classifierRules, given) }, columns };
}

/** @throws InvalidInputError where there is nothing to tell apart */
export function checkColumns(columns: readonly LabelColumn[]): void {
  if (columns.length > 0) return;
  throw new InvalidInputError(
    "a classifier needs images with labels of two classes or more: sub-folders, an IDX file of labels, or withLabels",
  );
}

/** What a file says of its model. @throws ModelFileError */
export function storedClassifier(
  description: ModelDescription,
): ReturnType<typeof classifierConfig> {
  const { options, columns } = storedOptions(description, ["features", "dropout"]);
  if (columns.length === 0) throw new ModelFileError("the file is of a classifier without labels");
  return {
    config: checkFile(() => classifierConfig(options as ClassifierOptions)).config,
    columns,
  };
}
