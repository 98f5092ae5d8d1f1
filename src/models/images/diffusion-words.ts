// The words of a diffusion: prompts, and which sizes of a picture look at captions. Loaded where a model learns words.

import type { Captions } from "../../data/images/captions.js";
import { checkChoice, checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import type { Unknown } from "../../text/tokenizer.js";
import { newWords, storedWords, type WordParts, Words } from "./caption-words.js";
import type { DiffusionBody } from "./diffusion-body.js";
import type { DiffusionTextOptions, DiffusionTextSizes } from "./diffusion-text.js";
import type { PictureData } from "./rows.js";

/** What is asked for in words. */
export interface PromptOptions {
  /**
   * What pictures show, in words: one text for all, or one for each. For models that learned captions. Labels that are not
   * asked for beside it are left out.
   */
  readonly prompt?: string | readonly string[];
  /** What they do not show: takes the place of the empty caption in guidance, which must be above 1, as it is by default. */
  readonly negative?: string;
  /** What becomes of characters of a prompt that the model's captions never had: `skip` leaves them out. Default `error`. */
  readonly unknown?: Unknown;
}

/** What is asked of some rows in words: texts, and tokens row by row. */
export interface Prompts {
  readonly captions: Captions | undefined;
  readonly asked: readonly Int32Array[];
  readonly negative: readonly Int32Array[];
}

/** No words. */
const NOTHING = new Int32Array(0);

/** What a diffusion knows of words. */
export class DiffusionWords extends Words<DiffusionTextSizes> {
  /**
   * Prompts of so many rows as tokens; empty captions where nothing is asked.
   * @throws InvalidInputError
   */
  prompts(
    { prompt, negative, unknown = "error" }: PromptOptions,
    rows: number,
    guidance: number,
  ): Prompts {
    checkChoice("unknown", unknown, ["error", "skip"]);
    const texts = prompt === undefined ? undefined : checkPrompts(prompt);
    if (texts && texts.length !== 1 && texts.length !== rows) {
      throw new InvalidInputError(
        `prompt must be one text for all ${rows} examples or one for each, got ${texts.length}`,
      );
    }
    if (negative !== undefined && guidance <= 1) {
      throw new InvalidInputError(
        `negative counts where guidance is above 1, such as guidance: 3; got ${guidance}`,
      );
    }
    const of = <T>(list: readonly T[]) =>
      Array.from({ length: rows }, (_, i) => list[i % list.length]);
    const read = texts?.map((text, i) =>
      this.encode(Array.isArray(prompt) ? `prompt[${i}]` : "prompt", text, unknown),
    );
    const not = negative === undefined ? NOTHING : this.encode("negative", negative, unknown);
    return {
      captions: texts && of(texts.map((text) => [text])),
      asked: of(read ?? [NOTHING]),
      negative: of([not]),
    };
  }
}

function checkPrompts(prompt: unknown): readonly string[] {
  const all: unknown = Array.isArray(prompt) ? prompt : [prompt];
  const list = all as readonly unknown[];
  const wrong = list.find((one) => typeof one !== "string");
  if (list.length > 0 && wrong === undefined) return list as readonly string[];
  throw new InvalidInputError(
    `prompt must be a text, or a list of texts, got ${describe(list.length === 0 ? prompt : wrong)}`,
  );
}

/**
 * The words of a new model.
 * @throws InvalidInputError naming the first option that cannot be used
 */
export async function newDiffusionWords(
  given: DiffusionTextOptions,
  images: PictureData | undefined,
  body: DiffusionBody,
): Promise<DiffusionWords> {
  return withLevels(await newWords(given, images), given, body);
}

/** The words of a file. @throws ModelFileError, InvalidInputError */
export function storedDiffusionWords(
  given: DiffusionTextOptions,
  tokenizer: unknown,
  body: DiffusionBody,
): DiffusionWords {
  return withLevels(storedWords(given, tokenizer), given, body);
}

function withLevels(
  { tokenizer, sizes }: WordParts,
  { textLevels }: DiffusionTextOptions,
  body: DiffusionBody,
): DiffusionWords {
  if (body.network !== "unet") {
    if (textLevels === undefined) return new DiffusionWords({ tokenizer, sizes });
    throw new InvalidInputError(`textLevels is for network "unet", this one is "${body.network}"`);
  }
  const levels = textLevels ?? 1;
  checkNumber("textLevels", levels, { integer: true, min: 1, max: body.levels });
  return new DiffusionWords({ tokenizer, sizes: { ...sizes, levels } });
}
