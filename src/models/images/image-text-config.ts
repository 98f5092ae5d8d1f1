// What a pair of encoders of pictures and texts is made of: options of a new one, and the same from a file.

import type { ModelDescription, StoredModel } from "../../formats/model-file.js";
import { ModelFileError } from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import { checkFile } from "../base/stored.js";
import { bodyRules } from "./body-config.js";
import { type TextOptions, type TextSizes, textRules, textSizeNames } from "./caption-options.js";
import { newWords, storedWords } from "./caption-words.js";
import { ImageTextWords } from "./image-text-words.js";
import {
  described,
  type PictureConfig,
  type PictureModelOptions,
  pictureConfig,
  storedOptions,
  unlabelledRules,
} from "./picture-config.js";

/** Options of `ImageTextPair.create`; `images` with captions must be given: what cuts captions is made of them. */
export interface ImageTextOptions extends Omit<PictureModelOptions, "labels">, TextOptions {
  /** Numbers that a picture and a text are told by. Default 64. */
  readonly features?: number;
  /** What cosines are divided by before the softmax, at first: it is learned, and never falls below 0.01. Default 0.07. */
  readonly temperature?: number;
}

/** What a pair is made of; stored in its file. */
export interface ImageTextConfig extends PictureConfig {
  readonly features: number;
  /** The first one; the learned one is a weight. */
  readonly temperature: number;
  readonly text: TextSizes;
}

/** What a pair is made of, and what it knows of words. */
export interface ImageTextParts {
  readonly config: ImageTextConfig;
  readonly words: ImageTextWords;
}

/** What each option may be. */
export const imageTextRules: Rules<
  ImageTextOptions,
  Exclude<keyof PictureModelOptions, "labels"> | keyof TextOptions
> = {
  ...unlabelledRules,
  ...textRules,
  features: { type: "integer", min: 1, max: 65536, value: 64 },
  temperature: { type: "number", min: 0.01, max: 1, value: 0.07 },
};

/** Channels of the first convolution. */
const USUAL = { channels: 16 } as const;

/** @throws InvalidInputError naming the first option that cannot be used */
export async function newImageText(given: ImageTextOptions): Promise<ImageTextParts> {
  const config = plainConfig(given);
  const words = new ImageTextWords(await newWords(given, given.images));
  return { config: { ...config, text: words.sizes }, words };
}

/** What a file says of its model. @throws ModelFileError */
export function storedImageText(description: ModelDescription): ImageTextParts {
  const sizes = [...Object.keys(bodyRules), ...textSizeNames];
  const { options } = storedOptions(description, ["features", "temperature"], sizes);
  const given = options as ImageTextOptions;
  const { tokenizer } = description.assets;
  if (tokenizer === undefined) {
    throw new ModelFileError("the file is of a pair of pictures and texts without a tokenizer");
  }
  return checkFile(() => {
    const words = new ImageTextWords(storedWords(given, tokenizer));
    return { config: { ...plainConfig(given), text: words.sizes }, words };
  });
}

/** The same as it goes into a file. */
export function describedImageText({ config, words }: ImageTextParts): Omit<StoredModel, "model"> {
  const { features, temperature } = config;
  return words.describedIn(described(config, { features, temperature }, []));
}

/** All of it but words. */
function plainConfig(given: ImageTextOptions): Omit<ImageTextConfig, "text"> {
  const { columns: _, ...basics } = pictureConfig(
    "ImageTextPair.create",
    { ...given, labels: false },
    USUAL,
  );
  return { ...basics, ...resolve(imageTextRules, given) };
}
