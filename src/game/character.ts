// A character of a game, and what makes one: the types.

import type { ImageSet } from "../data/images/image-set.js";
import type { LabelField } from "../data/labels.js";
import type { LabelColumn } from "../models/images/conditions.js";
import type { GenerateOptions } from "../sampling/options.js";

/** What writes sheets: a `LanguageModel` of documents, here or in a worker. */
export interface SheetWriter {
  readonly labels: readonly LabelField[];
  generate(options: object): { readonly text: string } | Promise<{ readonly text: string }>;
}

/** What draws sprites: a `Diffusion`, `VAE` or `GAN`, here or in a worker. */
export interface SpritePainter {
  readonly labels: readonly LabelColumn[];
  generate(options: object): { readonly images: ImageSet } | Promise<{ readonly images: ImageSet }>;
}

/** What a character is made by. */
export interface CharacterParts<Sheet extends object = Record<string, unknown>> {
  /** Writes the sheet. */
  readonly text: SheetWriter;
  /** Draws the sprite. */
  readonly picture: SpritePainter;
  /** JSON Schema of a sheet: an object with `properties`, see docs/grammar.md. Sheets have its properties in its order. */
  readonly schema: object;
  /** Further options of `text.generate`: temperature, topP … Default: its own. */
  readonly writing?: Omit<GenerateOptions, "seed" | "samples" | "grammar" | "signal">;
  /**
   * Further options of `picture.generate`: guidance, steps …, or a function that gives them for a sheet, such as
   * `({ class: kind, hat }) => ({ prompt: "a " + kind + " with a " + hat })`. Labels of the picture model that are properties of
   * the sheet are asked for unless the function gives `labels` or a `prompt`. Default: those labels alone.
   */
  readonly drawing?: object | ((sheet: Sheet) => object);
  /** Whether a sheet will do; another is written in place of one that does not. Default: all do. */
  readonly accept?: (sheet: Sheet) => boolean;
  /** The most sheets that are written for one character where there is `accept`. Default 10. */
  readonly tries?: number;
}

/** Options of `create`. */
export interface CharacterOptions<Sheet extends object = Record<string, unknown>> {
  /** The same seed gives the same character. Default 0. */
  readonly seed?: number;
  /** Properties that are decided, such as `{ class: "wizard" }`; the rest is written to suit them. Default: none. */
  readonly given?: Partial<Sheet>;
}

/** Options of `stream`. */
export interface CharacterStreamOptions<Sheet extends object = Record<string, unknown>>
  extends CharacterOptions<Sheet> {
  /** How many: character i is that of seed + i. Default 1. */
  readonly samples?: number;
  /** Ends the stream before its next character. */
  readonly signal?: AbortSignal;
}

/** A character: its sheet and a picture of it. */
export interface Character<Sheet extends object = Record<string, unknown>> {
  readonly seed: number;
  /** What the schema describes: name, class … */
  readonly sheet: Sheet;
  /** One picture, with the labels that it was made for. */
  readonly sprite: ImageSet;
}

/** Makes characters, see `characterMaker`. */
export interface CharacterMaker<Sheet extends object = Record<string, unknown>> {
  /**
   * One character.
   * @throws InvalidInputError for what is given and cannot be; GrammarError where a sheet does not end in time;
   *   SimdreamError where none of `tries` was accepted
   */
  create(options?: CharacterOptions<Sheet>): Promise<Character<Sheet>>;
  /** Several, one after the other. @throws what `create` throws, and the signal's reason */
  stream(options?: CharacterStreamOptions<Sheet>): AsyncGenerator<Character<Sheet>, void, void>;
}
